/** Private keys of ssh-keygen and openssl in all their forms; node:crypto says what the numbers in them are. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { integer, octets, oid, pem, sequence } from "../../../../test/support/der.ts";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { installKernels } from "../../../node/kernels.ts";
import { fromPem } from "../../pem/pem.ts";
import { readPublicKeyInfo } from "./pem-key.ts";
import { ecdsaSignature, PlainPrivateKey, PlainPublicKey, rsaSignature } from "./plain-key.ts";
import { PlainKeyFile } from "./plain-key-file.ts";

installKernels();

const folder = mkdtempSync(join(tmpdir(), "postern-plain-key-"));
after(() => rmSync(folder, { recursive: true }));

const run = (program: string, ...words: string[]): Buffer => execFileSync(program, words, { stdio: "pipe" });
const path = (name: string): string => join(folder, name);

interface Made {
  name: string;
  path: string;
  line: string;
  numbers: KeyObject;
}
const kinds = [
  ["ecdsa", "256"],
  ["ecdsa", "384"],
  ["ecdsa", "521"],
  ["rsa", "2048"],
  ["rsa", "3072"],
  ["rsa", "4096"],
] as const;
const made: Made[] = [];

before(() => {
  for (const [type, bits] of kinds) {
    const file = path(`${type}${bits}`);
    run("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", "a comment", "-f", file);
    const other = inForm(file, "PEM");
    const line = readFileSync(`${file}.pub`, "utf8").trim();
    made.push({ name: type + bits, path: file, line, numbers: createPrivateKey(readFileSync(other)) });
  }
});

/** A copy of an OpenSSH key in another form. */
function inForm(file: string, form: string, passphrase = ""): string {
  const copy = `${file}.${form}${passphrase}`;
  copyFileSync(file, copy);
  const rounds = form === "RFC4716" ? ["-a", "1"] : [];
  run("ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-m", form, ...rounds, "-f", copy);
  return copy;
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function isKey(key: PlainPrivateKey | null, { name, numbers, line }: Made, comment: string): void {
  assert.ok(key !== null, name);
  const jwk = numbers.export({ format: "jwk" });
  const { publicKey } = key;
  if (publicKey.isRsa) {
    assert.equal(base64url(publicKey.modulus), jwk.n);
    assert.equal(publicKey.exponent, 65537);
    assert.ok([jwk.p, jwk.q].includes(base64url(key.secret)), name);
  } else {
    assert.deepEqual([publicKey.x, publicKey.y, key.secret].map(base64url), [jwk.x, jwk.y, jwk.d], name);
  }
  assert.equal(Buffer.from(key.comment).toString(), comment);
  assert.equal(publicKey.line(), line.split(" ").slice(0, 2).join(" "));
}

function opened(text: Uint8Array, passphrase = ""): PlainPrivateKey | null {
  const file = PlainKeyFile.parse(text);
  assert.equal(file.fault, "");
  assert.equal(file.encrypted, passphrase.length > 0);
  return file.open(Buffer.from(passphrase));
}

test("keys of ssh-keygen in all three forms", () => {
  for (const key of made) {
    isKey(opened(readFileSync(key.path)), key, "a comment");
    for (const form of ["PEM", "PKCS8"]) isKey(opened(readFileSync(inForm(key.path, form))), key, "");
  }
});

test("what is opened outlives the file", () => {
  for (const key of made) {
    for (const form of ["RFC4716", "PEM", "PKCS8"]) {
      const file = PlainKeyFile.parse(readFileSync(inForm(key.path, form)));
      const opened = file.open(Buffer.of());
      file.wipe();
      isKey(opened, key, form === "RFC4716" ? "a comment" : "");
    }
  }
});

test("encrypted keys of ssh-keygen, with the right passphrase alone", () => {
  for (const key of made) {
    const text = readFileSync(inForm(key.path, "RFC4716", "secret"));
    isKey(opened(text, "secret"), key, "a comment");
    const file = PlainKeyFile.parse(text);
    assert.equal(file.open(Buffer.from("wrong")), null);
    assert.ok(file.wrongPassphrase);
    isKey(file.open(Buffer.from("secret")), key, "a comment");
    assert.ok(!file.wrongPassphrase);
  }
});

test("encrypted keys in OpenSSL's forms are refused with what helps, and that does", () => {
  for (const key of made) {
    for (const form of ["PEM", "PKCS8"]) {
      const file = inForm(key.path, form, "secret");
      assert.match(PlainKeyFile.parse(readFileSync(file)).fault, /ssh-keygen -p -f FILE/);
      run("ssh-keygen", "-q", "-p", "-P", "secret", "-N", "other", "-f", file);
      isKey(opened(readFileSync(file), "other"), key, "");
    }
  }
});

test("keys of openssl: with the parameters above them, and without a public key within", () => {
  const withParameters = run("openssl", "ecparam", "-name", "prime256v1", "-genkey");
  assert.match(withParameters.toString(), /^-----BEGIN EC PARAMETERS/);
  const key = { name: "openssl", path: "", line: "", numbers: createPrivateKey(withParameters) };
  const file = path("openssl");
  writeFileSync(file, withParameters.toString().replace(/[^]*END EC PARAMETERS-----\n/, ""), { mode: 0o600 });
  key.line = run("ssh-keygen", "-y", "-f", file).toString().trim();
  isKey(opened(withParameters), key, "");
  for (const form of ["sec1", "pkcs8"] as const)
    isKey(opened(Buffer.from(key.numbers.export({ format: "pem", type: form }))), key, "");

  const scalar = Buffer.from(key.numbers.export({ format: "jwk" }).d!, "base64url");
  const bare = sequence(integer("01"), octets(scalar), Buffer.from("a00a06082a8648ce3d030107", "hex"));
  isKey(opened(pem("EC PRIVATE KEY", bare)), key, "");
  const curve = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"));
  const info = sequence(integer("00"), curve, octets(sequence(integer("01"), octets(scalar))));
  assert.match(PlainKeyFile.parse(pem("PRIVATE KEY", sequence(integer("02"), info.subarray(4)))).fault, /damaged/);
});

test("what no TPM takes is refused by name", () => {
  const fault = (text: Uint8Array | string): string => PlainKeyFile.parse(Buffer.from(text)).fault;
  run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path("ed25519"));
  assert.match(fault(readFileSync(path("ed25519"))), /of type ssh-ed25519, which no TPM takes; supported are ecdsa/);
  const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" });
  assert.match(fault(ed25519), /of type ssh-ed25519/);
  run("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", path("rsa1024"));
  assert.match(fault(readFileSync(path("rsa1024"))), /of type ssh-rsa, .* of 2048, 3072 or 4096 bits/);
  assert.match(fault(readFileSync(inForm(path("rsa1024"), "PEM"))), /damaged, or of a kind/);
  const koblitz = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
  assert.match(fault(koblitz.export({ format: "pem", type: "pkcs8" })), /damaged, or of a kind/);
  assert.match(fault(made[0]!.line), /public key/);
  assert.match(fault("PuTTY-User-Key-File-3: ecdsa"), /puttygen/);
  assert.match(fault(""), /no OpenSSH private key/);
  assert.match(fault("-----BEGIN RSA PRIVATE KEY-----\nnot base64\n-----END RSA PRIVATE KEY-----\n"), /not base64/);
});

test("a key that is cut short, or whose halves do not belong together, is refused", () => {
  for (const { path: file } of made) {
    for (const form of ["PEM", "PKCS8"]) {
      const { label, bytes } = fromPem(readFileSync(inForm(file, form)));
      for (let length = 0; length < bytes.length; length += 1 + (length >> 4))
        assert.match(PlainKeyFile.parse(pem(label, bytes.subarray(0, length))).fault, /damaged/, `${length} bytes`);
    }
  }
  const [one, other] = [made[0]!, generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey];
  const bytes = Buffer.from(fromPem(readFileSync(inForm(one.path, "PEM"))).bytes);
  const point = other.export({ format: "der", type: "spki" }).subarray(-65);
  bytes.set(point, bytes.length - 65);
  assert.match(PlainKeyFile.parse(pem("EC PRIVATE KEY", bytes)).fault, /damaged/);
});

test("public keys as openssl writes them", () => {
  for (const { numbers, line } of made) {
    const text = createPublicKey(numbers).export({ format: "pem", type: "spki" });
    const { bytes } = fromPem(Buffer.from(text));
    assert.equal(readPublicKeyInfo(bytes)?.line(), line.split(" ").slice(0, 2).join(" "));
    for (let length = 0; length < bytes.length; length++)
      assert.equal(readPublicKeyInfo(bytes.subarray(0, length)), null);
  }
  const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" });
  assert.equal(readPublicKeyInfo(ed25519), null);
});

test("public keys on the wire, there and back", () => {
  for (const { line } of made) {
    const blob = Buffer.from(line.split(" ")[1]!, "base64");
    const key = PlainPublicKey.parse(blob);
    assert.deepEqual(Buffer.from(key!.blob()), blob);
    assert.equal(key!.type(), line.split(" ")[0]);
    for (let length = 0; length < blob.length; length++)
      assert.equal(PlainPublicKey.parse(blob.subarray(0, length)), null);
    assert.equal(PlainPublicKey.parse(Buffer.concat([blob, Buffer.of(0)])), null);
  }
  assert.equal(PlainPublicKey.parse(encode("ssh-ed25519", Buffer.alloc(32))), null);
  assert.equal(PlainPublicKey.parse(encode("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(65, 4))), null);
  for (const exponent of [Buffer.of(), Buffer.of(1), Buffer.of(4), Buffer.of(1, 0, 0, 0, 1)])
    assert.equal(PlainPublicKey.parse(encode("ssh-rsa", exponent, Buffer.alloc(257).fill(0x91, 1))), null);
});

test("coordinates whose leading zeros were left out", () => {
  const key = PlainPublicKey.ecdsa(521, Buffer.of(5), Buffer.alloc(65, 1));
  assert.equal(key.point().length, 133);
  assert.deepEqual([...key.x.subarray(-2)], [0, 5]);
});

test("signatures on the wire", () => {
  const r = Buffer.concat([Buffer.of(0, 0x80), Buffer.alloc(30, 1)]);
  const s = Buffer.alloc(48, 2);
  const numbers = encode(r, s);
  assert.deepEqual(Buffer.from(ecdsaSignature(384, r, s)), encode("ecdsa-sha2-nistp384", numbers));
  assert.deepEqual(Buffer.from(rsaSignature("rsa-sha2-512", s)), encode("rsa-sha2-512", s));
});
