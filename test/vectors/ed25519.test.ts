/** Wycheproof's vectors of Ed25519. The kernel takes no length of a signature, so those that have a wrong one are left out. */
import assert from "node:assert/strict";
import { ed25519 } from "../support/curves.ts";
import { fromHex, wycheproofTest } from "../support/vectors.ts";

const SIGNATURE = 2 * 64;

wycheproofTest<{ msg: string; sig: string }, { publicKey: { pk: string } }>("ed25519_test", (v, group, tally) => {
  if (v.sig.length !== SIGNATURE) {
    assert.equal(v.result, "invalid");
    return tally.leftOut("wrong lengths, which are refused before");
  }
  const verdict = ed25519.verify(fromHex(v.sig), fromHex(v.msg), fromHex(group.publicKey.pk));
  assert.equal(verdict, v.result === "valid", `test ${v.tcId}`);
  tally.ran();
});
