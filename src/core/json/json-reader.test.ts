import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonReader } from "./json-reader.ts";

/** What is read with nothing expected but what `JSON.parse` has told. */
function same(json: JsonReader, value: unknown): void {
  if (Array.isArray(value)) {
    json.list();
    for (const one of value) {
      assert.ok(json.element());
      same(json, one);
    }
    assert.ok(!json.element());
  } else if (typeof value === "object" && value !== null) {
    json.object();
    for (const [name, one] of Object.entries(value)) {
      assert.ok(json.member());
      assert.equal(Buffer.from(json.name).toString(), JSON.stringify(name).slice(1, -1));
      same(json, one);
    }
    assert.ok(!json.member());
  } else if (typeof value === "string") {
    assert.equal(Buffer.from(json.string()).toString(), JSON.stringify(value).slice(1, -1));
  } else if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < 1e9) {
    assert.equal(json.number(), value === 0 ? 0 : value);
  } else json.skip();
}

test("any JSON, with blanks and without", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.nat(2), (text, indent) => {
      const value: unknown = JSON.parse(text);
      if (/__proto__|-0/.test(text)) return; // JavaScript's own traps
      const written = Buffer.from(JSON.stringify(value, null, indent));
      const json = new JsonReader(written);
      same(json, value);
      assert.ok(json.ok(), String(written));
      const skipped = new JsonReader(written);
      skipped.skip();
      assert.ok(skipped.ok());
    }),
  );
});

test("what is no JSON is bad, and ends", () => {
  const wrong = [
    "",
    "{",
    "[",
    '{"a"}',
    '{"a":}',
    "[,]",
    "[1 2]",
    "[1,,2]",
    '"',
    '"\\',
    '"\\"',
    "{1:2}",
    "]",
    "[1]]",
    "{}{}",
  ];
  for (const text of [...wrong, "[".repeat(40) + "]".repeat(40)]) {
    const json = new JsonReader(Buffer.from(text));
    json.skip();
    assert.ok(!json.ok(), text);
    assert.ok(!json.member() && !json.element());
  }
});

test("numbers that are none of the small whole ones are bad", () => {
  for (const text of ["-1", "1.5", "1e3", "1234567890", "true", ""]) {
    const json = new JsonReader(Buffer.from(text));
    assert.equal(json.number(), -1);
    assert.ok(json.bad);
  }
});
