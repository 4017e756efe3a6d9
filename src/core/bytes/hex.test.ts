import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { toHex } from "./hex.ts";

test("any bytes: the same as Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) =>
      assert.equal(toHex(bytes), Buffer.from(bytes).toString("hex")),
    ),
  );
});
