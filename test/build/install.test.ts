/** `make install` lays out what a packager expects, and the manual pages are well-formed. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownArchitecture, root } from "../../src/native/build.ts";
import { nativeExecutable } from "../support/native.ts";

test("make install honours PREFIX and DESTDIR, and make uninstall takes all of it away", () => {
  nativeExecutable("postern");
  const destination = mkdtempSync(join(tmpdir(), "postern-install-"));
  const make = (target: string): void => {
    const variables = ["PREFIX=/usr", `DESTDIR=${destination}`, `ARCHITECTURE=${ownArchitecture}`];
    execFileSync("make", ["-s", target, ...variables], { cwd: root, stdio: "pipe" });
  };
  try {
    make("install");
    assert.equal(statSync(join(destination, "usr/bin/postern")).mode & 0o777, 0o755);
    for (const name of ["tinysshd", "tinysshnoneauthd", "tinysshd-makekey", "tinysshd-printkey"]) {
      assert.equal(readlinkSync(join(destination, "usr/sbin", name)), "../bin/postern");
      assert.match(
        execFileSync(join(destination, "usr/sbin", name), ["--version"]).toString(),
        new RegExp(`^${name} `),
      );
      assert.ok(existsSync(join(destination, "usr/share/man/man8", `${name}.8`)));
    }
    for (const name of ["tinyssh-convert", "tinyssh-keyconvert"]) {
      assert.match(execFileSync(join(destination, "usr/bin", name), ["--version"]).toString(), new RegExp(`^${name} `));
      assert.ok(existsSync(join(destination, "usr/share/man/man1", `${name}.1`)));
    }
    const units = join(destination, "usr/lib/systemd/system");
    assert.match(readFileSync(join(units, "tinysshd@.service"), "utf8"), /^ExecStart=\/usr\/sbin\/tinysshd /m);
    assert.match(
      readFileSync(join(units, "tinysshd-makekey.service"), "utf8"),
      /^ExecStart=\/usr\/sbin\/tinysshd-makekey /m,
    );
    assert.ok(existsSync(join(units, "tinysshd.socket")));
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

test("systemd takes the units", () => {
  const work = mkdtempSync(join(tmpdir(), "postern-units-"));
  try {
    for (const unit of ["tinysshd.socket", "tinysshd@.service", "tinysshd-makekey.service"]) {
      const text = readFileSync(join(root, "boot/systemd", unit), "utf8")
        .replaceAll("@sbindir@/tinysshd-makekey", "/bin/true")
        .replaceAll("@sbindir@/tinysshd", "/bin/true");
      execFileSync("tee", [join(work, unit)], { input: text, stdio: ["pipe", "ignore", "inherit"] });
    }
    const verify = spawnSync("systemd-analyze", [
      "verify",
      "--man=no",
      join(work, "tinysshd.socket"),
      join(work, "tinysshd@x.service"),
      join(work, "tinysshd-makekey.service"),
    ]);
    assert.equal(verify.error, undefined, "systemd-analyze is installed");
    const complaints = verify.stderr
      .toString()
      .split("\n")
      .filter((line) => line.includes(work));
    assert.deepEqual(complaints, []);
  } finally {
    rmSync(work, { recursive: true });
  }
});
