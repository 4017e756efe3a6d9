/**
 * PEM, RFC 7468: base64 between a BEGIN and an END line that name what it is.
 *
 * Reading takes the first such pair of lines in a text, and tolerates what editors and mail do to it: text around it,
 * blanks at line ends, lines of any length, CR LF. Headers (RFC 1421) are not understood; the body is then bad.
 */
import { EMPTY, wipe } from "../bytes/bytes.ts";
import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { ascii, isText, printable, startsWithText } from "../bytes/text.ts";

const BEGIN: string = "-----BEGIN ";
const END: string = "-----END ";
const DASHES: string = "-----";

export class Pem {
  /** What the lines say it is, e.g. `OPENSSH PRIVATE KEY`; empty if there was no BEGIN line. */
  label: string = "";
  /** The content; empty if `bad`. May be secret: whoever asked for it wipes it. */
  bytes: Uint8Array = EMPTY;
  /** True if there was no matching END line, or what stood between is not base64. */
  bad: bool = false;
  /** Where in the text the BEGIN line starts; at its end if there is none. */
  start: i32 = 0;
  /** Where in the text the line behind the END line starts. */
  end: i32 = 0;
}

function isBlank(character: i32): bool {
  return character == 32 || character == 9 || character == 13 || character == 10;
}

/** The line that starts at `start`, without its end and the blanks before that. */
export function lineAt(text: Uint8Array, start: i32): Uint8Array {
  const feed = text.indexOf(10, start);
  let end = feed < 0 ? text.length : feed;
  while (end > start && isBlank(text[end - 1] as i32)) end--;
  return text.subarray(start, end);
}

export function nextLine(text: Uint8Array, start: i32): i32 {
  const feed = text.indexOf(10, start);
  return feed < 0 ? text.length : feed + 1;
}

/** The label of a BEGIN line; empty if `line` is none. */
function labelOf(line: Uint8Array): string {
  const least = BEGIN.length + DASHES.length;
  if (line.length <= least || !startsWithText(line, BEGIN)) return "";
  if (!isText(line.subarray(line.length - DASHES.length), DASHES)) return "";
  return printable(line.subarray(BEGIN.length, line.length - DASHES.length));
}

/** The first PEM block in `text`. */
export function fromPem(text: Uint8Array): Pem {
  const pem = new Pem();
  let at = 0;
  while (at < text.length && pem.label.length == 0) {
    pem.start = at;
    pem.label = labelOf(lineAt(text, at));
    at = nextLine(text, at);
  }
  if (pem.label.length == 0) {
    pem.start = text.length;
    return pem;
  }
  const end = END + pem.label + DASHES;
  const body = new Uint8Array(text.length - at);
  let length = 0;
  while (at < text.length && !isText(lineAt(text, at), end)) {
    const line = lineAt(text, at);
    body.set(line, length);
    length += line.length;
    at = nextLine(text, at);
  }
  pem.end = nextLine(text, at);
  const bytes = at < text.length ? fromBase64(body.subarray(0, length)) : null;
  wipe(body);
  if (bytes == null) pem.bad = true;
  else pem.bytes = bytes;
  return pem;
}

/** `bytes` as PEM, `columns` characters a line. The result is as secret as they are. */
export function toPem(label: string, bytes: Uint8Array, columns: i32): Uint8Array {
  const begin = ascii(BEGIN + label + DASHES + "\n");
  const end = ascii(END + label + DASHES + "\n");
  const body = toBase64(bytes);
  let lines = 0;
  for (let at = 0; at < body.length; at += columns) lines++;
  const text = new Uint8Array(begin.length + body.length + lines + end.length);
  text.set(begin);
  let to = begin.length;
  for (let at = 0; at < body.length; at += columns) {
    const line = body.subarray(at, at + columns < body.length ? at + columns : body.length);
    text.set(line, to);
    to += line.length;
    text[to] = 10;
    to++;
  }
  text.set(end, to);
  wipe(body);
  return text;
}
