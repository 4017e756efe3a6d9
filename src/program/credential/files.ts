/** The two operands of the programs for credentials: what is read, and what is written; `-` is a standard stream. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText, printable } from "../../core/bytes/text.ts";
import { isName } from "../../core/credential/credential.ts";
import { close, O_RDONLY, STDIN, STDOUT, writeAll } from "../../linux/descriptor.ts";
import { EEXIST } from "../../linux/errno.ts";
import { Contents, open, readAll, roomFor, writeFileAtOnce } from "../../linux/file.ts";
import { baseName } from "../../linux/path.ts";
import { log } from "../log.ts";
import { CommandLine } from "../options.ts";
import { SUCCESS } from "../program.ts";

/** Of what is sealed, and what was: nobody but its owner reads either. */
const MODE: i32 = 0o600;

/** A command line on which `-` is an operand. There are no single letters among its options. */
export class FileLine extends CommandLine {
  override next(): bool {
    if (this.at < this.words.length && isText(this.words[this.at], "-")) return this.end();
    return super.next();
  }
}

export function isStream(path: Uint8Array): bool {
  return isText(path, "-");
}

/** What a credential in the file `path` is called if nobody says: as the file, or, if that can be no name, EMPTY. */
export function nameOf(path: Uint8Array): Uint8Array {
  const name = baseName(path);
  return isStream(path) || !isName(name) ? EMPTY : name;
}

/** All of a file or standard input; the error is logged. */
export function readOperand(path: Uint8Array, limit: i32): Contents {
  const descriptor = isStream(path) ? STDIN : open(path, O_RDONLY);
  const contents = descriptor < 0 ? new Contents(EMPTY, descriptor) : readAll(descriptor, roomFor(descriptor, limit));
  if (descriptor != STDIN) close(descriptor);
  if (contents.error < 0) log.fatal("unable to read " + printable(path), contents.error);
  return contents;
}

/** Writes all of it, or nothing; returns the exit status. What is there is replaced only if `force`. */
export function writeOperand(path: Uint8Array, bytes: Uint8Array, force: bool): i32 {
  const result = isStream(path) ? writeAll(STDOUT, bytes) : writeFileAtOnce(path, bytes, MODE, force);
  if (result >= 0) return SUCCESS;
  const advice = result == -EEXIST ? "; --force replaces it" : "";
  return log.fatal("unable to write " + printable(path) + advice, result);
}
