/** tinyssh-convert and tinyssh-keyconvert: OpenSSH's private keys and TinySSH's key folders, both ways. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMPOSITE, compositeKey, type CompositeKey } from "../support/composite-key.ts";
import { inventory, theirs, Workshop, type Result, type RunOptions } from "../support/side-by-side.ts";
import { encode } from "../support/ssh/wire.ts";

const workshop = new Workshop();
after(() => workshop.remove());

const FOLDER = [".ed25519.sk -600 64", "ed25519.pk -644 32"];
const PASSPHRASE = "open sesame";

let rooms = 0;

/** A folder to work in, with an OpenSSH key `key` in it. */
function room(passphrase = "", comment = "a comment", ...options: string[]): string {
  const folder = workshop.room(`room-${rooms++}`);
  keygen(join(folder, "key"), passphrase, comment, ...options);
  return folder;
}

function keygen(path: string, passphrase: string, comment: string, ...options: string[]): void {
  const words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-a", "1", ...options, "-f", path];
  execFileSync("ssh-keygen", words);
  chmodSync(path, 0o600);
}

const read = (...path: string[]): Buffer => readFileSync(join(...path));
const text = (...path: string[]): string => read(...path).toString();

function convert(folder: string, words: string[], options?: RunOptions): Result {
  return workshop.run(workshop.ours("tinyssh-convert"), words, folder, options);
}

function keyconvert(folder: string, words: string[], options?: RunOptions): Result {
  return workshop.run(workshop.ours("tinyssh-keyconvert"), words, folder, options);
}

/** The key line that our and, where it is installed, Debian's tinysshd-printkey print for a key folder. */
function printed(folder: string): string {
  const ours = workshop.run(workshop.ours("tinysshd-printkey"), [folder], "/").stdout;
  const other = theirs("tinysshd-printkey");
  if (other !== null) assert.equal(workshop.run(other, [folder], "/").stdout, ours);
  return ours.trimEnd();
}

/** What ssh-keygen reads from a private key file. */
function keygenReads(path: string, passphrase = ""): string {
  const words = ["-y", "-P", passphrase, "-f", path];
  return execFileSync("ssh-keygen", words, { encoding: "utf8", stdio: "pipe" }).trimEnd();
}

const withoutComment = (line: string): string => line.split(" ").slice(0, 2).join(" ");

function fingerprintOf(path: string): string {
  return execFileSync("ssh-keygen", ["-l", "-f", path], { encoding: "utf8" }).split(" ")[1]!;
}

/** Answers questions at a terminal: runs `command` under expect, which types each answer at its question. */
function atTerminal(folder: string, command: string[], answers: [question: string, answer: string][]): Result {
  const script = [
    "log_user 1",
    "set timeout 30",
    "spawn -noecho {*}$argv",
    ...answers.flatMap(([question, answer]) => [
      `expect -ex {${question}} {} timeout { exit 97 } eof { exit 98 }`,
      `send -- {${answer}}; send "\\r"`,
    ]),
    "expect eof",
    "exit [lindex [wait] 3]",
  ].join("\n");
  return expect(folder, script, command);
}

/** Runs a script of expect(1). */
function expect(folder: string, script: string, words: string[] = []): Result {
  const path = join(workshop.folder, "script.exp");
  writeFileSync(path, script);
  return workshop.run("expect", [path, ...words], folder);
}

test("standard input to a new folder, as TinySSH's tool does it", () => {
  const folder = room();
  const result = convert(folder, ["new"], { input: read(folder, "key") });
  assert.deepEqual([result.status, result.stdout], [0, ""]);
  assert.equal(result.stderr, `${fingerprintOf(join(folder, "key.pub"))} a comment (ED25519)\n`);
  assert.deepEqual(inventory(join(folder, "new")), FOLDER);
  assert.equal(printed(join(folder, "new")), withoutComment(text(folder, "key.pub")));
  assert.deepEqual(readdirSync(folder).toSorted(), ["key", "key.pub", "new"]);
});

test("the key may be named, and the folder by an option", () => {
  const folder = room();
  assert.equal(convert(folder, ["-q", "-f", "key", "-d", "one"]).stderr, "");
  assert.equal(convert(folder, ["--quiet", "--file=key", "--directory", "two"]).status, 0);
  assert.deepEqual(read(folder, "one/.ed25519.sk"), read(folder, "two/.ed25519.sk"));
  assert.equal(printed(join(folder, "two")), withoutComment(text(folder, "key.pub")));
});

test("permissions don't depend on the umask", () => {
  const folder = room();
  for (const umask of [0, 0o077, 0o777]) {
    const name = `u${umask}`;
    assert.equal(convert(folder, ["-f", "key", name], { umask }).status, 0);
    assert.deepEqual(
      inventory(folder).filter((line) => line.startsWith(name)),
      [`${name} d755`, ...FOLDER.map((line) => `${name}/${line}`)],
    );
    assert.equal(convert(folder, ["-e", `${name}.key`, name], { umask }).status, 0);
    assert.match(inventory(folder).join("\n"), new RegExp(`${name}\\.key -600 .*\n${name}\\.key\\.pub -644`));
  }
});

test("an existing folder is refused with status 100, and nothing is touched", () => {
  const folder = room();
  mkdirSync(join(folder, "there"));
  const result = convert(folder, ["there"], { input: read(folder, "key") });
  assert.equal(result.status, 100);
  assert.equal(result.stderr, "tinyssh-convert: fatal: unable to create directory there (file already exists)\n");
  assert.deepEqual(inventory(join(folder, "there")), []);
});

test("out to OpenSSH and back is the same key, with and without a passphrase", () => {
  const folder = room();
  assert.equal(workshop.run(workshop.ours("tinysshd-makekey"), ["-q", "keys"], folder).status, 0);
  const line = printed(join(folder, "keys"));

  assert.equal(convert(folder, ["--export", "plain", "--comment", "boot key", "keys"]).status, 0);
  assert.equal(keygenReads(join(folder, "plain")), `${line} boot key`);
  assert.equal(text(folder, "plain.pub"), `${line} boot key\n`);
  assert.equal(convert(folder, ["-f", "plain", "again"]).status, 0);

  const encrypt = ["--export", "locked", "--encrypt", "--rounds", "2", "--passphrase-stdin", "keys"];
  assert.equal(convert(folder, encrypt, { input: `${PASSPHRASE}\n` }).status, 0);
  assert.equal(keygenReads(join(folder, "locked"), PASSPHRASE), line);
  assert.throws(() => keygenReads(join(folder, "locked"), "another"));
  const unlock = ["-f", "locked", "--passphrase-stdin", "unlocked"];
  assert.equal(convert(folder, unlock, { input: `${PASSPHRASE}\n` }).status, 0);

  for (const name of ["again", "unlocked"]) {
    assert.deepEqual(read(folder, name, ".ed25519.sk"), read(folder, "keys/.ed25519.sk"));
    assert.deepEqual(read(folder, name, "ed25519.pk"), read(folder, "keys/ed25519.pk"));
  }
});

test("what is exported serves OpenSSH: sshd takes it as a host key", { skip: process.getuid!() !== 0 }, () => {
  const folder = room();
  convert(folder, ["-q", "-f", "key", "keys"]);
  convert(folder, ["-q", "-e", "host", "keys"]);
  mkdirSync("/run/sshd", { recursive: true });
  execFileSync("/usr/sbin/sshd", ["-t", "-f", "/dev/null", "-o", `HostKey=${join(folder, "host")}`]);
});

test("ssh-keygen's encrypted keys: the passphrase on standard input", () => {
  const folder = room(PASSPHRASE, "locked", "-a", "16");
  const words = ["-f", "key", "--passphrase-stdin"];
  for (const [index, input] of [PASSPHRASE, `${PASSPHRASE}\n`, `${PASSPHRASE}\nmore\n`].entries()) {
    const result = convert(folder, [...words, `new${index}`], { input });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(printed(join(folder, `new${index}`)), withoutComment(text(folder, "key.pub")));
  }
  for (const input of ["", "\n", `${PASSPHRASE} \n`, ` ${PASSPHRASE}\n`]) {
    const result = convert(folder, [...words, "wrong"], { input });
    assert.deepEqual(
      [result.status, result.stderr],
      [111, "tinyssh-convert: fatal: unable to convert key: wrong passphrase\n"],
    );
  }
  assert.match(
    convert(folder, [...words, "long"], { input: "x".repeat(1025) }).stderr,
    /standard input \(file too big\)/,
  );
  assert.deepEqual(readdirSync(folder).toSorted(), ["key", "key.pub", "new0", "new1", "new2"]);
});

test("ssh-keygen's encrypted keys: the passphrase at the terminal, not shown", () => {
  const folder = room(PASSPHRASE, "locked");
  const command = [workshop.ours("tinyssh-convert"), "-f", "key"];
  const question = "Passphrase for key: ";
  const good = atTerminal(folder, [...command, "good"], [[question, PASSPHRASE]]);
  assert.equal(good.status, 0, good.stdout);
  assert.doesNotMatch(good.stdout, new RegExp(PASSPHRASE));
  assert.equal(printed(join(folder, "good")), withoutComment(text(folder, "key.pub")));

  const third = atTerminal(
    folder,
    [...command, "third"],
    [
      [question, "no"],
      [question, "nor this"],
      [question, PASSPHRASE],
    ],
  );
  assert.equal(third.status, 0, third.stdout);
  assert.match(third.stdout, /Wrong passphrase, try again/);
  assert.doesNotMatch(third.stdout, /fatal/);
  const never = atTerminal(
    folder,
    [...command, "never"],
    [
      [question, "1"],
      [question, "2"],
      [question, "3"],
    ],
  );
  assert.equal(never.status, 111);
  assert.match(never.stdout, /unable to convert key: wrong passphrase/);
  assert.deepEqual(readdirSync(folder).toSorted(), ["good", "key", "key.pub", "third"]);
});

test("a new passphrase is asked for twice", () => {
  const folder = room();
  convert(folder, ["-q", "-f", "key", "keys"]);
  const encrypt = [workshop.ours("tinyssh-convert"), "--encrypt", "--rounds", "1", "-e"];
  const good = atTerminal(
    folder,
    [...encrypt, "good", "keys"],
    [
      ["New passphrase: ", PASSPHRASE],
      ["Again: ", PASSPHRASE],
    ],
  );
  assert.equal(good.status, 0, good.stdout);
  assert.equal(keygenReads(join(folder, "good"), PASSPHRASE), withoutComment(text(folder, "key.pub")));
  const differs = atTerminal(
    folder,
    [...encrypt, "differs", "keys"],
    [
      ["New passphrase: ", PASSPHRASE],
      ["Again: ", `${PASSPHRASE}!`],
    ],
  );
  assert.equal(differs.status, 111);
  assert.match(differs.stdout, /the two passphrases differ/);
  const empty = atTerminal(folder, [...encrypt, "empty", "keys"], [["New passphrase: ", ""]]);
  assert.equal(empty.status, 111);
  assert.match(empty.stdout, /empty passphrase/);
  assert.deepEqual(readdirSync(folder).toSorted(), ["good", "good.pub", "key", "key.pub", "keys"]);
});

test("control-C at the question ends the program and gives the terminal its echo back", () => {
  const folder = room(PASSPHRASE);
  const script = [
    "set timeout 30",
    "spawn -noecho env PS1= sh -i",
    'send "stty -a > before\\r"',
    `send "${workshop.ours("tinyssh-convert")} -f key new\\r"`,
    "expect -ex {Passphrase for key: } {} timeout { exit 97 }",
    'send "\\003"; after 200',
    'send "echo status $?; stty -a > after; exit\\r"',
    "expect eof",
  ].join("\n");
  const result = expect(folder, script);
  assert.match(result.stdout, /status 130/);
  assert.equal(text(folder, "after"), text(folder, "before"));
  assert.match(text(folder, "before"), /(^|\s)echo\s/);
});

test("without a terminal the way out is named", () => {
  const folder = room(PASSPHRASE);
  const result = workshop.run("setsid", ["-w", workshop.ours("tinyssh-convert"), "-f", "key", "new"], folder);
  assert.equal(result.status, 111);
  assert.match(
    result.stderr,
    /unable to read the passphrase from \/dev\/tty; --passphrase-stdin .* \(device not configured\)/,
  );
});

interface Refusal {
  what: string;
  /** Changes a folder that has `key` and, made from it, `keys`. */
  spoil: (folder: string) => void;
  words: string[];
  options?: RunOptions;
  message: string;
}

const fold = (folder: string, name: string): string => join(folder, "keys", name);

const refusals: Refusal[] = [
  {
    what: "a missing key file",
    spoil: () => {},
    words: ["-f", "none", "new"],
    message: "unable to read none (file does not exist)",
  },
  {
    what: "a folder in place of a key file",
    spoil: () => {},
    words: ["-f", "keys", "new"],
    message: "unable to read keys (is a directory)",
  },
  {
    what: "an unreadable key file",
    spoil: (folder) => chmodSync(join(folder, "key"), 0),
    words: ["-f", "key", "new"],
    options: { unprivileged: true },
    message: "unable to read key (access denied)",
  },
  {
    what: "an endless key file",
    spoil: () => {},
    words: ["-f", "/dev/zero", "new"],
    message: "unable to read /dev/zero (file too big)",
  },
  {
    what: "a public key",
    spoil: () => {},
    words: ["-f", "key.pub", "new"],
    message: "unable to convert key.pub: it is a public key; the private one is needed",
  },
  {
    what: "a key in another form",
    spoil: (folder) => execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", join(folder, "pem")]),
    words: ["-f", "pem", "new"],
    message:
      "unable to convert pem: it is a PEM PRIVATE KEY, not an OPENSSH PRIVATE KEY; rewrite it with: ssh-keygen -p -f FILE",
  },
  {
    what: "a key of another type",
    spoil: (folder) => keygen(join(folder, "other"), "", "", "-t", "ecdsa", "-b", "384"),
    words: ["-f", "other", "new"],
    message:
      "unable to convert other: its key is of type ecdsa-sha2-nistp384; only ssh-ed25519 and ecdsa-sha2-nistp256 and ssh-mldsa44-ed25519@openssh.com keys can be used",
  },
  {
    what: "a read-only place",
    spoil: (folder) => mkdirSync(join(folder, "readonly"), { mode: 0o555 }),
    words: ["-f", "public-key-file", "readonly/new"],
    options: { unprivileged: true },
    message: "unable to create directory readonly/new (access denied)",
  },
  {
    what: "a missing key folder",
    spoil: () => {},
    words: ["-e", "out", "none"],
    message: "unable to read key from file none/ed25519.pk (file does not exist)",
  },
  {
    what: "an unreadable secret key",
    spoil: (folder) => chmodSync(fold(folder, ".ed25519.sk"), 0),
    words: ["-e", "out", "keys"],
    options: { unprivileged: true },
    message: "unable to read key from file keys/.ed25519.sk (access denied)",
  },
  {
    what: "a secret key of a wrong length",
    spoil: (folder) => writeFileSync(fold(folder, ".ed25519.sk"), Buffer.alloc(63)),
    words: ["-e", "out", "keys"],
    message: "unable to use the key in keys: .ed25519.sk has 63 bytes, not 64",
  },
  {
    what: "swapped files",
    spoil(folder) {
      renameSync(fold(folder, ".ed25519.sk"), fold(folder, "x"));
      renameSync(fold(folder, "ed25519.pk"), fold(folder, ".ed25519.sk"));
      renameSync(fold(folder, "x"), fold(folder, "ed25519.pk"));
    },
    words: ["-e", "out", "keys"],
    message: "unable to use the key in keys: ed25519.pk and .ed25519.sk are swapped",
  },
  {
    what: "files of two keys",
    spoil: (folder) => writeFileSync(fold(folder, "ed25519.pk"), Buffer.alloc(32, 1)),
    words: ["-e", "out", "keys"],
    message: "unable to use the key in keys: .ed25519.sk and ed25519.pk are not of the same key",
  },
  {
    what: "halves that do not belong together",
    spoil(folder) {
      const secret = readFileSync(fold(folder, ".ed25519.sk"));
      secret[0]! ^= 1;
      writeFileSync(fold(folder, ".ed25519.sk"), secret);
    },
    words: ["-e", "out", "keys"],
    message: "unable to use the key in keys: .ed25519.sk is damaged: its two halves do not belong together",
  },
  {
    what: "an existing file to export to",
    spoil: (folder) => writeFileSync(join(folder, "out"), "precious"),
    words: ["-e", "out", "keys"],
    message: "unable to create out (file already exists)",
  },
  {
    what: "an existing .pub file to export to",
    spoil: (folder) => writeFileSync(join(folder, "out.pub"), "precious"),
    words: ["-e", "out", "keys"],
    message: "unable to create out.pub (file already exists)",
  },
];

for (const { what, spoil, words, options, message } of refusals) {
  test(`refused: ${what}`, () => {
    const folder = room();
    writeFileSync(join(folder, "public-key-file"), read(folder, "key"), { mode: 0o644 });
    convert(folder, ["-q", "-f", "key", "keys"]);
    spoil(folder);
    const before = inventory(folder);
    const result = convert(folder, words, options);
    assert.deepEqual([result.status, result.stdout], [111, ""]);
    assert.equal(result.stderr, `tinyssh-convert: fatal: ${message}\n`);
    assert.deepEqual(inventory(folder), before);
  });
}

test("command lines that make no sense are refused with status 100", () => {
  const folder = room();
  const wrong = [
    [],
    ["-f", "key"],
    ["-f", "key", "one", "two"],
    ["-d", "one", "two"],
    ["-f"],
    ["--encrypt", "new"],
    ["-e", "out", "-f", "key", "keys"],
    ["--passphrase-stdin", "new"],
    ["-e", "out", "--encrypt", "--rounds", "0", "keys"],
    ["-e", "out", "--encrypt", "--rounds", "1x", "keys"],
    ["-e", "out", "--encrypt", "--rounds", "99999999999999999999", "keys"],
    ["new", "--quiet"],
  ];
  for (const words of wrong) {
    const result = convert(folder, words);
    assert.equal(result.status, 100, words.join(" "));
    assert.match(result.stderr, /^tinyssh-convert: .+\nusage: tinyssh-convert .+\n$/);
  }
  assert.deepEqual(readdirSync(folder).toSorted(), ["key", "key.pub"]);
});

test("keyconvert: into a folder that is there, or not; a key that is there stays unless --force says otherwise", () => {
  const folder = room();
  keygen(join(folder, "second"), "", "second");
  mkdirSync(join(folder, "there"));
  for (const name of ["there", "new"]) {
    assert.deepEqual(keyconvert(folder, ["-k", "key", "-d", name]), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(inventory(join(folder, name)), FOLDER);
    assert.equal(printed(join(folder, name)), withoutComment(text(folder, "key.pub")));
  }
  const again = keyconvert(folder, ["-d", "there", "second"]);
  const message = "unable to write there/.ed25519.sk (file already exists)";
  assert.deepEqual([again.status, again.stderr], [111, `tinyssh-keyconvert: fatal: ${message}\n`]);
  assert.equal(printed(join(folder, "there")), withoutComment(text(folder, "key.pub")));

  const forced = keyconvert(folder, ["-fv", "--key=second", "--dir=there"]);
  const line = `${fingerprintOf(join(folder, "second.pub"))} second (ED25519)\n`;
  assert.deepEqual(forced, { status: 0, stdout: "", stderr: line });
  assert.deepEqual(inventory(join(folder, "there")), FOLDER);
  assert.equal(printed(join(folder, "there")), withoutComment(text(folder, "second.pub")));
  assert.equal(convert(folder, ["-q", "-e", "out", "there"]).status, 0, "and the secret half is the second one's");
});

test("keyconvert: a folder with a public key alone is left as it was", () => {
  const folder = room();
  mkdirSync(join(folder, "there"));
  writeFileSync(join(folder, "there/ed25519.pk"), "old");
  const result = keyconvert(folder, ["-k", "key", "-d", "there"]);
  const message = "unable to write there/ed25519.pk (file already exists)";
  assert.deepEqual([result.status, result.stderr], [111, `tinyssh-keyconvert: fatal: ${message}\n`]);
  assert.deepEqual(inventory(join(folder, "there")), ["ed25519.pk -644 3"]);
});

test("keyconvert: JSON, and a dry run writes nothing", () => {
  const folder = room("", 'a "quoted" comment');
  const result = keyconvert(folder, ["-jn", "key"]);
  assert.equal(result.status, 0);
  const shown = JSON.parse(result.stdout) as Record<string, string>;
  const blob = Buffer.from(text(folder, "key.pub").split(" ")[1]!, "base64");
  assert.deepEqual(Object.keys(shown), ["type", "curve", "public", "secret", "comment"]);
  assert.deepEqual([shown.type, shown.curve, shown.comment], ["ssh-ed25519", "ed25519", 'a "quoted" comment']);
  assert.equal(shown.public, blob.subarray(-32).toString("base64"));
  assert.equal(Buffer.from(shown.secret!, "base64").length, 64);
  assert.deepEqual(readdirSync(folder).toSorted(), ["key", "key.pub"]);
});

/** An unencrypted file as OpenSSH 10.5 writes it (PROTOCOL.key). */
function compositeFile(key: CompositeKey): string {
  const secret = encode(key.algorithm, key.material, key.seeds, "");
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -(8 + secret.length) & 7);
  const content = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    encode("none", "none", ""),
    Buffer.of(0, 0, 0, 1),
    encode(key.blob, Buffer.concat([Buffer.alloc(8, 7), secret, padding])),
  ]);
  const lines = content.toString("base64").match(/.{1,70}/g)!;
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

test("P-256 keys go both ways, beside the other key of the folder", () => {
  const folder = room();
  keygen(join(folder, "ecdsa"), "", "p", "-t", "ecdsa");
  assert.equal(convert(folder, ["-f", "key", "both"]).status, 0);
  assert.equal(keyconvert(folder, ["-d", "both", "ecdsa"]).status, 0);
  assert.deepEqual(
    inventory(join(folder, "both")).filter((line) => line.includes("nistp256")),
    [".nistp256.sk -600 32", "nistp256.pk -644 65"],
  );
  assert.equal(convert(folder, ["--export", "out", "--ecdsa", "--comment", "p", "both"]).status, 0);
  assert.equal(text(folder, "out.pub"), text(folder, "ecdsa.pub"));
  assert.equal(convert(folder, ["-f", "out", "again"]).status, 0);
  assert.deepEqual(read(folder, "again/.nistp256.sk"), read(folder, "both/.nistp256.sk"));
  assert.equal(convert(folder, ["--ecdsa", "-f", "key", "new"]).status, 100);
});

test("post-quantum keys go both ways, beside the other key of the folder", () => {
  const folder = room();
  const key = compositeKey();
  writeFileSync(join(folder, "composite"), compositeFile(key), { mode: 0o600 });
  const taken = convert(folder, ["-f", "composite", "alone"]);
  assert.match(taken.stderr, /^SHA256:\S{43} no comment \(MLDSA44-ED25519\)\n$/);
  assert.deepEqual(inventory(join(folder, "alone")), [".mldsa44-ed25519.sk -600 64", "mldsa44-ed25519.pk -644 1344"]);
  assert.deepEqual(read(folder, "alone/.mldsa44-ed25519.sk"), key.seeds);
  assert.deepEqual(read(folder, "alone/mldsa44-ed25519.pk"), key.material);

  assert.equal(convert(folder, ["-f", "key", "both"]).status, 0);
  assert.equal(keyconvert(folder, ["-d", "both", "composite"]).status, 0);
  assert.equal(inventory(join(folder, "both")).length, 4);
  assert.equal(convert(folder, ["--export", "out", "--post-quantum", "--comment", "pq", "both"]).status, 0);
  assert.equal(text(folder, "out.pub"), `${COMPOSITE} ${key.blob.toString("base64")} pq\n`);
  assert.equal(convert(folder, ["-f", "out", "again"]).status, 0);
  assert.deepEqual(read(folder, "again/.mldsa44-ed25519.sk"), key.seeds);
  assert.equal(convert(folder, ["--export", "usual", "both"]).status, 0);
  assert.equal(text(folder, "usual.pub").trimEnd(), withoutComment(text(folder, "key.pub")));
  assert.equal(convert(folder, ["--post-quantum", "-f", "key", "new"]).status, 100);
});
