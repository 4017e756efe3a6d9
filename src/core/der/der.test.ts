import { test } from "node:test";
import assert from "node:assert/strict";
import { der, integer, octets, sequence, tagged } from "../../../test/support/der.ts";
import { BIT_STRING, DerReader, explicit, INTEGER, OCTET_STRING, SEQUENCE } from "./der-reader.ts";
import { DerWriter } from "./der-writer.ts";

/** Lengths around those at which their own form changes. */
const lengths = [0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 65535, 65536, 70000];

test("values of any length are read and written", () => {
  for (const length of lengths) {
    const contents = Buffer.alloc(length, 7);
    const expected = octets(contents);
    const r = new DerReader(expected);
    assert.equal(r.tag(), OCTET_STRING);
    assert.deepEqual(Buffer.from(r.element(OCTET_STRING)), contents);
    assert.ok(r.ok());
    const w = new DerWriter();
    w.element(OCTET_STRING, contents);
    assert.deepEqual(Buffer.from(w.written()), expected, `${length} bytes`);
  }
});

test("numbers of 32 bits are read and written in their one form", () => {
  for (const value of [
    0, 1, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x800000, 0x40000001, 0x81000001, 0xffffffff,
  ]) {
    const digits = value.toString(16);
    const expected = integer(digits.padStart(digits.length + (digits.length % 2), "0"));
    const w = new DerWriter();
    w.uint32(value);
    assert.deepEqual(Buffer.from(w.written()), expected);
    const r = new DerReader(expected);
    assert.equal(r.uint32(), value);
    assert.ok(r.ok());
  }
});

test("structures within structures", () => {
  const inner = new DerWriter();
  inner.uint32(5);
  const field = new DerWriter();
  field.constructed(explicit(3), inner);
  const w = new DerWriter();
  w.constructed(SEQUENCE, field);
  assert.deepEqual(Buffer.from(w.written()), sequence(tagged(3, integer("05"))));
  const outer = new DerReader(w.written());
  const r = outer.inner(SEQUENCE);
  const tag = r.inner(explicit(3));
  assert.equal(tag.uint32(), 5);
  assert.ok(tag.ok() && r.ok() && outer.ok());
});

/** A reader that has done `read` on these bytes. */
function after(bytes: Uint8Array, read: (r: DerReader) => unknown): DerReader {
  const r = new DerReader(bytes);
  read(r);
  return r;
}

test("what is cut short, too long, or not in its one form is refused", () => {
  const octetString = (r: DerReader): unknown => r.element(OCTET_STRING);
  const whole = octets(Buffer.alloc(300));
  for (let length = 0; length < whole.length; length++) assert.ok(after(whole.subarray(0, length), octetString).bad);
  assert.ok(!after(Buffer.concat([whole, Buffer.of(0)]), octetString).ok(), "trailing bytes");
  const bad = [
    "0480",
    "048101",
    "04810100",
    "04817f" + "00".repeat(127),
    "0482007f" + "00".repeat(127),
    "04840000000100",
  ];
  for (const hex of [...bad, "048300ffff" + "00".repeat(0xffff), "048401000000", "04ff", "1f0400"])
    assert.ok(after(Buffer.from(hex, "hex"), octetString).bad, hex.slice(0, 20));
  assert.ok(after(octets(), (r) => r.element(SEQUENCE)).bad, "another type");
  assert.ok(after(octets(), (r) => r.inner(SEQUENCE)).bad);
  assert.ok(new DerReader(octets()).inner(SEQUENCE).bad);
  assert.ok(after(Buffer.from("1f810100", "hex"), (r) => r.skip()).bad, "a tag of more than one byte");
  for (const hex of ["0200", "020180", "0202007f", "02020000", "0206010000000000"])
    assert.ok(after(Buffer.from(hex, "hex"), (r) => r.uint32()).bad, hex);
  for (const hex of ["0300", "030101", "03020180"]) assert.ok(after(Buffer.from(hex, "hex"), (r) => r.bits()).bad, hex);
});

test("magnitudes and bit strings", () => {
  assert.equal(new DerReader(integer("00")).magnitude().length, 0);
  assert.deepEqual(Buffer.from(new DerReader(der(INTEGER, Buffer.of(0, 200))).magnitude()), Buffer.of(200));
  const bits = new DerReader(der(BIT_STRING, Buffer.of(0, 4, 5)));
  assert.deepEqual(Buffer.from(bits.bits()), Buffer.of(4, 5));
});

test("once bad, a reader yields nothing more", () => {
  const r = new DerReader(Buffer.concat([octets(Buffer.of(1)), integer("05")]));
  r.element(SEQUENCE);
  assert.equal(r.tag(), 0);
  assert.equal(r.element(OCTET_STRING).length, 0);
  assert.equal(r.uint32(), 0);
  assert.ok(!r.ok());
});
