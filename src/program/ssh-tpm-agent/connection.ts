/** One client's connection: messages in and out, in whatever pieces the client takes and gives them. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { AgentClient, NOTHING } from "../../core/ssh/agent/client.ts";
import { framedBytes, IncomingFrame } from "../../core/ssh/agent/frame.ts";
import { close, read, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { POLLIN, POLLOUT } from "../../linux/poll.ts";
import { ProxyCall } from "./proxy-call.ts";

export class Connection {
  /** -1 once it has ended. */
  socket: i32;
  client: AgentClient;
  /** Its place in the set that is waited for. */
  index: i32 = -1;
  /** What is passed on to a proxied agent, or null. */
  call: ProxyCall | null = null;
  /** When something came last, in milliseconds. */
  active: f64;
  private incoming: IncomingFrame = new IncomingFrame();
  private out: Uint8Array = EMPTY;
  private sent: i32 = 0;

  constructor(socket: i32, client: AgentClient, now: f64) {
    this.socket = socket;
    this.client = client;
    this.active = now;
  }

  /** True if nothing is being done for the client. */
  isIdle(): bool {
    return this.client.need == NOTHING && this.out.length == 0;
  }

  /** What is waited for. The end of a connection is noticed in any case. */
  events(): i32 {
    if (this.out.length > 0) return POLLOUT;
    return this.client.need == NOTHING ? POLLIN : 0;
  }

  /** Reads on. The next request if it is whole, else EMPTY. */
  receive(): Uint8Array {
    while (this.socket >= 0) {
      const room = this.incoming.room();
      const count = read(this.socket, room, 0, room.length);
      if (count == -EAGAIN) return EMPTY;
      if (count <= 0) {
        this.end();
        return EMPTY;
      }
      this.incoming.took(count);
      if (this.incoming.bad) this.end();
      const message = this.incoming.message();
      if (message.length == 0) continue;
      this.incoming = new IncomingFrame();
      return message;
    }
    return EMPTY;
  }

  /** Sends the client's answer. */
  answer(): void {
    this.out = framedBytes(this.client.answer);
    this.sent = 0;
    this.flush();
  }

  /** Sends on as far as the client takes it. */
  flush(): void {
    while (this.socket >= 0 && this.sent < this.out.length) {
      const count = write(this.socket, this.out, this.sent, this.out.length - this.sent);
      if (count == -EAGAIN) return;
      if (count < 0) this.end();
      else this.sent += count;
    }
    this.out = EMPTY;
    this.sent = 0;
  }

  /** Lets go of all that is the connection's. */
  end(): void {
    close(this.socket);
    this.socket = -1;
    this.client.end();
    const call = this.call;
    if (call != null) call.close();
    this.call = null;
  }
}
