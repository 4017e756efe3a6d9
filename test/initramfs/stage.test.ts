/** `postern initramfs stage`: the trees that it makes, of which settings, and for which images. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../src/native/build.ts";
import { makeKey } from "../support/keys.ts";
import { KEYDIR, withSystem, type MadeUpSystem } from "../support/staging.ts";
import { Swtpm } from "../support/swtpm.ts";

const trees = join(import.meta.dirname, "trees");

/** The tree is as in the file `name`; with GOLDEN=write in the environment, it is so from now on. */
function isLike(name: string, listing: string): void {
  const path = join(trees, `${name}.txt`);
  if (process.env.GOLDEN === "write") writeFileSync(path, listing);
  assert.equal(listing, readFileSync(path, "utf8"), `${name}: GOLDEN=write accepts it`);
}

/** What systemd has to say of the units of the tree. */
function complaints(system: MadeUpSystem): string {
  const units = ["postern.socket", "postern@x.service", "postern-host-key.service", "postern-forget.service"];
  const there = units.filter((unit) => system.has(`tree/etc/systemd/system/${unit.replace("@x", "@")}`));
  assert.ok(there.length >= 2);
  return spawnSync("systemd-analyze", [`--root=${system.tree}`, "verify", "--man=no", ...there]).stderr.toString();
}

const names = (system: MadeUpSystem, folder: string, what: string): [Buffer, string][] =>
  readdirSync(system.at(folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [readFileSync(join(system.at(folder), entry.name)), `${what}'s ${entry.name}`]);

/** Of the key in a folder, as ssh-keygen tells it. */
function fingerprint(system: MadeUpSystem, folder: string): string {
  const line = system.postern(["printkey", system.at(folder)]).stdout;
  return execFileSync("ssh-keygen", ["-lf", "-"], { input: line, encoding: "utf8" }).split(" ")[1]!;
}

describe("trees", () => {
  const tpm = new Swtpm();
  before(() => tpm.start());
  after(() => tpm.remove());

  test("mkinitcpio, a bare key", () =>
    withSystem((system) => {
      system.makeKey();
      system.file("/etc/kernel/cmdline", "root=LABEL=my/root rw\n");
      const { status, stdout, stderr } = system.stage("mkinitcpio");
      assert.equal(status, 0, stderr);
      assert.equal(stdout, "");
      assert.equal(stderr, `postern-initramfs: port 22, host key ${fingerprint(system, KEYDIR)}\n`);
      const user: [Buffer, string] = [Buffer.from(`${system.user.line}\n`), "the user's key"];
      isLike("mkinitcpio-bare", system.listing([user, ...names(system, KEYDIR, "the host key")]));
      assert.equal(complaints(system), "");
      appendFileSync(join(system.tree, "etc/systemd/system/postern.socket"), "Port=1\n");
      assert.match(complaints(system), /Unknown key '?Port'?/, "what it complains of would be seen");
    }));

  for (const builder of ["dracut", "initramfs-tools"]) {
    test(`${builder}, a sealed key`, () =>
      withSystem((system) => {
        system.makeKey();
        system.makeKey(`${KEYDIR}/fallback`);
        system.sealKey(tpm.name, ["--pcrs", "0+7"]);
        system.configure("SD_TINYSSH_PORT=2222\nSD_TINYSSH_COMMAND='echo \"it'\\''s $HOME\"'\n");
        const { status, stderr } = system.stage(builder, ["--tpm", tpm.name]);
        assert.equal(status, 0, stderr);
        assert.equal(
          stderr,
          "postern-initramfs: warning: the host key is sealed to PCR 0+7: it can't be opened any more after an update of " +
            "the firmware or its settings, Secure Boot's keys, none of which this machine has ever changed: they protect " +
            `nothing\npostern-initramfs: port 2222, host key ${fingerprint(system, KEYDIR)}\n` +
            `postern-initramfs: fallback host key ${fingerprint(system, `${KEYDIR}/fallback`)}\n`,
        );
        const user: [Buffer, string] = [Buffer.from(`${system.user.line}\n`), "the user's key"];
        const keys = [...names(system, KEYDIR, "the host key"), ...names(system, `${KEYDIR}/fallback`, "the fallback")];
        isLike(`${builder}-sealed`, system.listing([user, ...keys]));
        if (builder === "dracut") assert.equal(complaints(system), "");
      }));
  }

  test("initramfs-tools, the machine's own key, and a script", () =>
    withSystem((system) => {
      mkdirSync(system.at("/etc/ssh"));
      makeKey(system.at("/etc/ssh/ssh_host_ed25519_key"));
      system.file("/etc/postern/profile", "echo welcome\n");
      system.configure("SD_TINYSSH_SCRIPT=/etc/postern/profile\n");
      const { status, stderr } = system.stage("initramfs-tools");
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^postern-initramfs: warning: the host key of the running system, .* goes into the image/);
      assert.match(stderr, /whoever can read it can pretend to be this machine/);
      const converted = system.at("/converted");
      system.postern(["convert", "-q", "-f", system.at("/etc/ssh/ssh_host_ed25519_key"), converted]);
      const user: [Buffer, string] = [Buffer.from(`${system.user.line}\n`), "the user's key"];
      isLike("initramfs-tools-converted", system.listing([user, ...names(system, "/converted", "the machine's key")]));
    }));
});

describe("settings", () => {
  test("none at all are those of the original", () =>
    withSystem((system) => {
      system.makeKey();
      assert.equal(system.stage("dracut").status, 0);
      assert.match(system.staged("etc/systemd/system/postern.socket").toString(), /^ListenStream=22$/m);
    }));

  test("those of the example are the same, and all that there are but a command and a script", () =>
    withSystem((system) => {
      system.makeKey();
      const listing = (settings: string): string => {
        rmSync(system.tree, { recursive: true, force: true });
        system.configure(settings);
        const { status, stderr } = system.stage("dracut");
        assert.equal(status, 0, stderr);
        return system.listing();
      };
      const example = readFileSync(join(root, "boot/initramfs.conf"), "utf8");
      const plain = listing("");
      assert.equal(listing(example), plain);
      const set = example.replaceAll(/^#(?=[A-Z_]+=)/gm, "");
      const isOther = /^SD_TINYSSH_(COMMAND|SCRIPT)=.*\n/gm;
      assert.equal(set.match(isOther)!.length, 2);
      assert.equal(listing(set.replaceAll(isOther, "")), plain);
      const source = readFileSync(join(root, "src/program/postern-initramfs/configuration.ts"), "utf8");
      const names = new Set(source.match(/(?<=")(SD_TINYSSH|POSTERN)_[A-Z_]+(?=")/g));
      const manual = readFileSync(join(root, "docs/man/postern-initramfs.8"), "utf8");
      assert.equal(names.size, 9);
      for (const name of names) {
        assert.match(set, new RegExp(`^${name}=`, "m"));
        assert.match(manual, new RegExp(`^\\.It Cm ${name}$`, "m"));
      }
    }));

  test("a passphrase that the real system is to have is not forgotten", () =>
    withSystem((system) => {
      system.makeKey();
      system.configure("POSTERN_KEEP_PASSPHRASE=yes\n");
      const { status, stderr } = system.stage("dracut");
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(system.listing(), /postern-forget/);
    }));

  test("what the environment says goes first, unless it is empty", () =>
    withSystem((system) => {
      system.makeKey("/etc/keys");
      system.configure("SD_TINYSSH_PORT=2222\nSD_TINYSSH_KEYDIR=/nowhere\n");
      Object.assign(system.environment, { SD_TINYSSH_PORT: "", SD_TINYSSH_KEYDIR: "/etc/keys" });
      const { status, stderr } = system.stage("dracut");
      assert.equal(status, 0, stderr);
      assert.match(system.staged("etc/systemd/system/postern.socket").toString(), /^ListenStream=2222$/m);
    }));

  test("keys that let nobody in are told, and those that do are taken with their options, byte for byte", () =>
    withSystem((system) => {
      system.makeKey();
      const text = `# mine\n  ${system.user.line}\nssh-rsa AAAA\nfrom="192.0.2.1",restrict ${system.user.line}\nexpiry-time="20200101" ${system.user.line}\n`;
      system.file("/root/.ssh/authorized_keys", text);
      const { status, stderr } = system.stage("dracut");
      assert.equal(status, 0, stderr);
      assert.equal(system.staged("etc/postern/authorized_keys").toString(), text);
      const warnings = stderr.split("\n").filter((line) => line.includes("warning"));
      assert.deepEqual(
        warnings.map((line) => /nobody gets in by line (\d+)/.exec(line)?.[1]),
        ["3", "5"],
      );
    }));

  const patience = (system: MadeUpSystem): string[] =>
    readdirSync(join(system.tree, "etc/systemd/system")).filter((name) => name.endsWith(".device.d"));

  test("systemd waits for the root device until a passphrase is typed, which dracut sees to by itself", () =>
    withSystem((system) => {
      system.makeKey();
      system.file("/one", "root=UUID=1-2 ro\n");
      system.file("/two", "quiet root=/dev/vg/root\n");
      const lines = ["--cmdline", system.at("/one"), "--cmdline", system.at("/two")];
      for (const [builder, expected] of [
        ["mkinitcpio", ["dev-disk-by\\x2duuid-1\\x2d2.device.d", "dev-vg-root.device.d"]],
        ["dracut", []],
      ] as const) {
        assert.equal(system.stage(builder, lines).status, 0);
        assert.deepEqual(patience(system), expected);
        rmSync(system.tree, { recursive: true });
      }
      system.file("/none", "quiet\n");
      const { status, stderr } = system.stage("mkinitcpio", ["--cmdline", system.at("/none")]);
      assert.equal(status, 0);
      assert.match(stderr, /warning: no root= is known .*90 seconds/);
    }));
});

describe("what the image has already", () => {
  /** Stages for an image with these files. */
  function stageFor(
    system: MadeUpSystem,
    files: Record<string, string>,
    settings = "",
  ): ReturnType<MadeUpSystem["stage"]> {
    system.makeKey();
    system.configure(settings);
    mkdirSync(system.at("/image"));
    for (const [path, contents] of Object.entries(files)) system.file(`/image/${path}`, contents);
    return system.stage("dracut", ["--image", system.at("/image")]);
  }

  test("root is someone whom nobody has heard of yet: it is added", () =>
    withSystem((system) => {
      const passwd = "nobody:x:65534:65534::/:/bin/false";
      const { status, stderr } = stageFor(system, { "etc/passwd": passwd, "bin/sh": "" });
      assert.equal(status, 0, stderr);
      assert.equal(system.staged("etc/passwd").toString(), `${passwd}\nroot:x:0:0:root:/root:/bin/sh\n`);
    }));

  test("root has another home", () =>
    withSystem((system) => {
      system.file("/etc/script", "echo");
      const files = { "etc/passwd": "root:!:0:0::/var/home:/bin/ash\n", "bin/ash": "" };
      const { status, stderr } = stageFor(system, files, "SD_TINYSSH_SCRIPT=/etc/script\n");
      assert.equal(status, 0, stderr);
      assert.equal(system.staged("var/home/.profile").toString(), "echo");
      assert.ok(!system.has("tree/etc/passwd") && !system.has("tree/root"));
    }));

  test("root's shell is missing", () =>
    withSystem((system) => {
      const { status, stderr } = stageFor(system, { "etc/passwd": "root:x:0:0::/root:/bin/zsh\n", "bin/sh": "" });
      assert.equal(status, 111);
      assert.equal(stderr, "postern-initramfs: fatal: root's shell /bin/zsh is not in the image\n");
    }));

  test("another server has the port, or may have it", () =>
    withSystem((system) => {
      const shell = { "etc/passwd": "root:x:0:0::/root:/bin/sh\n", "bin/sh": "" };
      const unit = "etc/systemd/system/sysinit.target.wants/tinyssh@22.socket";
      const taken = stageFor(system, { ...shell, [unit]: "" });
      assert.equal(taken.status, 111);
      assert.match(
        taken.stderr,
        /^postern-initramfs: fatal: port 22 is taken: tinyssh@22\.socket is in the image, too\n$/,
      );
      system.configure("SD_TINYSSH_PORT=222\n");
      const other = system.stage("dracut", ["--image", system.at("/image")]);
      assert.equal(other.status, 0);
      assert.match(other.stderr, /warning: another SSH server, tinyssh@22\.socket, is in the image/);
    }));
});
