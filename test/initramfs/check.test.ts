/** `postern initramfs check`: images packed by real programs, sound ones and those with one thing wrong. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { folder, newc, trailer } from "../support/cpio.ts";
import { DebianTree, debianTreeFault } from "../support/debian-tree.ts";
import { type Builder, Image } from "../support/image.ts";
import { nativeExecutable } from "../support/native.ts";
import { KEYDIR } from "../support/staging.ts";
import { Swtpm } from "../support/swtpm.ts";
import { unifiedKernel } from "../support/unified-kernel.ts";

/** `systemd-creds encrypt` with a TPM and PCR 7. */
const SEALED =
  "DHzAexF2RZGcSwvqCLwg/iAAAAABAAAADAAAABAAAABx6OGgba0zH1rBNZkAAAAAgAAAAAAAAAALACMA8AAAACAAAAAAngAgxF0rqANHyDK0SdDkvZasps9DZEvsH+mPpiy2dVAbFMcAELDQ6ODAYFRAu3akEl1O9Yg5eAEH7EVZKyiF616tUU8jRE8+kvmo95/Ajo5xt4VqgWGM4HZf6YBN+bPCdGv7WKSTm/rD8aYjIwfW0kazrKT5u5eV/pU7fERFAx/K9OvZNexj1Dm+gXY9PlICkeReEGjDL9KI0nDCC3NtAE4ACAALAAAAEgAgi1aC2BspQ10I15J4FQYR3H5ZI7L+/M5oSglXe0ATCosAEAAgb6jBr76n7sm21ekOnBUwGWe8PR5V13J452JBY+niBCqLVoLYGylDXQjXkngVBhHcflkjsv78zmhKCVd7QBMKiwAAAAAg77k2yhHgd1ZnLH1oNOwk0A83rne04clWMylFd9JKMBwxfWnbgSIg3YszbffgbIAINtfI";

const UNITS = "etc/systemd/system";

function image(t: TestContext, builder?: Builder, tpm?: string): Image {
  const made = new Image(builder, tpm);
  t.after(() => made.end());
  return made;
}

/** The bare key is sealed, as far as can be seen; what was bare is the fallback. */
function seal(of: Image): Image {
  execFileSync("mv", ["etc/postern/keys", "etc/postern/fallback"], { cwd: of.tree });
  of.file("etc/postern/sealed/ed25519.pk", Buffer.alloc(32, 1));
  of.file("etc/postern/sealed/.ed25519.sk", SEALED, 0o600);
  of.file(`${UNITS}/postern-host-key.service`, "[Service]\nExecStart=/usr/bin/postern host-key a b\n");
  of.link(`${UNITS}/sysinit.target.wants/postern-host-key.service`, "../postern-host-key.service");
  of.device("tpm", "tpm0", "tpm_tis");
  of.file("usr/lib/modules/6.1.0/kernel/drivers/char/tpm/tpm_tis.ko", "");
  return of;
}

function sound(of: Image, words: string[] = []): string {
  const { status, stdout, stderr } = of.check(words);
  assert.deepEqual([stderr, status], ["", 0]);
  return stdout;
}

/** The one line on standard error that an image gets. */
function line(of: Image, status: number, words: string[] = []): string {
  const result = of.check(words);
  assert.equal(result.status, status, result.stderr);
  assert.equal(result.stderr.split("\n").length, 2, result.stderr);
  assert.equal(result.stdout === "", status !== 0);
  return result.stderr.replace(`${of.path}: `, "").trimEnd();
}

function fingerprint(of: Image, folder = KEYDIR): string {
  const key = execFileSync(nativeExecutable("postern"), ["printkey", of.system.at(folder)]);
  return execFileSync("ssh-keygen", ["-lf", "-"], { input: key, encoding: "utf8" }).split(" ")[1]!;
}

for (const builder of ["mkinitcpio", "dracut", "initramfs-tools"] as const) {
  test(`an image as of ${builder}`, (t) => {
    const made = image(t, builder).pack("zstd -q");
    const first = `${made.path}: root can log in on port 22, by 1 key`;
    const words = `${first}\nhost key ${fingerprint(made)} (not sealed)\n`;
    assert.equal(sound(made), words);
    assert.equal(sound(made, ["--for", builder]), words);
    const other = made.check(["--for", builder === "initramfs-tools" ? "dracut" : "initramfs-tools"]);
    assert.equal(other.status, 111);
    assert.match(other.stderr, /fatal: .*(listens on no port|no program|listens)/);
  });
}

const compressors = ["cat", "gzip", "zstd -q -19", "xz --check=crc32", "xz --format=lzma", "lz4 -l", "bzip2", "lzop"];
for (const compressor of compressors) {
  test(`read: ${compressor}`, (t) => void sound(image(t).pack(compressor)));
}

test("an archive ahead of the compressed one, and zeros", (t) => {
  const made = image(t).pack("zstd -q");
  const early = Buffer.concat([folder("kernel"), newc("kernel/microcode", Buffer.alloc(5000, 0x28)), trailer]);
  writeFileSync(made.path, Buffer.concat([early, Buffer.alloc(-early.length & 511), readFileSync(made.path)]));
  sound(made);
  // A later archive has the last word.
  const empty = Buffer.concat([newc("etc/postern/authorized_keys", ""), trailer]);
  made.pack();
  appendFileSync(made.path, empty);
  assert.match(line(made, 111), /no key in it lets anybody in/);
});

test("libarchive's images are read as well", (t) => {
  const made = image(t);
  const command = "bsdtar --format newc --uid 0 --gid 0 -cf - . | gzip";
  writeFileSync(made.path, execFileSync("sh", ["-c", command], { cwd: made.tree, maxBuffer: 1 << 28 }), {
    mode: 0o600,
  });
  sound(made);
});

/** Images with all modules, so that there is a lot to read. What the tree has no programs for is left out. */
const realBuilders: [builder: Builder, command: string[], script: string][] = [
  ["initramfs-tools", ["mkinitramfs", "-o"], "/etc/initramfs-tools/scripts/init-premount/postern"],
  ["dracut", ["dracut", "--no-hostonly", "--confdir", "/tmp", "--omit", "network ifcfg", "--kver", ""], ""],
];
for (const [builder, command, script] of realBuilders) {
  test(`behind what was staged, an image of the real ${builder}`, { skip: debianTreeFault() }, (t) => {
    const tree = new DebianTree();
    t.after(() => tree.remove());
    if (script !== "") tree.file(script, '#!/bin/sh\n[ "$1" = prereqs ] || /usr/lib/postern/serve &\n', 0o755);
    const words = command.map((word) => (word === "" ? tree.kernel : word));
    const built = tree.run([...words, "/image", ...(builder === "dracut" ? [] : [tree.kernel])]);
    assert.equal(built.status, 0, built.output);
    const made = image(t, builder);
    const pack = "find . | cpio -o -H newc -R 0:0 --quiet";
    const staged = execFileSync("sh", ["-c", pack], { cwd: made.system.tree, maxBuffer: 1 << 24 });
    const account = Buffer.concat([newc("etc/passwd", "root:x:0:0::/root:/bin/sh\n"), trailer]);
    writeFileSync(made.path, Buffer.concat([staged, account, readFileSync(tree.path("/image"))]), { mode: 0o600 });
    const { status, stdout, stderr } = made.check();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /root can log in on port 22, by 1 key\n/);
    // The real image has modules, and nothing of them is built in that the machine would not have.
    made.device("net", "eth1", "virtio_pci", "no_such_driver");
    assert.match(made.check().stderr, /no driver for eth1: the module no_such_driver is missing\n/);
  });
}

test("an image that can't be read", (t) => {
  const made = image(t);
  const fault = (): string => line(made, 111);
  for (const compressor of ["cat", "zstd -q", "gzip", "xz --check=crc32"]) {
    made.pack(compressor);
    truncateSync(made.path, readFileSync(made.path).length - 3000);
    const { status, stderr } = made.check();
    assert.equal(status, 111);
    assert.match(stderr, /^postern-initramfs: fatal: .*(cut short|damaged)/m, compressor);
  }
  made.pack("zstd -q");
  const bytes = readFileSync(made.path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(made.path, bytes);
  assert.match(made.check().stderr, /fatal: .*(damaged|no entry)/);
  writeFileSync(made.path, "no image");
  assert.match(fault(), /no image: neither a cpio archive nor compressed/);
  writeFileSync(made.path, "");
  assert.match(fault(), /there is no archive in it/);
  writeFileSync(made.path, Buffer.alloc(100));
  assert.match(fault(), /there is no archive in it/);
  rmSync(made.path);
  execFileSync("mkfifo", [made.path]);
  assert.match(fault(), /it is no file/);
  rmSync(made.path);
  mkdirSync(made.path);
  assert.match(fault(), /it is no file/);
  made.end();
  assert.match(fault(), /unable to read it \(file does not exist\)/);
});

test("a program that is missing", (t) => {
  const made = image(t).pack("zstd -q");
  const { status, stderr } = made.check([], { PATH: made.system.at("nothing") });
  const expected = `${made.path}: it can't be read without the program zstd, which is not installed`;
  assert.deepEqual([stderr, status], [`postern-initramfs: fatal: ${expected}\n`, 111]);
});

test("garbage behind the archive", (t) => {
  const made = image(t).pack();
  appendFileSync(made.path, "garbage");
  assert.match(line(made, 0), /warning: something follows the archive/);
});

/** What each fault is, and what is said of it. */
const faults: [name: string, change: (of: Image) => void, said: RegExp, builder?: Builder][] = [
  ["no program", (of) => of.remove("usr/bin/postern"), /it has no usr\/bin\/postern$/],
  ["a program that can't be run", (of) => of.mode("usr/bin/postern", 0o644), /usr\/bin\/postern is no program$/],
  ["an empty program", (of) => of.file("usr/bin/postern", "", 0o755), /usr\/bin\/postern is damaged$/],
  ["a program that is none", (of) => of.file("usr/bin/postern", "text", 0o755), /usr\/bin\/postern is damaged$/],
  ["no host key", (of) => of.remove("etc/postern/keys"), /no host key: \/etc\/postern\/keys has no .ed25519.sk$/],
  ["no public key", (of) => of.remove("etc/postern/keys/ed25519.pk"), /no host key: .* has no ed25519.pk$/],
  [
    "another public key",
    (of) => of.file("etc/postern/keys/ed25519.pk", Buffer.alloc(32, 1)),
    /no host key: .*not of the same key$/,
  ],
  [
    "a key that was cut short",
    (of) => of.file("etc/postern/keys/.ed25519.sk", "short", 0o600),
    /no host key: .* has 5 bytes, not 64$/,
  ],
  [
    "no authorized_keys",
    (of) => of.remove("etc/postern/authorized_keys"),
    /it has no \/etc\/postern\/authorized_keys$/,
  ],
  [
    "authorized_keys for others to write",
    (of) => of.mode("etc/postern/authorized_keys", 0o666),
    /etc\/postern\/authorized_keys can be changed by others than root/,
  ],
  ["a folder for others to write", (of) => of.mode("etc", 0o777), /\/etc can be changed by others than root/],
  ["no units", (of) => of.remove(UNITS), /nothing in it starts the server: there is neither/],
  [
    "nothing that starts the socket",
    (of) => of.remove(`${UNITS}/sysinit.target.wants`),
    /nothing starts postern.socket/,
  ],
  [
    "a link that leads nowhere",
    (of) =>
      of
        .remove(`${UNITS}/sysinit.target.wants/postern.socket`)
        .link(`${UNITS}/sysinit.target.wants/postern.socket`, "/no"),
    /nothing starts postern.socket/,
  ],
  ["no service", (of) => of.remove(`${UNITS}/postern@.service`), /postern@.service is missing/],
  ["no port", (of) => of.replace(`${UNITS}/postern.socket`, "Stream=22", "Stream=x"), /listens on no port/],
  ["another init", (of) => of.remove("init").file("init", "#!/bin/sh", 0o755), /its \/init is not systemd/],
  ["no root", (of) => of.file("etc/passwd", "nobody:x:9:9::/:/bin/sh\n"), /root is not in its etc\/passwd/],
  ["a root that isn't well-formed", (of) => of.file("etc/passwd", "root:x:0:0\n"), /root is not in its etc\/passwd/],
  ["no shell", (of) => of.remove("usr/bin/busybox"), /root's shell \/bin\/sh is not in the image/],
  ["a shell that can't be run", (of) => of.mode("usr/bin/busybox", 0o644), /root's shell, \/bin\/sh, is no program/],
  [
    "a shell that lets nobody in",
    (of) => of.file("etc/passwd", "root:x:0:0::/root:/bin/nologin\n").link("usr/bin/nologin", "busybox"),
    /root's shell, \/bin\/nologin, lets nobody in/,
  ],
  ["no home", (of) => of.file("etc/passwd", "root:x:0:0::/home/root:/bin/sh\n"), /root's home, \/home\/root, is not/],
  [
    "another server on the port",
    (of) => of.file(`${UNITS}/sockets.target.wants/sshd.socket`, "[Socket]\nListenStream=0.0.0.0:22\n"),
    /port 22 is taken: sshd.socket is in the image, too/,
  ],
  [
    "sd-tinyssh on the port",
    (of) => of.link(`${UNITS}/sysinit.target.wants/tinyssh@22.socket`, "/usr/lib/systemd/system/tinyssh@.socket"),
    /port 22 is taken: tinyssh@22.socket/,
  ],
  [
    "no driver",
    (of) => of.remove("usr/lib/modules/6.1.0/kernel/drivers/net"),
    /no driver for eth0: the module virtio_net is missing/,
  ],
  [
    "a driver of the bus",
    (of) => of.file("usr/lib/modules/6.1.0/modules.builtin", ""),
    /for eth0: the module virtio_pci/,
  ],
  [
    "no serve",
    (of) => of.mode("usr/lib/postern/serve", 0o644),
    /usr\/lib\/postern\/serve is no program/,
    "initramfs-tools",
  ],
  [
    "a script that isn't listed",
    (of) => of.file("scripts/init-premount/ORDER", ""),
    /no script of initramfs-tools that would run starts/,
    "initramfs-tools",
  ],
  [
    "a script that isn't run",
    (of) => of.mode("scripts/init-premount/postern", 0o644),
    /no script of initramfs-tools that would run starts/,
    "initramfs-tools",
  ],
];

for (const [name, change, said, builder] of faults) {
  test(`nobody can log in: ${name}`, (t) => {
    const made = image(t, builder);
    change(made);
    const result = line(made.pack("gzip -1"), 111);
    assert.match(result, /^postern-initramfs: fatal: /);
    assert.match(result, said);
  });
}

const warnings: [name: string, change: (of: Image) => void, said: RegExp, builder?: Builder][] = [
  [
    "a driver that is missing beside one that is there",
    (of) => of.device("net", "eth1", "virtio_pci", "e1000e"),
    /no driver for eth1: the module e1000e is missing/,
  ],
  ["a key that others can read", (of) => of.mode("etc/postern/keys/.ed25519.sk", 0o644), /can be read by others/],
  [
    "another program",
    (of) => of.file("usr/bin/postern", Buffer.concat([of.read("usr/bin/postern"), Buffer.of(0)]), 0o755),
    /usr\/bin\/postern is not what .*postern-boot is/,
  ],
  [
    "keys of no use",
    (of) => appendFileSync(join(of.tree, "etc/postern/authorized_keys"), "ssh-dss AAAA\n"),
    /nobody gets in by line 2: /,
  ],
  [
    "a host key of the system's",
    (of) => of.file("etc/ssh/ssh_host_ed25519_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0o600),
    /etc\/ssh\/ssh_host_ed25519_key is a private key: whoever gets the image can read it$/,
  ],
  [
    "a key of WireGuard",
    (of) => of.file("etc/systemd/network/wg.netdev", "[WireGuard]\nPrivateKey = x\n"),
    /wg.netdev has a secret in it: .*, and every program in it can$/,
  ],
  [
    "a VLAN without its module",
    (of) => of.file("etc/systemd/network/v.netdev", "[NetDev]\nName=v\nKind=vlan\n"),
    /v.netdev needs the module 8021q, which is missing/,
  ],
  [
    "no network",
    (of) => of.remove("usr/lib/systemd/systemd-networkd"),
    /nothing in it is known to bring the network up/,
  ],
  [
    "a network without files of its own",
    (of) =>
      of
        .remove("etc/systemd/network")
        .file("usr/lib/systemd/network/80-container-host0.network", "[Match]\nKind=veth\n"),
    /systemd-networkd has no .network file in it, and there is no ip=/,
  ],
  [
    "a network that asks for ip=",
    (of) => of.remove("usr/lib/systemd/systemd-networkd").file("usr/sbin/ifup", "#!/bin/sh\n", 0o755),
    /no ip= on the kernel's command line is known/,
  ],
  [
    "a network that is off",
    (of) => of.file("conf/initramfs.conf", "MODULES=most\nIP=off\n"),
    /its settings keep the network down: IP=off/,
    "initramfs-tools",
  ],
  [
    "another server, of which the port isn't known",
    (of) => of.link(`${UNITS}/sysinit.target.wants/dropbear.service`, "/usr/lib/systemd/system/dropbear.service"),
    /another SSH server, dropbear.service, is in it/,
  ],
];

for (const [name, change, said, builder] of warnings) {
  test(`a warning: ${name}`, (t) => {
    const made = image(t, builder);
    change(made);
    const result = line(made.pack("gzip -1"), 0);
    assert.match(result, /^postern-initramfs: warning: /);
    assert.match(result, said);
  });
}

test("interfaces without a driver that could be missing: built in, of no hardware, wireless", (t) => {
  const made = image(t).pack("gzip -1");
  made.device("net", "eth1", "built_in");
  rmSync(made.system.at("sys/module/built_in/initstate"));
  made.device("net", "wlan0", "iwlwifi");
  mkdirSync(made.system.at("sys/class/net/wlan0/phy80211"));
  mkdirSync(made.system.at("sys/devices/virtual/net/lo"), { recursive: true });
  symlinkSync("../../devices/virtual/net/lo", made.system.at("sys/class/net/lo"));
  sound(made);
});

test("an image that need not have anything of Postern's", (t) => {
  const made = image(t).remove("usr/bin/postern").remove("etc/postern").pack("gzip -1");
  assert.equal(made.check().status, 111);
  assert.equal(sound(made, ["--optional"]), "");
  made.file("usr/bin/postern", "").pack("gzip -1");
  assert.equal(made.check(["--optional"]).status, 111);
  writeFileSync(made.path, "no image");
  assert.equal(made.check(["--optional"]).status, 111);
});

test("all that is wrong is said at once", (t) => {
  const made = image(t).remove("usr/bin/postern").remove("etc/postern/keys").remove("usr/bin/busybox").pack();
  const { status, stderr } = made.check();
  assert.equal(status, 111);
  assert.equal(stderr.match(/: fatal: /g)?.length, 3, stderr);
});

test("a sealed host key, and its fallback", (t) => {
  const made = seal(image(t)).pack("zstd -q");
  const lines = sound(made).split("\n").slice(1);
  assert.match(lines[0]!, /^host key SHA256:\S{43} \(sealed by the TPM to PCR 7\)$/);
  assert.equal(lines[1], `fallback host key ${fingerprint(made)} (not sealed)`);
});

test("a host key that a TPM has sealed", async (t) => {
  const tpm = new Swtpm();
  await tpm.start();
  t.after(() => tpm.remove());
  for (const builder of ["mkinitcpio", "dracut", "initramfs-tools"] as const) {
    const made = image(t, builder, tpm.name).pack("zstd -q");
    const lines = sound(made).split("\n").slice(1);
    assert.equal(lines[0], `host key ${fingerprint(made)} (sealed by the TPM to PCR 7)`);
    assert.equal(lines[1], `fallback host key ${fingerprint(made, `${KEYDIR}/fallback`)} (not sealed)`);
  }
});

const sealed: [name: string, change: (of: Image) => void, status: number, said: RegExp][] = [
  [
    "damaged, with a fallback",
    (of) => of.file("etc/postern/sealed/.ed25519.sk", "AAAA", 0o600),
    0,
    /warning: .* is no credential, or it is damaged: there will be the fallback host key alone/,
  ],
  ["no fallback", (of) => of.remove("etc/postern/fallback"), 0, /warning: there is no fallback host key/],
  [
    "a fallback that doesn't match",
    (of) => of.file("etc/postern/fallback/ed25519.pk", Buffer.alloc(32)),
    0,
    /warning: no fallback host key: .*not of the same key/,
  ],
  [
    "a fallback that is the same key",
    (of) => of.file("etc/postern/sealed/ed25519.pk", of.read("etc/postern/fallback/ed25519.pk")),
    0,
    /warning: the fallback host key is the sealed one/,
  ],
  [
    "no service that opens it",
    (of) => of.remove(`${UNITS}/sysinit.target.wants/postern-host-key.service`),
    111,
    /fatal: nothing starts postern-host-key.service/,
  ],
  [
    "no driver of the TPM, with a fallback",
    (of) => of.remove("usr/lib/modules/6.1.0/kernel/drivers/char"),
    0,
    /warning: it has no driver for the TPM, .* tpm_tis is missing/,
  ],
];
for (const [name, change, status, said] of sealed) {
  test(`a sealed host key: ${name}`, (t) => {
    const made = seal(image(t));
    change(made);
    assert.match(line(made.pack("gzip -1"), status), said);
  });
}

test("a sealed host key and nothing else: what is a warning beside a fallback keeps everybody out", (t) => {
  for (const change of [
    (of: Image) => of.file("etc/postern/sealed/.ed25519.sk", "AAAA", 0o600),
    (of: Image) => of.remove("usr/lib/modules/6.1.0/kernel/drivers/char"),
  ]) {
    const made = seal(image(t)).remove("etc/postern/fallback");
    change(made);
    const { status, stderr } = made.pack("gzip -1").check();
    assert.equal(status, 111);
    assert.match(stderr, /: fatal: .*(is no credential|no driver for the TPM)/);
  }
});

test("a root device that systemd would not wait for", (t) => {
  const made = image(t).pack("gzip -1");
  const commandLine = made.system.at("cmdline");
  writeFileSync(commandLine, "root=LABEL=root ip=dhcp\n");
  assert.match(
    line(made, 0, ["--cmdline", commandLine]),
    /wait for dev-disk-by.x2dlabel-root.device for 90 seconds only/,
  );
  made
    .file(`${UNITS}/dev-disk-by\\x2dlabel-root.device.d/a.conf`, "[Unit]\nJobRunningTimeoutSec=infinity\n")
    .pack("gzip -1");
  sound(made, ["--cmdline", commandLine]);
  const dracut = image(t, "dracut").file("usr/lib/dracut/dracut-056", "").pack("gzip -1");
  sound(dracut, ["--cmdline", commandLine]);
});

test("a unified kernel image, and the command line in it", (t) => {
  for (const compressor of ["zstd -q", "cat"]) {
    const made = image(t).pack(compressor);
    const initramfs = readFileSync(made.path);
    const write = (sections: Record<string, Uint8Array>): void => writeFileSync(made.path, unifiedKernel(sections));
    write({ ".cmdline": Buffer.from("root=/dev/mapper/root"), ".initrd": initramfs, ".linux": Buffer.alloc(5000, 1) });
    sound(made);
    write({ ".cmdline": Buffer.from("root=UUID=1"), ".initrd": initramfs });
    assert.match(line(made, 0), /wait for dev-disk-by.x2duuid-1.device for 90 seconds only/);
    write({ ".linux": initramfs });
    assert.match(line(made, 111), /a program for UEFI, with no initramfs in it/);
  }
});

test("ip= is looked for on every command line", (t) => {
  const made = image(t, "dracut").remove("usr/lib/systemd/systemd-networkd").file("usr/sbin/ifup", "", 0o755);
  made.pack("gzip -1");
  assert.match(line(made, 0), /no ip=/);
  const commandLine = made.system.at("cmdline");
  writeFileSync(commandLine, "quiet ip=dhcp\n");
  sound(made, ["--cmdline", commandLine]);
  sound(made.file("etc/cmdline.d/50-network.conf", "rd.neednet=1\nip=dhcp\n").pack("gzip -1"));
});

test("an executable to compare with that isn't there", (t) => {
  const made = image(t).pack("gzip -1");
  assert.match(line(made, 0, ["--executable", "/none"]), /warning: usr\/bin\/postern can't be compared: there is no/);
});

test("owners count", (t) => {
  const { status, stderr } = image(t).pack("gzip -1", "1000:1000").check();
  assert.equal(status, 111);
  assert.match(stderr, /fatal: .*authorized_keys can be changed by others than root/);
});

test("an image with a bare key that everybody can read", (t) => {
  const made = image(t).pack("gzip -1");
  chmodSync(made.path, 0o644);
  assert.match(line(made, 0), /warning: it has a host key in it that is not sealed, and everybody can read it/);
});

test("what has no folder is lost", (t) => {
  const made = image(t).pack();
  const bytes = readFileSync(made.path);
  writeFileSync(made.path, Buffer.concat([newc("no/folder", ""), trailer, bytes]));
  assert.match(line(made, 0), /warning: no\/folder is lost/);
});

test("its command line", () => {
  const run = (...words: string[]) =>
    spawnSync(nativeExecutable("postern"), ["initramfs", ...words], { encoding: "utf8" });
  assert.match(run("check", "--help").stdout, /^usage: postern-initramfs check \[options\] IMAGE\n/);
  assert.match(run("--help").stdout, /^usage: postern-initramfs stage\|check/);
  assert.match(run("--version").stdout, /^postern-initramfs \(postern\) /);
  for (const words of [
    [],
    ["look"],
    ["check"],
    ["check", "a", "b"],
    ["check", "--no", "a"],
    ["check", "--for", "me", "a"],
    ["--no"],
  ]) {
    const { status, stderr } = run(...words);
    assert.equal(status, 100, words.join(" "));
    assert.match(stderr, /usage: postern-initramfs/);
  }
});
