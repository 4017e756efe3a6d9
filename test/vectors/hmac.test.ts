/** Wycheproof's vectors of HMAC. Tags that are cut short are compared with as much of ours. */
import assert from "node:assert/strict";
import { loadKernels } from "../../src/node/kernels.ts";
import { fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

const k = loadKernels();

for (const [name, kernel, length] of [
  ["hmac_sha256_test", k.exports.hmacSha256, 32],
  ["hmac_sha512_test", k.exports.hmacSha512, 64],
] as const) {
  wycheproofTest<{ key: string; msg: string; tag: string }>(name, (v, _, tally) => {
    const [key, message] = [fromHex(v.key), fromHex(v.msg)];
    const out = k.reserve(length);
    kernel(out, k.place(key), key.length, k.place(message), message.length);
    const tag = toHex(k.read(out, length)).slice(0, v.tag.length);
    k.release();
    assert.equal(tag === v.tag, v.result === "valid", `test ${v.tcId}`);
    tally.ran();
  });
}
