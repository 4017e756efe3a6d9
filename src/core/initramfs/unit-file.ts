/** What systemd's unit files say, as far as it has to be known: systemd.syntax(7), systemd.socket(5). */
import { EMPTY } from "../bytes/bytes.ts";
import { decimalWithin, startsWithText } from "../bytes/text.ts";

const LARGEST_PORT: i32 = 65535;

const NEWLINE: u8 = 10;
const CARRIAGE_RETURN: u8 = 13;
const BLANK: u8 = 32;
const TAB: u8 = 9;
const COLON: u8 = 58;
const EQUALS: u8 = 61;

/** The value of the last line `name=...` that is not empty; EMPTY if there is none. Sections are all one. */
export function settingOf(file: Uint8Array, name: string): Uint8Array {
  let value = EMPTY;
  for (let at = 0; at < file.length;) {
    const newline = file.indexOf(NEWLINE, at);
    const end = newline < 0 ? file.length : newline;
    const line = trimmed(file.subarray(at, end));
    at = end + 1;
    const equals = line.indexOf(EQUALS);
    if (equals < 0 || !startsWithText(line, name)) continue;
    if (trimmed(line.subarray(0, equals)).length == name.length) value = trimmed(line.subarray(equals + 1));
  }
  return value;
}

/** The TCP port that a socket unit listens on: `PORT`, or `ADDRESS:PORT`; 0 if it has none. */
export function listenPort(socket: Uint8Array): i32 {
  const value = settingOf(socket, "ListenStream");
  const port = decimalWithin(value, value.lastIndexOf(COLON) + 1, value.length);
  return port < 1 || port > LARGEST_PORT ? 0 : port;
}

function trimmed(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  while (start < end && isBlank(line[start])) start++;
  while (end > start && isBlank(line[end - 1])) end--;
  return line.subarray(start, end);
}

function isBlank(byte: u8): bool {
  return byte == BLANK || byte == TAB || byte == CARRIAGE_RETURN;
}
