import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JSON_ARRAY, JSON_OBJECT, JSON_STRING, JsonValue, parseJson } from "./json.ts";

const read = (text: string): JsonValue | null => parseJson(Buffer.from(text));

/** The value again as JavaScript has it, through JSON.parse for what this reader leaves as it is written. */
function plain(value: JsonValue): unknown {
  if (value.kind === JSON_OBJECT) {
    return Object.fromEntries(value.members.map((one) => [Buffer.from(one.name).toString(), plain(one)]));
  }
  if (value.kind === JSON_ARRAY) return value.members.map(plain);
  const text = Buffer.from(value.text).toString();
  return JSON.parse(value.kind === JSON_STRING ? `"${text}"` : text);
}

test("what JSON.stringify writes is read", () => {
  const name = fc.stringMatching(/^[a-z0-9_-]{0,20}$/);
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie("tree"), { maxLength: 5 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 1, "\t"), (value, space) => {
      const parsed = read(JSON.stringify(value, null, space));
      assert.ok(parsed !== null);
      assert.deepEqual(plain(parsed), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("members are found by kind and name", () => {
  const value = read('{"a": "text", "b": 12, "c": [1, 2], "d": -3, "e": 12345678901}')!;
  assert.equal(Buffer.from(value.string("a")).toString(), "text");
  assert.equal(value.string("b").length, 0);
  assert.equal(value.number("b"), 12);
  assert.equal(value.number("a"), -1);
  assert.equal(value.number("d"), -1);
  assert.equal(value.number("e"), -1, "more digits than a limit needs");
  assert.equal(value.list("c").length, 2);
  assert.equal(value.member("f"), null);
  assert.equal(value.list("f").length, 0);
  assert.equal(read('["a"]')!.member("a"), null);
});

test("an escape equals nothing that it stands for", () => {
  assert.equal(Buffer.from(read('{"a":"\\u0063rypt"}')!.string("a")).toString(), "\\u0063rypt");
});

const refused: [why: string, text: string][] = [
  ["nothing", ""],
  ["blanks", " \n"],
  ["something behind the end", "{} {}"],
  ["a NUL behind the end", "{}\0"],
  ["no end", '{"a":1'],
  ["a string without an end", '"abc'],
  ["an escape at the end", '"abc\\'],
  ["a control character", '"a\nb"'],
  ["an escaped control character", '"a\\\nb"'],
  ["an unknown escape", '"\\x41"'],
  ["a comma too many", "[1,]"],
  ["a comma too many in an object", '{"a":1,}'],
  ["a comma missing", "[1 2]"],
  ["a name without quotes", "{a:1}"],
  ["a comment", "/**/1"],
  ["single quotes", "'a'"],
  ["a name twice", '{"type":"a","type":"b"}'],
  ["a name with an escape", '{"t\\u0079pe":"a"}'],
  ["a name that is too long", `{"${"a".repeat(65)}":1}`],
  ["a fraction", "1.5"],
  ["an exponent", "1e3"],
  ["a leading zero", "01"],
  ["a sign alone", "-"],
  ["an unknown word", "nan"],
  ["17 levels", "[".repeat(17) + "]".repeat(17)],
  ["too many values", `[${"1,".repeat(2048)}1]`],
];

for (const [why, text] of refused) {
  test(`refused: ${why}`, () => assert.equal(read(text), null));
}

test("16 levels are taken", () => assert.ok(read("[".repeat(16) + "]".repeat(16)) !== null));
