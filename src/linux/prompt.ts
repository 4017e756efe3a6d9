/**
 * Asks a person for a secret at the terminal, which doesn't show what is typed.
 *
 * The terminal is as before on every way out: signals that would end or stop the program are held back while it is
 * changed, and sent on when it has been put back.
 */
import { call, whole } from "./sys.ts";
import { putU32, u32At } from "./layout.ts";
import { close, O_RDWR, read, writeAll } from "./descriptor.ts";
import { EFBIG, EINTR, EIO } from "./errno.ts";
import { open } from "./file.ts";
import { POLLIN, PollSet } from "./poll.ts";
import { processId } from "./process.ts";
import { bit, kill, restoreSignals, SIGHUP, SIGINT, SignalQueue, SIGQUIT, SIGTERM } from "./signals.ts";
import { copyOf, EMPTY, wipe } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

/** Bytes of an answer at most; a terminal's line has 4096. */
const LIMIT: i32 = 1024;

const TIOCGPGRP: i32 = 0x540f;
const TCGETS: i32 = 0x5401;
/** Sets the mode and drops what was typed before. */
const TCSETSF: i32 = 0x5404;
/** sizeof(struct termios) in the kernel, and the place of its local modes. */
const MODE_BYTES: i32 = 36;
const LOCAL_MODES: i32 = 12;
/** c_cc[VSUSP]. */
const SUSPEND_CHARACTER: i32 = 27;
const ICANON: u32 = 0o2;
const ECHO: u32 = 0o10;
const ECHONL: u32 = 0o100;

const LINE_FEED: i32 = 10;

/** What came of a question. */
export class Answer {
  /** A secret, to be wiped; without its line end. */
  bytes: Uint8Array;
  /** 0, or the negative errno; then `bytes` are empty. */
  error: i32;

  constructor(bytes: Uint8Array, error: i32) {
    this.bytes = bytes;
    this.error = error;
  }
}

/** Asks at the process's controlling terminal; an error if there is none, or the person gave no answer. */
export function askSecret(question: string): Answer {
  const terminal = open(ascii("/dev/tty"), O_RDWR);
  if (terminal < 0) return new Answer(EMPTY, terminal);
  const before = new Uint8Array(MODE_BYTES);
  const got = call(16, 29, terminal, TCGETS, whole(before)); // ioctl
  if (got < 0) {
    close(terminal);
    return new Answer(EMPTY, got);
  }
  const signals = SignalQueue.of(bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGTERM));
  hideTyping(terminal, before);
  writeAll(terminal, ascii(question));
  const signal = waitForLine(terminal, signals);
  const answer = signal == 0 ? readLine(terminal) : new Answer(EMPTY, -EINTR);
  call(16, 29, terminal, TCSETSF, whole(before));
  restoreSignals();
  if (signal != 0) kill(processId(), signal);
  close(signals.descriptor);
  close(terminal);
  return answer;
}

/** Whether `descriptor` is a terminal. */
export function isTerminal(descriptor: i32): bool {
  return call(16, 29, descriptor, TCGETS, whole(new Uint8Array(MODE_BYTES))) == 0; // ioctl
}

/** Whole lines, not shown but for their ends; nothing can suspend the program meanwhile. */
function hideTyping(terminal: i32, before: Uint8Array): void {
  const mode = copyOf(before, 0, MODE_BYTES);
  putU32(mode, LOCAL_MODES, (u32At(mode, LOCAL_MODES) & ~ECHO) | ICANON | ECHONL);
  mode[SUSPEND_CHARACTER] = 0; // none
  call(16, 29, terminal, TCSETSF, whole(mode));
}

/** 0 when a line can be read, or the signal that came first. */
function waitForLine(terminal: i32, signals: SignalQueue): i32 {
  const set = new PollSet(2);
  while (true) {
    set.clear();
    const line = set.add(terminal, POLLIN);
    set.add(signals.descriptor, POLLIN);
    set.wait(-1);
    const signal = signals.next();
    if (signal != 0) return signal;
    if (set.ready(line) != 0) return 0;
  }
}

function readLine(terminal: i32): Answer {
  const line = new Uint8Array(LIMIT + 1);
  const n = read(terminal, line, 0, line.length);
  let answer = new Answer(EMPTY, n < 0 ? n : -EIO); // nothing at all is an end of file: control-D, or a terminal that went away
  if (n > 0) answer = lineOf(line.subarray(0, n));
  wipe(line);
  return answer;
}

/** The first line of `text`, an answer that was typed or piped in. */
export function lineOf(text: Uint8Array): Answer {
  const feed = text.indexOf(LINE_FEED as u8);
  const length = feed < 0 ? text.length : feed;
  if (length > LIMIT) return new Answer(EMPTY, -EFBIG);
  return new Answer(copyOf(text, 0, length), 0);
}

/** True if this process has a terminal, and whoever is at it would see what it asks. */
export function hasForegroundTerminal(): bool {
  const terminal = open(ascii("/dev/tty"), O_RDWR);
  if (terminal < 0) return false;
  const group = new Uint8Array(4);
  const got = call(16, 29, terminal, TIOCGPGRP, whole(group)); // ioctl
  close(terminal);
  return got == 0 && u32At(group, 0) == (call(121, 155, 0) as u32); // getpgid
}
