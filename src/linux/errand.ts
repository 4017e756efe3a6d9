/**
 * Work done by a process of its own, of which only the answer comes back: what it reads, and whose rights it takes on,
 * stay there.
 */
import { collect } from "./command-output.ts";
import { close, Pipe, writeAll } from "./descriptor.ts";
import { EMFILE } from "./errno.ts";
import { exit, fork, reap } from "./process.ts";
import { kill, SIGKILL } from "./signals.ts";

export abstract class Errand {
  /** Why no process was to be had, a negative errno; 0 if there was one. */
  error: i32 = 0;

  /** Does the work, in the new process, and returns the answer. */
  abstract run(): Uint8Array;

  /** Has the work done. Null if no answer of exactly `length` bytes came within `milliseconds`. */
  answer(length: i32, milliseconds: f64): Uint8Array | null {
    const answer = this.answerWithin(length, milliseconds);
    return answer == null || answer.length != length ? null : answer;
  }

  /** The same for an answer of any length up to `limit`. */
  answerWithin(limit: i32, milliseconds: f64): Uint8Array | null {
    const pipe = Pipe.open();
    if (pipe == null) {
      this.error = -EMFILE;
      return null;
    }
    const pid = fork();
    if (pid == 0) {
      writeAll(pipe.sink, this.run());
      exit(0);
    }
    close(pipe.sink);
    pipe.sink = -1;
    let answer: Uint8Array | null = null;
    if (pid > 0) answer = collect(pipe.source, limit, milliseconds);
    pipe.close();
    if (pid < 0) {
      this.error = pid;
      return null;
    }
    if (answer == null) kill(pid, SIGKILL);
    reap(pid, true);
    return answer;
  }
}
