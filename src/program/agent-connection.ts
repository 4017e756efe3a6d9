/** A connection to an agent, by which one request after the other is answered. */
import { EMPTY } from "../core/bytes/bytes.ts";
import { framed, IncomingFrame } from "../core/ssh/agent/frame.ts";
import { Message } from "../core/ssh/message/message.ts";
import { now } from "../linux/clock.ts";
import { close, read, write } from "../linux/descriptor.ts";
import { connectLocally, SOCK_STREAM } from "../linux/local-socket.ts";
import { POLLIN, PollSet } from "../linux/poll.ts";

/** Milliseconds that nobody waits to see the end of: a person may have to be asked. */
const FOR_EVER: f64 = 1e12;

export class AgentConnection {
  /** 0, or the negative errno if there is no connection. */
  error: i32;
  private socket: i32;

  /** `path`: of the agent's socket. */
  constructor(path: Uint8Array) {
    this.socket = connectLocally(path, SOCK_STREAM);
    this.error = this.socket < 0 ? this.socket : 0;
  }

  /**
   * The answer, its number first; EMPTY if none that makes sense comes within `patience` milliseconds. The request has to
   * fit into the socket, as all do that aren't made to be too large.
   */
  ask(request: Message, patience: f64 = FOR_EVER): Uint8Array {
    const deadline = now() + patience;
    const bytes = framed(request);
    if (write(this.socket, bytes, 0, bytes.length) != bytes.length) return EMPTY;
    const frame = new IncomingFrame();
    const waiting = new PollSet(1);
    waiting.add(this.socket, POLLIN);
    let room = frame.room();
    while (room.length > 0) {
      if (waiting.wait(Math.max(deadline - now(), 0)) <= 0) return EMPTY;
      const count = read(this.socket, room, 0, room.length);
      if (count <= 0) return EMPTY;
      frame.took(count);
      room = frame.room();
    }
    return frame.message();
  }

  close(): void {
    close(this.socket);
    this.socket = -1;
  }
}
