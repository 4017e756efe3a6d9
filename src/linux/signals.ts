/**
 * Signals: blocked and read from a descriptor, so that none ever interrupts anything; and sent.
 */
import { call, whole } from "./sys.ts";
import { putI64, u32At } from "./layout.ts";
import { read } from "./descriptor.ts";

export const SIGHUP: i32 = 1;
export const SIGINT: i32 = 2;
export const SIGQUIT: i32 = 3;
export const SIGILL: i32 = 4;
export const SIGABRT: i32 = 6;
export const SIGFPE: i32 = 8;
export const SIGKILL: i32 = 9;
export const SIGUSR1: i32 = 10;
export const SIGSEGV: i32 = 11;
export const SIGUSR2: i32 = 12;
export const SIGPIPE: i32 = 13;
export const SIGALRM: i32 = 14;
export const SIGTERM: i32 = 15;
export const SIGCHLD: i32 = 17;

const LAST_SIGNAL: i32 = 64;

const SIG_DFL: i64 = 0;
const SIG_IGN: i64 = 1;
const SIG_SETMASK: i32 = 2;
/** Bytes of the kernel's signal set. */
const SET_BYTES: i32 = 8;
const SFD_CLOEXEC: i32 = 0o2000000;
const SFD_NONBLOCK: i32 = 0o4000;
/** sizeof(struct signalfd_siginfo). */
const RECORD_BYTES: i32 = 128;
/** The place of its code, and what that is if no process has sent the signal. */
const CODE: i32 = 8;
const SI_KERNEL: u32 = 0x80;

function setDisposition(signal: i32, handler: i64): void {
  const action = new Uint8Array(32); // handler, flags, restorer, mask
  putI64(action, 0, handler);
  call(13, 134, signal, whole(action), 0, SET_BYTES);
}

function setMask(signals: i64): void {
  const set = new Uint8Array(SET_BYTES);
  putI64(set, 0, signals);
  call(14, 135, SIG_SETMASK, whole(set), 0, SET_BYTES);
}

/** A write to a pipe or socket that nobody reads yields EPIPE and nothing else. */
export function ignoreBrokenPipes(): void {
  setDisposition(SIGPIPE, SIG_IGN);
}

/** What a program that is started next expects: nothing blocked, nothing ignored, whoever had set that. */
export function restoreSignals(): void {
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) setDisposition(signal, SIG_DFL);
  setMask(0);
}

/** Signal `number` of process `pid`, or of the process group `-pid`. 0, or the negative errno. */
export function kill(pid: i32, number: i32): i32 {
  return call(62, 129, pid, number);
}

/** Signals that arrive as data: a signalfd. */
export class SignalQueue {
  /** Readable when a signal waits. */
  readonly descriptor: i32;
  private record: Uint8Array = new Uint8Array(RECORD_BYTES);

  constructor(descriptor: i32) {
    this.descriptor = descriptor;
  }

  /** Takes over SIGCHLD, SIGTERM, SIGINT and SIGHUP for this process. Its descriptor is negative if that failed. */
  static open(): SignalQueue {
    // A disposition of "ignore" would be inherited, and for SIGCHLD it would lose the exit statuses.
    setDisposition(SIGCHLD, SIG_DFL);
    return SignalQueue.of(bit(SIGCHLD) | bit(SIGTERM) | bit(SIGINT) | bit(SIGHUP));
  }

  /** Takes over `signals`, a sum of `bit`s, until `restoreSignals`. */
  static of(signals: i64): SignalQueue {
    setMask(signals);
    const set = new Uint8Array(SET_BYTES);
    putI64(set, 0, signals);
    return new SignalQueue(call(289, 74, -1, whole(set), SET_BYTES, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  /** True if the signal that `next` gave was the kernel's own, as when a terminal has gone away. */
  wasKernels(): bool {
    return u32At(this.record, CODE) == SI_KERNEL;
  }

  /** The next signal's number, or 0 if none waits. */
  next(): i32 {
    return read(this.descriptor, this.record, 0, RECORD_BYTES) == RECORD_BYTES ? (u32At(this.record, 0) as i32) : 0;
  }
}

/** A set of signals with one in it. */
export function bit(signal: i32): i64 {
  return (1 as i64) << ((signal - 1) as i64);
}
