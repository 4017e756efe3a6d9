/** A program that is given something to read: a secret, which neither its words nor its environment may carry. */
import { PROGRAM_PATH } from "./command-output.ts";
import { close, duplicateTo, O_WRONLY, Pipe, STDIN, STDOUT, writeAll } from "./descriptor.ts";
import { open } from "./file.ts";
import { execute, exit, fork, NOT_FOUND, reap } from "./process.ts";
import { ignoreBrokenPipes, restoreSignals } from "./signals.ts";
import { ascii } from "../core/bytes/text.ts";

/**
 * Runs `words`, the first of them being the path of the program, with `input` on its standard input; what it prints there
 * is dropped, what it says on standard error isn't. `input` fits into a pipe at once (4096 bytes). Its exit status; -1 if
 * a signal ended it, or it couldn't be started.
 */
export function feed(words: Uint8Array[], input: Uint8Array): i32 {
  const pipe = Pipe.open();
  if (pipe == null) return -1;
  ignoreBrokenPipes();
  const pid = fork();
  if (pid == 0) {
    restoreSignals();
    duplicateTo(pipe.source, STDIN);
    const nothing = open(ascii("/dev/null"), O_WRONLY);
    if (nothing >= 0) duplicateTo(nothing, STDOUT);
    else close(STDOUT);
    execute(words[0], words, [ascii(PROGRAM_PATH)]);
    exit(NOT_FOUND);
  }
  close(pipe.source);
  pipe.source = -1;
  if (pid > 0) writeAll(pipe.sink, input);
  pipe.close();
  const ending = pid > 0 ? reap(pid, true) : null;
  return ending == null ? -1 : ending.status;
}
