/** Against the real ssh-keygen, in both directions. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { MOST_ROUNDS } from "./envelope.ts";
import { encodePrivateKey, PrivateKeyFile } from "./private-key-file.ts";
import { PrivateKey } from "./private-key.ts";
import { ed25519, nistp256 } from "./key-kinds.ts";
import { fromPem, toPem } from "../../pem/pem.ts";
import { installKernels } from "../../../node/kernels.ts";

installKernels();

const folder = mkdtempSync(join(tmpdir(), "postern-private-key-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;

interface Made {
  text: Buffer;
  /** What ssh-keygen put into the .pub file. */
  line: string;
}

/** A key file made by ssh-keygen; few rounds, for speed. */
function keygen(passphrase: string, comment: string, ...options: string[]): Made {
  const path = join(folder, `made-${files++}`);
  const type = options.includes("-t") ? [] : ["-t", "ed25519"];
  const words = ["-q", ...type, "-N", passphrase, "-C", comment, "-a", "1", ...options, "-f", path];
  execFileSync("ssh-keygen", words, { stdio: "pipe" });
  return { text: readFileSync(path), line: readFileSync(`${path}.pub`, "utf8").trimEnd() };
}

/** The line that ssh-keygen -y prints for a key file; throws if ssh-keygen doesn't accept it. */
function keygenReads(text: Uint8Array, passphrase: string): string {
  const path = join(folder, `ours-${files++}`);
  writeFileSync(path, text, { mode: 0o600 });
  const words = ["-y", "-P", passphrase, "-f", path];
  return execFileSync("ssh-keygen", words, { encoding: "utf8", stdio: "pipe" }).trimEnd();
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const lineOf = (key: PrivateKey): string =>
  `${ed25519.line(key.publicKey())} ${Buffer.from(key.comment).toString()}`.trimEnd();

const comments = [
  "",
  "a",
  "user@host",
  "two words",
  "ünïcode ☃",
  "x".repeat(300),
  "1234567",
  "12345678",
  '"quoted" \\',
];

test("keys that ssh-keygen made in the clear are read, whatever their comment", () => {
  for (const comment of comments) {
    const made = keygen("", comment);
    const file = PrivateKeyFile.parse(made.text);
    assert.deepEqual([file.fault, file.encrypted], ["", false]);
    const key = file.open(new Uint8Array(0));
    assert.ok(key !== null, file.fault);
    assert.equal(lineOf(key), made.line);
  }
});

test("keys that ssh-keygen encrypted are read with their passphrase, and with no other", () => {
  for (const passphrase of ["12345", "correct horse battery staple", "pässwörd", "p".repeat(200)]) {
    const made = keygen(passphrase, "comment");
    const file = PrivateKeyFile.parse(made.text);
    assert.deepEqual([file.fault, file.encrypted], ["", true]);
    for (const wrong of ["", passphrase.slice(1), `${passphrase}x`]) {
      assert.equal(file.open(bytes(wrong)), null);
      assert.deepEqual([file.fault, file.wrongPassphrase], ["wrong passphrase", true]);
    }
    const key = file.open(bytes(passphrase));
    assert.ok(key !== null, file.fault);
    assert.deepEqual([lineOf(key), file.wrongPassphrase, file.fault], [made.line, false, ""]);
  }
});

test("ssh-keygen's own number of rounds", () => {
  const made = keygen("secret", "", "-a", "16");
  const file = PrivateKeyFile.parse(made.text);
  assert.ok(file.open(bytes("secret")) !== null, file.fault);
});

test("keys that we write are read by ssh-keygen, and come back the same", () => {
  for (const passphrase of ["", "secret"]) {
    for (const comment of comments) {
      const key = new PrivateKey(ed25519, ed25519.fromSeed(randomBytes(32)), bytes(comment));
      const text = encodePrivateKey(key, bytes(passphrase), randomBytes(20), 1);
      assert.equal(keygenReads(text, passphrase), lineOf(key));
      const back = PrivateKeyFile.parse(text).open(bytes(passphrase));
      assert.deepEqual(Buffer.from(back!.secretKey), Buffer.from(key.secretKey));
      assert.deepEqual(Buffer.from(back!.comment), Buffer.from(key.comment));
    }
  }
});

test("an unencrypted key that ssh-keygen made is written by us byte for byte as it was", () => {
  const made = keygen("", "the same");
  const key = PrivateKeyFile.parse(made.text).open(new Uint8Array(0))!;
  const content = Buffer.from(fromPem(made.text).bytes);
  const random = Buffer.concat([Buffer.alloc(16), checkOf(content)]);
  assert.equal(Buffer.from(encodePrivateKey(key, new Uint8Array(0), random, 1)).toString(), made.text.toString());
});

test("P-256 keys go both ways, whatever their scalar begins with", () => {
  const none = new Uint8Array(0);
  const seen = new Set<boolean>();
  for (let i = 0; i < 12 || seen.size < 2; i++) {
    const made = keygen("", "a comment", "-t", "ecdsa", "-b", "256");
    const file = PrivateKeyFile.parse(made.text);
    const key = file.open(none);
    assert.ok(key !== null, file.fault);
    assert.equal(`${nistp256.line(key.publicKey())} a comment`, made.line);
    seen.add(key.secretKey[0]! >= 128);
  }
  // Of shorter scalars the leading zeros are left out; ssh-keygen takes none below half the bits.
  for (const zeros of [0, 1, 2, 15]) {
    const scalar = randomBytes(32).fill(0, 0, zeros).fill(1, 31);
    scalar[zeros]! |= 1; // no more zeros than these
    const key = new PrivateKey(nistp256, Uint8Array.from(scalar), none);
    const text = encodePrivateKey(key, none, randomBytes(20), 1);
    assert.equal(keygenReads(text, ""), nistp256.line(key.publicKey()));
    assert.deepEqual(PrivateKeyFile.parse(text).open(none)!.secretKey, key.secretKey);
  }
});

test("every truncation and flipped bit of a P-256 key is refused", () => {
  const { text } = keygen("", "", "-t", "ecdsa", "-b", "256");
  const { length } = fromPem(text).bytes;
  for (let n = 0; n < length; n++)
    assert.notEqual(faultOf(changed(text, (content) => content.subarray(0, n))), "", `${n} of ${length} bytes`);
  for (let bit = 0; bit < length * 8; bit += 5) {
    const flipped = changed(text, (content) => {
      content[bit >> 3]! ^= 1 << (bit & 7);
      return content;
    });
    assert.notEqual(faultOf(flipped), "", `bit ${bit}`);
  }
});

/** The check number of an unencrypted file: the first four bytes of its last string. */
function checkOf(content: Buffer): Buffer {
  const publicBlob = content.indexOf(Buffer.from("ssh-ed25519")) - 4;
  const secret = publicBlob + 51;
  return content.subarray(secret + 4, secret + 8);
}

test("other key types are refused by name", () => {
  const types: [name: string, options: string[]][] = [
    ["ecdsa-sha2-nistp384", ["-t", "ecdsa", "-b", "384"]],
    ["ssh-rsa", ["-t", "rsa", "-b", "2048"]],
  ];
  for (const [name, options] of types) {
    for (const passphrase of ["", "secret"]) {
      const file = PrivateKeyFile.parse(keygen(passphrase, "", ...options).text);
      assert.equal(
        file.fault,
        `its key is of type ${name}; only ssh-ed25519 and ecdsa-sha2-nistp256 and ssh-mldsa44-ed25519@openssh.com keys can be used`,
      );
    }
  }
});

test("other ciphers are refused with what to do", () => {
  for (const cipher of ["aes128-cbc", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"]) {
    const { fault } = PrivateKeyFile.parse(keygen("secret", "", "-Z", cipher).text);
    assert.ok(fault.startsWith(`encrypted with ${cipher} and bcrypt, not aes256-ctr`), fault);
    assert.match(fault, /ssh-keygen -p -Z aes256-ctr/);
  }
});

test("other forms are refused with what to do", () => {
  const pkcs1 = PrivateKeyFile.parse(keygen("", "", "-t", "rsa", "-b", "2048", "-m", "PEM").text).fault;
  assert.match(pkcs1, /PEM RSA PRIVATE KEY.*ssh-keygen -p -f/);
  const pkcs8 = PrivateKeyFile.parse(keygen("", "", "-t", "ecdsa", "-m", "PKCS8").text).fault;
  assert.match(pkcs8, /PEM PRIVATE KEY.*ssh-keygen -p -f/);
  const encrypted = PrivateKeyFile.parse(keygen("secret", "", "-t", "rsa", "-b", "2048", "-m", "PKCS8").text).fault;
  assert.match(encrypted, /PEM ENCRYPTED PRIVATE KEY.*ssh-keygen -p -f/);
  assert.match(PrivateKeyFile.parse(bytes("PuTTY-User-Key-File-3: ssh-ed25519\n")).fault, /puttygen/);
  assert.match(PrivateKeyFile.parse(bytes(keygen("", "").line)).fault, /public key/);
  assert.match(PrivateKeyFile.parse(bytes("-----BEGIN CERTIFICATE-----\n")).fault, /PEM CERTIFICATE/);
  for (const nothing of ["", "hello", "-----BEGIN"]) {
    assert.match(PrivateKeyFile.parse(bytes(nothing)).fault, /there is no line -----BEGIN OPENSSH PRIVATE KEY-----/);
  }
});

/** `text` with its content changed. */
function changed(text: Uint8Array, change: (content: Buffer) => Uint8Array): Uint8Array {
  return toPem("OPENSSH PRIVATE KEY", change(Buffer.from(fromPem(text).bytes)), 70);
}

/** What is wrong with a file, at whichever step it shows; empty if it is accepted. */
function faultOf(text: Uint8Array, passphrase = ""): string {
  const file = PrivateKeyFile.parse(text);
  if (file.fault !== "") return file.fault;
  return file.open(bytes(passphrase)) === null ? file.fault : "";
}

test("every truncation, every flipped bit and trailing bytes are refused", () => {
  const { text } = keygen("", "");
  const { length } = fromPem(text).bytes;
  for (let n = 0; n < length; n++) {
    assert.notEqual(faultOf(changed(text, (content) => content.subarray(0, n))), "", `${n} of ${length} bytes`);
  }
  for (let bit = 0; bit < length * 8; bit += 3) {
    const flipped = changed(text, (content) => {
      content[bit >> 3]! ^= 1 << (bit & 7);
      return content;
    });
    assert.notEqual(faultOf(flipped), "", `bit ${bit}`);
  }
  assert.match(faultOf(changed(text, (content) => Buffer.concat([content, Buffer.of(0)]))), /cut short|lengths/);
});

test("two keys in a file are refused, and a passphrase that would take for ever", () => {
  const { text } = keygen("secret", "");
  const content = Buffer.from(fromPem(text).bytes);
  const count = content.indexOf(Buffer.from("ssh-ed25519")) - 12;
  assert.equal(content.readUInt32BE(count), 1);
  const two = changed(text, (content) => {
    content.writeUInt32BE(2, count);
    return content;
  });
  assert.match(faultOf(two, "secret"), /holds 2 keys/);
  const slow = changed(text, (content) => {
    content.writeUInt32BE(MOST_ROUNDS + 1, count - 4);
    return content;
  });
  assert.match(faultOf(slow, "secret"), /rounds; at most/);
  const none = changed(text, (content) => {
    content.writeUInt32BE(0, count - 4);
    return content;
  });
  assert.match(faultOf(none, "secret"), /bad parameters/);
});

test("a public key that is not the secret one's is found, though the file is consistent otherwise", () => {
  const key = new PrivateKey(ed25519, Buffer.concat([randomBytes(32), randomBytes(32)]), new Uint8Array(0));
  const text = encodePrivateKey(key, new Uint8Array(0), randomBytes(20), 1);
  assert.match(faultOf(text), /does not belong/);
});

test("whatever is between the lines, nothing is thrown", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (content, withMagic) => {
      const magic = withMagic ? bytes("openssh-key-v1\0") : new Uint8Array(0);
      assert.notEqual(faultOf(toPem("OPENSSH PRIVATE KEY", Buffer.concat([magic, content]), 70)), "");
    }),
  );
});
