/**
 * The hooks of image builders: Debian's own builders make images with them, in a Debian that is there for it, and mkinitcpio's
 * are run by stand-ins for the functions that its manual promises. Where nobody could log in, there is no image, and the old one
 * stays.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../../src/native/build.ts";
import { DebianTree, debianTreeFault, type Outcome } from "../support/debian-tree.ts";
import { nativeExecutable } from "../support/native.ts";
import type { Result } from "../support/side-by-side.ts";

const here = dirname(fileURLToPath(import.meta.url));

nativeExecutable("postern");
nativeExecutable("postern-boot");

function make(targets: string[], variables: Record<string, string>): void {
  const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  execFileSync("make", ["-s", ...targets, ...words], { cwd: root });
}

/** What is in a folder, a line each: mode, path, and where a link leads to. Folders whose mode is the usual one are left out. */
function listing(folder: string, kept: RegExp = /./): string[] {
  const found = execFileSync("find", [folder, "-mindepth", "1", "-printf", "%y %m %P\t%l\n"], { encoding: "utf8" });
  const lines: string[] = [];
  for (const line of found.split("\n").slice(0, -1)) {
    const [, type, mode, path, target] = /^(.) (\d+) (.*)\t(.*)$/.exec(line)!;
    if (!kept.test(path!) || (type === "d" && mode === "755")) continue;
    if (type === "l") lines.push(`link ${path} -> ${target}`);
    else lines.push(`${mode} ${path}${type === "d" ? "/" : ""}`);
  }
  return byPath(lines);
}

const pathOf = (line: string): string => line.split(" ")[1]!;

function byPath(lines: string[]): string[] {
  return lines.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

/** Without what is said of this machine's devices. */
const withoutDrivers = (text: string): string =>
  text.replaceAll(/^postern: warning: kernel .* has no driver for .*\n/gm, "");

const NETWORK = "[Match]\nName=en*\n[Network]\nDHCP=yes\n";
const VLAN = "[NetDev]\nName=v5\nKind=vlan\n[VLAN]\nId=5\n";
const TUNNEL = "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey = aGVsbG8=\n";

/** A configuration of systemd-networkd, a tunnel with its secret among it. */
function writeNetwork(folder: string): void {
  mkdirSync(join(folder, "20-wired.network.d"), { recursive: true });
  writeFileSync(join(folder, "20-wired.network"), NETWORK, { mode: 0o600 });
  writeFileSync(join(folder, "20-wired.network.d/metric.conf"), "[DHCPv4]\nRouteMetric=5\n");
  writeFileSync(join(folder, "v5.netdev"), VLAN);
  writeFileSync(join(folder, "wg0.netdev"), TUNNEL, { mode: 0o640 });
  writeFileSync(join(folder, "peers.key"), "secret\n");
  symlinkSync("/dev/null", join(folder, "99-default.link"));
}

const UNITS = "etc/systemd/system";

/** What Postern has in an image that systemd starts, with a host key that isn't sealed. */
const WITH_SYSTEMD = [
  "600 etc/postern/authorized_keys",
  "700 etc/postern/keys/",
  "600 etc/postern/keys/.ed25519.sk",
  "644 etc/postern/keys/ed25519.pk",
  `644 ${UNITS}/postern-forget.service`,
  `644 ${UNITS}/postern.socket`,
  `644 ${UNITS}/postern@.service`,
  `link ${UNITS}/sysinit.target.wants/postern-forget.service -> ../postern-forget.service`,
  `link ${UNITS}/sysinit.target.wants/postern.socket -> ../postern.socket`,
  "755 usr/bin/postern",
];

/** What it has of the network there. */
const WITH_NETWORKD = [
  "644 etc/systemd/network/20-wired.network",
  "644 etc/systemd/network/20-wired.network.d/metric.conf",
  "link etc/systemd/network/99-default.link -> /dev/null",
  "644 etc/systemd/network/v5.netdev",
  `link ${UNITS}/sysinit.target.wants/systemd-network-generator.service -> /usr/lib/systemd/system/systemd-network-generator.service`,
  `link ${UNITS}/sysinit.target.wants/systemd-networkd.service -> /usr/lib/systemd/system/systemd-networkd.service`,
  `644 ${UNITS}/systemd-networkd.service.d/50-postern.conf`,
];

describe("mkinitcpio's hooks", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-hooks-"));
  const places = { PREFIX: join(folder, "usr"), initcpiodir: join(folder, "initcpio"), kernelinstalldir: folder };
  const image = join(folder, "image");
  const temporary = join(folder, "tmp");

  before(() => {
    make(["install", "install-mkinitcpio"], places);
    execFileSync(join(folder, "usr/sbin/tinysshd-makekey"), [join(folder, "keys")]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "id")]);
    writeNetwork(join(folder, "network"));
    mkdirSync(temporary);
  });
  process.on("exit", () => rmSync(folder, { recursive: true })); // also if none of these tests was asked for

  /** Runs hooks over what the hook systemd would have left. */
  function build(hooks: string[], settings: string[] = []): Result {
    rmSync(image, { recursive: true, force: true });
    for (const name of ["etc", "usr/bin", "usr/lib/systemd"]) mkdirSync(join(image, name), { recursive: true });
    symlinkSync("usr/bin", join(image, "bin"));
    writeFileSync(join(image, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    writeFileSync(join(image, "etc/group"), "root:x:0:\n");
    writeFileSync(join(image, "etc/shadow"), "root:*:::::::\n", { mode: 0o400 });
    writeFileSync(join(image, "usr/lib/systemd/systemd"), "");
    if (hooks.includes("postern-network")) writeFileSync(join(image, "usr/lib/systemd/systemd-networkd"), "");
    const usual = [
      `SD_TINYSSH_KEYDIR=${folder}/keys`,
      `SD_TINYSSH_AUTHORIZED_KEYS=${folder}/id.pub`,
      `POSTERN_NETWORK_CONFIG=${folder}/network`,
    ];
    writeFileSync(join(folder, "mkinitcpio.conf"), [...usual, ...settings].join("\n"));
    const words = [join(folder, "mkinitcpio.conf"), ...hooks.map((hook) => join(folder, "initcpio/install", hook))];
    const env = { ...process.env, BUILDROOT: image, KERNELVERSION: "6.1.0", TMPDIR: temporary };
    const options = { env, encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync("bash", [join(here, "mkinitcpio.bash"), ...words], options);
    assert.deepEqual(readdirSync(temporary), [], "nothing stays behind");
    return { status, stdout, stderr };
  }

  test("add the server, with the modes of its files, and a shell if there is none", () => {
    const { status, stdout, stderr } = build(["postern"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /written\n$/);
    assert.match(stdout, /^modules \/drivers\/char\/tpm\/$/m);
    assert.match(stdout, /^binary \/usr\/bin\/busybox$/m);
    assert.equal(readlinkSync(join(image, "usr/bin/sh")), "busybox");
    // Where this machine's root device is named in a way that systemd wouldn't wait for, there is a drop-in.
    const own = listing(image, /postern/).filter((line) => !line.includes(".device.d/"));
    assert.deepEqual(own, WITH_SYSTEMD);
  });

  test("take the settings that stand in mkinitcpio.conf", () => {
    const { status, stderr } = build(
      ["postern"],
      ["SD_TINYSSH_PORT=2222", "POSTERN_REMOTE_COMMANDS=yes", "SD_TINYSSH_COMMAND=\"echo 'a b' %h \\$HOME\""],
    );
    assert.equal(status, 0, stderr);
    assert.match(readFileSync(join(image, UNITS, "postern.socket"), "utf8"), /^ListenStream=2222$/m);
    const service = readFileSync(join(image, UNITS, "postern@.service"), "utf8");
    assert.match(service, /echo/);
    assert.doesNotMatch(service, /--no-commands/); // as it would be with a command
  });

  test("bring the network up without the secrets in it", () => {
    const { status, stdout, stderr } = build(["postern-network"]);
    assert.equal(status, 0, stderr);
    assert.equal(
      withoutDrivers(stderr),
      `postern: warning: ${folder}/network/wg0.netdev is left out for the secret in it, as wg0.netdev is not named\n`,
    );
    assert.deepEqual(listing(image, /etc\/systemd\/(network|system)\//), WITH_NETWORKD);
    assert.ok(existsSync(join(image, "usr/lib/systemd/network/99-default.link")));
    for (const line of [
      "unit systemd-networkd.service",
      "unit systemd-networkd.socket",
      "unit systemd-network-generator.service",
      "rule 80-net-setup-link.rules",
      "modules /drivers/net/",
      "module 8021q",
    ]) {
      assert.ok(stdout.split("\n").includes(line), `${line} in ${stdout}`);
    }
    for (const name of ["passwd", "group", "shadow"]) {
      assert.match(readFileSync(join(image, "etc", name), "utf8"), /^root:.*\nsystemd-network:.*\n$/);
    }
  });

  test("add a secret that is named, for nobody but who needs it", () => {
    const { status, stdout, stderr } = build(["postern-network"], ["POSTERN_NETWORK_SECRETS=(a.netdev wg0.netdev)"]);
    assert.deepEqual([status, withoutDrivers(stderr)], [0, ""]);
    assert.deepEqual(listing(image, /wg0/), ["600 etc/systemd/network/wg0.netdev"]);
    assert.equal(
      readFileSync(join(image, "usr/lib/tmpfiles.d/postern-network.conf"), "utf8"),
      "z /etc/systemd/network/wg0.netdev 0640 root systemd-network\n",
    );
    assert.match(stdout, /^module wireguard$/m);
  });

  test("say so if nothing brings the network up", () => {
    const { stderr } = build(["postern-network", "postern"]);
    assert.doesNotMatch(stderr, /nothing brings the network up/);
    assert.match(build(["postern"]).stderr, /^WARNING: postern: nothing brings the network up/m);
    rmSync(join(folder, "network"), { recursive: true });
    mkdirSync(join(folder, "network"));
    assert.match(build(["postern-network"]).stderr, /no \.network file in .*, nor ip= on the kernel's command line/);
    rmSync(join(folder, "network"), { recursive: true });
    writeNetwork(join(folder, "network"));
  });

  /** The build ends where it is, with that line behind others. */
  function fails(hooks: string[], settings: string[], message: RegExp): void {
    const { status, stdout, stderr } = build(hooks, settings);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stdout, /written/);
  }

  test("end the build where nobody could log in", () => {
    fails(
      ["postern"],
      [`SD_TINYSSH_AUTHORIZED_KEYS=${folder}/none`],
      /none.*\n(.*\n)*ERROR: postern: nobody could log in/,
    );
    fails(["postern"], [`SD_TINYSSH_KEYDIR=${folder}/none`], /missing SSH host key/);
    fails(["postern"], ["SD_TINYSSH_PORT=022"], /SD_TINYSSH_PORT 022: not a number from 1 to 65535/);
    fails(["postern-network"], ["POSTERN_NETWORK_CONFIG=/nowhere"], /there is no folder \/nowhere/);
  });

  test("have their help", () => {
    for (const hook of ["postern", "postern-network"]) {
      const script = `. "$1"; help`;
      const help = spawnSync("bash", ["-c", script, "bash", join(folder, "initcpio/install", hook)], {
        encoding: "utf8",
      });
      assert.equal(help.status, 0);
      assert.match(help.stdout, /^This hook /);
    }
  });
});

const fault = debianTreeFault();

/** A Debian with Postern's hooks for a builder, a host key and somebody who may log in. */
function debian(t: TestContext, builder: string): DebianTree {
  const tree = new DebianTree();
  t.after(() => tree.remove());
  make(["install", `install-${builder}`], { PREFIX: "/usr", DESTDIR: tree.root });
  mkdirSync(tree.path("/etc/tinyssh"));
  assert.equal(tree.run(["tinysshd-makekey", "/etc/tinyssh/sshkeydir"]).status, 0);
  const key = join(tree.root, "root/id");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  tree.file("/root/.ssh/authorized_keys", readFileSync(`${key}.pub`), 0o600);
  return tree;
}

function succeeds({ status, output }: Outcome): string {
  assert.equal(status, 0, output);
  return output;
}

/** Where the files of an image are, as its builder's own tools unpack it. */
function unpacked(tree: DebianTree, image: string): string {
  rmSync(tree.path("/root/image"), { recursive: true, force: true });
  succeeds(tree.run(["unmkinitramfs", image, "/root/image"]));
  return tree.path("/root/image");
}

test("dracut", { skip: fault, timeout: 600_000 }, (t) => {
  const tree = debian(t, "dracut");
  const image = "/boot/initrd.img-test";
  const dracut = (modules: string, ...words: string[]): Outcome =>
    tree.run(["dracut", "-q", "-f", "--no-hostonly", "--kver", tree.kernel, "--add", modules, ...words, image]);
  tree.file(image, "the old image");
  const fails = (outcome: Outcome, message: RegExp): void => {
    assert.equal(outcome.status, 1, outcome.output);
    assert.match(outcome.output, message);
    assert.equal(readFileSync(tree.path(image), "utf8"), "the old image");
  };

  const others = "ifcfg network systemd-networkd network-legacy network-manager";
  fails(
    dracut("postern", "--omit", others),
    /postern: nothing brings the network up: add_dracutmodules\+=' postern-network '/,
  );
  renameSync(tree.path("/root/.ssh/authorized_keys"), tree.path("/root/keys"));
  writeNetwork(tree.path("/etc/systemd/network"));
  fails(
    dracut("postern postern-network"),
    /unable to read \/root\/\.ssh\/authorized_keys.*\n(.*\n)*.*postern: nobody could log in: there is no new image/,
  );
  renameSync(tree.path("/root/keys"), tree.path("/root/.ssh/authorized_keys"));

  const output = succeeds(dracut("postern postern-network"));
  assert.match(output, /wg0\.netdev is left out for the secret in it/);
  const files = unpacked(tree, image);
  assert.deepEqual(
    listing(files, /postern|etc\/systemd\/network\//),
    byPath([...WITH_SYSTEMD, ...WITH_NETWORKD.filter((line) => /postern|systemd\/network\//.test(line))]),
  );
  for (const name of ["systemd-networkd", "systemd-network-generator"]) {
    assert.ok(existsSync(join(files, "usr/lib/systemd", name)), name);
    assert.equal(
      readlinkSync(join(files, UNITS, "sysinit.target.wants", `${name}.service`)),
      `/usr/lib/systemd/system/${name}.service`,
    );
  }
  assert.match(readFileSync(join(files, "etc/passwd"), "utf8"), /^systemd-network:/m);
  const modules = readdirSync(join(files, "usr/lib/modules", tree.kernel), { recursive: true }).join("\n");
  for (const module of ["virtio_net", "8021q", "bonding", "bridge"])
    assert.match(modules, new RegExp(`/${module}\\.ko`));
  assert.equal(lstatSync(tree.path(image)).mode & 0o777, 0o600);
  assert.equal(lstatSync(files).mode & 0o777, 0o755);

  // What Debian runs behind the kernel's own hooks.
  const run = (): Outcome => tree.run(["/etc/kernel/postinst.d/postern", "test"]);
  assert.match(succeeds(run()), /root can log in on port 22, by 1 key/);
  const plugin = ["/usr/lib/kernel/install.d/65-postern.install", "add"];
  const staging = { KERNEL_INSTALL_STAGING_AREA: "/boot" };
  assert.match(succeeds(tree.run(plugin, staging)), /root can log in on port 22, by 1 key/);
  tree.file(image, readFileSync(tree.path(image)).subarray(0, 1_000_000));
  assert.equal(run().status, 111);
  assert.equal(tree.run(plugin, staging).status, 1);
});

/** A hook with another server, as far as that can be seen. */
const DROPBEAR = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
mkdir -p "$DESTDIR/usr/sbin" "$DESTDIR/etc/dropbear"
: >"$DESTDIR/usr/sbin/dropbear"
echo 'DROPBEAR_OPTIONS="-I 60 -p 22"' >"$DESTDIR/etc/dropbear/dropbear.conf"`;

/** Enters an unpacked image as its kernel would, in a network of its own. $1 is the folder, the rest is the command. */
const ENTER = `
set -e
cd "$1"; shift
mkdir -p proc sys dev
mount --bind /proc proc; mount --bind /dev dev; mount -t tmpfs tmpfs run; mount -t sysfs sysfs sys
exec chroot . "$@"`;

/** What init of initramfs-tools does, between the server's start and its end; what runs then, and what is left. */
const MOMENTS = `
export rootmnt=/root BOOT=local quiet=n DEVICE= IP= BOOTIF= starttime=$(cut -d. -f1 /proc/uptime)
programs() { for process in /proc/[0-9]*; do readlink $process/exe; done | grep -o 'postern$\\|tail$\\|sleep$' | sort -u; }
/scripts/init-premount/postern
until netstat -ltn | grep -q ':22 '; do sleep 0.1; done
SSH_CONNECTION=somebody setsid tail -f /dev/null &
sleep 0.5
echo; echo before: $(programs)
/scripts/init-bottom/postern
echo after: $(programs)
echo left: $(find /run /etc/postern -mindepth 1 2>/dev/null)`;

test("initramfs-tools", { skip: fault, timeout: 600_000 }, (t) => {
  const tree = debian(t, "initramfs-tools");
  const image = `/boot/initrd.img-${tree.kernel}`;
  const update = (mode: "-c" | "-u"): Outcome => tree.run(["update-initramfs", mode, "-k", tree.kernel]);
  const output = succeeds(update("-c"));
  assert.match(output, /postern-initramfs: port 22, host key SHA256:/);
  assert.match(output, /root can log in on port 22, by 1 key/); // /etc/initramfs/post-update.d
  const old = readFileSync(tree.path(image));

  const files = unpacked(tree, image);
  assert.deepEqual(listing(files, /postern/), [
    "600 etc/postern/authorized_keys",
    "700 etc/postern/keys/",
    "600 etc/postern/keys/.ed25519.sk",
    "644 etc/postern/keys/ed25519.pk",
    "755 scripts/init-bottom/postern",
    "755 scripts/init-premount/postern",
    "755 usr/bin/postern",
    "700 usr/lib/postern/serve",
  ]);
  for (const moment of ["init-premount", "init-bottom"]) {
    assert.match(readFileSync(join(files, "scripts", moment, "ORDER"), "utf8"), /\/postern "\$@"/);
  }
  assert.equal(readFileSync(join(files, "etc/passwd"), "utf8"), "root:x:0:0:root:/root:/bin/sh\n");
  const modules = readdirSync(join(files, "usr/lib/modules", tree.kernel), { recursive: true }).join("\n");
  assert.match(modules, /\/virtio_net\.ko/);
  assert.equal(lstatSync(tree.path(image)).mode & 0o777, 0o600);
  assert.equal(lstatSync(files).mode & 0o777, 0o755);

  const enter = ["unshare", "--net", "sh", "-c", ENTER, "sh", "/root/image", "timeout", "60", "sh", "-c", MOMENTS];
  const moments = succeeds(tree.run(enter));
  // The one that sleeps waits for a network device.
  assert.match(moments, /^before: postern sleep tail\n(.*\n)*after:\nleft:\n/m);

  const fails = (message: RegExp): void => {
    const outcome = update("-u");
    assert.equal(outcome.status, 1, outcome.output);
    assert.match(outcome.output, message);
    assert.ok(readFileSync(tree.path(image)).equals(old));
    assert.ok(!existsSync(tree.path(`${image}.new`)));
    assert.deepEqual(readdirSync(tree.path("/var/tmp")), []);
  };
  chmodSync(tree.path("/etc/tinyssh/sshkeydir/.ed25519.sk"), 0o644);
  fails(/others have rights on it: chmod 600\n(.*\n)*postern: nobody could log in: there is no new image/);
  chmodSync(tree.path("/etc/tinyssh/sshkeydir/.ed25519.sk"), 0o600);
  tree.file("/usr/share/initramfs-tools/scripts/init-premount/dropbear", "#!/bin/sh\n", 0o755);
  tree.file("/usr/share/initramfs-tools/hooks/dropbear", DROPBEAR, 0o755);
  fails(/port 22 is taken: dropbear is in the image, too/);
  rmSync(tree.path("/usr/share/initramfs-tools/hooks/dropbear"));
  renameSync(tree.path("/usr/bin/busybox"), tree.path("/usr/bin/none"));
  fails(/busybox/);
  renameSync(tree.path("/usr/bin/none"), tree.path("/usr/bin/busybox"));
});
