/**
 * The lines that each side begins with, RFC 4253 section 4.2: `SSH-protoversion-softwareversion SP comments CR LF`.
 *
 * Protocol 2.0 alone is spoken. `1.99` is a server's way to say that it speaks both (RFC 4253 section 5.1): a client has no
 * use for it and is refused. Only a server may send other lines before this one.
 */
import { ascii, startsWithText } from "../../bytes/text.ts";

/** Bytes of the line at most, CR and LF included: RFC 4253 section 4.2. */
export const LINE_LIMIT: i32 = 255;

const PREFIX: string = "SSH-2.0-";
const ANY_VERSION: string = "SSH-";

/** Our line, without CR LF: this is V_S of the exchange hash. `comment` may be empty. */
export function identification(software: string, comment: string): Uint8Array {
  const line = ascii(PREFIX + software + (comment.length > 0 ? " " + comment : ""));
  if (line.length + 2 > LINE_LIMIT) throw new Error("our identification is too long");
  return line;
}

/** A line without its CR, where it has one. */
export function withoutReturn(line: Uint8Array): Uint8Array {
  const length = line.length;
  return length > 0 && line[length - 1] == 13 ? line.subarray(0, length - 1) : line;
}

/** What is wrong with the client's line, without CR LF; empty if nothing is. */
export function complaint(line: Uint8Array): string {
  for (let i = 0; i < line.length; i++) {
    if (line[i] == 0 || line[i] == 13) return "NUL or CR within the identification line";
  }
  if (!startsWithText(line, ANY_VERSION)) return "this is not an SSH client";
  if (!startsWithText(line, PREFIX)) return "unsupported protocol version, 2.0 is needed";
  if (line.length == PREFIX.length) return "identification without a software version";
  return "";
}

/** True if the line speaks of SSH in a version that we don't. */
export function isOtherVersion(line: Uint8Array): bool {
  return startsWithText(line, ANY_VERSION) && !startsWithText(line, PREFIX);
}
