/** `make install` lays out what a packager expects, and the manual pages are well-formed. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownArchitecture, root } from "../../src/native/build.ts";
import { nativeExecutable } from "../support/native.ts";
import { withSystem } from "../support/staging.ts";

const tools = [
  "tinyssh-convert",
  "tinyssh-keyconvert",
  "ssh-tpm-keygen",
  "ssh-tpm-agent",
  "ssh-tpm-add",
  "ssh-tpm-hostkeys",
  "postern-seal",
  "postern-unseal",
];

test("make install honours PREFIX and DESTDIR, and make uninstall takes all of it away", () => {
  nativeExecutable("postern");
  nativeExecutable("postern-boot");
  const destination = mkdtempSync(join(tmpdir(), "postern-install-"));
  const make = (target: string): void => {
    const variables = ["PREFIX=/usr", `DESTDIR=${destination}`, `ARCHITECTURE=${ownArchitecture}`];
    execFileSync("make", ["-s", target, ...variables], { cwd: root, stdio: "pipe" });
  };
  try {
    for (const builder of ["", "-mkinitcpio", "-dracut", "-initramfs-tools"]) make(`install${builder}`);
    assert.equal(statSync(join(destination, "usr/bin/postern")).mode & 0o777, 0o755);
    for (const name of ["tinysshd", "tinysshnoneauthd", "tinysshd-makekey", "tinysshd-printkey"]) {
      assert.equal(readlinkSync(join(destination, "usr/sbin", name)), "../bin/postern");
      assert.match(
        execFileSync(join(destination, "usr/sbin", name), ["--version"]).toString(),
        new RegExp(`^${name} `),
      );
    }
    for (const name of tools) {
      assert.match(execFileSync(join(destination, "usr/bin", name), ["--version"]).toString(), new RegExp(`^${name} `));
    }
    for (const page of readdirSync(join(root, "docs/man"))) {
      assert.ok(existsSync(join(destination, `usr/share/man/man${page.at(-1)}`, page)), page);
    }
    const units = join(destination, "usr/lib/systemd/system");
    assert.match(readFileSync(join(units, "tinysshd@.service"), "utf8"), /^ExecStart=\/usr\/sbin\/tinysshd /m);
    assert.match(
      readFileSync(join(units, "tinysshd-makekey.service"), "utf8"),
      /^ExecStart=\/usr\/sbin\/tinysshd-makekey /m,
    );
    assert.ok(existsSync(join(units, "tinysshd.socket")));
    sameAsInstalled(destination);
    withSystem((system) => {
      system.makeKey();
      const words = ["initramfs", "stage", "--for", "dracut", "--root", system.root, system.tree];
      execFileSync(join(destination, "usr/bin/postern"), words, { stdio: "pipe" });
      assert.deepEqual(system.staged("usr/bin/postern"), readFileSync(nativeExecutable("postern-boot")));
    });
    assert.ok(existsSync(join(destination, "usr/share/doc/postern/initramfs.conf")));
    make("uninstall");
    assert.deepEqual(
      globSync("**/*", { cwd: destination }).filter((path) => statSync(join(destination, path)).isFile()),
      [],
    );
  } finally {
    rmSync(destination, { recursive: true });
  }
});

for (const page of globSync("docs/man/*.[18]", { cwd: root })) {
  test(`${page} is well-formed`, () => {
    const lint = spawnSync("mandoc", ["-T", "lint", "-W", "warning", page], { cwd: root });
    assert.equal(lint.error, undefined, "mandoc is installed");
    assert.equal(lint.stdout.toString(), "");
    const shown = execFileSync("mandoc", ["-T", "utf8", page], { cwd: root, encoding: "utf8" });
    assert.match(shown.replaceAll(/.[\b]/g, ""), /SYNOPSIS/); // without overstriking
  });
}

test("no number of connections closes the socket for good", () => {
  assert.match(readFileSync(join(root, "boot/systemd/tinysshd.socket"), "utf8"), /^TriggerLimitIntervalSec=0$/m);
});

const packaged = join(root, "boot/systemd");

/** The units as they are in the sources, with a program that is there in place of ours. */
function runnable(text: string): string {
  return text.replaceAll(/@s?bindir@\/[\w-]+/g, "/bin/true");
}

/** Everything that systemd has to say to the units in `folder`, apart from what it says of others. */
function complaints(folder: string, units: string[], words: string[]): string[] {
  const paths = units.map((unit) => join(folder, unit.replace(/@\./, "@x.")));
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder };
  const verify = spawnSync("systemd-analyze", [...words, "verify", "--man=no", ...paths], { env: environment });
  assert.equal(verify.error, undefined, "systemd-analyze is installed");
  const lines = verify.stderr.toString().split("\n");
  return lines.filter((line) => units.some((unit) => line.includes(unit.split(/[@.]/)[0]!)));
}

/** Copies units to a folder of their own, and calls `work` with it and their names. */
function withUnits(source: string, work: (folder: string, units: string[]) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "postern-units-"));
  try {
    const units = readdirSync(source).filter((name) => /\.(socket|service)$/.test(name));
    for (const unit of units) writeFileSync(join(folder, unit), runnable(readFileSync(join(source, unit), "utf8")));
    work(folder, units);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("systemd takes the units", () => {
  withUnits(packaged, (folder, units) => {
    assert.equal(units.length, 9);
    assert.deepEqual(complaints(folder, units, []), []);
  });
  withUnits(join(packaged, "user"), (folder, units) => {
    assert.equal(units.length, 2);
    assert.deepEqual(complaints(folder, units, ["--user"]), []);
  });
});

test("what systemd complains of would be seen", () => {
  withUnits(join(packaged, "user"), (folder, units) => {
    const path = join(folder, "ssh-tpm-agent.service");
    writeFileSync(path, readFileSync(path, "utf8").replace("UMask=", "UMaske="));
    assert.match(complaints(folder, units, ["--user"]).join("\n"), /Unknown key.*'UMaske'/);
  });
});

/** systemd's measure of what a service could do, from 0.0 to 10.0, where there is nothing that would confine it. */
const exposures: [folder: string, unit: string, words: string[], limit: number][] = [
  ["", "ssh-tpm-agent.service", [], 1.5],
  ["", "ssh-tpm-genkeys.service", [], 1.5],
  ["", "ssh-tpm-agent@.service", [], 1.5],
  ["", "ssh-tpm-hierarchy-genkeys@.service", [], 1.5],
  ["", "tinysshd-makekey.service", [], 1.5],
  ["user", "ssh-tpm-agent.service", ["--user"], 7],
];

for (const [source, unit, words, limit] of exposures) {
  test(`${[...words, unit].join(" ")}: what it could do`, () => {
    withUnits(join(packaged, source), (folder) => {
      const path = join(folder, unit.replace("@.", "@x."));
      if (unit.includes("@.")) writeFileSync(path, readFileSync(join(folder, unit)));
      const threshold = `--threshold=${limit * 10}`;
      const analyze = [...words, "security", "--offline=true", "--no-pager", threshold, path];
      const { status, stdout } = spawnSync("systemd-analyze", analyze, {
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout.split("\n").at(-2));
    });
  });
}

/** systemd's own, which may be named. */
const known = /^(network|tpm2|sockets|multi-user|auditd)\.(target|service)$/;

test("a unit names units of ours alone, which there are", () => {
  for (const source of [packaged, join(packaged, "user")]) {
    const names = readdirSync(source);
    for (const unit of names.filter((name) => /\.(socket|service)$/.test(name))) {
      const text = readFileSync(join(source, unit), "utf8");
      const settings = /^(?:Requires|Wants|After|Before|Conflicts|Also|Service|WantedBy)=(.*)$/gm;
      const named = [...text.matchAll(settings)].flatMap((match) => match[1]!.split(" "));
      assert.ok(named.length > 0 || !unit.endsWith(".socket"));
      for (const name of named) {
        assert.ok(known.test(name) || names.includes(name.replace("@%i.", "@.")), `${unit} names ${name}`);
      }
    }
  }
});

/** What the programs install is what `make install` has installed below `destination`. */
function sameAsInstalled(destination: string): void {
  const own = mkdtempSync(join(tmpdir(), "postern-install-"));
  try {
    const environment = { ...process.env, DESTDIR: own, PREFIX: "/usr" };
    const execute = (name: string, ...words: string[]): string =>
      execFileSync(join(destination, "usr/bin", name), words, { env: environment, encoding: "utf8" });
    const said = execute("ssh-tpm-hostkeys", "--install-system-units");
    execute("ssh-tpm-agent", "--install-user-units", "--install-system");
    const installed = globSync("**/*.{socket,service}", { cwd: own }).toSorted();
    assert.deepEqual(installed, [
      "usr/lib/systemd/system/ssh-tpm-agent.service",
      "usr/lib/systemd/system/ssh-tpm-agent.socket",
      "usr/lib/systemd/system/ssh-tpm-genkeys.service",
      "usr/lib/systemd/user/ssh-tpm-agent.service",
      "usr/lib/systemd/user/ssh-tpm-agent.socket",
    ]);
    for (const path of installed) {
      assert.equal(readFileSync(join(own, path), "utf8"), readFileSync(join(destination, path), "utf8"), path);
      assert.equal(statSync(join(own, path)).mode & 0o777, 0o644);
      if (path.includes("/system/")) assert.ok(said.includes(`Installed ${join(own, path)}\n`), said);
    }
  } finally {
    rmSync(own, { recursive: true });
  }
}
