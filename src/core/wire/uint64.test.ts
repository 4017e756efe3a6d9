import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "./reader.ts";
import { Uint64 } from "./uint64.ts";
import { Writer } from "./writer.ts";

const of = (value: bigint): Uint64 => new Uint64(Number(value >> 32n), Number(value & 0xffffffffn));
const any = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("any value on the wire", () => {
  fc.assert(
    fc.property(any, (value) => {
      const w = new Writer(1);
      of(value).encode(w);
      assert.equal(Buffer.from(w.written()).readBigUInt64BE(), value);
      assert.deepEqual(Uint64.decode(new Reader(w.written())), of(value));
    }),
  );
});

test("any value in decimal", () => {
  fc.assert(fc.property(any, (value) => assert.equal(of(value).text(), String(value))));
  for (const value of [0n, 9n, 10n, 2n ** 32n, 2n ** 64n - 1n]) assert.equal(of(value).text(), String(value));
});

test("sums, with carries", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value, count) => {
      const sum = of(value);
      sum.add(count);
      assert.deepEqual(sum, of(value + BigInt(count)));
    }),
  );
});
