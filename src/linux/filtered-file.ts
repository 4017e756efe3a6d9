/** What a program makes of a part of a file: `gzip -dc <FILE` without a shell, and without ever having all of it. */
import { PROGRAM_PATH } from "./command-output.ts";
import { close, duplicateTo, Pipe, read, STDIN, STDOUT, writeAll } from "./descriptor.ts";
import { EMFILE } from "./errno.ts";
import { readAt } from "./file-content.ts";
import { execute, exit, fork, NOT_FOUND, reap } from "./process.ts";
import { kill, restoreSignals, SIGKILL } from "./signals.ts";
import { ascii } from "../core/bytes/text.ts";

/** Bytes that are given at a time: what a pipe holds. */
const PIECE: i32 = 65536;

export class FilteredFile {
  /** 0, or why the program could not be started, the negative errno. */
  error: i32 = 0;
  private input: Pipe | null = Pipe.open();
  private output: Pipe | null = Pipe.open();
  /** Who gives, and who takes. */
  private feeder: i32 = -1;
  private program: i32 = -1;

  /**
   * Runs `words`, the first of them being the path of the program, with the bytes of `file` from `start` up to `end` on its
   * standard input. What it says on standard error is not dropped.
   */
  constructor(words: Uint8Array[], file: i32, start: i64, end: i64) {
    const input = this.input;
    const output = this.output;
    if (input != null && output != null) this.start(words, file, start, end, input, output);
    else this.error = -EMFILE;
  }

  private start(words: Uint8Array[], file: i32, start: i64, end: i64, input: Pipe, output: Pipe): void {
    this.program = fork();
    if (this.program == 0) {
      restoreSignals();
      duplicateTo(input.source, STDIN);
      duplicateTo(output.sink, STDOUT);
      execute(words[0], words, [ascii(PROGRAM_PATH)]);
      exit(NOT_FOUND);
    }
    close(input.source);
    input.source = -1;
    close(output.sink);
    output.sink = -1;
    this.feeder = this.program < 0 ? -1 : fork();
    if (this.feeder == 0) {
      restoreSignals();
      output.close();
      give(file, start, end, input.sink);
      exit(0);
    }
    input.close();
    if (this.program < 0) this.error = this.program;
    else if (this.feeder < 0) this.error = this.feeder;
  }

  /** Bytes read into `piece`; 0 at the end; the negative errno. */
  read(piece: Uint8Array): i32 {
    return read(this.output!.source, piece, 0, piece.length);
  }

  /** Ends it, whether all was read or not. The exit status of the program; -1 if a signal ended it, or it never began. */
  close(): i32 {
    const input = this.input;
    const output = this.output;
    if (input != null) input.close();
    if (output != null) output.close();
    if (this.feeder > 0) {
      kill(this.feeder, SIGKILL);
      reap(this.feeder, true);
    }
    const ending = this.program > 0 ? reap(this.program, true) : null; // what it still writes, nobody reads
    return ending == null ? -1 : ending.status;
  }
}

function give(file: i32, start: i64, end: i64, sink: i32): void {
  const piece = new Uint8Array(PIECE);
  let at = start;
  while (at < end) {
    const left = end - at;
    const n = readAt(file, at, left < (PIECE as i64) ? piece.subarray(0, left as i32) : piece);
    if (n <= 0 || writeAll(sink, piece.subarray(0, n)) < 0) return;
    at += n as i64;
  }
}
