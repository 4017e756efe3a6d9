import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex, toHex } from "./hex.ts";
import { ascii } from "./text.ts";

test("any bytes: the same as Node's, and back from either case", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toHex(bytes);
      assert.equal(text, Buffer.from(bytes).toString("hex"));
      assert.deepEqual(fromHex(ascii(text)), bytes);
      assert.deepEqual(fromHex(ascii(text.toUpperCase())), bytes);
    }),
  );
});

test("anything that is no digit is refused at either place", () => {
  for (let c = 0; c < 256; c++) {
    const digit = /[0-9a-fA-F]/.test(String.fromCharCode(c));
    assert.equal(fromHex(Uint8Array.of(c, 48)) !== null, digit, `${c} first`);
    assert.equal(fromHex(Uint8Array.of(48, c)) !== null, digit, `${c} second`);
  }
  assert.equal(fromHex(ascii("abc")), null);
});
