import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  readLittle16,
  readLittle32,
  readLittle64,
  writeLittle16,
  writeLittle32,
  writeLittle64,
} from "./little-endian.ts";
import { Reader } from "./reader.ts";
import { Uint64 } from "./uint64.ts";
import { Writer } from "./writer.ts";

test("numbers as a DataView writes them, and back", () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffffffff), fc.bigInt(0n, (1n << 64n) - 1n), (small, middle, large) => {
      const view = new DataView(new ArrayBuffer(14));
      view.setUint16(0, small, true);
      view.setUint32(2, middle, true);
      view.setBigUint64(6, large, true);
      const w = new Writer(4);
      writeLittle16(w, small);
      writeLittle32(w, middle);
      writeLittle64(w, new Uint64(Number(large >> 32n), Number(large & 0xffffffffn)));
      assert.deepEqual(Buffer.from(w.written()), Buffer.from(view.buffer));
      const r = new Reader(w.written());
      assert.equal(readLittle16(r), small);
      assert.equal(readLittle32(r), middle);
      const { high, low } = readLittle64(r);
      assert.equal((BigInt(high) << 32n) | BigInt(low), large);
      assert.ok(r.ok());
    }),
  );
});

test("what is cut short is bad", () => {
  for (const [read, length] of [
    [readLittle16, 1],
    [readLittle32, 3],
    [readLittle64, 7],
  ] as const) {
    const r = new Reader(new Uint8Array(length));
    read(r);
    assert.ok(r.bad);
  }
});
