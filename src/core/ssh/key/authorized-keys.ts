/**
 * The search for a key in an authorized_keys file, by TinySSH's rules: a line lists the key if it is
 * `<type> <base64 of the blob>`, and after that nothing, or a blank and a comment. Beyond TinySSH's, blanks in front of
 * it are skipped.
 *
 * The base64 is compared as text: there is one for each key. A line with options in front of the key does not list it,
 * for to pass over `restrict` or `command=` would grant more than was meant; the search notes that it saw one, so that
 * the log can say why.
 */
import { toBase64 } from "../../bytes/base64.ts";
import { concat } from "../../bytes/bytes.ts";
import { ascii } from "../../bytes/text.ts";

/** Bytes of a line; a longer one ends the search, as in TinySSH: nobody wrote that by hand. */
const LINE_LIMIT: i32 = 65535;
const FIRST_BUFFER: i32 = 512;

const NUL: i32 = 0;
const TAB: i32 = 9;
const LINE_FEED: i32 = 10;
const CARRIAGE_RETURN: i32 = 13;
const BLANK: i32 = 32;
const QUOTE: i32 = 34;
const HASH: i32 = 35;
const BACKSLASH: i32 = 92;

/** What a line has to do with the key. */
const OTHER: i32 = 0;
const LISTED: i32 = 1;
const LISTED_WITH_OPTIONS: i32 = 2;

export class AuthorizedKeysSearch {
  /** The key is listed: the rest of the file need not be read. */
  found: bool = false;
  /** The key is on a line with options, which does not count. */
  sawOptions: bool = false;
  /** A line was too long: nothing after it counts. */
  failed: bool = false;

  /** `<type> <base64>`. */
  private entry: Uint8Array;
  private line: Uint8Array = new Uint8Array(FIRST_BUFFER);
  private length: i32 = 0;

  /** `type`: the key's, e.g. `ssh-ed25519`; `blob`: the key as on the wire. */
  constructor(type: string, blob: Uint8Array) {
    this.entry = concat(ascii(type + " "), toBase64(blob));
  }

  /** Takes the next piece of the file. */
  read(piece: Uint8Array): void {
    for (let i = 0; i < piece.length && !this.found && !this.failed; i++) {
      const byte = piece[i];
      if ((byte as i32) == LINE_FEED) this.endLine();
      else this.add(byte);
    }
  }

  /** To be called at the end of the file, whose last line may lack its end. True if the key is listed. */
  end(): bool {
    if (!this.found && !this.failed) this.endLine();
    return this.found;
  }

  private add(byte: u8): void {
    if (this.length == LINE_LIMIT) {
      this.failed = true;
      return;
    }
    if (this.length == this.line.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.line);
      this.line = larger;
    }
    this.line[this.length] = byte;
    this.length++;
  }

  private endLine(): void {
    const relation = judge(this.line.subarray(0, this.length), this.entry);
    this.length = 0;
    if (relation == LISTED) this.found = true;
    if (relation == LISTED_WITH_OPTIONS) this.sawOptions = true;
  }
}

/** What `line` has to do with the key whose `<type> <base64>` is `entry`. */
function judge(line: Uint8Array, entry: Uint8Array): i32 {
  const start = skipBlanks(line, 0);
  if (isEntryAt(line, start, entry)) return LISTED;
  if (start < line.length && (line[start] as i32) == HASH) return OTHER;
  return isEntryAt(line, skipBlanks(line, skipOptions(line, start)), entry) ? LISTED_WITH_OPTIONS : OTHER;
}

function isBlank(byte: i32): bool {
  return byte == BLANK || byte == TAB;
}

function skipBlanks(line: Uint8Array, from: i32): i32 {
  let at = from;
  while (at < line.length && isBlank(line[at] as i32)) at++;
  return at;
}

/** Where the options end (sshd(8)): at the first blank outside of double quotes, in which `\"` stands for a quote. */
function skipOptions(line: Uint8Array, from: i32): i32 {
  let at = from;
  let quoted = false;
  while (at < line.length && (quoted || !isBlank(line[at] as i32))) {
    const byte = line[at] as i32;
    if (byte == NUL) return line.length;
    if (byte == BACKSLASH && at + 1 < line.length && (line[at + 1] as i32) == QUOTE) at++;
    else if (byte == QUOTE) quoted = !quoted;
    at++;
  }
  return at;
}

/** True if `entry` lies at `at`, and ends there as a word does; a NUL ends the line. */
function isEntryAt(line: Uint8Array, at: i32, entry: Uint8Array): bool {
  const end = at + entry.length;
  if (end > line.length) return false;
  for (let i = 0; i < entry.length; i++) {
    if (line[at + i] != entry[i]) return false;
  }
  if (end == line.length) return true;
  const next = line[end] as i32;
  return isBlank(next) || next == CARRIAGE_RETURN || next == NUL;
}
