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

class Signal {
  number: i32;
  name: string;
  description: string;

  constructor(number: i32, name: string, description: string) {
    this.number = number;
    this.name = name;
    this.description = description;
  }
}

const signals: Signal[] = [
  new Signal(SIGABRT, "ABRT", "abort"),
  new Signal(SIGALRM, "ALRM", "alarm clock"),
  new Signal(SIGFPE, "FPE", "floating point exception"),
  new Signal(SIGHUP, "HUP", "hangup"),
  new Signal(SIGILL, "ILL", "illegal instruction"),
  new Signal(SIGINT, "INT", "interrupt"),
  new Signal(SIGKILL, "KILL", "kill"),
  new Signal(SIGPIPE, "PIPE", "broken pipe"),
  new Signal(SIGQUIT, "QUIT", "quit"),
  new Signal(SIGSEGV, "SEGV", "segmentation fault"),
  new Signal(SIGTERM, "TERM", "termination"),
  new Signal(SIGUSR1, "USR1", "user signal 1"),
  new Signal(SIGUSR2, "USR2", "user signal 2"),
];

/** 0 if there is none of that name. */
export function signalNumber(name: Uint8Array): i32 {
  for (let i = 0; i < signals.length; i++) {
    if (isText(name, signals[i].name)) return signals[i].number;
  }
  return 0;
}

export function signalName(number: i32): string {
  const signal = find(number);
  return signal == null ? "UNKNOWN" : signal.name;
}

/** What a person is told: `SIGTERM (termination)`. */
export function signalDescription(number: i32): string {
  const signal = find(number);
  return signal == null ? `signal ${number}` : "SIG" + signal.name + " (" + signal.description + ")";
}

function find(number: i32): Signal | null {
  for (let i = 0; i < signals.length; i++) {
    if (signals[i].number == number) return signals[i];
  }
  return null;
}
