import { test } from "node:test";
import assert from "node:assert/strict";
import { encode, Fields } from "../../../../test/support/ssh/wire.ts";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { unsigned } from "../../../../test/support/keys.ts";
import { parsePublicKey } from "./key-types.ts";
import { PRESENT, securityKey, VERIFIED } from "../../../../test/support/certificates.ts";
import { authenticatorFlags, signatureAlgorithms, USER_PRESENT, USER_VERIFIED, verifySignature } from "./signature.ts";

const message = Buffer.from("message");
const ed25519 = ed25519Key();
const p256 = p256Key();
const ed25519Parsed = parsePublicKey(ed25519.blob)!;
const p256Parsed = parsePublicKey(p256.blob)!;

/** The fields of a P-256 signature. */
function scalars(signature: Buffer): [r: Buffer, s: Buffer] {
  const outer = new Fields(signature);
  outer.text();
  const pair = new Fields(outer.string());
  return [pair.string(), pair.string()];
}
const p256Signature = (r: Uint8Array, s: Uint8Array): Buffer => encode("ecdsa-sha2-nistp256", encode(r, s));

test("the names of all algorithms", () =>
  assert.equal(
    signatureAlgorithms(),
    "ssh-ed25519,ssh-mldsa44-ed25519@openssh.com,ecdsa-sha2-nistp256,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com",
  ));

test("good signatures are taken, over that message and by that key alone", () => {
  for (const [key, parsed, other] of [
    [ed25519, ed25519Parsed, parsePublicKey(ed25519Key().blob)!],
    [p256, p256Parsed, parsePublicKey(p256Key().blob)!],
  ] as const) {
    // many, because now and then r or s is short, or needs a leading zero
    for (let i = 0; i < 24; i++) {
      const signature = key.sign(message);
      assert.ok(verifySignature(parsed, signature, message));
      assert.ok(!verifySignature(parsed, signature, Buffer.from("massage")));
      assert.ok(!verifySignature(other, signature, message));
    }
  }
});

test("a signature with any bit turned, cut short anywhere, or with a byte behind it is refused", () => {
  for (const [key, parsed] of [
    [ed25519, ed25519Parsed],
    [p256, p256Parsed],
  ] as const) {
    const signature = key.sign(message);
    for (let i = 0; i < signature.length; i++) {
      const turned = Buffer.from(signature);
      turned[i]! ^= 1 << (i & 7);
      assert.ok(!verifySignature(parsed, turned, message), `byte ${i}`);
      assert.ok(!verifySignature(parsed, signature.subarray(0, i), message), `${i} bytes`);
    }
    assert.ok(!verifySignature(parsed, Buffer.concat([signature, Buffer.of(0)]), message));
  }
});

test("the name in the signature is the key's", () => {
  const value = new Fields(ed25519.sign(message));
  value.text();
  const raw = value.string();
  assert.ok(verifySignature(ed25519Parsed, encode("ssh-ed25519", raw), message));
  for (const name of ["ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com", "", "ssh-ed2551"])
    assert.ok(!verifySignature(ed25519Parsed, encode(name, raw), message), name);
  assert.ok(!verifySignature(p256Parsed, ed25519.sign(message), message));
});

test("an Ed25519 signature has 64 bytes", () => {
  for (const length of [0, 63, 65]) {
    assert.ok(!verifySignature(ed25519Parsed, encode("ssh-ed25519", Buffer.alloc(length)), message), `${length}`);
  }
});

test("r and s of P-256 are mpints in their shortest form, and in range", () => {
  const [r, s] = scalars(p256.sign(message));
  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
  assert.ok(verifySignature(p256Parsed, p256Signature(r, s), message));
  const bad: Record<string, Buffer> = {
    "a superfluous zero before r": p256Signature(Buffer.concat([Buffer.of(0), r]), s),
    "a superfluous zero before s": p256Signature(r, Buffer.concat([Buffer.of(0), s])),
    "r with its sign lost": p256Signature(Buffer.concat([Buffer.of(0xff), unsigned(r)]), s),
    "33 bytes of r": p256Signature(Buffer.concat([Buffer.of(1), Buffer.alloc(32)]), s),
    "r = 0": p256Signature(Buffer.alloc(0), s),
    "s = 0": p256Signature(r, Buffer.alloc(0)),
    "r = 0 as one byte": p256Signature(Buffer.of(0), s),
    "r = the order": p256Signature(unsigned(order), s),
    "s = the order": p256Signature(r, unsigned(order)),
    "r and s as fixed 64 bytes": encode("ecdsa-sha2-nistp256", Buffer.concat([r, s])),
    "a third number": encode("ecdsa-sha2-nistp256", encode(r, s, r)),
  };
  for (const [name, signature] of Object.entries(bad)) {
    assert.ok(!verifySignature(p256Parsed, signature, message), name);
  }
});

test("a P-256 point that isn't on the curve verifies nothing", () => {
  const blob = Buffer.from(p256.blob);
  blob[blob.length - 1]! ^= 1;
  assert.ok(!verifySignature(parsePublicKey(blob)!, p256.sign(message), message));
});

for (const type of ["ed25519", "ecdsa"] as const) {
  test(`a security key (${type}) signs its flags, its counter and its application along with the message`, () => {
    const key = securityKey(type, PRESENT | VERIFIED);
    const parsed = parsePublicKey(key.blob)!;
    const signature = key.sign(message);
    assert.ok(verifySignature(parsed, signature, message));
    assert.equal(authenticatorFlags(parsed, signature), USER_PRESENT | USER_VERIFIED);
    assert.ok(!verifySignature(parsed, signature, Buffer.from("massage")));
    for (let i = 0; i < signature.length; i++) {
      const turned = Buffer.from(signature);
      turned[i]! ^= 1 << (i & 7);
      assert.ok(!verifySignature(parsed, turned, message), `byte ${i}`);
      assert.ok(!verifySignature(parsed, signature.subarray(0, i), message), `${i} bytes`);
    }
    assert.ok(!verifySignature(parsed, Buffer.concat([signature, Buffer.of(0)]), message));
    const elsewhere = Buffer.from(key.blob);
    elsewhere[elsewhere.length - 1]! ^= 1;
    assert.ok(!verifySignature(parsePublicKey(elsewhere)!, signature, message), "another application");
  });
}

test("the signature of an ordinary key has no flags, and is none of a security key's", () => {
  const signature = ed25519.sign(message);
  assert.equal(authenticatorFlags(ed25519Parsed, signature), 0);
  assert.ok(!verifySignature(ed25519Parsed, Buffer.concat([signature, Buffer.alloc(5)]), message));
  const key = securityKey("ed25519");
  assert.ok(!verifySignature(parsePublicKey(key.blob)!, signature, message));
});
