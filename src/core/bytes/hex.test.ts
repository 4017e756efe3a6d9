import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "./hex.ts";

test("any bytes: the same as Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) =>
      assert.equal(toHex(bytes), Buffer.from(bytes).toString("hex")),
    ),
  );
});

test("digits back to bytes, of either case, and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const digits = Buffer.from(bytes).toString("hex");
      for (const text of [digits, digits.toUpperCase()]) {
        assert.deepEqual(Buffer.from(fromHex(Buffer.from(text))!), Buffer.from(bytes));
      }
    }),
  );
  for (const text of ["0", "0g", "g0", "0 ", "\x10\x11", "@A", "`a", "/0", ":0"]) {
    assert.equal(fromHex(Buffer.from(text)), null, JSON.stringify(text));
  }
});
