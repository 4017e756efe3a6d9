import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { encode, uint32 } from "../../../test/support/ssh/wire.ts";
import { Reader } from "./reader.ts";
import { putUint32, Writer } from "./writer.ts";

test("what is written is read again, whatever the first capacity", () => {
  const any = fc.record({
    byte: fc.nat(255),
    flag: fc.boolean(),
    number: fc.nat(0xffffffff),
    bytes: fc.uint8Array({ maxLength: 300 }),
    rest: fc.uint8Array({ maxLength: 20 }),
  });
  fc.assert(
    fc.property(any, fc.integer({ min: 1, max: 64 }), (fields, capacity) => {
      const w = new Writer(capacity);
      w.byte(fields.byte);
      w.boolean(fields.flag);
      w.uint32(fields.number);
      w.string(fields.bytes);
      w.text("name");
      w.raw(fields.rest);
      const expected = [
        Buffer.of(fields.byte, fields.flag ? 1 : 0),
        uint32(fields.number),
        encode(fields.bytes, "name"),
      ];
      assert.deepEqual(Buffer.from(w.written()), Buffer.concat([...expected, fields.rest]));
      const r = new Reader(w.written());
      assert.equal(r.byte(), fields.byte);
      assert.equal(r.boolean(), fields.flag);
      assert.equal(r.uint32(), fields.number);
      assert.deepEqual(Buffer.from(r.string()), Buffer.from(fields.bytes));
      assert.equal(Buffer.from(r.string()).toString(), "name");
      assert.equal(r.left(), fields.rest.length);
      assert.ok(r.ok() === (fields.rest.length === 0));
      assert.deepEqual(Buffer.from(r.rest()), Buffer.from(fields.rest));
      assert.ok(r.ok());
    }),
  );
});

test("an overrun is bad for good, and yields nothing", () => {
  const r = new Reader(Uint8Array.of(0, 0, 0, 9, 1, 2, 3, 4));
  assert.equal(r.string().length, 0);
  assert.ok(r.bad && !r.ok());
  assert.equal(r.byte(), 0);
  assert.equal(r.uint32(), 0);
  assert.equal(r.left(), 0);
  assert.equal(r.rest().length, 0);
  assert.ok(!r.ok());
});

test("lengths near 2^32 are no way round the check", () => {
  for (const length of [0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff]) {
    const r = new Reader(Buffer.concat([uint32(length), Buffer.alloc(16)]));
    assert.equal(r.string().length, 0);
    assert.ok(r.bad);
  }
});

test("any byte but 0 is true", () => {
  for (const [byte, value] of [
    [0, false],
    [1, true],
    [2, true],
    [255, true],
  ] as const) {
    assert.equal(new Reader(Uint8Array.of(byte)).boolean(), value);
  }
});

test("an mpint that is not negative, in its shortest form", () => {
  const good: [string, string][] = [
    ["", ""],
    ["01", "01"],
    ["7f", "7f"],
    ["0080", "80"],
    ["00ff00", "ff00"],
    ["0100", "0100"],
  ];
  for (const [wire, magnitude] of good) {
    const r = new Reader(encode(Buffer.from(wire, "hex")));
    assert.equal(Buffer.from(r.magnitude()).toString("hex"), magnitude);
    assert.ok(r.ok(), wire);
  }
  for (const wire of ["00", "0000", "007f", "000080", "80", "ff", "ff00"]) {
    const r = new Reader(encode(Buffer.from(wire, "hex")));
    assert.equal(r.magnitude().length, 0);
    assert.ok(!r.ok(), wire);
  }
});

test("a uint32 written in place", () => {
  const out = Buffer.alloc(6, 0xee);
  putUint32(out, 1, 0x81020384);
  assert.equal(out.toString("hex"), "ee81020384ee");
});

test("a writer forgets, and wipes", () => {
  const w = new Writer(8);
  w.raw(Buffer.from("secret"));
  const view = w.written();
  w.reset();
  assert.equal(w.written().length, 0);
  w.raw(Buffer.from("s"));
  w.wipe();
  assert.ok(view.every((byte) => byte === 0));
});
