/** tinysshd-makekey and tinysshd-printkey beside Debian's: the same files, outputs and exit codes. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createECDH } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMPOSITE, compositeKey } from "../support/composite-key.ts";
import { inventory, theirs, Workshop, type Result, type RunOptions } from "../support/side-by-side.ts";

const workshop = new Workshop("tinysshd");
after(() => workshop.remove());

const makekey = theirs("tinysshd-makekey");
const printkey = theirs("tinysshd-printkey");
const skip = makekey === null || printkey === null ? "Debian's package tinysshd is not installed" : false;

let rooms = 0;

interface Case {
  words: string[];
  options?: RunOptions;
  prepare?: (folder: string) => void;
  /** Exit code of both. */
  status: number;
}

/** Runs both makes of `name`, each in its own folder. */
function both(name: string, { words, options, prepare }: Case): { ours: Result; theirs: Result; folders: string[] } {
  const number = rooms++;
  const folders = ["ours", "theirs"].map((side) => workshop.room(`${side}-${number}`));
  for (const folder of folders) prepare?.(folder);
  const programs = [workshop.ours(name), theirs(name)!];
  const [a, b] = programs.map((program, side) => workshop.run(program, words, folders[side]!, options));
  return { ours: a!, theirs: b!, folders };
}

const prepared = (folder: string): void => {
  mkdirSync(join(folder, "there"));
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "link"));
  mkdirSync(join(folder, "readonly"), { mode: 0o555 });
};

const LONG = "n".repeat(255);

const makeCases: Case[] = [
  { words: ["new"], status: 0 },
  { words: ["-q", "new"], status: 0 },
  { words: ["-qQ", "new"], status: 0 },
  { words: ["-Qqq", "-q", "new"], status: 0 },
  { words: ["--", "-new"], status: 0 },
  { words: ["-", "-new"], status: 0 },
  { words: ["./new/"], status: 0 },
  { words: ["there//new//"], status: 0 },
  { words: ["new", "another"], status: 0 },
  { words: [LONG], status: 0 },
  { words: ["new"], options: { umask: 0 }, status: 0 },
  { words: ["new"], options: { umask: 0o077 }, status: 0 },
  { words: ["new"], options: { umask: 0o777 }, status: 0 },
  { words: ["there"], status: 111 },
  { words: ["there/"], status: 111 },
  { words: ["."], status: 111 },
  { words: [".."], status: 111 },
  { words: ["/"], status: 111 },
  { words: ["file"], status: 111 },
  { words: ["link"], status: 111 },
  { words: ["file/new"], status: 111 },
  { words: ["missing/new"], status: 111 },
  { words: [`${LONG}n`], status: 111 },
  { words: [""], status: 111 },
  { words: ["-q", "there"], status: 111 },
  { words: ["-qQ", "there"], status: 111 },
  { words: ["-Qq", "there"], status: 111 },
  { words: ["readonly/new"], options: { unprivileged: true }, status: 111 },
  { words: [], status: 100 },
  { words: ["-q"], status: 100 },
  { words: ["--"], status: 100 },
  { words: ["-z", "new"], status: 100 },
  { words: ["-qz", "new"], status: 100 },
  { words: ["-v", "new"], status: 100 },
  { words: ["--unknown", "new"], status: 100 },
];

for (const entry of makeCases) {
  test(
    `makekey ${JSON.stringify(entry.words)}${entry.options ? ` ${JSON.stringify(entry.options)}` : ""}`,
    { skip },
    () => {
      const { ours, theirs, folders } = both("tinysshd-makekey", { prepare: prepared, ...entry });
      assert.deepEqual([ours.status, theirs.status], [entry.status, entry.status], ours.stderr);
      assert.deepEqual([ours.stdout, theirs.stdout], ["", ""]);
      if (entry.status === 111) assert.equal(ours.stderr, theirs.stderr);
      if (entry.status === 100) assert.match(ours.stderr, /^tinysshd-makekey: .+\nusage: tinysshd-makekey .*keydir\n$/);
      assert.deepEqual(inventory(folders[0]!), inventory(folders[1]!));
    },
  );
}

test("makekey prints the fingerprint that ssh-keygen prints, unless it is to be quiet", () => {
  const room = workshop.room("fingerprint");
  const made = workshop.run(workshop.ours("tinysshd-makekey"), ["loud"], room);
  const line = workshop.run(workshop.ours("tinysshd-printkey"), ["loud"], room).stdout;
  const shown = execFileSync("ssh-keygen", ["-l", "-f", "-"], { input: line, encoding: "utf8" });
  assert.equal(made.stderr, `${shown.split(" ")[1]} loud (ED25519)\n`);
  assert.equal(workshop.run(workshop.ours("tinysshd-makekey"), ["-q", "quiet"], room).stderr, "");
});

test("two keys are not the same, and each is a pair that OpenSSL agrees with", () => {
  const room = workshop.room("pairs");
  const seeds = ["one", "two"].map((name) => {
    workshop.run(workshop.ours("tinysshd-makekey"), ["-q", name], room);
    const secret = readFileSync(join(room, name, ".ed25519.sk"));
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret.subarray(0, 32)]);
    const input = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
    const spki = execFileSync("openssl", ["pkey", "-pubout", "-outform", "DER"], { input });
    assert.deepEqual(spki.subarray(-32), secret.subarray(32));
    assert.deepEqual(readFileSync(join(room, name, "ed25519.pk")), secret.subarray(32));
    return secret.toString("hex");
  });
  assert.notEqual(seeds[0], seeds[1]);
});

test("an interrupted or failed makekey leaves nothing: a full disk", { skip: process.getuid!() !== 0 }, () => {
  const room = workshop.room("full");
  const script = `mount -t tmpfs -o size=4k,mode=777,nr_inodes=3 none ${room} && cd ${room} && "$1" new; echo $?; ls -A`;
  const result = workshop.run("unshare", ["-m", "sh", "-c", script, "sh", workshop.ours("tinysshd-makekey")], room);
  assert.equal(result.stdout, "111\n");
  assert.equal(result.stderr, "tinysshd-makekey: fatal: unable to write new/ed25519.pk (out of disk space)\n");
});

/** A folder with a key, made by either. */
function keyFolder(folder: string, publicKey: Uint8Array): void {
  mkdirSync(join(folder, "keys"));
  writeFileSync(join(folder, "keys/ed25519.pk"), publicKey);
}

const key = Buffer.alloc(32, 7);

const printCases: Case[] = [
  { words: ["keys"], status: 0, prepare: (folder) => keyFolder(folder, key) },
  { words: ["keys/"], status: 0, prepare: (folder) => keyFolder(folder, key) },
  { words: ["--", "keys"], status: 0, prepare: (folder) => keyFolder(folder, key) },
  { words: ["-", "keys"], status: 0, prepare: (folder) => keyFolder(folder, key) },
  { words: ["keys", "more"], status: 0, prepare: (folder) => keyFolder(folder, key) },
  { words: ["."], status: 0 },
  { words: ["missing"], status: 111 },
  { words: ["file"], status: 111, prepare: (folder) => writeFileSync(join(folder, "file"), "") },
  { words: [""], status: 111 },
  { words: [`${LONG}n`], status: 111 },
  {
    words: ["."],
    status: 111,
    prepare: (folder) => mkdirSync(join(folder, "ed25519.pk")),
  },
  {
    words: ["keys"],
    status: 111,
    options: { unprivileged: true },
    prepare: (folder) => {
      keyFolder(folder, key);
      chmodSync(join(folder, "keys/ed25519.pk"), 0);
    },
  },
  {
    words: ["keys"],
    status: 111,
    options: { unprivileged: true },
    prepare: (folder) => {
      keyFolder(folder, key);
      chmodSync(join(folder, "keys"), 0);
    },
  },
  { words: [], status: 100 },
  { words: ["-q", "keys"], status: 100, prepare: (folder) => keyFolder(folder, key) },
  { words: ["-z"], status: 100 },
  { words: ["--"], status: 100 },
];

for (const entry of printCases) {
  test(`printkey ${JSON.stringify(entry.words)} -> ${entry.status}`, { skip }, () => {
    const { ours, theirs } = both("tinysshd-printkey", entry);
    assert.deepEqual([ours.status, theirs.status], [entry.status, entry.status], ours.stderr);
    assert.equal(ours.stdout, theirs.stdout);
    if (entry.status !== 100) assert.equal(ours.stderr, theirs.stderr);
    else assert.match(ours.stderr, /^tinysshd-printkey: .+\nusage: tinysshd-printkey keydir\n$/);
  });
}

test("printkey refuses files of a wrong length, and says which", { skip }, () => {
  for (const length of [0, 31, 64]) {
    const { ours } = both("tinysshd-printkey", {
      words: ["keys"],
      status: 111,
      prepare: (folder) => keyFolder(folder, Buffer.alloc(length)),
    });
    assert.deepEqual([ours.status, ours.stdout], [111, ""]);
    const reason = `unable to read public key from file keys/ed25519.pk: ed25519.pk has ${length} bytes, not 32`;
    assert.equal(ours.stderr, `tinysshd-printkey: fatal: ${reason}\n`);
  }
});

test("printkey tells a full disk", { skip }, () => {
  const room = workshop.room("full-output");
  keyFolder(room, key);
  for (const program of [workshop.ours("tinysshd-printkey"), printkey!]) {
    const result = workshop.run("sh", ["-c", '"$1" keys > /dev/full', "sh", program], room);
    const line = "tinysshd-printkey: fatal: unable to write output (out of disk space)\n";
    assert.deepEqual([result.status, result.stderr], [111, line]);
  }
});

test(
  "folders go both ways: each prints the key that the other made, and the copy is byte for byte the same",
  { skip },
  () => {
    const room = workshop.room("interchange");
    const makers = [workshop.ours("tinysshd-makekey"), makekey!];
    const printers = [workshop.ours("tinysshd-printkey"), printkey!];
    for (const [index, maker] of makers.entries()) {
      assert.equal(workshop.run(maker, ["-q", `keys${index}`], room).status, 0);
      const lines = printers.map((printer) => workshop.run(printer, [`keys${index}`], room).stdout);
      assert.match(lines[0]!, /^ssh-ed25519 AAAA/);
      assert.equal(lines[0], lines[1]);
      cpSync(join(room, `keys${index}`), join(room, `copy${index}`), { recursive: true });
      assert.equal(workshop.run(printers[1 - index]!, [`copy${index}`], room).stdout, lines[0]);
    }
  },
);

const KEYS = [
  ".ed25519.sk -600 64",
  ".mldsa44-ed25519.sk -600 64",
  "ed25519.pk -644 32",
  "mldsa44-ed25519.pk -644 1344",
];

test("makekey --post-quantum makes both keys, and printkey prints both", () => {
  const room = workshop.room("post-quantum");
  const made = workshop.run(workshop.ours("tinysshd-makekey"), ["--post-quantum", "both"], room);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stderr, /^SHA256:\S{43} both \(ED25519\)\nSHA256:\S{43} both \(MLDSA44-ED25519\)\n$/);
  assert.deepEqual(inventory(join(room, "both")), KEYS);
  const key = compositeKey(readFileSync(join(room, "both/.mldsa44-ed25519.sk")));
  assert.deepEqual(readFileSync(join(room, "both/mldsa44-ed25519.pk")), key.material);
  const [first, second] = workshop.run(workshop.ours("tinysshd-printkey"), ["both"], room).stdout.split("\n");
  assert.match(first!, /^ssh-ed25519 \S+$/);
  assert.equal(second, `${COMPOSITE} ${key.blob.toString("base64")}`);
});

test("makekey --post-quantum adds its key to a folder that is there, and overwrites none", () => {
  const room = workshop.room("post-quantum-added");
  const run = (...words: string[]): Result => workshop.run(workshop.ours("tinysshd-makekey"), ["-q", ...words], room);
  assert.equal(run("keys").status, 0);
  const before = readFileSync(join(room, "keys/.ed25519.sk"));
  assert.equal(run("--post-quantum", "keys").status, 0);
  assert.deepEqual(inventory(join(room, "keys")), KEYS);
  assert.deepEqual(readFileSync(join(room, "keys/.ed25519.sk")), before);

  const added = readFileSync(join(room, "keys/.mldsa44-ed25519.sk"));
  const again = workshop.run(workshop.ours("tinysshd-makekey"), ["--post-quantum", "keys"], room);
  assert.equal(again.status, 111);
  assert.match(again.stderr, /unable to write keys\/\.mldsa44-ed25519\.sk \(file already exists\)\n$/);
  assert.deepEqual(readFileSync(join(room, "keys/.mldsa44-ed25519.sk")), added);
});

test("TinySSH's printkey prints its own key of a folder with both", { skip }, () => {
  const room = workshop.room("post-quantum-beside");
  workshop.run(workshop.ours("tinysshd-makekey"), ["-q", "--post-quantum", "keys"], room);
  const ours = workshop.run(workshop.ours("tinysshd-printkey"), ["keys"], room).stdout;
  assert.equal(workshop.run(printkey!, ["keys"], room).stdout, ours.slice(0, ours.indexOf("\n") + 1));
});

const P256 = [".nistp256.sk -600 32", "nistp256.pk -644 65"];

test("makekey --ecdsa makes a P-256 key too, or adds one, alone or with the post-quantum one", () => {
  const room = workshop.room("nistp256");
  const run = (...words: string[]): Result => workshop.run(workshop.ours("tinysshd-makekey"), words, room);
  const made = run("--ecdsa", "new");
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stderr, /^SHA256:\S{43} new \(ED25519\)\nSHA256:\S{43} new \(ECDSA\)\n$/);
  assert.deepEqual(inventory(join(room, "new")), [...P256, ".ed25519.sk -600 64", "ed25519.pk -644 32"].toSorted());

  assert.equal(run("-q", "keys").status, 0);
  assert.equal(run("-q", "--ecdsa", "--post-quantum", "--ecdsa", "keys").status, 0);
  assert.deepEqual(inventory(join(room, "keys")), [...P256, ...KEYS].toSorted());
  assert.equal(run("-q", "--ecdsa", "keys").status, 111);

  const secret = createECDH("prime256v1");
  secret.setPrivateKey(readFileSync(join(room, "keys/.nistp256.sk")));
  assert.deepEqual(readFileSync(join(room, "keys/nistp256.pk")), secret.getPublicKey());
  const lines = workshop.run(workshop.ours("tinysshd-printkey"), ["keys"], room).stdout.split("\n");
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["ssh-ed25519", "ecdsa-sha2-nistp256", COMPOSITE, ""],
  );
  const fingerprints = execFileSync("ssh-keygen", ["-lf", "-"], { input: lines[1]!, encoding: "utf8" });
  assert.match(fingerprints, /^256 SHA256:\S{43} .*\(ECDSA\)\n$/);
});
