/** postern unlock beside stand-ins for those who ask for passphrases, with disks that cryptsetup made. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { formatLuks, Initramfs } from "../support/initramfs.ts";
import { retouch } from "../support/luks.ts";
import { holds } from "../support/memory.ts";
import { until } from "../support/processes.ts";
import { Workshop } from "../support/side-by-side.ts";

const workshop = new Workshop("postern-boot"); // as images have it
after(() => workshop.remove());
const skip = process.getuid!() !== 0;
const unlock = workshop.ours("postern-unlock");
const images = workshop.room("images");

const PASSPHRASE = "correct horse";
const sound = join(images, "sound");
const luks1 = join(images, "luks1");
formatLuks(sound, PASSPHRASE);
formatLuks(luks1, PASSPHRASE, ["--type", "luks1"]);

let machine: Initramfs;
beforeEach(() => (machine = new Initramfs()));
afterEach(() => machine.remove());

const DEVICE = "/dev/disk/by-uuid/1111";

test("systemd: a right passphrase opens the disk", async () => {
  machine.copy(sound, DEVICE);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const result = await machine.run(unlock, [], `${PASSPHRASE}\n`);
  assert.deepEqual(result, { status: 0, stdout: "cryptroot: open\n", stderr: "" });
  assert.ok(await asker.opened());
  const expected = Buffer.from(`+${PASSPHRASE}`).toString("hex");
  assert.deepEqual(asker.received, [{ data: expected, uid: process.getuid!(), truncated: false }]);
});

test("systemd: a wrong passphrase is known by the new request", async () => {
  machine.copy(sound, DEVICE);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const result = await machine.run(unlock, [], "wrong\n");
  assert.deepEqual(result, { status: 2, stdout: "cryptroot: wrong passphrase\n", stderr: "" });
  const list = await machine.run(unlock, ["--list"]);
  assert.deepEqual(list.stdout, `cryptroot  ${DEVICE}  asked for by systemd, an answer was wrong\n`);
  assert.equal((await machine.run(unlock, [], PASSPHRASE)).status, 0, "then the right one, without a line end");
  assert.ok(await asker.opened());
});

test("systemd: the last try", async () => {
  machine.copy(sound, DEVICE);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE, tries: 1 });
  const result = await machine.run(unlock, [], "wrong\n");
  assert.deepEqual(result, {
    status: 2,
    stdout: "cryptroot: wrong passphrase, or it can't be opened: systemd asks no more\n",
    stderr: "",
  });
  assert.ok(!(await asker.opened()));
});

test("systemd: one passphrase for two disks, and another for the third", async () => {
  for (const name of ["a", "b", "c"]) machine.copy(sound, `/dev/${name}`);
  const first = await machine.systemd("one", "/dev/a", { right: PASSPHRASE });
  const second = await machine.systemd("two", "/dev/b", { right: PASSPHRASE, wait: 1 });
  const third = await machine.systemd("three", "/dev/c", { right: "another" });
  const result = await machine.run(unlock, ["--json"], PASSPHRASE);
  assert.equal(result.status, 2);
  const states = JSON.parse(result.stdout).map((one: any) => `${one.disk} ${one.state}`);
  assert.deepEqual(states.toSorted(), ["one open", "three wrong", "two open"]);
  const last = await machine.run(unlock, ["--disk", "three"], "another");
  assert.deepEqual(last, { status: 0, stdout: "three: open\n", stderr: "" });
  assert.ok((await first.opened()) && (await second.opened()) && (await third.opened()));
});

/** In an order of their own: disks are asked for, and answered, in whatever order the folder has. */
const lines = (text: string): string[] => text.trimEnd().split("\n").toSorted();

test("systemd: a disk that has tried what another was answered is not answered the same", async () => {
  for (const name of ["a", "b"]) machine.copy(sound, `/dev/${name}`);
  await machine.systemd("one", "/dev/a", { right: PASSPHRASE });
  const second = await machine.systemd("two", "/dev/b", { right: PASSPHRASE, cached: true });
  const result = await machine.run(unlock, [], "wrong");
  assert.equal(result.status, 2);
  assert.deepEqual(lines(result.stdout), ["one: wrong passphrase", "two: wrong passphrase"]);
  assert.deepEqual(second.received, []);
  assert.equal((await machine.run(unlock, [], PASSPHRASE)).status, 0);
  assert.ok(await second.opened());
});

test("systemd: a disk that has tried what another was answered may be open", async () => {
  for (const name of ["a", "b"]) machine.copy(sound, `/dev/${name}`);
  await machine.systemd("one", "/dev/a", { right: PASSPHRASE });
  const second = await machine.systemd("two", "/dev/b", { right: PASSPHRASE, cached: true });
  const result = await machine.run(unlock, [], PASSPHRASE);
  assert.deepEqual([result.status, result.stderr], [0, ""]);
  assert.deepEqual(lines(result.stdout), ["one: open", "two: open"]);
  assert.deepEqual(second.received, []);
});

test("systemd: only the disk that is named, by any of its names", async () => {
  machine.copy(sound, DEVICE);
  machine.copy(sound, "/dev/other");
  await machine.systemd("cryptroot", DEVICE, { right: "x", tries: 9, wait: 0 });
  const other = await machine.systemd("other", "/dev/other", { right: PASSPHRASE });
  for (const name of ["cryptroot", DEVICE, "1111"]) {
    assert.equal((await machine.run(unlock, ["--disk", name], "wrong")).status, 2);
  }
  assert.equal(other.received.length, 0);
});

test("systemd: a disk that comes to be asked for later", async () => {
  machine.copy(sound, DEVICE);
  const running = machine.run(unlock, ["--disk", "cryptroot", "--timeout", "30"], PASSPHRASE);
  await sleep(500);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  assert.equal((await running).status, 0);
  assert.ok(await asker.opened());
});

test("systemd: a header elsewhere, and names with escapes", async () => {
  machine.copy(sound, "/etc/header");
  machine.file("/dev/my disk", "no header");
  const id = "cryptsetup:/dev/my\\x20disk";
  const asker = await machine.systemd("root", "/dev/my disk", {
    right: PASSPHRASE,
    id,
    options: "luks,header=/etc/header",
  });
  assert.equal((await machine.run(unlock, [], PASSPHRASE)).status, 0);
  assert.ok(await asker.opened());
});

/** systemd-cryptsetup's own way of asking, by the program for scripts; it asks where the machine's agents look. */
test("systemd: its own program gets the answer", { skip }, async () => {
  const words = [
    "--no-tty",
    "--timeout=30",
    `--id=cryptsetup:${sound}`,
    "Please enter passphrase for disk postern-test:",
  ];
  const asker = spawn("systemd-ask-password", words);
  let answer = "";
  asker.stdout.on("data", (data) => (answer += data));
  const ended = once(asker, "close");
  const child = spawn(unlock, ["--disk", "postern-test", "--json"], { timeout: 30_000 });
  child.stdin.end(PASSPHRASE);
  const [status] = await once(child, "close");
  await ended;
  assert.equal(answer, `${PASSPHRASE}\n`);
  assert.equal(status, 2, "it opens nothing, and does not ask again");
});

const CRYPTSETUP = "/lib/systemd/systemd-cryptsetup";

/** It can't map the disk here, and ends; what it asks is genuine. */
test("systemd: systemd-cryptsetup", { skip: skip || !existsSync(CRYPTSETUP) }, async () => {
  const asker = spawn(CRYPTSETUP, ["attach", "postern-test-2", sound, "none", "luks"], { stdio: "ignore" });
  const ended = once(asker, "exit");
  const words = ["--disk", "postern-test-2", "--json", "--timeout", "30"];
  const child = spawn(unlock, words, { timeout: 60_000 });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  child.stdin.end(PASSPHRASE);
  await once(child, "close");
  await ended;
  const reason = "systemd asks no more";
  assert.deepEqual(JSON.parse(output), [
    { disk: "postern-test-2", device: sound, asker: "systemd", state: "wrong", reason, again: false },
  ]);
});

test("an asker whom this user may not answer", { skip }, async () => {
  machine.copy(sound, DEVICE);
  chmodSync(machine.root, 0o755);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const drop = ["--reuid=65534", "--regid=65534", "--clear-groups", unlock];
  const result = spawnSync("setpriv", [...drop, "--root", machine.root], { input: PASSPHRASE, encoding: "utf8" });
  assert.equal(result.status, 111);
  assert.match(result.stdout, /can't be answered \((access|permission) denied\)/);
  assert.equal(asker.received.length, 0);
});

test("what isn't about a disk, and what nobody waits for any more, is left alone", async () => {
  await machine.systemd("pin", "/dev/tpm", { right: "x", id: "tpm2-pin", message: "Please enter TPM2 PIN:" });
  await machine.systemd("old", DEVICE, { right: "x", notAfter: 1 });
  machine.file("/run/systemd/ask-password/ask.dead", "[Ask]\nPID=999999999\nSocket=/s\nId=cryptsetup:/dev/a\n");
  machine.file("/run/systemd/ask-password/ask.odd", "\0\xff".repeat(100));
  machine.file("/run/systemd/ask-password/ask.large", "[Ask]\n".repeat(10_000));
  const result = await machine.run(unlock, ["--list"]);
  assert.deepEqual(result, { status: 3, stdout: "", stderr: "" });
});

test("nothing waits", async () => {
  const message = "postern-unlock: no disk waits for a passphrase\n";
  assert.deepEqual(await machine.run(unlock, ["--timeout", "0"]), { status: 3, stdout: "", stderr: message });
  assert.deepEqual(await machine.run(unlock, ["--timeout", "0", "--json"]), {
    status: 3,
    stdout: "[]\n",
    stderr: message,
  });
  assert.equal((await machine.run(unlock, ["--list", "--json"])).stdout, "[]\n");
});

test("timeouts: nobody asks for the disk that was named, or nothing comes of the answer", async () => {
  assert.equal((await machine.run(unlock, ["--disk", "cryptroot", "--timeout", "1"])).status, 4);
  machine.copy(sound, DEVICE);
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE, wait: 30 });
  const result = await machine.run(unlock, ["--timeout", "1"], PASSPHRASE);
  assert.deepEqual(result, { status: 4, stdout: "cryptroot: nothing came of it in time\n", stderr: "" });
});

test("a disk that is named and open already", async () => {
  machine.file("/dev/mapper/cryptroot", "");
  assert.equal((await machine.run(unlock, ["--disk", "cryptroot"])).status, 0);
});

test("passphrases that can't be", async () => {
  machine.copy(sound, DEVICE);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: "x" });
  assert.match((await machine.run(unlock, [], "")).stderr, /the passphrase is empty/);
  assert.equal((await machine.run(unlock, [], "\n")).status, 111);
  assert.match((await machine.run(unlock, [], "x".repeat(2048))).stderr, /file too big/);
  assert.match((await machine.run(unlock, ["--raw"], "a\0b")).stdout, /no passphrase with a NUL/);
  assert.equal(asker.received.length, 0);
});

test("the longest passphrase, and one with a line end in it", async () => {
  machine.copy(sound, DEVICE);
  for (const [words, right] of [
    [[], "x".repeat(2047)],
    [["--raw"], "two\nlines\n"],
  ] as [string[], string][]) {
    const asker = await machine.systemd("cryptroot", DEVICE, { right });
    assert.equal((await machine.run(unlock, words, right)).status, 0);
    assert.ok(await asker.opened());
    assert.equal(asker.received[0]!.truncated, false);
    machine.remove();
    machine = new Initramfs();
    machine.copy(sound, DEVICE);
  }
});

test("initramfs-tools: disks one after the other, by one passphrase", async () => {
  machine.copy(sound, "/dev/sda2");
  machine.copy(luks1, "/dev/sdb2");
  const asker = await machine.initramfsTools([
    { name: "root", device: "/dev/sda2", right: PASSPHRASE },
    { name: "swap", device: "/dev/sdb2", right: PASSPHRASE },
  ]);
  const result = await machine.run(unlock, [], `${PASSPHRASE}\n`);
  assert.deepEqual(result, { status: 0, stdout: "root: open\nswap: open\n", stderr: "" });
  assert.ok(await asker.opened());
  const data = Buffer.from(PASSPHRASE).toString("hex");
  assert.deepEqual(asker.received, [{ data }, { data }], "without a line end");
});

test("initramfs-tools: wrong, then right", async () => {
  machine.copy(sound, "/dev/sda2");
  const asker = await machine.initramfsTools([{ name: "root", device: "/dev/sda2", right: PASSPHRASE }]);
  const wrong = await machine.run(unlock, [], "wrong\n");
  assert.deepEqual(wrong, { status: 2, stdout: "root: wrong passphrase\n", stderr: "" });
  assert.match((await machine.run(unlock, ["--list"])).stdout, /asked for by initramfs-tools, an answer was wrong/);
  assert.equal((await machine.run(unlock, [], PASSPHRASE)).status, 0);
  assert.ok(await asker.opened());
});

const ASKPASS = "/lib/cryptsetup/askpass";

test("initramfs-tools: Debian's own askpass", { skip: skip || !existsSync(ASKPASS) }, async () => {
  const libraries = execFileSync("ldd", [ASKPASS], { encoding: "utf8" }).match(/(?<=\s)\/\S+/g) ?? [];
  for (const path of [ASKPASS, ...libraries]) machine.copy(realpathSync(path), path);
  machine.copy(sound, "/dev/sda2");
  machine.file("/dev/console", ""); // what it says and passes on, since its input is no terminal
  const env = { CRYPTTAB_NAME: "root", CRYPTTAB_SOURCE: "/dev/sda2", CRYPTTAB_TRIED: "0" };
  const words = [machine.root, ASKPASS, "Please unlock disk root: "];
  const asker = spawn("/usr/sbin/chroot", words, { env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(asker, "exit");
  while (!machine.has("/lib/cryptsetup/passfifo")) await sleep(20);
  const running = machine.run(unlock, ["--disk", "root"], `${PASSPHRASE}\n`);
  assert.deepEqual(await ended, [0, null]);
  assert.equal(readFileSync(`${machine.root}/dev/console`, "utf8"), PASSPHRASE);
  machine.file("/dev/mapper/root", "");
  assert.equal((await running).status, 0);
});

/** Changes some bytes of a file. */
function patch(path: string, at: number, bytes: string): void {
  const image = readFileSync(path);
  image.write(bytes, at, "latin1");
  writeFileSync(path, image);
}

const nullCipher = (path: string): void =>
  retouch(path, (json) => {
    json.segments[0].encryption = "cipher_null-ecb";
    json.keyslots[0].area.encryption = "cipher_null-ecb";
  });

/** What has become of a disk since it was made, whether cryptsetup still takes it for sound, and what is said of it. */
const tampered: [why: string, image: string, change: (path: string) => void, taken: boolean, says: RegExp][] = [
  ["a null cipher", sound, nullCipher, true, /slot 0: it does not encrypt: its cipher is cipher_null-ecb/],
  ["LUKS1 with a null cipher", luks1, (path) => patch(path, 8, "cipher_null\0"), true, /cipher is cipher_null-xts/],
  ["LUKS1 with few iterations", luks1, (path) => patch(path, 212, "\0\0\x10\0"), true, /weakened: 4096 iterations/],
  ["a changed header", sound, (path) => patch(path, 4096 + 20, "X"), false, /checksum of its header is wrong/],
  ["a header that is gone", sound, (path) => writeFileSync(path, Buffer.alloc(65536)), false, /no LUKS header/],
  [
    "few iterations",
    sound,
    (path) => retouch(path, (json) => (json.keyslots[0].kdf.iterations = 1200)),
    true,
    /weakened: 1200 iterations/,
  ],
  [
    "a segment that isn't encrypted",
    sound,
    (path) => retouch(path, (json) => (json.segments[0].type = "linear")),
    true,
    /not encrypted/,
  ],
];

for (const [why, image, change, taken, says] of tampered) {
  test(`no passphrase for a disk with ${why}`, async () => {
    machine.copy(image, DEVICE);
    change(machine.root + DEVICE);
    if (taken) execFileSync("cryptsetup", ["luksDump", machine.root + DEVICE]); // which mends what it does not take
    const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
    const result = await machine.run(unlock, [], PASSPHRASE);
    assert.equal(result.status, 111);
    assert.match(result.stdout, says);
    assert.match((await machine.run(unlock, ["--list"])).stdout, says);
    const [disk] = JSON.parse((await machine.run(unlock, ["--list", "--json"])).stdout);
    assert.equal(disk.state, "refused");
    assert.match(disk.reason, says);
    assert.equal(asker.received.length, 0);
    const anyway = await machine.run(unlock, ["--no-header-check"], PASSPHRASE);
    assert.equal(anyway.status, 0);
    assert.match(anyway.stderr, /NOT checked/);
  });
}

test("a disk that can't be read gets none, and a sound one beside it does", async () => {
  machine.copy(sound, DEVICE);
  await machine.systemd("gone", "/dev/gone", { right: PASSPHRASE });
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const result = await machine.run(unlock, [], PASSPHRASE);
  assert.equal(result.status, 111);
  assert.match(result.stdout, /gone: not answered: its header can't be read \(file does not exist\)/);
  assert.match(result.stdout, /cryptroot: open/);
  assert.ok(await asker.opened());
});

/** cryptsetup itself does all but the mapping, for which there is no kernel here. */
const cryptsetup = `#!/bin/sh
test "$1 $2 $3 $4 $5 $7" = "open --type luks --key-file=- -- plain" || exit 99
tr "\\0" "\\n" < /proc/$$/environ | grep -v ^PATH= | grep . && exit 98
exec cryptsetup open --test-passphrase --type luks --key-file=- -- "$6"
`;

test("plain cryptsetup", async () => {
  machine.copy(luks1, "/dev/sdc");
  machine.file("/sbin/cryptsetup", cryptsetup, 0o755);
  const words = ["--device", "/dev/sdc", "--name", "plain"];
  const right = await machine.run(unlock, words, `${PASSPHRASE}\n`);
  assert.deepEqual(right, { status: 0, stdout: "plain: open\n", stderr: "" });
  const wrong = await machine.run(unlock, words, "wrong\n");
  assert.equal(wrong.status, 2);
  assert.equal(wrong.stdout, "plain: wrong passphrase\n");
  machine.file("/sbin/cryptsetup", "#!/bin/sh\nexit 5\n", 0o755);
  const failed = await machine.run(unlock, words, PASSPHRASE);
  assert.deepEqual(failed, { status: 111, stdout: "plain: cryptsetup failed with status 5\n", stderr: "" });
  machine.file("/dev/mapper/plain", "");
  assert.equal((await machine.run(unlock, words)).stdout, "plain: open\n");
});

/** zfs(8), as far as it is used; keys that are loaded are files. */
const zfs = `#!/bin/sh
cd ROOT
case "$*" in
"list -H -o name,encryptionroot,keylocation,keystatus -t filesystem,volume")
  for name in tank tank/home; do
    test -e "loaded-$(basename $name)" && status=available || status=unavailable
    printf '%s\\t%s\\tprompt\\t%s\\n' $name $name $status
  done
  printf 'tank/child\\ttank\\tnone\\tunavailable\\nfile\\tfile\\tfile:///key\\tunavailable\\nopen\\t-\\tnone\\t-\\n' ;;
"get -H -o value keystatus "*) test -e "loaded-$(basename $6)" && echo available || echo unavailable ;;
"load-key -L prompt "*) read -r key; test "$key" = "correct horse" && : > "loaded-$(basename $4)" ;;
*) exit 2 ;;
esac
`;

test("ZFS: keys are loaded, and the console stops asking", async () => {
  machine.file("/sbin/zfs", zfs.replace("ROOT", machine.root), 0o755);
  assert.equal(
    (await machine.run(unlock, ["--list"])).stdout,
    "tank  tank  asked for by zfs\ntank/home  tank/home  asked for by zfs\n",
  );
  machine.file("/run/zfs_console_askpwd_cmd", "postern-test-asker\n");
  const console = spawn("sleep", ["60"], { argv0: "/usr/bin/postern-test-asker" });
  const ended = once(console, "exit");
  assert.equal(
    (await machine.run(unlock, [], "wrong\n")).stdout,
    "tank: wrong passphrase\ntank/home: wrong passphrase\n",
  );
  const result = await machine.run(unlock, ["--disk", "tank/home"], PASSPHRASE);
  assert.deepEqual(result, { status: 0, stdout: "tank/home: open\n", stderr: "" });
  await ended;
  assert.equal((await machine.run(unlock, [], PASSPHRASE)).stdout, "tank: open\n");
  assert.equal((await machine.run(unlock, ["--list"])).status, 3);
  assert.equal((await machine.run(unlock, ["--disk", "tank"])).status, 0, "open already");
});

test("ZFS: a request of systemd's is answered there", async () => {
  machine.file("/sbin/zfs", zfs.replace("ROOT", machine.root), 0o755);
  machine.file("/loaded-home", "");
  const message = "Encrypted ZFS password for tank:";
  const asker = await machine.systemd("x", "x", { right: PASSPHRASE, id: "", message, wait: 0.1 });
  const running = machine.run(unlock, ["--json"], PASSPHRASE);
  await asker.opened();
  machine.file("/loaded-tank", "");
  const result = await running;
  assert.equal(result.status, 0);
  assert.deepEqual(JSON.parse(result.stdout), [
    { disk: "tank", device: "tank", asker: "systemd", state: "open", reason: "", again: false },
  ]);
});

const systemctl = `#!/bin/sh
echo "$@" >> ROOT/systemctl.log
test "$*" = "is-active emergency.target" -o "$*" = "start --no-block initrd.target"
`;

test("systemd's emergency mode: the boot goes on once the root device is there", async () => {
  machine.copy(sound, DEVICE);
  machine.file("/sbin/systemctl", systemctl.replace("ROOT", machine.root), 0o755);
  machine.file("/etc/initrd-release", "");
  machine.file("/run/systemd/system/x", "");
  machine.file("/proc/cmdline", "quiet root=LABEL=rootfs rw\n");
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const running = machine.run(unlock, [], PASSPHRASE);
  while (!machine.has("/dev/mapper/cryptroot")) await sleep(50);
  await sleep(2500);
  const log = (): string => readFileSync(`${machine.root}/systemctl.log`, "utf8");
  assert.equal(log(), "is-active emergency.target\n");
  machine.file("/dev/disk/by-label/rootfs", "");
  const result = await running;
  assert.equal(result.status, 0);
  assert.match(result.stderr, /the boot goes on/);
  assert.match(log(), /start --no-block initrd.target\n$/);
  assert.equal((await machine.run(unlock, ["--timeout", "0"])).status, 0, "nothing to unlock, but to resume");
});

test("systemd's emergency mode after passphrases that were all wrong: disks are asked for again", async () => {
  machine.copy(sound, DEVICE);
  machine.file("/sbin/systemctl", systemctl.replace("ROOT", machine.root), 0o755);
  machine.file("/etc/initrd-release", "");
  machine.file("/run/systemd/system/x", "");
  machine.file("/proc/cmdline", "root=/dev/mapper/cryptroot\n");
  const running = machine.run(unlock, [], PASSPHRASE);
  const log = `${machine.root}/systemctl.log`;
  while (!existsSync(log) || !readFileSync(log, "utf8").includes("start")) await sleep(50);
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const result = await running;
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stdout, "cryptroot: open\n");
  assert.equal(result.stderr.match(/the boot goes on/g)?.length, 1);
});

test("nothing is resumed where the boot goes on anyway, or outside of an initramfs", async () => {
  machine.copy(sound, DEVICE);
  machine.file("/sbin/systemctl", "#!/bin/sh\nexit 3\n", 0o755);
  machine.file("/etc/initrd-release", "");
  machine.file("/run/systemd/system/x", "");
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  assert.deepEqual(await machine.run(unlock, [], PASSPHRASE), { status: 0, stdout: "cryptroot: open\n", stderr: "" });
});

/** Runs a script of expect(1) in which the program was started at a terminal. */
async function atTerminal(script: string[]): Promise<{ status: number | null; stdout: string }> {
  const path = join(workshop.folder, "script");
  const lines = ["set timeout 20", `spawn ${unlock} --root ${machine.root}`, ...script];
  writeFileSync(path, lines.join("\n"));
  const child = spawn("expect", [path]);
  let stdout = "";
  child.stdout.on("data", (data) => (stdout += data));
  await once(child, "close");
  return { status: child.exitCode, stdout };
}

const END = ["expect eof", "exit [lindex [wait] 3]"];
const type = (question: string, answer: string): string =>
  `expect -ex {${question}} {} timeout { exit 97 } eof { exit 98 }; send -- {${answer}}; send "\\r"`;

test("at a terminal: nothing is shown of what is typed, and one may be wrong", async () => {
  machine.copy(sound, DEVICE);
  const asker = await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const question = type("Passphrase for cryptroot: ", "wrong");
  const { status, stdout } = await atTerminal([question, type("Passphrase for cryptroot: ", PASSPHRASE), ...END]);
  assert.equal(status, 0);
  assert.ok(await asker.opened());
  const shown = stdout.slice(stdout.indexOf("Passphrase"));
  assert.match(
    shown,
    /^Passphrase for cryptroot: \s+cryptroot: wrong passphrase\s+Passphrase for cryptroot: \s+cryptroot: open\s+$/,
  );
});

test("at a terminal: three times", async () => {
  machine.copy(sound, DEVICE);
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE, tries: 9 });
  const question = type("Passphrase for cryptroot: ", "wrong");
  assert.equal((await atTerminal([question, question, question, ...END])).status, 2);
});

test("at a terminal: a wrong passphrase is gone from memory when the next one is asked for", { skip }, async () => {
  const typed = "a wrong passphrase, and a long one";
  machine.copy(sound, DEVICE);
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE, wait: 2 });
  const pidFile = join(machine.root, "pid");
  const note = `set file [open ${pidFile} w]; puts $file [exp_pid]; close $file`;
  const running = atTerminal([
    note,
    type("Passphrase for cryptroot: ", typed),
    type("Passphrase for cryptroot: ", PASSPHRASE).replace(
      "; send",
      `; exec touch ${machine.root}/asked; sleep 2; send`,
    ),
    ...END,
  ]);
  const pid = (): number => Number(machine.has("/pid") ? readFileSync(pidFile, "utf8") : 0);
  while (pid() === 0) await sleep(20);
  const end = performance.now() + 20_000;
  let held = false;
  while (!machine.has("/asked") && performance.now() < end) {
    held ||= holds(pid(), Buffer.from(typed));
    await sleep(50);
  }
  assert.ok(held, "the control: it is there while it is tried");
  assert.ok(!holds(pid(), Buffer.from(typed)));
  assert.ok(!holds(pid(), Buffer.from(typed.slice(-16))));
  assert.equal((await running).status, 0);
});

test("at a terminal: an interrupt leaves it as it was", async () => {
  machine.copy(sound, DEVICE);
  await machine.systemd("cryptroot", DEVICE, { right: PASSPHRASE });
  const path = join(workshop.folder, "script");
  const shell = `stty -a > ${machine.root}/before; ${unlock} --root ${machine.root}; echo =$?=; stty -a > ${machine.root}/after`;
  const script = [
    "set timeout 20",
    `spawn bash -c {trap : INT; ${shell}}`,
    "expect -ex {Passphrase for cryptroot: } {} timeout { exit 97 }",
    "send \\003",
    "expect -ex {=130=} {} timeout { exit 96 }",
    "expect eof",
  ];
  writeFileSync(path, script.join("\n").replace("\\\\", "\\"));
  const result = spawnSync("expect", [path], { encoding: "utf8" });
  assert.equal(result.status, 0, result.stdout);
  const modes = (name: string): string => readFileSync(join(machine.root, name), "utf8");
  assert.match(modes("before"), / echo /);
  assert.equal(modes("after"), modes("before"));
});

/** The number of add_key(2) here. */
const ADD_KEY = process.arch === "arm64" ? 217 : 248;

test("what systemd keeps in the keyring is forgotten", { skip }, async () => {
  const keep = `import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(${ADD_KEY}, b'user', b'tpm2-pin', b'1234', 4, -4) < 0)`;
  const kept = (): boolean => readFileSync("/proc/keys", "utf8").includes(" tpm2-pin: 4\n");
  execFileSync("python3", ["-c", keep]);
  assert.ok(kept());
  execFileSync(unlock, ["--forget"]);
  assert.ok(await until(() => !kept(), 5000), "the kernel takes it away a little later");
  execFileSync(unlock, ["--forget"]);
});

test("wrong usage", async () => {
  const wrong = [
    ["--device", "/dev/a"],
    ["--name", "a"],
    ["--device", "a", "--name", "b/c"],
    ["--timeout", "x"],
    ["word"],
  ];
  wrong.push(
    ["--device", "a", "--name", "b", "--disk", "c"],
    ["--device", "a", "--name", "b", "--list"],
    ["--unknown"],
  );
  for (const words of wrong) assert.equal((await machine.run(unlock, words)).status, 100, words.join(" "));
});

test("the passphrase is in no other process's sight", async () => {
  machine.copy(luks1, "/dev/sdc");
  machine.file("/sbin/cryptsetup", "#!/bin/sh\nsleep 2; exit 2\n", 0o755);
  const running = machine.run(unlock, ["--device", "/dev/sdc", "--name", "plain"], "a-very-secret-word");
  await sleep(1000);
  const found = spawnSync("sh", [
    "-c",
    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -c very-secre[t]",
  ]);
  assert.equal(found.stdout.toString(), "0\n");
  assert.equal((await running).status, 2);
});
