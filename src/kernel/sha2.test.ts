import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { loadKernels } from "../node/kernels.ts";

const k = loadKernels();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const lengths = { sha256: 32, sha384: 48, sha512: 64 };

function hash(name: keyof typeof lengths, message: Uint8Array): string {
  const length = lengths[name];
  const out = k.reserve(length);
  k.exports[name](out, k.place(message), message.length);
  const result = hex(k.read(out, length));
  k.release();
  return result;
}

test("FIPS 180-4: the standard's own examples (RFC 6234 section 8.5)", () => {
  const abc = Buffer.from("abc");
  const two = Buffer.from("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  assert.equal(hash("sha256", abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(hash("sha256", two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  assert.equal(
    hash("sha384", abc),
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  );
  assert.equal(
    hash("sha512", abc),
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  );
});

test("every length up to three blocks agrees with node:crypto", () => {
  for (let length = 0; length <= 400; length++) {
    const message = randomBytes(length);
    for (const name of ["sha256", "sha384", "sha512"] as const)
      assert.equal(hash(name, message), createHash(name).update(message).digest("hex"), `${name} of ${length}`);
  }
});

test("a message in pieces hashes as the whole", () => {
  const message = randomBytes(1000);
  const expected = createHash("sha512").update(message).digest("hex");
  for (const piece of [1, 7, 63, 64, 127, 128, 129, 300, 999]) {
    const state = k.reserve(k.exports.SHA512_STATE.value);
    const out = k.reserve(64);
    const from = k.place(message);
    k.exports.sha512Init(state);
    for (let at = 0; at < message.length; at += piece)
      k.exports.sha512Update(state, from + at, Math.min(piece, message.length - at));
    k.exports.sha512Final(state, out);
    assert.equal(hex(k.read(out, 64)), expected, `in pieces of ${piece}`);
    assert.ok(
      k.read(state, k.exports.SHA512_STATE.value).every((b) => b === 0),
      "the state is wiped",
    );
    k.release();
  }
});

function hmac(name: "sha256" | "sha512", key: Uint8Array, message: Uint8Array): string {
  const length = name === "sha256" ? 32 : 64;
  const out = k.reserve(length);
  const kernel = name === "sha256" ? k.exports.hmacSha256 : k.exports.hmacSha512;
  kernel(out, k.place(key), key.length, k.place(message), message.length);
  const result = hex(k.read(out, length));
  k.release();
  return result;
}

test("RFC 4231 sections 4.2, 4.3 and 4.7", () => {
  // oxfmt-ignore
  const vectors: [key: Uint8Array, message: string, sha256: string, sha512: string][] = [
    [Buffer.alloc(20, 0x0b), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"],
    [Buffer.from("Jefe"), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"],
    [Buffer.alloc(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"],
  ];
  for (const [key, message, sha256, sha512] of vectors) {
    assert.equal(hmac("sha256", key, Buffer.from(message)), sha256);
    assert.equal(hmac("sha512", key, Buffer.from(message)), sha512);
  }
});

test("HMAC with keys shorter and longer than a block agrees with node:crypto", () => {
  for (const keyLength of [0, 1, 32, 63, 64, 65, 127, 128, 129, 200]) {
    for (const length of [0, 1, 55, 56, 64, 111, 112, 128, 1000]) {
      const key = randomBytes(keyLength);
      const message = randomBytes(length);
      for (const name of ["sha256", "sha512"] as const) {
        const expected = createHmac(name, key).update(message).digest("hex");
        assert.equal(hmac(name, key, message), expected, `${name}, key ${keyLength}, message ${length}`);
      }
    }
  }
});
