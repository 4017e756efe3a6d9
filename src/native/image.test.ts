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

/** Pieces as memory.h puts them into memory of `length` bytes. */
function place(stream: Buffer, length: number): Buffer {
  const memory = Buffer.alloc(length);
  let next = 0;
  const number = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = stream[next++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  for (let at = 0; next < stream.length;) {
    const packed = number();
    const count = packed >> 1;
    if (packed % 2 === 0) at += number();
    else at += (12 - at) & 15;
    const bytes = stream.subarray(next, (next += count));
    const block = packed % 2 === 0 ? bytes : text(bytes.toString("latin1"));
    at += block.copy(memory, at);
  }
  return memory;
}

/** A string of AssemblyScript's. */
function text(letters: string): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt32LE(((20 + 2 * letters.length + 15) & ~15) - 4, 0);
  header.writeUInt32LE(2, 12);
  header.writeUInt32LE(2 * letters.length, 16);
  return Buffer.concat([header, Buffer.from(letters, "utf16le")]);
}

test("A string is its letters, and other pieces lose nothing", () => {
  const pieces = [
    { at: 300, bytes: text("postern") },
    { at: 348, bytes: text("gate") },
    { at: 380, bytes: Buffer.from([1, 0, 2, 3, 4, 5]) },
  ];
  const strings = [15, ...Buffer.from("postern"), 9, ...Buffer.from("gate")];
  assert.deepEqual(joinPieces(pieces), Buffer.from([0, 172, 2, ...strings, 12, 4, 1, 0, 2, 3, 4, 5]));
});

test("Pieces of all kinds are put back where they were", () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 40 }).map(text),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(text("Grüße"), text("€"), text("cut short").subarray(0, 25)),
  );
  const all = fc.array(fc.tuple(fc.nat(40), fc.boolean(), piece), { minLength: 1 });
  fc.assert(
    fc.property(all, (list) => {
      const pieces: { at: number; bytes: Buffer }[] = [];
      let end = 0;
      for (const [gap, aligned, bytes] of list) {
        const at = aligned ? end + ((12 - end) & 15) : end + gap;
        pieces.push({ at, bytes });
        end = at + bytes.length;
      }
      const memory = Buffer.alloc(end);
      for (const { at, bytes } of pieces) bytes.copy(memory, at);
      assert.deepEqual(place(joinPieces(pieces), end), memory);
    }),
  );
});
