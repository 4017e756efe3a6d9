import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, toBase64 } from "./base64.ts";
import { ascii } from "./text.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

test("the examples of RFC 4648 section 10", () => {
  const examples = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
  for (const [length, encoded] of examples.entries()) {
    assert.equal(text(toBase64(ascii("foobar".slice(0, length)))), encoded);
    assert.equal(text(fromBase64(ascii(encoded))!), "foobar".slice(0, length));
  }
});

test("any bytes: the same as Node's, and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const encoded = toBase64(bytes);
      assert.equal(text(encoded), Buffer.from(bytes).toString("base64"));
      assert.deepEqual(fromBase64(encoded), bytes);
    }),
  );
});

test("each of the 256 characters is told right, at each place of a group", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let c = 0; c < 256; c++) {
    for (let place = 0; place < 4; place++) {
      const group = ascii("AAAA");
      group[place] = c;
      const good = alphabet.includes(String.fromCharCode(c)) || (c === 61 && place === 3);
      assert.equal(fromBase64(group) !== null, good, `character ${c} at ${place}`);
    }
  }
});

test("what is not exactly one encoding is refused", () => {
  const wrong = ["A", "AA", "AAA", "AAAAA", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm8=A", "Zm 8", "Zm8\n"];
  for (const encoded of wrong) assert.equal(fromBase64(ascii(encoded)), null, encoded);
});
