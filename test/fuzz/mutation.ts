/** New inputs out of old ones: bits, lengths, splices, and words of a dictionary. */
import type { Random } from "./random.ts";

/** Numbers at which limits are. */
const NUMBERS = [
  0, 1, 2, 4, 8, 31, 32, 33, 64, 127, 128, 255, 256, 1024, 4096, 32767, 32768, 35000, 35001, 65535, 65536, 0x1fffff,
  0x200000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

type Step = (input: Buffer, random: Random) => Buffer;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** `input` with the bytes from `start` up to `end` replaced. */
function replace(input: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}

function range(input: Buffer, random: Random): [number, number] {
  const start = random.below(input.length + 1);
  const most = input.length - start;
  const length = random.below(2) === 0 ? Math.min(most, 1 + random.below(8)) : random.below(most + 1);
  return [start, start + length];
}

/** The places that may be lengths of strings: a uint32 that fits into what is behind it. */
function lengths(input: Buffer): number[] {
  const found = [];
  for (let at = 0; at + 4 <= input.length && found.length < 256; at++) {
    if (input.readUInt32BE(at) <= input.length - at - 4) found.push(at);
  }
  return found;
}

const bytes: Step[] = [
  (input, random) => {
    if (input.length === 0) return Buffer.of(random.below(256));
    const copy = Buffer.from(input);
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  (input, random) => {
    if (input.length === 0) return input;
    const copy = Buffer.from(input);
    copy[random.below(copy.length)] = random.pick([0, 1, 32, 44, 48, 127, 128, 255, random.below(256)]);
    return copy;
  },
  (input, random) => {
    if (input.length === 0) return input;
    const copy = Buffer.from(input);
    copy[random.below(copy.length)]! += random.below(2) === 0 ? 1 : 255;
    return copy;
  },
  (input, random) => {
    const [start, end] = range(input, random);
    return replace(input, start, end, Buffer.of());
  },
  (input, random) => {
    const [start, end] = range(input, random);
    return replace(input, end, end, input.subarray(start, end));
  },
  (input, random) => {
    const at = random.below(input.length + 1);
    return replace(input, at, at, Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256))));
  },
  (input, random) => {
    const at = random.below(input.length + 1);
    return replace(input, at, at, Buffer.alloc(1 << random.below(12), random.below(256)));
  },
  (input, random) => {
    if (input.length < 4) return input;
    const at = random.below(input.length - 3);
    return replace(input, at, at + 4, uint32(random.pick(NUMBERS) - 1 + random.below(3)));
  },
  // a length made wrong by little, or right again
  (input, random) => {
    if (input.length < 4) return input;
    const at = random.below(input.length - 3);
    return replace(input, at, at + 4, uint32(input.length - at - 4 - random.below(5)));
  },
  // the content of a string changed in size, its length with it
  (input, random) => {
    const places = lengths(input);
    if (places.length === 0) return input;
    const at = random.pick(places);
    const end = at + 4 + input.readUInt32BE(at);
    const content = mutateBytes(input.subarray(at + 4, end), random);
    return replace(input, at, end, Buffer.concat([uint32(content.length), content]));
  },
];

function mutateBytes(input: Buffer, random: Random): Buffer {
  return random.pick(bytes.slice(0, -1))(input, random);
}

/** How inputs of one target are made. */
export class Mutator {
  private readonly random: Random;
  private readonly dictionary: readonly Buffer[];
  /** The input is a sequence of records, each behind its length in 16 bits: see `Target`. */
  private readonly records: boolean;

  private readonly longest: number;

  constructor(random: Random, dictionary: readonly Buffer[], records: boolean, longest: number) {
    this.random = random;
    this.dictionary = dictionary;
    this.records = records;
    this.longest = longest;
  }

  /** Something like `input`, perhaps with parts of `other`. */
  mutate(input: Buffer, other: Buffer): Buffer {
    let output = input;
    for (let steps = 1 << this.random.below(4); steps > 0; steps--) {
      output = this.records && this.random.below(8) > 0 ? this.mutateRecords(output, other) : this.step(output, other);
    }
    return output.subarray(0, this.longest);
  }

  private step(input: Buffer, other: Buffer): Buffer {
    const { random } = this;
    const choice = random.below(bytes.length + 4);
    if (choice < bytes.length) return bytes[choice]!(input, random);
    if (choice < bytes.length + 2) {
      const word = random.pick(this.dictionary);
      const [start, end] = range(input, random);
      const inserted = random.below(2) === 0 ? word : Buffer.concat([uint32(word.length), word]);
      return replace(input, start, random.below(2) === 0 ? start : end, inserted);
    }
    const [start, end] = range(input, random);
    const [from, to] = range(other, random);
    return replace(input, start, end, other.subarray(from, to));
  }

  private mutateRecords(input: Buffer, other: Buffer): Buffer {
    const { random } = this;
    const records = split(input);
    const at = random.below(records.length + 1);
    switch (random.below(8)) {
      case 0:
        records.splice(at, 1 + random.below(2));
        break;
      case 1:
        records.splice(at, 0, ...split(other).slice(random.below(4)));
        break;
      case 2:
        records.splice(at, 0, ...records.slice(random.below(records.length + 1)).slice(0, 1 + random.below(4)));
        break;
      case 3: {
        const theirs = split(other);
        if (theirs.length > 0) records.splice(at, 0, random.pick(theirs));
        break;
      }
      case 4:
        records.splice(at, 0, ...records.splice(random.below(records.length + 1), 1));
        break;
      default:
        if (at < records.length) records[at] = this.step(records[at]!, other).subarray(0, 0xffff);
    }
    return join(records);
  }
}

export function split(input: Buffer): Buffer[] {
  const records = [];
  for (let at = 0; at + 2 <= input.length;) {
    const end = at + 2 + input.readUInt16BE(at);
    records.push(input.subarray(at + 2, end));
    at = end;
  }
  return records;
}

export function join(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(records.flatMap((record) => [Buffer.of(record.length >> 8, record.length & 255), record]));
}
