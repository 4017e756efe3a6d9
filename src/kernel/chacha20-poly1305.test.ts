import { test } from "node:test";
import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { chacha20orig } from "@noble/ciphers/chacha.js";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ""), "hex");

function xor(form: "chacha20" | "chacha20Simd", data: Uint8Array, key: Uint8Array, nonce: Uint8Array, counter: bigint) {
  const at = k.place(data);
  k.exports[form](at, data.length, k.place(key), k.place(nonce), counter);
  const result = k.read(at, data.length);
  k.release();
  return result;
}

function tagOf(message: Uint8Array, key: Uint8Array): Uint8Array {
  const out = k.reserve(16);
  k.exports.poly1305(out, k.place(message), message.length, k.place(key));
  const tag = k.read(out, 16);
  k.release();
  return tag;
}

/** RFC 8439's counter and nonce in the original form: the nonce's first word is the counter's upper half. */
function rfc8439(nonce: Buffer, counter: number): { nonce: Buffer; counter: bigint } {
  return { nonce: nonce.subarray(4), counter: (BigInt(nonce.readUInt32LE(0)) << 32n) | BigInt(counter) };
}

test("RFC 8439 section 2.4.2: the cipher's example", () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
  const text = Buffer.from(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const { nonce, counter } = rfc8439(bytes("00000000 0000004a 00000000"), 1);
  const expected = bytes(`
    6e2e359a2568f98041ba0728dd0d6981 e97e7aec1d4360c20a27afccfd9fae0b f91b65c5524733ab8f593dabcd62b357
    1639d624e65152ab8f530c359f0861d8 07ca0dbf500d6a6156a38e088a22b65e 52bc514d16ccf806818ce91ab7793736
    5af90bbf74a35be6b40b8eedf2785e42 874d`);
  for (const form of ["chacha20", "chacha20Simd"] as const)
    assert.equal(hex(xor(form, text, key, nonce, counter)), hex(expected));
});

test("RFC 8439 section 2.5.2: the tag's example", () => {
  const key = bytes("85d6be7857556d337f4452fe42d506a8 0103808afb0db2fd4abff6af4149f51b");
  const tag = tagOf(Buffer.from("Cryptographic Forum Research Group"), key);
  assert.equal(hex(tag), "a8061dc1305136c6c22b8baf0c0127a9");
});

test("RFC 8439 appendix A.3: tags at the edges of the modulus", () => {
  const ff = "ff".repeat(16);
  // Key, message, tag: test vectors 7 to 11.
  const vectors: [key: string, message: string, tag: string][] = [
    ["02" + "00".repeat(31), ff, "03" + "00".repeat(15)],
    ["02" + "00".repeat(15) + ff, "02" + "00".repeat(15), "03" + "00".repeat(15)],
    ["01" + "00".repeat(31), ff + "f0" + "ff".repeat(15) + "11" + "00".repeat(15), "05" + "00".repeat(15)],
    ["01" + "00".repeat(31), ff + "fb" + "fe".repeat(15) + "01".repeat(16), "00".repeat(16)],
    ["02" + "00".repeat(31), "fd" + "ff".repeat(15), "fa" + "ff".repeat(15)],
  ];
  for (const [key, message, tag] of vectors) assert.equal(hex(tagOf(bytes(message), bytes(key))), tag);
});

test("both forms of the cipher agree with node:crypto for every length and at unaligned addresses", () => {
  const key = randomBytes(32);
  for (let length = 0; length <= 1100; length++) {
    const nonce = randomBytes(12);
    const counter = randomBytes(4);
    // Past 2^32 - 1 blocks OpenSSL carries into the nonce's first word, which is the original form's counter.
    if (length % 3 === 0) counter.writeUInt32LE(0xffffffff - (length % 17));
    const message = randomBytes(length);
    const expected = hex(createCipheriv("chacha20", key, Buffer.concat([counter, nonce])).update(message));
    const own = rfc8439(nonce, counter.readUInt32LE(0));
    for (const form of ["chacha20", "chacha20Simd"] as const) {
      const offset = length % 16;
      const at = k.reserve(length + 64) + offset;
      new Uint8Array(k.exports.memory.buffer, at, length).set(message);
      const guard = k.read(at + length, 32);
      k.exports[form](at, length, k.place(key), k.place(own.nonce), own.counter);
      assert.equal(hex(k.read(at, length)), expected, `${form}, ${length} bytes, counter ${own.counter}`);
      assert.deepEqual(k.read(at + length, 32), guard, "nothing is written behind the data");
      k.release();
    }
  }
});

test("the counter carries into its upper half within four blocks", () => {
  const key = randomBytes(32);
  const nonce = randomBytes(8);
  for (let before = 0n; before < 6n; before++) {
    const counter = 0x1_0000_0000n - before;
    const data = new Uint8Array(700);
    assert.equal(hex(xor("chacha20Simd", data, key, nonce, counter)), hex(xor("chacha20", data, key, nonce, counter)));
    const first = xor("chacha20", new Uint8Array(64), key, nonce, 0x1_0000_0000n);
    const skipped = Number(before) * 64;
    assert.equal(
      hex(xor("chacha20Simd", data, key, nonce, counter).subarray(skipped, skipped + 64)),
      hex(first),
      `${before} blocks before`,
    );
  }
});

test("the tag agrees with noble for every length, also of extreme limbs", () => {
  for (let length = 0; length <= 300; length++) {
    for (const message of [randomBytes(length), Buffer.alloc(length, 0xff), Buffer.alloc(length)]) {
      for (const key of [randomBytes(32), Buffer.alloc(32, 0xff)])
        assert.equal(hex(tagOf(message, key)), hex(poly1305(message, key)), `length ${length}`);
    }
  }
});

/** The packet as OpenSSH's PROTOCOL.chacha20poly1305 describes it, from noble's parts. */
function sealedByNoble(packet: Uint8Array, key: Uint8Array, sequence: number): Uint8Array {
  const nonce = Buffer.alloc(8);
  nonce.writeUInt32BE(sequence, 4);
  const main = key.subarray(0, 32);
  const encrypted = Buffer.concat([
    chacha20orig(key.subarray(32), nonce, packet.subarray(0, 4)),
    chacha20orig(main, nonce, packet.subarray(4), undefined, 1),
  ]);
  return Buffer.concat([encrypted, poly1305(encrypted, chacha20orig(main, nonce, new Uint8Array(32)))]);
}

test("packets of chacha20-poly1305@openssh.com: sealed as noble's parts do it, opened, and refused when changed", () => {
  for (const length of [4, 5, 12, 20, 28, 63, 64, 68, 259, 260, 261, 516, 1028, 32796]) {
    const key = randomBytes(64);
    const sequence = randomBytes(4).readUInt32BE(0);
    const packet = randomBytes(length);
    packet.writeUInt32BE(length - 4, 0);
    const at = k.reserve(length + 16);
    const view = (): Uint8Array => new Uint8Array(k.exports.memory.buffer, at, length + 16);
    view().set(packet);
    const keyAt = k.place(key);
    k.exports.seal(at, length, keyAt, sequence);
    const sealed = k.read(at, length + 16);
    assert.equal(hex(sealed), hex(sealedByNoble(packet, key, sequence)), `sealed, ${length} bytes`);

    assert.equal(k.exports.packetLength(at, keyAt, sequence) >>> 0, length - 4);
    assert.equal(hex(k.read(at, 4)), hex(sealed.subarray(0, 4)), "reading the length changes nothing");
    for (const changed of new Set([0, 3, length >> 1, length - 1, length, length + 7, length + 8, length + 15])) {
      const forged = sealed.slice();
      forged[changed]! ^= 1 << (changed % 8);
      view().set(forged);
      assert.equal(k.exports.open(at, length, keyAt, sequence), 0, `byte ${changed} of ${length} changed`);
      assert.equal(hex(view()), hex(forged), "a refused packet is left as it was");
    }
    view().set(sealed);
    assert.equal(k.exports.open(at, length, keyAt, sequence ^ 1), 0, "out of sequence");
    assert.equal(k.exports.open(at, length, keyAt, sequence), 1);
    assert.equal(hex(k.read(at + 4, length - 4)), hex(packet.subarray(4)), "opened");
    k.release();
  }
});
