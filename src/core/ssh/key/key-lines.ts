/**
 * The lines of a file of public keys, as ssh-keygen writes them: `<type> <base64 of the blob>`, and after a blank a
 * comment; in authorized_keys with options in front. Empty lines and such as begin with `#` are passed over.
 *
 * The base64 is compared as text: there is one for each key.
 */
import { fromBase64, toBase64 } from "../../bytes/base64.ts";
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { isTextWithin } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { PublicKey } from "./public-key.ts";

/** Bytes of a line; a longer one ends the reading, as in TinySSH: nobody wrote that by hand. */
const LINE_LIMIT: i32 = 65535;

const NUL: u8 = 0;
const TAB: i32 = 9;
const LINE_FEED: u8 = 10;
const CARRIAGE_RETURN: i32 = 13;
const BLANK: i32 = 32;
const QUOTE: i32 = 34;
const HASH: i32 = 35;
const BACKSLASH: i32 = 92;

/** How a key is written. */
export class KeyEntry {
  private type: string;
  private base64: Uint8Array;

  constructor(key: PublicKey) {
    this.type = key.type;
    this.base64 = toBase64(key.blob);
  }

  /** True if the two words at `at` are the key. */
  isAt(line: Uint8Array, at: i32): bool {
    const type = wordEnd(line, at);
    const start = skipBlanks(line, type);
    const end = wordEnd(line, start);
    return isTextWithin(line, at, type, this.type) && equal(line.subarray(start, end), this.base64);
  }
}

/** Goes through a file line by line. */
export class KeyLines {
  /** The current line, without blanks in front and the end of the line; a NUL ends it too. A view. */
  line: Uint8Array = EMPTY;
  /** Its number in the file, from 1 on. */
  number: i32 = 0;
  /** A line was too long: nothing from there on counts. */
  failed: bool = false;
  private file: Uint8Array;
  private at: i32 = 0;

  constructor(file: Uint8Array) {
    this.file = file;
  }

  /** Moves on to the next line that has something to say; false at the end. */
  next(): bool {
    while (this.at < this.file.length && !this.failed) {
      const feed = this.file.indexOf(LINE_FEED, this.at);
      const end = feed < 0 ? this.file.length : feed;
      const whole = this.file.subarray(this.at, end);
      this.at = end + 1;
      this.number++;
      this.failed = whole.length > LINE_LIMIT;
      this.line = trim(whole);
      if (!this.failed && this.line.length > 0 && (this.line[0] as i32) != HASH) return true;
    }
    return false;
  }

  /** The key that the line holds and nothing in front of it, as on the wire, of whatever type; null if it holds none. */
  blob(): Uint8Array | null {
    const type = wordEnd(this.line, 0);
    const start = skipBlanks(this.line, type);
    const blob = fromBase64(this.line.subarray(start, wordEnd(this.line, start)));
    if (blob == null) return null;
    const r = new Reader(blob);
    const name = r.string();
    return !r.bad && equal(name, this.line.subarray(0, type)) ? blob : null;
  }

  /** What follows that key. */
  comment(): Uint8Array {
    const start = skipBlanks(this.line, wordEnd(this.line, 0));
    return this.line.subarray(skipBlanks(this.line, wordEnd(this.line, start)));
  }
}

function trim(line: Uint8Array): Uint8Array {
  const nul = line.indexOf(NUL);
  let end = nul < 0 ? line.length : nul;
  if (end > 0 && (line[end - 1] as i32) == CARRIAGE_RETURN) end--;
  return line.subarray(skipBlanks(line.subarray(0, end), 0), end);
}

function isBlank(byte: i32): bool {
  return byte == BLANK || byte == TAB;
}

/** The place of the first byte from `from` on that isn't a blank or a tab. */
export function skipBlanks(line: Uint8Array, from: i32): i32 {
  let at = from;
  while (at < line.length && isBlank(line[at] as i32)) at++;
  return at;
}

function wordEnd(line: Uint8Array, from: i32): i32 {
  let at = from;
  while (at < line.length && !isBlank(line[at] as i32)) at++;
  return at;
}

/** Where options that begin with the line end: at the first blank outside of quotes, in which `\"` is no quote. */
export function optionsEnd(line: Uint8Array): i32 {
  let at = 0;
  let quoted = false;
  while (at < line.length && (quoted || !isBlank(line[at] as i32))) {
    const byte = line[at] as i32;
    if (byte == BACKSLASH && at + 1 < line.length && (line[at + 1] as i32) == QUOTE) at++;
    else if (byte == QUOTE) quoted = !quoted;
    at++;
  }
  return at;
}
