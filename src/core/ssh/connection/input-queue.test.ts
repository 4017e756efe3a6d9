import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { InputQueue } from "./input-queue.ts";

/** The byte at a place of the stream. */
const expected = (at: number): number => (at * 7 + (at >> 8)) & 255;

test("bytes leave in the order in which they came", () => {
  const step = fc.record({
    add: fc.integer({ min: 0, max: 100000 }),
    drop: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new InputQueue();
      let added = 0;
      let dropped = 0;
      for (const { add, drop } of steps) {
        const bytes = new Uint8Array(add);
        for (let i = 0; i < add; i++) bytes[i] = expected(added + i);
        queue.add(bytes);
        bytes.fill(0);
        added += add;
        assert.equal(queue.isEmpty(), added === dropped);
        const first = queue.first();
        assert.equal(first.length === 0, queue.isEmpty());
        const count = Math.ceil(first.length * drop);
        for (let i = 0; i < count; i++) if (first[i] !== expected(dropped + i)) assert.fail(`byte ${dropped + i}`);
        if (count > 0) queue.drop(count);
        dropped += count;
      }
      assert.equal(queue.clear(), added - dropped);
      assert.ok(queue.isEmpty());
    }),
    { numRuns: 50 },
  );
});

test("no more can be taken than there is", () => {
  const queue = new InputQueue();
  assert.throws(() => queue.drop(1));
  queue.add(new Uint8Array(10));
  assert.throws(() => queue.drop(11));
  queue.drop(10);
  assert.throws(() => queue.drop(1));
});

test("few bytes take little memory", () => {
  const queue = new InputQueue();
  queue.add(Uint8Array.of(1));
  assert.ok(queue.first().buffer.byteLength <= 1024);
});
