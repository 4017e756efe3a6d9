/** What kernels leave in their own memory must not depend on secrets: two runs that differ in those alone end alike. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type LoadedKernels, loadKernels } from "../node/kernels.ts";

/** Runs an operation, with secrets of its own, in a fresh instance; gives the kernels' static memory afterwards. */
function remains(operation: (k: LoadedKernels) => void): Buffer {
  const k = loadKernels();
  const length = k.exports.memory.buffer.byteLength;
  operation(k);
  return Buffer.from(k.exports.memory.buffer, 0, length);
}

const setUp = loadKernels();
const sntrup = { publicKey: new Uint8Array(0), secretKey: new Uint8Array(0) };
const mlkem = { publicKey: new Uint8Array(0), secretKey: new Uint8Array(0) };
{
  const [publicKey, secretKey] = [setUp.reserve(1158), setUp.reserve(1763)];
  while (setUp.exports.sntrup761Keypair(publicKey, secretKey, setUp.place(randomBytes(6279))) === 0);
  sntrup.publicKey = setUp.read(publicKey, 1158);
  sntrup.secretKey = setUp.read(secretKey, 1763);
  const [ek, dk] = [setUp.reserve(1184), setUp.reserve(2400)];
  setUp.exports.mlkem768Keypair(ek, dk, setUp.place(randomBytes(64)));
  mlkem.publicKey = setUp.read(ek, 1184);
  mlkem.secretKey = setUp.read(dk, 2400);
}

const operations: Record<string, (k: LoadedKernels) => void> = {
  shake256: (k) => k.exports.shake256(k.reserve(32), 32, k.place(randomBytes(500)), 500),
  "sntrup761, key generation": (k) =>
    void k.exports.sntrup761Keypair(k.reserve(1158), k.reserve(1763), k.place(randomBytes(6279))),
  "sntrup761, encapsulation": (k) =>
    k.exports.sntrup761Encapsulate(
      k.reserve(1039),
      k.reserve(32),
      k.place(sntrup.publicKey),
      k.place(randomBytes(3044)),
    ),
  "sntrup761, decapsulation": (k) =>
    k.exports.sntrup761Decapsulate(k.reserve(32), k.place(randomBytes(1039)), k.place(sntrup.secretKey)),
  "ML-KEM-768, key generation": (k) =>
    k.exports.mlkem768Keypair(k.reserve(1184), k.reserve(2400), k.place(randomBytes(64))),
  "ML-KEM-768, encapsulation": (k) =>
    void k.exports.mlkem768Encapsulate(
      k.reserve(1088),
      k.reserve(32),
      k.place(mlkem.publicKey),
      k.place(randomBytes(32)),
    ),
  "ML-KEM-768, decapsulation": (k) =>
    void k.exports.mlkem768Decapsulate(k.reserve(32), k.place(randomBytes(1088)), k.place(mlkem.secretKey)),
  "P-256, signing": (k) =>
    void k.exports.p256Sign(
      k.reserve(64),
      k.place(randomBytes(32)),
      k.place(randomBytes(32)),
      k.place(randomBytes(32)),
      32,
    ),
  "SHA-384": (k) => k.exports.sha384(k.reserve(48), k.place(randomBytes(100)), 100),
  "RSAES-OAEP": (k) =>
    void k.exports.rsaOaepSha256(
      k.reserve(256),
      k.place(new Uint8Array(256).fill(255)),
      256,
      65537,
      k.place(randomBytes(32)),
      32,
      k.place(new Uint8Array(10)),
      10,
      k.place(randomBytes(32)),
    ),
  "AES-128-CFB": (k) =>
    k.exports.aes128CfbEncrypt(k.place(randomBytes(50)), 50, k.place(randomBytes(16)), k.place(randomBytes(16))),
  "AES-256-GCM, sealing": (k) =>
    k.exports.aes256GcmSeal(k.place(randomBytes(116)), 100, 4, k.place(randomBytes(32)), k.place(new Uint8Array(12))),
  "AES-256-GCM, opening": (k) =>
    void k.exports.aes256GcmOpen(
      k.place(randomBytes(116)),
      100,
      4,
      k.place(randomBytes(32)),
      k.place(new Uint8Array(12)),
    ),
  "ML-DSA-44, public key": (k) => k.exports.mldsa44PublicKey(k.reserve(1312), k.place(randomBytes(32))),
  "ML-DSA-44, secret key": (k) => k.exports.mldsa44SecretKey(k.reserve(2560), k.place(randomBytes(32))),
  "ML-DSA-44, signing": (k) =>
    k.exports.mldsa44Sign(
      k.reserve(2420),
      k.place(randomBytes(500)),
      500,
      k.place(randomBytes(9)),
      9,
      k.place(randomBytes(32)),
      k.place(randomBytes(32)),
    ),
  "ML-DSA-44, signing with an encoded key": (k) => {
    const secretKey = k.reserve(2560);
    k.exports.mldsa44SecretKey(secretKey, k.place(randomBytes(32)));
    k.exports.mldsa44SignEncoded(k.reserve(2420), k.place(randomBytes(64)), secretKey, k.place(randomBytes(32)));
  },
};

for (const [name, operation] of Object.entries(operations))
  test(`${name} leaves nothing of its secrets`, () => {
    const [one, other] = [remains(operation), remains(operation)];
    const at = one.findIndex((byte, i) => byte !== other[i]);
    assert.equal(at, -1, `byte ${at} of the kernels' memory depends on a secret`);
  });
