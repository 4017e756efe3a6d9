/** Exchange hash and keys against the same computed by node:crypto over bytes put together by hand. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { WasmKernels } from "../../../node/kernels.ts";
import { useKernels } from "../../crypto/kernels.ts";
import { Exchange, Transcript } from "./exchange-hash.ts";
import { deriveKey } from "./key-derivation.ts";
import { encodeAsMpint, type KeyExchangeMethod, keyExchangeMethods } from "./key-exchange-method.ts";

useKernels(new WasmKernels());

const method = (name: string): KeyExchangeMethod => keyExchangeMethods(true, true).find((m) => m.name === name)!;
const variants: [string, string][] = [
  ["sha256", "curve25519-sha256"],
  ["sha256", "mlkem768x25519-sha256"],
  ["sha512", "sntrup761x25519-sha512"],
];

test("the exchange hash is over RFC 4253 section 8's fields in their order", () => {
  for (const [hash, name] of variants) {
    const [vc, vs, ic, is, ks, qc, qs, k] = [9, 20, 1500, 900, 51, 1216, 1120, 36].map((length) => randomBytes(length));
    const transcript = new Transcript(vc!, vs!, ic!, is!);
    const expected = createHash(hash)
      .update(encode(vc!, vs!, ic!, is!, ks!, qc!, qs!))
      .update(k!)
      .digest();
    assert.deepEqual(Buffer.from(new Exchange(method(name), transcript, ks!, qc!, qs!, k!).hash), expected);
  }
});

test("keys of every length are extended as in RFC 4253 section 7.2", () => {
  for (const [hash, name] of variants) {
    const digest = (...parts: Uint8Array[]): Buffer => createHash(hash).update(Buffer.concat(parts)).digest();
    const k = randomBytes(36);
    const [h, id] = [digest(Buffer.from("h")), digest(Buffer.from("id"))];
    let all = digest(k, h, Buffer.from("C"), id);
    while (all.length < 256) all = Buffer.concat([all, digest(k, h, all)]);
    for (const length of [1, 16, 31, 32, 33, 63, 64, 65, 128, 200]) {
      const key = deriveKey(method(name), k, h, 67, id, length);
      assert.deepEqual(Buffer.from(key), all.subarray(0, length));
    }
  }
});

const mpint = (text: string): string => Buffer.from(encodeAsMpint(Buffer.from(text, "hex"))).toString("hex");

test("an mpint has no leading zeros, and a sign byte where it is needed (RFC 4251 section 5)", () => {
  assert.equal(mpint("000080"), "000000020080");
  assert.equal(mpint("007f"), "000000017f");
  assert.equal(mpint("000000"), "00000000");
  assert.equal(mpint("09a378f9b2e332a7"), "0000000809a378f9b2e332a7");
  assert.equal(mpint(`80${"00".repeat(31)}`), `000000210080${"00".repeat(31)}`);
  assert.equal(mpint(`01${"ff".repeat(31)}`), `0000002001${"ff".repeat(31)}`);
});
