/**
 * One request passed on to a proxied agent, on a connection of its own: an agent that was started anew is found again, and
 * what is said of one client's connection never counts for another's.
 */
import { concat, EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { framedBytes, IncomingFrame } from "../../core/ssh/agent/frame.ts";
import { close, read, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { connectLocally, SOCK_STREAM } from "../../linux/local-socket.ts";
import { POLLIN, POLLOUT } from "../../linux/poll.ts";

export class ProxyCall {
  /** -1 once the call is at its end. */
  socket: i32;
  /** Its place in the set that is waited for. */
  index: i32 = -1;
  /** When it is given up; Infinity if never: somebody may be asked over there. */
  deadline: f64;
  /** The answer to the last message; EMPTY if there is none. */
  answer: Uint8Array = EMPTY;
  private out: Uint8Array = EMPTY;
  private sent: i32 = 0;
  private incoming: IncomingFrame = new IncomingFrame();
  /** How many answers are still to come. */
  private left: i32;

  /** Passes `messages` on to the agent at `path`. */
  constructor(path: Uint8Array, messages: Uint8Array[], deadline: f64) {
    this.socket = connectLocally(path, SOCK_STREAM);
    this.left = messages.length;
    this.deadline = deadline;
    for (let i = 0; i < messages.length; i++) {
      const former = this.out;
      const next = framedBytes(messages[i]);
      this.out = concat(former, next);
      wipe(former);
      wipe(next);
    }
  }

  events(): i32 {
    return this.sent < this.out.length ? POLLOUT : POLLIN;
  }

  /** Goes on as far as it gets without waiting. */
  proceed(): void {
    while (this.socket >= 0 && this.sent < this.out.length) {
      const count = write(this.socket, this.out, this.sent, this.out.length - this.sent);
      if (count == -EAGAIN) return;
      if (count < 0) this.close();
      else this.sent += count;
    }
    while (this.socket >= 0) {
      const room = this.incoming.room();
      const count = read(this.socket, room, 0, room.length);
      if (count == -EAGAIN) return;
      if (count <= 0) this.close();
      else this.took(count);
    }
  }

  private took(count: i32): void {
    this.incoming.took(count);
    if (this.incoming.bad) this.close();
    const message = this.incoming.message();
    if (message.length == 0) return;
    this.incoming = new IncomingFrame();
    this.left--;
    if (this.left > 0) return;
    this.answer = message;
    this.close();
  }

  /** Ends the call, wherever it is; what was to be sent is overwritten. */
  close(): void {
    close(this.socket);
    this.socket = -1;
    wipe(this.out);
    this.out = EMPTY;
  }
}
