/** Where the passphrases of key files come from: a person at the terminal, or the first line of standard input. */
import { equal, wipe } from "../../core/bytes/bytes.ts";
import { STDIN } from "../../linux/descriptor.ts";
import { readAll } from "../../linux/file.ts";
import { Answer, askSecret, lineOf } from "../../linux/prompt.ts";
import { log } from "../log.ts";

/** What is read of standard input at most. */
const INPUT_LIMIT: i32 = 4096;
/** How often a person may be wrong. */
export const ATTEMPTS: i32 = 3;

export class Passphrases {
  /** True if another one can be had when the first was wrong. */
  readonly interactive: bool;

  constructor(fromInput: bool) {
    this.interactive = !fromInput;
  }

  /** The passphrase, to be wiped; null if there is none, and why is logged. */
  ask(question: string): Uint8Array | null {
    const answer = this.interactive ? askSecret(question) : fromInput();
    if (answer.error == 0) return answer.bytes;
    const where = this.interactive ? "/dev/tty; --passphrase-stdin takes it from standard input" : "standard input";
    log.fatal("unable to read the passphrase from " + where, answer.error);
    return null;
  }

  /** A new passphrase, which a person has to type twice; it isn't empty. */
  askNew(question: string): Uint8Array | null {
    const first = this.ask(question);
    if (first == null) return null;
    if (first.length == 0) {
      log.fatal("an empty passphrase would not encrypt anything");
      return null;
    }
    if (!this.interactive) return first;
    const second = this.ask("Again: ");
    const same = second != null && equal(first, second);
    if (second != null) wipe(second);
    if (same) return first;
    wipe(first);
    if (second != null) log.fatal("the two passphrases differ");
    return null;
  }
}

function fromInput(): Answer {
  const contents = readAll(STDIN, INPUT_LIMIT);
  if (contents.error < 0) return new Answer(contents.bytes, contents.error);
  const answer = lineOf(contents.bytes);
  wipe(contents.bytes);
  return answer;
}
