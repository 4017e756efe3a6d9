/**
 * Requests for a password as systemd's askers leave them in /run/systemd/ask-password, and the answer to one
 * (systemd's PASSWORD_AGENTS interface): a file in INI form, and one datagram.
 *
 * On purpose: what isn't about a disk (PINs of security keys, passphrases of certificates) is read, and left alone.
 */
import { EMPTY } from "../bytes/bytes.ts";
import { ascii, decimalWithin, isText, startsWithText } from "../bytes/text.ts";

/** Bytes of a request at most; they have some 300. */
export const REQUEST_LIMIT: i32 = 16384;
/** Bytes of a passphrase at most: askers receive 2049 (LINE_MAX and one), of which the first says that it is one. */
export const PASSPHRASE_LIMIT: i32 = 2047;
/** The first byte of a datagram with a passphrase in it. */
export const ANSWER: u8 = 43;

const LUKS_PREFIX: string = "cryptsetup:";
/** What ZFS's scripts for dracut and initramfs-tools ask. */
const ZFS_PREFIX: string = "Encrypted ZFS password for ";

const LINE_FEED: u8 = 10;
const EQUALS: u8 = 61;
const BACKSLASH: u8 = 92;
/** What may stand behind a backslash, and what it stands for. */
const LETTERS: Uint8Array = ascii("abfnrtvs\\\"'");
const MEANINGS: Uint8Array = ascii("\x07\b\f\n\r\t\v \\\"'");

export class AskRequest {
  /** Who asks; 0 if it isn't said. */
  process: i32 = 0;
  /** The path of the datagram socket for the answer. */
  socket: Uint8Array = EMPTY;
  message: Uint8Array = EMPTY;
  /** What it is asked for, C escapes undone. */
  id: Uint8Array = EMPTY;
  /** True unless an answer that was kept has been tried, and was wrong. */
  acceptCached: bool = false;
  /** Microseconds of the monotonic clock after which nobody waits; 0 if there is no end. */
  notAfter: f64 = 0;

  /** Null if the file is none, or no answer can be given. */
  static parse(file: Uint8Array): AskRequest | null {
    const request = new AskRequest();
    let inside: bool = false;
    let start = 0;
    while (start < file.length) {
      const feed = file.indexOf(LINE_FEED, start);
      const end = feed < 0 ? file.length : feed;
      const line = file.subarray(start, end);
      start = end + 1;
      if (startsWithText(line, "[")) inside = isText(line, "[Ask]");
      const equals = line.indexOf(EQUALS);
      if (inside && equals > 0) request.set(line.subarray(0, equals), line.subarray(equals + 1));
    }
    const answerable = startsWithText(request.socket, "/") && !request.socket.includes(0);
    return answerable ? request : null;
  }

  /** The device whose passphrase is wanted; EMPTY if it is something else. */
  device(): Uint8Array {
    return startsWithText(this.id, LUKS_PREFIX) ? this.id.subarray(LUKS_PREFIX.length) : EMPTY;
  }

  /** The ZFS dataset whose passphrase is wanted; EMPTY if it is something else. */
  dataset(): Uint8Array {
    if (!startsWithText(this.message, ZFS_PREFIX)) return EMPTY;
    const name = this.message.subarray(ZFS_PREFIX.length);
    const colon = name.lastIndexOf(58);
    return colon >= 0 && colon == name.length - 1 ? name.subarray(0, colon) : name;
  }

  /** What the message calls the disk: the volume, in parentheses if its description is in front. EMPTY if it isn't said. */
  volume(): Uint8Array {
    const words = this.message;
    let end = words.length;
    while (end > 0 && (words[end - 1] == 58 || words[end - 1] == 41)) end--; // colon, closing parenthesis
    let start = end;
    while (start > 0 && words[start - 1] != 32 && words[start - 1] != 40) start--;
    return start > 0 ? words.subarray(start, end) : EMPTY;
  }

  /** Unknown keys are for newer agents. */
  private set(key: Uint8Array, value: Uint8Array): void {
    if (isText(key, "Socket")) this.socket = value;
    else if (isText(key, "Message")) this.message = value;
    else if (isText(key, "Id")) this.id = unescaped(value);
    else if (isText(key, "AcceptCached")) this.acceptCached = isText(value, "1");
    else if (isText(key, "NotAfter")) this.notAfter = decimal(value);
    else if (isText(key, "PID")) this.process = positive(value);
  }
}

/** True if `passphrase` can be an answer: a NUL would end it, and begin another. */
export function isAnswerable(passphrase: Uint8Array): bool {
  return passphrase.length <= PASSPHRASE_LIMIT && !passphrase.includes(0);
}

function positive(text: Uint8Array): i32 {
  const number = decimalWithin(text, 0, text.length);
  return number < 0 ? 0 : number;
}

/** A decimal number of any length; 0 if it is none. */
function decimal(text: Uint8Array): f64 {
  let number: f64 = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] < 48 || text[i] > 57) return 0;
    number = number * 10 + ((text[i] - 48) as f64);
  }
  return number;
}

/** Undoes the escapes of C; what is none stays as it is. */
export function unescaped(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; length++) {
    const escaped = text[at] == BACKSLASH && at + 1 < text.length;
    const simple = escaped ? LETTERS.indexOf(text[at + 1]) : -1;
    const hexadecimal = escaped && text[at + 1] == 120;
    const value = escaped ? (hexadecimal ? digits(text, at + 2, 2, 16) : digits(text, at + 1, 3, 8)) : -1;
    bytes[length] = text[at];
    if (simple >= 0) bytes[length] = MEANINGS[simple];
    else if (value >= 0) bytes[length] = (value & 255) as u8;
    at += simple >= 0 ? 2 : value >= 0 ? 4 : 1;
  }
  return bytes.subarray(0, length);
}

/** The value of `count` digits of `base` from `start` on; -1 if they aren't all there. */
function digits(text: Uint8Array, start: i32, count: i32, base: i32): i32 {
  if (start + count > text.length) return -1;
  let value = 0;
  for (let i = start; i < start + count; i++) {
    const c = (text[i] as i32) | 32;
    const digit = text[i] >= 48 && text[i] <= 57 ? (text[i] as i32) - 48 : c >= 97 && c <= 102 ? c - 87 : base;
    if (digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}
