import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Rate and suffix, FIPS 202 section 6. */
const functions = {
  sha3_256: { node: "sha3-256", rate: 136, suffix: 0x06, length: 32 },
  sha3_512: { node: "sha3-512", rate: 72, suffix: 0x06, length: 64 },
  shake128: { node: "shake128", rate: 168, suffix: 0x1f, length: 0 },
  shake256: { node: "shake256", rate: 136, suffix: 0x1f, length: 0 },
};
type Name = keyof typeof functions;
const names = Object.keys(functions) as Name[];

function hash(name: Name, message: Uint8Array, length: number = functions[name].length): string {
  const out = k.reserve(length);
  const from = k.place(message);
  if (name === "sha3_256" || name === "sha3_512") k.exports[name](out, from, message.length);
  else k.exports[name](out, length, from, message.length);
  const result = hex(k.read(out, length));
  k.release();
  return result;
}

function expected(name: Name, message: Uint8Array, length: number = functions[name].length): string {
  const node = functions[name].node;
  const options = node.startsWith("shake") ? { outputLength: length } : {};
  return length === 0 ? "" : createHash(node, options).update(message).digest("hex");
}

test("the examples that NIST publishes with FIPS 202: the empty message and 1600 bits of a3", () => {
  const empty = new Uint8Array(0);
  const a3 = new Uint8Array(200).fill(0xa3);
  assert.equal(hash("sha3_256", empty), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  assert.equal(hash("sha3_256", a3), "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787");
  assert.equal(
    hash("sha3_512", empty),
    "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6" +
      "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
  );
  assert.equal(
    hash("sha3_512", a3),
    "e76dfad22084a8b1467fcf2ffa58361bec7628edf5f3fdc0e4805dc48caeeca8" +
      "1b7c13c30adf52a3659584739a2df46be589c51ca1a4a8416df6545a1ce8ba00",
  );
  assert.equal(hash("shake128", empty, 32), "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
  assert.equal(hash("shake128", a3, 32), "131ab8d2b594946b9c81333f9bb6e0ce75c3b93104fa3469d3917457385da037");
  assert.equal(hash("shake256", empty, 32), "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f");
  assert.equal(hash("shake256", a3, 32), "cd8a920ed141aa0407a22d59288652e9d9f1a7ee0c1e7c1ca699424da84a904d");
});

test("every message up to three blocks agrees with node:crypto", () => {
  for (const name of names) {
    const message = randomBytes(3 * functions[name].rate + 1);
    for (let length = 0; length <= message.length; length++) {
      const part = message.subarray(0, length);
      assert.equal(hash(name, part, functions[name].length || 32), expected(name, part, functions[name].length || 32));
    }
  }
});

test("every length of output up to three blocks agrees with node:crypto", () => {
  for (const name of ["shake128", "shake256"] as const) {
    const message = randomBytes(34);
    for (let length = 0; length <= 3 * functions[name].rate + 1; length++)
      assert.equal(hash(name, message, length), expected(name, message, length), `${name}, ${length} bytes`);
  }
});

test("absorbing and squeezing in pieces gives what one go gives", () => {
  const message = randomBytes(700);
  for (const name of names) {
    const { rate, suffix, length } = functions[name];
    const total = length || 500;
    const whole = expected(name, message, total);
    for (const piece of [1, 3, 7, 8, 9, rate - 1, rate, rate + 1, 2 * rate, 700]) {
      const sponge = k.reserve(k.exports.SPONGE.value);
      const from = k.place(message);
      const out = k.reserve(total);
      k.exports.spongeStart(sponge, rate);
      for (let at = 0; at < message.length; at += piece)
        k.exports.absorb(sponge, from + at, Math.min(piece, message.length - at));
      k.exports.finish(sponge, suffix);
      for (let at = 0; at < total; at += piece) k.exports.squeeze(sponge, out + at, Math.min(piece, total - at));
      assert.equal(hex(k.read(out, total)), whole, `${name} in pieces of ${piece}`);
      k.release();
    }
  }
});
