/** What a program prints: run without a shell, in an environment of one variable, with a limit on time and size. */
import { close, duplicateTo, O_RDWR, Pipe, read, STDERR, STDIN, STDOUT } from "./descriptor.ts";
import { execute, exit, fork, NOT_FOUND, reap } from "./process.ts";
import { kill, restoreSignals, SIGKILL } from "./signals.ts";
import { PollSet, POLLIN } from "./poll.ts";
import { now } from "./clock.ts";
import { open } from "./file.ts";
import { ascii } from "../core/bytes/text.ts";

/** Bytes for which there is room at first: memory that was never touched costs nothing. */
const USUAL_OUTPUT: i32 = 512;
/** All of the environment that such a program has. */
export const PROGRAM_PATH: string = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What `words` print to standard output, the first of them being the path of the program. Null if it can't be run,
 * fails, prints more than `limit` bytes, or takes more than `milliseconds`.
 */
export function outputOf(words: Uint8Array[], limit: i32, milliseconds: f64): Uint8Array | null {
  const pipe = Pipe.open();
  if (pipe == null) return null;
  const pid = fork();
  if (pid == 0) {
    const nothing = open(ascii("/dev/null"), O_RDWR);
    restoreSignals();
    duplicateTo(pipe.sink, STDOUT);
    if (nothing >= 0) {
      duplicateTo(nothing, STDIN);
      duplicateTo(nothing, STDERR);
    } else {
      close(STDIN);
      close(STDERR);
    }
    execute(words[0], words, [ascii(PROGRAM_PATH)]);
    exit(NOT_FOUND);
  }
  close(pipe.sink);
  pipe.sink = -1;
  let output: Uint8Array | null = null;
  if (pid > 0) output = collect(pipe.source, limit, milliseconds);
  pipe.close();
  if (pid < 0) return null;
  if (output == null) kill(pid, SIGKILL);
  const ending = reap(pid, true);
  return ending != null && ending.status == 0 ? output : null;
}

/** All that comes from `descriptor` until its end; null if that is more than `limit` bytes or takes longer. */
export function collect(descriptor: i32, limit: i32, milliseconds: f64): Uint8Array | null {
  const deadline = now() + milliseconds;
  let buffer = new Uint8Array(limit < USUAL_OUTPUT ? limit + 1 : USUAL_OUTPUT);
  const waiting = new PollSet(1);
  let length = 0;
  while (length <= limit) {
    waiting.clear();
    waiting.add(descriptor, POLLIN);
    const left = deadline - now();
    if (left <= 0 || waiting.wait(left) <= 0) return null;
    const n = read(descriptor, buffer, length, buffer.length - length);
    if (n < 0) return null;
    if (n == 0) return buffer.subarray(0, length);
    length += n;
    if (length == buffer.length) buffer = larger(buffer, limit + 1);
  }
  return null;
}

/** The same bytes with room for more, up to `limit` in all. */
function larger(bytes: Uint8Array, limit: i32): Uint8Array {
  const copy = new Uint8Array(bytes.length < limit >> 1 ? bytes.length << 1 : limit);
  copy.set(bytes);
  return copy;
}
