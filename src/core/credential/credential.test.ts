/** Credentials as bytes: against Node's own AES and SHA-256, and what systemd-creds has made. */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { installKernels } from "../../node/kernels.ts";
import { ascii } from "../bytes/text.ts";
import { Reader } from "../wire/reader.ts";
import { Uint64 } from "../wire/uint64.ts";
import { Writer } from "../wire/writer.ts";
import {
  Credential,
  credentialKey,
  credentialText,
  encryptCredential,
  isName,
  SealedCredential,
} from "./credential.ts";
import { DAMAGED, EXPIRED, NO_HOST_SECRET, NO_KEY, OTHER_NAME, TPM_FAILURE } from "./fault.ts";
import { CredentialHeader } from "./header.ts";
import { kindOfKeys, kindWithId } from "./kind.ts";
import { KeySource, Unsealing } from "./unsealing.ts";

installKernels();

/** `systemd-creds encrypt --name=n1 --with-key=tpm2-absent` of 252 and of 257: "hello secret". */
const RECORDED = [
  "BYRp2vb1QySABUnaD46i+yAAAAABAAAADAAAABAAAADznZR/AIDFsaQeBZkAAAAAazMUF2R9A0J0WezCiFk/BkomuaHawp4DEn9Qt01JJJxLQkhBptMsV0lXul7e6d4dEqTMOQ==",
  "BYRp2vb1QySABUnaD46i+yAAAAABAAAADAAAABAAAACoe6nPwdRvY9cs2QkAAAAAEeIeWCkvX5AhR5Dl0aEU38tAwypNOlITa8vX+nQ6OEQocJcnnTUTly3aMAcq5zZmvKYc9Q==",
];
/** With a public key and PCR 7, of 257. */
const SIGNED =
  "+vfrk0HjQSyhpDb5Wik2LyAAAAABAAAADAAAABAAAADW62TMgFOC4+jbULsAAAAAgAAAAAAAAAALACMA8AAAACAAAAAAngAgWJTrfsSIIWyzYSxsKOiZ83Nmj20ctr2liUf8M9yG4ywAEIyM+43nYBzgVFYWI1FJrR0JaFJU9yNAWyHseAo84lJgAfTdlXrpxy4fNq8fUj//XJQhfhlwjFpNsf2BtOqfD510MelUGnScDi9ODg4CmNzD0MTslAV9x1u5h3FZOiBLv6d44tPPgkWIQFkxzn2Ax11vZl+1/IAcqCUIAE4ACAALAAAEEgAgSF1ecoSpOK7E/B56J3IYv+ecn8MdPcrKM9zSAuZ8sagAEAAgvnwm/wuok7uSHyElaXYtRBV2Q4ih2VJOoWs2TU2AwhlIXV5yhKk4rsT8Hnonchi/55yfwx09ysoz3NIC5nyxqAAAAAAACAAAAAAAAMMBAAAtLS0tLUJFR0lOIFBVQkxJQyBLRVktLS0tLQpNSUlCSWpBTkJna3Foa2lHOXcwQkFRRUZBQU9DQVE4QU1JSUJDZ0tDQVFFQXh5Yk9UVTJpNyt3ZGFpOVlQVHNYCjlEMWpTd3ZzK3BDVkQ0WjdJYURxdnN1YTQzcU94eU1xUlFIcVFaV3BPakUxSTluSnRDU09IOERBdlk1QVBPdi8KcjZTSklLN1p0ZWI0RmVDeHRESm5UZlFzaFJoNEx0RG92aGpmajNqdGx0NFlWZDZnWVorNkVFK2FZcTdVWmRXZgpMUVVtQkdpcmlmSldCbGF5YldHeUFWbHQ3NmFxMldUQ2NPbXhLNlAwWjFCYmZObHp0bjdKSUZVVFEyNE5udjZUCm1ueC9JaW90NThPWHJuZHdvdlJKaHlib1YvV3lVeldScmcybFJRSmNtYlFNaDFYc256L2RJV3VNM0VncFl4aEQKR0dIZ3VvM3pTUkFJU1NmTlNHdTRTZlpFR0lHV3RXSC8rV0x2eGFCNzRGTC9hRG82cjZSYm1zZVNkZWVLMzJaUwpmUUlEQVFBQgotLS0tLUVORCBQVUJMSUMgS0VZLS0tLS0KALRpUlcH8S9nt0bVEqOSQ838ITeZJWcZZo0BFIFdCV+QVL2xda0RW06WXRKaWq5kKf9RpTk=";
/** With PCR 7, of 252. */
const SEALED =
  "DHzAexF2RZGcSwvqCLwg/iAAAAABAAAADAAAABAAAABx6OGgba0zH1rBNZkAAAAAgAAAAAAAAAALACMA8AAAACAAAAAAngAgxF0rqANHyDK0SdDkvZasps9DZEvsH+mPpiy2dVAbFMcAELDQ6ODAYFRAu3akEl1O9Yg5eAEH7EVZKyiF616tUU8jRE8+kvmo95/Ajo5xt4VqgWGM4HZf6YBN+bPCdGv7WKSTm/rD8aYjIwfW0kazrKT5u5eV/pU7fERFAx/K9OvZNexj1Dm+gXY9PlICkeReEGjDL9KI0nDCC3NtAE4ACAALAAAAEgAgi1aC2BspQ10I15J4FQYR3H5ZI7L+/M5oSglXe0ATCosAEAAgb6jBr76n7sm21ekOnBUwGWe8PR5V13J452JBY+niBCqLVoLYGylDXQjXkngVBhHcflkjsv78zmhKCVd7QBMKiwAAAAAg77k2yhHgd1ZnLH1oNOwk0A83rne04clWMylFd9JKMBwxfWnbgSIg3YszbffgbIAINtfI";

const PADDING = 7;

/** The format, written down a second time. */
function encrypted(name: string, data: Uint8Array, key: Uint8Array, [timestamp, notAfter]: [bigint, bigint]): Buffer {
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & PADDING)]);
  const nonce = randomBytes(12);
  const sizes = Buffer.alloc(16);
  for (const [i, size] of [32, 1, 12, 16].entries()) sizes.writeUInt32LE(size, 4 * i);
  const header = padded(Buffer.concat([Buffer.from("5a1c6a86df9d4096b1d5a65e0862f19a", "hex"), sizes, nonce]));
  const fixed = Buffer.alloc(20);
  fixed.writeBigUInt64LE(timestamp, 0);
  fixed.writeBigUInt64LE(notAfter, 8);
  fixed.writeUInt32LE(name.length, 16);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(header);
  const body = cipher.update(Buffer.concat([padded(Buffer.concat([fixed, Buffer.from(name)])), data]));
  return Buffer.concat([header, body, cipher.final(), cipher.getAuthTag()]);
}

const EVER = (1n << 64n) - 1n;
const uint64 = (value: bigint): Uint64 => new Uint64(Number(value >> 32n), Number(value & 0xffffffffn));
const bigint = ({ high, low }: Uint64): bigint => (BigInt(high) << 32n) | BigInt(low);

const names = fc
  .string({ unit: fc.constantFrom(..."abcXYZ019._-@"), maxLength: 255 })
  .filter((name) => !/^\.{1,2}$/.test(name));
const time = fc.bigInt(0n, EVER);

test("any credential: read by us as it was written by Node, and the other way round", () => {
  fc.assert(
    fc.property(names, fc.uint8Array({ maxLength: 300 }), time, time, (name, data, timestamp, notAfter) => {
      const hostSecret = randomBytes(100);
      const key = createHash("sha256").update(hostSecret).digest();
      assert.deepEqual(Buffer.from(credentialKey(hostSecret, new Uint8Array(0))), key);
      const sealed = SealedCredential.decode(encrypted(name, data, key, [timestamp, notAfter]))!;
      const credential = sealed.open(key)!;
      assert.equal(Buffer.from(credential.name).toString(), name);
      assert.deepEqual(Buffer.from(credential.data), Buffer.from(data));
      assert.deepEqual([bigint(credential.timestamp), bigint(credential.notAfter)], [timestamp, notAfter]);

      const ours = new Credential();
      ours.name = ascii(name);
      ours.data = data;
      ours.timestamp = uint64(timestamp);
      ours.notAfter = uint64(notAfter);
      const header = new CredentialHeader(kindOfKeys(true, false, false));
      header.nonce = randomBytes(12);
      const bytes = Buffer.from(encryptCredential(header, ours, key));
      const decipher = createDecipheriv("aes-256-gcm", key, header.nonce).setAAD(bytes.subarray(0, 48));
      const plain = decipher.setAuthTag(bytes.subarray(-16)).update(bytes.subarray(48, -16));
      decipher.final();
      assert.equal(plain.subarray(20, 20 + name.length).toString(), name);
      assert.deepEqual(plain.subarray(plain.length - data.length), Buffer.from(data));
    }),
  );
});

test("what systemd-creds has made with no key", () => {
  for (const text of RECORDED) {
    const sealed = SealedCredential.parse(ascii(text))!;
    assert.equal(sealed.header.kind.name, "null");
    const credential = sealed.open(createHash("sha256").digest())!;
    assert.equal(Buffer.from(credential.name).toString(), "n1");
    assert.equal(Buffer.from(credential.data).toString(), "hello secret");
    assert.deepEqual(credential.notAfter, uint64(EVER));
  }
});

test("headers of the TPM's, as they were", () => {
  for (const [text, kind, signedPcrs] of [
    [SEALED, "tpm2", 0],
    [SIGNED, "tpm2-with-public-key", 1 << 11],
  ] as const) {
    const bytes = Buffer.from(text, "base64");
    const r = new Reader(bytes);
    const header = CredentialHeader.decode(r)!;
    assert.deepEqual(
      [header.kind.name, header.pcrs, header.bank, header.parentType, header.blob.length, header.signedPcrs],
      [kind, 1 << 7, 0x0b, 0x23, 240, signedPcrs],
    );
    const w = new Writer(16);
    header.encode(w);
    assert.deepEqual(Buffer.from(w.written()), bytes.subarray(0, bytes.length - r.left()));
    assert.equal(Buffer.from(header.publicKey).toString().startsWith("-----BEGIN PUBLIC KEY"), signedPcrs !== 0);
  }
});

test("no header is taken that is cut short, or has any other size, filling or algorithm in it", () => {
  for (const text of [SEALED, SIGNED]) {
    const bytes = Buffer.from(text, "base64");
    const r = new Reader(bytes);
    CredentialHeader.decode(r);
    const length = bytes.length - r.left();
    for (let i = 0; i < length; i++) assert.equal(CredentialHeader.decode(new Reader(bytes.subarray(0, i))), null);
    // The kind; sizes; filling; PCRs beyond the 24th; bank, parent and the larger halves of lengths.
    for (const [from, to] of [
      [0, 16],
      [16, 32],
      [44, 48],
      [51, 56],
      [56, 60],
      [62, 68],
    ] as const) {
      for (let at = from; at < to; at++) {
        for (const bit of [1, 0x80]) {
          const other = Buffer.from(bytes);
          other[at]! ^= bit;
          assert.equal(CredentialHeader.decode(new Reader(other)), null, `byte ${at}`);
        }
      }
    }
  }
  assert.equal(kindWithId(new Uint8Array(16)), null);
});

test("no byte of a credential can be changed", () => {
  const key = randomBytes(32);
  const bytes = encrypted("name", Buffer.from("secret"), key, [0n, EVER]);
  for (let i = 0; i < bytes.length; i++) {
    const other = Buffer.from(bytes);
    other[i]! ^= 1 << (i % 8);
    assert.equal(SealedCredential.decode(other)?.open(key) ?? null, null);
    assert.equal(SealedCredential.decode(bytes.subarray(0, i))?.open(key) ?? null, null);
  }
  assert.equal(SealedCredential.decode(bytes)!.open(randomBytes(32)), null);
});

test("content that is none is refused though the key is right", () => {
  for (const content of [Buffer.alloc(0), Buffer.alloc(23), Buffer.from("ff".repeat(40), "hex")]) {
    assert.equal(Credential.decode(content), null);
  }
  const w = new Writer(64);
  const credential = new Credential();
  credential.name = ascii("n");
  credential.encode(w);
  for (const [at, value] of [
    [20, 47],
    [20, 46],
    [21, 1],
    [16, 5],
  ] as const) {
    const other = Uint8Array.from(w.written());
    other[at] = value;
    assert.equal(Credential.decode(other), null, `byte ${at}`);
  }
});

test("names", () => {
  for (const name of ["a", ".ed25519.sk", "...", "a b", "x".repeat(255)]) assert.ok(isName(ascii(name)), name);
  for (const name of ["", ".", "..", "a/b", "a:b", "a\n", "\x7f", "\xe4", "x".repeat(256)])
    assert.ok(!isName(ascii(name)), name);
});

test("text in lines of 79 characters, and back", () => {
  const bytes = SealedCredential.decode(encrypted("", randomBytes(200), randomBytes(32), [0n, 0n]))!;
  assert.ok(bytes);
  const text = Buffer.from(credentialText(randomBytes(200))).toString();
  assert.ok(text.endsWith("\n"));
  assert.deepEqual(
    [
      ...new Set(
        text
          .split("\n")
          .slice(0, -2)
          .map(({ length }) => length),
      ),
    ],
    [79],
  );
});

/** Keys as a test has them. */
class Drawer extends KeySource {
  secret: Buffer = Buffer.alloc(0);
  asked: string[] = [];
  given = new Uint8Array(0);

  hostSecretFile(): Uint8Array {
    this.asked.push("host");
    this.given = Uint8Array.from(this.secret);
    return this.given;
  }

  signatureFile(): Uint8Array {
    this.asked.push("signatures");
    return new Uint8Array(0);
  }

  tpm(): null {
    this.asked.push("tpm");
    return null;
  }
}

test("what is wrong with a credential, and that nothing is asked for in vain", () => {
  const secret = randomBytes(32);
  const key = createHash("sha256").update(secret.subarray(16)).digest();
  const now = 1_700_000_000;
  const text = (name: string, notAfter: bigint): Uint8Array =>
    credentialText(encrypted(name, Buffer.from("secret"), key, [0n, notAfter]));
  const open = (content: Uint8Array, name = "", keyless = false, drawer = new Drawer()): [number, string[]] => {
    if (drawer.secret.length === 0) drawer.secret = secret;
    const unsealing = new Unsealing(drawer);
    const credential = unsealing.open(content, ascii(name), now, keyless);
    assert.equal(credential === null, unsealing.fault !== 0);
    assert.equal(unsealing.words.length > 0, unsealing.fault !== 0 && unsealing.fault !== TPM_FAILURE);
    assert.ok(
      drawer.given.every((byte) => byte === 0),
      "the host's secret is wiped",
    );
    credential?.wipe();
    assert.ok(credential?.data.every((byte) => byte === 0) ?? true);
    return [unsealing.fault, drawer.asked];
  };
  assert.deepEqual(open(text("a", EVER), "a"), [0, ["host"]]);
  assert.deepEqual(open(text("", EVER), "a"), [0, ["host"]]);
  assert.deepEqual(open(text("b", EVER), "a"), [OTHER_NAME, ["host"]]);
  assert.deepEqual(open(text("a", BigInt(now) * 1_000_000n)), [0, ["host"]]);
  assert.deepEqual(open(text("a", BigInt(now) * 1_000_000n - 1n)), [EXPIRED, ["host"]]);
  assert.deepEqual(open(ascii("nothing")), [DAMAGED, []]);
  assert.deepEqual(open(ascii(RECORDED[0]!)), [NO_KEY, []]);
  assert.deepEqual(open(ascii(RECORDED[0]!), "n1", true), [0, []]);
  assert.deepEqual(open(ascii(SEALED)), [TPM_FAILURE, ["tpm"]]);
  const stranger = new Drawer();
  stranger.secret = randomBytes(32);
  assert.deepEqual(open(text("a", EVER), "a", false, stranger), [DAMAGED, ["host"]]);
  const empty = new Drawer();
  empty.secret = Buffer.alloc(16);
  assert.deepEqual(open(text("a", EVER), "a", false, empty), [NO_HOST_SECRET, ["host"]]);
});
