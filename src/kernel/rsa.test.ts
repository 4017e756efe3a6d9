import { test } from "node:test";
import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, privateDecrypt, randomBytes } from "node:crypto";
import { WasmKernels } from "../node/kernels.ts";

const kernels = new WasmKernels();
const exponents = [3, 17, 65537, 0xffffffff];

const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const bytesOf = (n: bigint, length: number): Buffer => Buffer.from(n.toString(16).padStart(2 * length, "0"), "hex");

function mgf1(seed: Uint8Array, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash("sha256")
      .update(seed)
      .update(Uint8Array.of(0, 0, 0, i))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((byte, i) => byte ^ b[i]!));

/** RFC 8017 section 7.1.1 in big integers. */
function model(modulus: bigint, size: number, exponent: number, message: Buffer, label: Buffer, seed: Buffer): Buffer {
  const zeros = Buffer.alloc(size - message.length - 66);
  const hash = createHash("sha256").update(label).digest();
  const block = Buffer.concat([hash, zeros, Buffer.of(1), message]);
  const maskedBlock = xor(block, mgf1(seed, block.length));
  const base = number(Buffer.concat([xor(seed, mgf1(maskedBlock, 32)), maskedBlock]));
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return bytesOf(result, size);
}

function encrypt(modulus: Buffer, exponent: number, message: Buffer, label: Buffer, seed: Buffer): Buffer | null {
  const out = Buffer.alloc(modulus.length);
  const good = kernels.rsaOaepSha256(out, modulus, exponent, message, label, seed);
  if (!good) assert.deepEqual(out, Buffer.alloc(modulus.length), "a refusal writes nothing");
  return good ? out : null;
}

const label = Buffer.from("DUPLICATE\0");

for (const bits of [2048, 3072, 4096]) {
  test(`${bits} bits: what is encrypted, node:crypto decrypts`, () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
    const modulus = Buffer.from(publicKey.export({ format: "jwk" }).n!, "base64url");
    const options = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
    for (const length of [0, 1, 16, 32, 64, modulus.length - 66]) {
      for (const oaepLabel of [label, Buffer.of(), randomBytes(100)]) {
        const message = randomBytes(length);
        const encrypted = encrypt(modulus, 65537, message, oaepLabel, randomBytes(32));
        assert.deepEqual(privateDecrypt({ ...options, oaepLabel }, encrypted!), message, `${length} bytes`);
      }
    }
    assert.equal(encrypt(modulus, 65537, randomBytes(modulus.length - 65), label, randomBytes(32)), null);
  });

  test(`${bits} bits: the same bytes as big integers give, with any exponent, also at the edges of a modulus`, () => {
    const size = bits / 8;
    const top = 1n << BigInt(bits);
    const moduli = [top - 1n, top - 159n, top / 2n + 1n, top - (1n << BigInt(bits - 64)) + 1n];
    for (let i = 0; i < 4; i++) moduli.push(number(randomBytes(size)) | (top / 2n) | 1n);
    for (const modulus of moduli) {
      for (const exponent of exponents) {
        const [message, seed] = [randomBytes(32), randomBytes(32)];
        const expected = model(modulus, size, exponent, message, label, seed);
        const key = bytesOf(modulus, size);
        assert.deepEqual(encrypt(key, exponent, message, label, seed), expected, `${modulus}, ${exponent}`);
      }
    }
  });
}

test("what is no public key is refused", () => {
  const seed = randomBytes(32);
  const good = Buffer.alloc(256, 0xff);
  assert.ok(encrypt(good, 3, Buffer.of(), label, seed));
  for (const exponent of [0, 1, 2, 65536]) assert.equal(encrypt(good, exponent, Buffer.of(), label, seed), null);
  assert.equal(encrypt(Buffer.concat([Buffer.of(0x7f), good.subarray(1)]), 3, Buffer.of(), label, seed), null);
  assert.equal(encrypt(Buffer.concat([good.subarray(1), Buffer.of(0xfe)]), 3, Buffer.of(), label, seed), null);
  for (const size of [0, 8, 128, 255, 257, 264, 512 + 128])
    assert.equal(encrypt(Buffer.alloc(size, 0xff), 3, Buffer.of(), label, seed), null, `${size} bytes`);
});
