/**
 * What is fuzzed: code that is given any bytes at all and tells what it made of them.
 *
 * Targets are portable, so that what was found through the JavaScript form can be given to the native one: both must
 * tell the same. A target throws if something does not hold that always must.
 */
import { equal } from "../../src/core/bytes/bytes.ts";
import { Reader } from "../../src/core/wire/reader.ts";
import { Writer } from "../../src/core/wire/writer.ts";

/** Bytes that a target may hold once it has run, unless it says otherwise: some copies of the largest input. */
const MEMORY_LIMIT: i32 = 1048576;

export abstract class Target {
  name: string;
  /** The input is a sequence of records, each behind its length in 16 bits. */
  records: bool = false;
  /** It needs the kernels that hide nothing (transparent-kernels.ts). */
  transparent: bool = false;
  memoryLimit: i32 = MEMORY_LIMIT;
  /** Bytes of an input at most. */
  longest: i32 = 65536;

  constructor(name: string) {
    this.name = name;
  }

  /** Handles `input`, and writes to `out` what was seen of it. */
  abstract run(input: Uint8Array, out: Writer): void;
}

export function expect(holds: bool, what: string): void {
  if (!holds) throw new Error(what);
}

/** Something that can be decoded, and encoded again. */
export class Codec {
  /** What it is known by: a message's number, or a name. */
  number: i32;
  name: string;
  /** Decodes with the reader, and encodes the result. */
  again: (r: Reader, w: Writer) => void;

  constructor(number: i32, name: string, again: (r: Reader, w: Writer) => void) {
    this.number = number;
    this.name = name;
    this.again = again;
  }

  /** What is taken from `fields` must encode to as many bytes, and these must decode to the same. */
  check(fields: Uint8Array, out: Writer): void {
    const before = this.number >= 0 ? 1 : 0; // `encode` writes a message's number, `decode` doesn't read it
    const r = new Reader(fields);
    const w = new Writer(64);
    this.again(r, w);
    out.boolean(r.ok());
    if (!r.ok()) return;
    const encoded = w.written();
    expect(encoded.length == fields.length + before, "encoded to another length");
    if (before == 1) expect((encoded[0] as i32) == this.number, "encoded to another message");
    const second = new Reader(encoded.subarray(before));
    const twice = new Writer(64);
    this.again(second, twice);
    expect(second.ok(), "what was encoded can't be decoded");
    expect(equal(encoded, twice.written()), "encoded differently the second time");
    out.raw(encoded);
  }
}
