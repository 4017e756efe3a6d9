/**
 * What is asked of whoever runs the program, as ssh-keygen does. Names and yes or no come from standard input. Secrets are
 * typed at the terminal, if standard input is one; else a program asks that opens a dialog, if there is one to be had
 * (SSH_ASKPASS); else they come from standard input as well, where an end of the input is an empty secret.
 */
import { copyOf, EMPTY, equal, wipe } from "../../core/bytes/bytes.ts";
import { isText, printable } from "../../core/bytes/text.ts";
import { ASK_PIN, Question } from "../../core/ssh/agent/question.ts";
import { STDIN } from "../../linux/descriptor.ts";
import { Lines } from "../../linux/lines.ts";
import { reap } from "../../linux/process.ts";
import { askSecret, isTerminal } from "../../linux/prompt.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { AskingPlace } from "../ssh-tpm-agent/askpass.ts";
import { Dialog } from "../ssh-tpm-agent/dialog.ts";
import { setting } from "../tpm/places.ts";

/** The authorization value of a TPM object has at most as many bytes as the digest that it is named by. */
export const PIN_BYTES: i32 = 32;

export class Questions {
  private lines: Lines = new Lines(STDIN);

  /** A line; `usual` if that is empty, or the input has ended. */
  ask(question: string, usual: Uint8Array): Uint8Array {
    print(question);
    if (this.lines.next()) {
      const line = this.lines.line;
      return line.length == 0 ? usual : copyOf(line, 0, line.length);
    }
    print("\n");
    return usual;
  }

  /** Only a clear yes is one. */
  isYes(question: string): bool {
    const answer = this.ask(question, EMPTY);
    return isText(answer, "y") || isText(answer, "Y") || isText(answer, "yes") || isText(answer, "Yes");
  }

  /** A secret, to be wiped; null if a person gave no answer, and that is logged. */
  secret(question: string): Uint8Array | null {
    const demand = setting("SSH_ASKPASS_REQUIRE");
    const wantsDialog = isText(demand, "force") || isText(demand, "prefer");
    const atTerminal = isTerminal(STDIN);
    if (wantsDialog || !atTerminal) {
      const place = AskingPlace.find();
      if (place.program.length > 0) return byDialog(question, place);
    }
    if (atTerminal) {
      const answer = askSecret(question);
      if (answer.error == 0) return answer.bytes;
      log.fatal("unable to read from the terminal", answer.error);
      return null;
    }
    print(question);
    if (!this.lines.next()) return EMPTY;
    const secret = copyOf(this.lines.line, 0, this.lines.line.length);
    wipe(this.lines.line);
    return secret;
  }

  /** A new PIN, asked for twice, and again as long as the two differ; null if there is none, which is logged. */
  newPin(question: string, again: string): Uint8Array | null {
    while (true) {
      const first = this.secret(question);
      if (first == null) return null;
      const second = this.secret(again);
      const same = second != null && equal(first, second);
      if (second != null) wipe(second);
      if (same) return fit(first);
      wipe(first);
      if (second == null) return null;
      print("Passphrases do not match.  Try again.\n");
    }
  }
}

/** Has a program ask; null if nobody answers, and that is logged. */
function byDialog(question: string, place: AskingPlace): Uint8Array | null {
  const dialog = Dialog.open(new Question(ASK_PIN, question), place);
  if (dialog == null) {
    log.fatal("unable to run " + printable(place.program));
    return null;
  }
  dialog.wait();
  const ending = reap(dialog.pid, true);
  let answer: Uint8Array | null = null;
  if (ending != null && dialog.finish(ending.status)) {
    const words = dialog.words();
    answer = copyOf(words, 0, words.length);
  }
  dialog.close(false);
  if (answer == null) log.fatal("no answer to: " + question);
  return answer;
}

/** `pin`, if a TPM takes it; null otherwise, and that is logged. */
export function fit(pin: Uint8Array): Uint8Array | null {
  if (pin.length <= PIN_BYTES) return pin;
  wipe(pin);
  log.fatal(`a PIN has at most ${PIN_BYTES} bytes`);
  return null;
}
