/** Public keys and certificates as ssh-keygen writes them, in files of one line. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { KeyLines } from "../../core/ssh/key/key-lines.ts";
import { ENOENT } from "../../linux/errno.ts";
import { readFile } from "../../linux/file.ts";
import { log } from "../log.ts";

/** More than any key and any certificate has; so much is read so that a wrong length can be told. */
export const READ_LIMIT: i32 = 32768;
export const UNREADABLE: string = "unable to read public key from file ";

/** What the first line of a file holds, as on the wire; EMPTY if there is no file; null, and logged, if it is of no use. */
export function lineIn(path: Uint8Array): Uint8Array | null {
  const file = readFile(path, READ_LIMIT);
  if (file.error == -ENOENT) return EMPTY;
  const lines = new KeyLines(file.bytes);
  const blob = file.error >= 0 && lines.next() ? lines.blob() : null;
  if (blob == null) log.fatal(UNREADABLE + printable(path), file.error);
  return blob;
}
