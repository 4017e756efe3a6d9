/**
 * The initial contents of linear memory as the executable carries them; `load_image` of memory.h unpacks them.
 *
 * They are thousands of short pieces, strings and the headers of objects mostly, much of which comes again and again. So
 * they are packed twice: pieces that lie apart become one stream, strings their letters alone; and what came before in that
 * stream becomes a reference.
 */

/** Some of memory, and its address. */
export interface Piece {
  at: number;
  bytes: Buffer;
}

/** An AssemblyScript string in memory: a header of five words, then UTF-16. Objects lie 12 bytes behind multiples of 16. */
const HEADER_BYTES = 20;
const STRING_ID = 2;
/** The next place for an object. */
const placeFrom = (at: number): number => at + ((12 - at) & 15);
const blockBytes = (length: number): number => (HEADER_BYTES + length + 15) & ~15;

/** The characters of a string at `at`, one byte each; null if there is none, or one with others than ISO 8859-1 has. */
function stringAt(memory: Buffer, at: number): Buffer | null {
  if (at + HEADER_BYTES > memory.length || memory.readUInt32LE(at + 12) !== STRING_ID) return null;
  const length = memory.readUInt32LE(at + 16);
  if (length % 2 !== 0 || at + HEADER_BYTES + length > memory.length) return null;
  if (memory.readUInt32LE(at) !== blockBytes(length) - 4 || memory.readBigUInt64LE(at + 4) !== 0n) return null;
  const text = memory.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
  return text.every((byte, i) => i % 2 === 0 || byte === 0)
    ? Buffer.from(text.filter((_byte, i) => i % 2 === 0))
    : null;
}

/** Bytes, and up to three zeros among them: more are left out, as memory is zero already. */
const OTHERS = /[^\0](?:\0{0,3}[^\0])*/gs;

/**
 * One stream, of variable-length numbers and bytes. An odd number is a string where the next object may lie: twice the
 * count of its characters and one, then these. An even number is twice the count of other bytes: then come the gap in front
 * of them, as a number, and they.
 */
export function joinPieces(pieces: Piece[]): Buffer {
  const memory = Buffer.alloc(Math.max(...pieces.map(({ at, bytes }) => at + bytes.length)));
  for (const { at, bytes } of pieces) bytes.copy(memory, at);
  const stream: number[] = [];
  const number = (value: number): void => {
    for (; value > 127; value >>>= 7) stream.push((value & 127) | 128);
    stream.push(value);
  };
  let end = 0;
  const others = (at: number, bytes: Buffer): void => {
    number(bytes.length * 2);
    number(at - end);
    stream.push(...bytes);
    end = at + bytes.length;
  };
  const othersUntil = (to: number): void => {
    const from = end;
    for (const { index, 0: bytes } of memory.toString("latin1", from, to).matchAll(OTHERS))
      others(from + index, Buffer.from(bytes, "latin1"));
  };
  for (let at = placeFrom(0); at < memory.length; at += 16) {
    const text = at < end ? null : stringAt(memory, at);
    if (text === null) continue;
    othersUntil(at);
    if (placeFrom(end) !== at) others(at, Buffer.of());
    number(text.length * 2 + 1);
    stream.push(...text);
    end = at + HEADER_BYTES + text.length * 2;
  }
  othersUntil(memory.length);
  return Buffer.from(stream);
}

/** The longest reference; longer ones are as short as two. */
const LONGEST = 255;

/** Bits that `value` >= 1 takes in Elias's gamma code. */
const gammaBits = (value: number): number => 63 - 2 * Math.clz32(value);

const referenceBits = (length: number, distance: number): number =>
  1 + gammaBits(length - 1) + gammaBits((distance >> 8) + 1) + 8;
const LITERAL_BITS = 9;

/** What begins at each place and was there before: ever longer, and ever farther back. */
function repetitions(bytes: Buffer): [length: number, distance: number][][] {
  const latest = new Map<number, number>();
  const earlier: (number | undefined)[] = [];
  return Array.from(bytes, (byte, i) => {
    const found: [number, number][] = [];
    if (i + 1 === bytes.length) return found;
    const pair = byte * 256 + bytes[i + 1]!;
    let longest = 1;
    earlier[i] = latest.get(pair);
    for (let from = earlier[i]; from !== undefined && longest < LONGEST; from = earlier[from]) {
      let length = 2;
      while (length < LONGEST && i + length < bytes.length && bytes[from + length] === bytes[i + length]) length++;
      if (length > longest) found.push([length, i - from]);
      longest = Math.max(longest, length);
    }
    latest.set(pair, i);
    return found;
  });
}

/** For each place the reference that makes all that follows shortest, or 0 for a literal byte. */
function shortestWay(bytes: Buffer): [length: number, distance: number][] {
  const bits = new Float64Array(bytes.length + 1);
  const way: [number, number][] = [];
  const found = repetitions(bytes);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bits[i] = LITERAL_BITS + bits[i + 1]!;
    way[i] = [0, 0];
    let shortest = 2;
    for (const [longest, distance] of found[i]!) {
      for (let length = shortest; length <= longest; length++) {
        const total = referenceBits(length, distance) + bits[i + length]!;
        if (total >= bits[i]!) continue;
        bits[i] = total;
        way[i] = [length, distance];
      }
      shortest = longest + 1;
    }
  }
  return way;
}

/**
 * Packs bytes as literals and references to what came before (LZ77): a bit 0 and a byte; or a bit 1, the length less one,
 * one more than the upper bits of the distance, and its lowest eight. Numbers are in Elias's gamma code. Bits stand in
 * bytes, the highest first, each such byte where its first bit is needed; other bytes stand among them whole.
 */
export function compress(bytes: Buffer): Buffer {
  const packed: number[] = [];
  let place = 0;
  let mask = 0;
  const bit = (value: number): void => {
    mask >>= 1;
    if (mask === 0) {
      mask = 128;
      place = packed.push(0) - 1;
    }
    if (value !== 0) packed[place]! |= mask;
  };
  const gamma = (value: number): void => {
    const top = 31 - Math.clz32(value);
    for (let i = top - 1; i >= 0; i--) {
      bit(1);
      bit((value >> i) & 1);
    }
    bit(0);
  };
  const way = shortestWay(bytes);
  for (let i = 0; i < bytes.length;) {
    const [length, distance] = way[i]!;
    bit(length);
    if (length === 0) {
      packed.push(bytes[i++]!);
      continue;
    }
    gamma(length - 1);
    gamma((distance >> 8) + 1);
    packed.push(distance & 255);
    i += length;
  }
  return Buffer.from(packed);
}
