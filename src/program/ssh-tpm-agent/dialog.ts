/**
 * A question put to a person by a process of its own, so that nobody else has to wait for the answer. It comes through a
 * pipe; the process's end, and its exit status, say that it is one.
 */
import { wipe } from "../../core/bytes/bytes.ts";
import { ascii, isText, lowerCase } from "../../core/bytes/text.ts";
import { ASK_CONSENT, Question } from "../../core/ssh/agent/question.ts";
import {
  close,
  closeFrom,
  duplicateTo,
  Pipe,
  read,
  setNonBlocking,
  STDERR,
  STDOUT,
  writeAll,
} from "../../linux/descriptor.ts";
import { EAGAIN, EMFILE } from "../../linux/errno.ts";
import { POLLIN, PollSet } from "../../linux/poll.ts";
import { execute, exit, fork, NOT_FOUND } from "../../linux/process.ts";
import { askSecret } from "../../linux/prompt.ts";
import { kill, restoreSignals, SIGTERM } from "../../linux/signals.ts";
import { changedEnvironment } from "../changed-environment.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { AskingPlace } from "./askpass.ts";

/** Bytes of an answer at most; what is longer is no answer. */
const ANSWER_LIMIT: i32 = 1024;

const LINE_FEED: u8 = 10;
const CARRIAGE_RETURN: u8 = 13;

export class Dialog {
  pid: i32;
  /** Readable when there is something to `take`; -1 when there will be nothing more. */
  source: i32;
  /** It asks at the terminal, which it puts back when it ends. */
  readonly atTerminal: bool;
  private question: Question;
  private answer: Uint8Array = new Uint8Array(ANSWER_LIMIT);
  private length: i32 = 0;

  private constructor(pid: i32, source: i32, question: Question, atTerminal: bool) {
    this.pid = pid;
    this.source = source;
    this.question = question;
    this.atTerminal = atTerminal;
  }

  /** Starts asking. Null if there is no process to be had. */
  static open(question: Question, place: AskingPlace): Dialog | null {
    const pipe = Pipe.open();
    const pid = pipe == null ? -EMFILE : fork();
    if (pid == 0) {
      duplicateTo(pipe!.sink, STDOUT);
      closeFrom(STDERR + 1); // other clients' connections too: they must not stay open because of this one
      if (place.program.length > 0) becomeAskpass(question, place.program);
      exit(askAtTerminal(question));
    }
    if (pipe == null) return null;
    close(pipe.sink);
    setNonBlocking(pipe.source);
    if (pid > 0) return new Dialog(pid, pipe.source, question, place.program.length == 0);
    close(pipe.source);
    return null;
  }

  /** Takes what has come of the answer. */
  take(): void {
    const room = ANSWER_LIMIT - this.length;
    const count = room > 0 ? read(this.source, this.answer, this.length, room) : 0;
    if (count == -EAGAIN) return;
    if (count > 0) {
      this.length += count;
      return;
    }
    close(this.source);
    this.source = -1;
  }

  /** Waits until the answer has ended. */
  wait(): void {
    const waiting = new PollSet(1);
    while (this.source >= 0) {
      waiting.clear();
      waiting.add(this.source, POLLIN);
      waiting.wait(-1);
      this.take();
    }
  }

  /** The process has ended with `status`. True if the answer is one; `words` has it then. */
  finish(status: i32): bool {
    // What the process has left running may hold the pipe open: what is there now is all.
    let before = -1;
    while (this.source >= 0 && this.length > before) {
      before = this.length;
      this.take();
    }
    if (status != 0 || this.length == ANSWER_LIMIT) return false;
    if (this.question.kind != ASK_CONSENT) return true;
    const words = this.words();
    return words.length == 0 || isText(lowerCase(words), "yes");
  }

  /** The first line of the answer: a view, valid until `close`. */
  words(): Uint8Array {
    let length = 0;
    while (length < this.length && this.answer[length] != LINE_FEED && this.answer[length] != CARRIAGE_RETURN) length++;
    return this.answer.subarray(0, length);
  }

  /** Overwrites the answer, and ends the process if it hasn't ended. */
  close(running: bool): void {
    wipe(this.answer);
    if (running) kill(this.pid, SIGTERM);
    close(this.source);
    this.source = -1;
  }
}

/** Returns only if it can't be done. */
function becomeAskpass(question: Question, program: Uint8Array): void {
  const prompt = question.kind == ASK_CONSENT ? ascii("confirm") : null;
  const environment = changedEnvironment(["SSH_ASKPASS_PROMPT"], [prompt]);
  restoreSignals();
  execute(program, [program, ascii(question.text)], environment);
  exit(NOT_FOUND);
}

/** Returns an exit status. */
function askAtTerminal(question: Question): i32 {
  const consent = question.kind == ASK_CONSENT;
  const answer = askSecret(question.text + (consent ? "\n(yes/no) " : ""));
  if (answer.error < 0) return FAILURE;
  if (consent) return isText(lowerCase(answer.bytes), "yes") ? SUCCESS : FAILURE;
  writeAll(STDOUT, answer.bytes);
  wipe(answer.bytes);
  return SUCCESS;
}
