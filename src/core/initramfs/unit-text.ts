/**
 * Words in systemd's unit files: systemd.service(5), COMMAND LINES, and systemd.syntax(7), Quoting; names of units after
 * paths, systemd.unit(5), STRING ESCAPING FOR INCLUSION IN UNIT NAMES.
 */
import { toHex } from "../bytes/hex.ts";
import { ascii } from "../bytes/text.ts";
import { Writer } from "../wire/writer.ts";

const BLANK: u8 = 32;
const DOUBLE_QUOTE: u8 = 34;
const DOLLAR: u8 = 36;
const PERCENT: u8 = 37;
const MINUS: u8 = 45;
const DOT: u8 = 46;
const SLASH: u8 = 47;
const COLON: u8 = 58;
const BACKSLASH: u8 = 92;
const UNDERSCORE: u8 = 95;
const DELETE: u8 = 127;

/**
 * `bytes` as one word of a command line that stands for them and nothing else, whatever they are but NUL: in double quotes,
 * with no specifier, no variable and no escape but those that are needed. What isn't printable is an escape, so that a
 * line end is in no danger, and a byte that is no UTF-8 isn't, for which systemd would drop the line.
 */
export function unitWord(bytes: Uint8Array): Uint8Array {
  const w = new Writer(bytes.length * 2 + 2);
  w.byte(DOUBLE_QUOTE);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte < BLANK || byte >= DELETE) {
      w.raw(escapeOf(bytes, i));
      continue;
    }
    if (byte == DOUBLE_QUOTE || byte == BACKSLASH) w.byte(BACKSLASH);
    else if (byte == DOLLAR || byte == PERCENT) w.byte(byte);
    w.byte(byte);
  }
  w.byte(DOUBLE_QUOTE);
  return w.written();
}

/** The name of a unit after `path`, which begins with a slash and has none at its end, without a suffix. */
export function unitNameOf(path: Uint8Array): Uint8Array {
  const w = new Writer(path.length * 2);
  for (let i = 1; i < path.length; i++) {
    const byte = path[i];
    const isPlain: bool = isAlphanumeric(byte) || byte == COLON || byte == UNDERSCORE || (byte == DOT && i > 1);
    if (byte == SLASH) w.byte(MINUS);
    else if (isPlain) w.byte(byte);
    else w.raw(escapeOf(path, i));
  }
  return w.written();
}

/** `\x` and the two digits of the byte at `at`. */
export function escapeOf(bytes: Uint8Array, at: i32): Uint8Array {
  return ascii("\\x" + toHex(bytes.subarray(at, at + 1)));
}

export function isAlphanumeric(byte: u8): bool {
  const letter = byte | 32;
  return (letter >= 97 && letter <= 122) || (byte >= 48 && byte <= 57);
}
