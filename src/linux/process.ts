/** Processes: made, become another program, waited for, ended. */
import { call, whole } from "./sys.ts";
import { i32At, putI64, terminated } from "./layout.ts";
import { SIGCHLD } from "./signals.ts";
import { EINTR } from "./errno.ts";

/** Exit status of a child that could not become what it should, as shells have it. */
export const NOT_FOUND: i32 = 127;

const WNOHANG: i32 = 1;
const PR_SET_DUMPABLE: i32 = 4;
const TIOCSCTTY: i32 = 0x540e;

/** A copy of this process: its id here, 0 in the copy, negative errno if there is none. */
export function fork(): i32 {
  return call(56, 220, SIGCHLD, 0, 0, 0, 0);
}

/** Ends the process at once. */
export function exit(status: i32): void {
  call(231, 94, status);
}

/** Other processes of the same user may no longer read or steer this one, nor may anyone through /proc/self/mem. */
export function forbidTracing(): void {
  call(157, 167, PR_SET_DUMPABLE, 0, 0, 0, 0); // prctl
}

export function processId(): i32 {
  return call(39, 172);
}

export function parentId(): i32 {
  return call(110, 173);
}

/** Starts a session and a process group of its own, without a controlling terminal. */
export function newSession(): i32 {
  return call(112, 157);
}

/** Makes `terminal` the controlling terminal of this session, which has none yet. */
export function takeTerminal(terminal: i32): i32 {
  return call(16, 29, terminal, TIOCSCTTY, 0);
}

/** From now on nobody but the owner can write to new files; what else was denied stays so. */
export function restrictUmask(): void {
  const denied = call(95, 166, 0o777);
  call(95, 166, denied | 0o022);
}

export function changeFolder(path: Uint8Array): i32 {
  return call(80, 49, whole(terminated(path)));
}

/** NULL-terminated array of pointers to strings, which are kept alive by `strings`. */
function pointers(strings: Uint8Array[]): Uint8Array {
  const array = new Uint8Array((strings.length + 1) * 8);
  for (let i = 0; i < strings.length; i++) putI64(array, i * 8, whole(strings[i]));
  return array;
}

function terminatedAll(texts: Uint8Array[]): Uint8Array[] {
  const all = new Array<Uint8Array>();
  for (let i = 0; i < texts.length; i++) all.push(terminated(texts[i]));
  return all;
}

/** Becomes the program at `path`. Returns only if that failed: the negative errno. */
export function execute(path: Uint8Array, words: Uint8Array[], environment: Uint8Array[]): i32 {
  const program = terminated(path);
  const wordTexts = terminatedAll(words);
  const environmentTexts = terminatedAll(environment);
  const argv = pointers(wordTexts);
  const envp = pointers(environmentTexts);
  return call(59, 221, whole(program), whole(argv), whole(envp));
}

/** How a process ended. */
export class Ending {
  pid: i32 = 0;
  /** Exit status, or -1 if a signal ended it. */
  status: i32 = -1;
  /** The signal that ended it, or 0. */
  signal: i32 = 0;
  dumpedCore: bool = false;

  constructor(pid: i32, word: i32) {
    this.pid = pid;
    this.signal = word & 127;
    this.status = this.signal == 0 ? (word >> 8) & 255 : -1;
    this.dumpedCore = (word & 128) != 0;
  }
}

/** A child that has ended, any of them if `pid` is -1. Null if none has, or if `wait` is set, if there is none. */
export function reap(pid: i32, wait: bool): Ending | null {
  const word = new Uint8Array(4);
  let result = -EINTR;
  while (result == -EINTR) result = call(61, 260, pid, whole(word), wait ? 0 : WNOHANG, 0);
  return result > 0 ? new Ending(result, i32At(word, 0)) : null;
}
