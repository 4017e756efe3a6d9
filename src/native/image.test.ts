import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compress, joinPieces } from "./image.ts";

/** As memory.h unpacks it. */
function decompress(packed: Buffer, length: number): Buffer {
  const out: number[] = [];
  let next = 0;
  let bits = 0;
  let mask = 1;
  const bit = (): number => {
    mask >>= 1;
    if (mask === 0) {
      mask = 128;
      bits = packed[next++]!;
    }
    return (bits & mask) === 0 ? 0 : 1;
  };
  const gamma = (): number => {
    let value = 1;
    while (bit() === 1) value = value * 2 + bit();
    return value;
  };
  while (out.length < length) {
    if (bit() === 0) {
      out.push(packed[next++]!);
      continue;
    }
    const count = gamma() + 1;
    const distance = (gamma() - 1) * 256 + packed[next++]!;
    for (let i = 0; i < count; i++) out.push(out.at(-distance)!);
  }
  assert.equal(next, packed.length);
  return Buffer.from(out);
}

test("What was packed comes out again", () => {
  const bytes = fc.array(fc.constantFrom(0, 1, 2, 255), { maxLength: 2000 });
  fc.assert(
    fc.property(bytes, (content) => {
      const plain = Buffer.from(content);
      assert.deepEqual(decompress(compress(plain), plain.length), plain);
    }),
  );
});

test("A reference reaches far back, and into what it writes itself", () => {
  const far = Buffer.concat([Buffer.from("postern"), Buffer.alloc(20_000), Buffer.from("postern")]);
  const packed = compress(far);
  assert.deepEqual(decompress(packed, far.length), far);
  assert.ok(packed.length < 1500, `${packed.length} bytes`);
});

test("Text loses the zeros between its letters, and other pieces lose nothing", () => {
  const pieces = [
    { at: 300, bytes: Buffer.from("postern", "utf16le") },
    { at: 320, bytes: Buffer.from([1, 0, 2, 3, 4, 5]) },
  ];
  const stream = [172, 2, 29, ...Buffer.from("postern"), 6, 12, 1, 0, 2, 3, 4, 5];
  assert.deepEqual(joinPieces(pieces), Buffer.from(stream));
});
