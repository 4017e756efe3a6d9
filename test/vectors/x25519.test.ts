/** Wycheproof's vectors of X25519. Shared secrets of zero, which it calls acceptable, are for the kernel's caller. */
import assert from "node:assert/strict";
import { x25519 } from "../support/curves.ts";
import { fromHex, toHex, wycheproofTest } from "../support/vectors.ts";

wycheproofTest<{ public: string; private: string; shared: string; flags: string[] }>("x25519_test", (v, _, tally) => {
  assert.notEqual(v.result, "invalid");
  assert.equal(toHex(x25519(fromHex(v.private), fromHex(v.public))), v.shared, `test ${v.tcId}`);
  assert.equal(/^0+$/.test(v.shared), v.flags.includes("ZeroSharedSecret"), `test ${v.tcId}`);
  tally.ran();
});
