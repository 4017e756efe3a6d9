/** The signals that RFC 4254 section 6.10 has names for. */
import { isText } from "../../core/bytes/text.ts";
import {
  SIGABRT,
  SIGALRM,
  SIGFPE,
  SIGHUP,
  SIGILL,
  SIGINT,
  SIGKILL,
  SIGPIPE,
  SIGQUIT,
  SIGSEGV,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
} from "../../linux/signals.ts";

/** By their places in these, a signal's number, name and description. */
const numbers: i32[] = [
  SIGABRT,
  SIGALRM,
  SIGFPE,
  SIGHUP,
  SIGILL,
  SIGINT,
  SIGKILL,
  SIGPIPE,
  SIGQUIT,
  SIGSEGV,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
];
const names: string[] = [
  "ABRT",
  "ALRM",
  "FPE",
  "HUP",
  "ILL",
  "INT",
  "KILL",
  "PIPE",
  "QUIT",
  "SEGV",
  "TERM",
  "USR1",
  "USR2",
];
const descriptions: string[] = [
  "abort",
  "alarm clock",
  "floating point exception",
  "hangup",
  "illegal instruction",
  "interrupt",
  "kill",
  "broken pipe",
  "quit",
  "segmentation fault",
  "termination",
  "user signal 1",
  "user signal 2",
];

/** 0 if there is none of that name. */
export function signalNumber(name: Uint8Array): i32 {
  for (let i = 0; i < names.length; i++) {
    if (isText(name, names[i])) return numbers[i];
  }
  return 0;
}

export function signalName(number: i32): string {
  const place = numbers.indexOf(number);
  return place < 0 ? "UNKNOWN" : names[place];
}

/** What a person is told: `SIGTERM (termination)`. */
export function signalDescription(number: i32): string {
  const place = numbers.indexOf(number);
  return place < 0 ? `signal ${number}` : "SIG" + names[place] + " (" + descriptions[place] + ")";
}
