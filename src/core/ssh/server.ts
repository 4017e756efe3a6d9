/**
 * The SSH server for one connection: transport, authentication and connection protocol put together. Sans I/O: a host
 * program moves the bytes, runs the children, and tells the time.
 *
 * The host program waits (poll) for whatever of these applies, then acts on what is ready:
 *
 * | wait for                            | while                                        | then |
 * |---|---|---|
 * | bytes from the client               | `wantsInput()`                               | read into `input()`, `received(count)`; at the end of the stream `ended()` |
 * | room for bytes to the client        | `output().length > 0`                        | write `output()`, `sent(count)` |
 * | a child's output, for each stream   | `connection.wantsOutput(session, stream)`    | read into `connection.prepareOutput(session, stream)`, `connection.commitOutput(session, stream, count)`; at its end `connection.outputEnded(session, stream)` |
 * | room in a child's input             | `connection.hasInput(session)`               | `connection.writable(session)` |
 * | a child's death                     | always                                       | `connection.exited(...)` or `connection.killed(...)` |
 * | the clock                           | `environment.now() >= deadline()`            | `tick()` |
 *
 * and ends once `closed()` and `output()` is empty or can't be written. Each call may close the connection, open or
 * close sessions, and change what is to be waited for: ask again before each wait. The children of sessions are reached
 * through the `Sessions` given to the constructor, which is called from within these calls.
 *
 * After a child with a terminal has died, a terminal that has nothing to read is at its end (OpenSSH does the same):
 * a process that it left in the background may hold the terminal open for ever. Over pipes the end of the stream counts
 * alone, as with OpenSSH: what the child left running may still have something to say.
 *
 * A forwarded connection is to the host program as a session whose child is a socket: it begins with
 * `connection.connected(...)` or `connection.openAgent()`, has one stream of output, and nobody in it dies.
 */
import { Authentication } from "./auth/authentication.ts";
import { Grant } from "./auth/grant.ts";
import { Connection } from "./connection/connection.ts";
import { Sessions } from "./connection/sessions.ts";
import { HostKeyRotation } from "./connection/host-key-rotation.ts";
import { Authority, Environment, HostKey } from "./environment.ts";
import { BY_APPLICATION, CONNECTION_LOST } from "./message/disconnect-reason.ts";
import { GLOBAL_REQUEST } from "./message/number.ts";
import { TransportOptions } from "./transport/options.ts";
import { Service, Transport } from "./transport/transport.ts";

/** Times are in milliseconds. */
export class ServerOptions {
  transport: TransportOptions = new TransportOptions();
  /** From the first byte to a successful login; TinySSH's. */
  loginTimeout: f64 = 60_000;
  /** After that much silence of a logged-in client it is asked for a sign of life; 0: never. */
  keepaliveInterval: f64 = 900_000;
  /** That many questions without any answer end the connection: after an hour's silence, as TinySSH's. */
  keepaliveLimit: i32 = 3;
  /** After that long without a byte of any session's data the connection ends; 0: never. */
  idleTimeout: f64 = 0;

  /** Told of each message of a client that has not logged in; what is sent here goes ahead of the answer. */
  greet(_message: Uint8Array, _transport: Transport): void {}
}

export class Server extends Service {
  /** Where the host program reports what becomes of its sessions. */
  connection: Connection;
  private environment: Environment;
  private transport: Transport;
  private authentication: Authentication;
  private rotation: HostKeyRotation;
  private options: ServerOptions;
  private loginDeadline: f64;
  private keepaliveDeadline: f64 = Infinity;
  private unanswered: i32 = 0;
  /** Bytes that the sessions had moved when that was last looked at, and when they have to have moved another. */
  private traffic: f64 = -1;
  private idleDeadline: f64 = Infinity;

  constructor(
    environment: Environment,
    hostKeys: HostKey[],
    authority: Authority,
    sessions: Sessions,
    options: ServerOptions,
  ) {
    super();
    const transport = new Transport(environment, hostKeys, options.transport);
    this.environment = environment;
    this.transport = transport;
    this.authentication = new Authentication(environment, transport, authority);
    const rotation = new HostKeyRotation(transport, hostKeys);
    this.rotation = rotation;
    this.connection = new Connection(environment, transport, sessions, rotation);
    this.options = options;
    this.loginDeadline = environment.now() + options.loginTimeout;
    transport.service = this;
  }

  /** The room for bytes from the client: never empty while `wantsInput()`. */
  input(): Uint8Array {
    return this.transport.input();
  }

  /** `count` bytes from the client lie in `input()`: handles them. */
  received(count: i32): void {
    if (this.transport.closed) return;
    this.heard();
    this.transport.received(count);
    this.settle();
  }

  /** The client's stream has ended or broken: every session is closed. */
  ended(): void {
    if (!this.authentication.done) this.transport.fail(CONNECTION_LOST, "the client left before it had logged in");
    else if (this.connection.busy()) this.transport.fail(CONNECTION_LOST, "the client has vanished");
    else this.transport.disconnect(BY_APPLICATION, "the client has left");
    this.settle();
  }

  /** The host program is to end: every session is closed, and the client hears why. */
  leave(): void {
    this.transport.disconnect(BY_APPLICATION, "the server was told to end");
    this.settle();
  }

  /** True if bytes from the client are welcome now. */
  wantsInput(): bool {
    return this.transport.input().length > 0;
  }

  /** Bytes for the client: a view, valid until the next call. Also after `closed()`: a last message may be in it. */
  output(): Uint8Array {
    return this.transport.output();
  }

  /** The client's stream has taken the first `count` bytes of `output()`. */
  sent(count: i32): void {
    this.transport.sent(count);
  }

  /** True once the connection is over: what `output()` holds is the rest. */
  closed(): bool {
    return this.transport.closed;
  }

  /** True if it is over because one side broke the rules or the limits: `reason()` says how. */
  failed(): bool {
    return this.transport.failed;
  }

  /** Why the connection is over, for the log. */
  reason(): string {
    return this.transport.reason;
  }

  /** The name of the logged-in user; empty before. */
  user(): Uint8Array {
    return this.authentication.user;
  }

  /** What the logged-in user is granted; null before. */
  grant(): Grant | null {
    return this.authentication.grant;
  }

  /** When `tick()` wants to be called, in `environment.now()`'s time; Infinity: not at all. */
  deadline(): f64 {
    if (this.transport.closed) return this.connection.busy() ? 0 : Infinity;
    const own = this.authentication.done ? Math.min(this.keepaliveDeadline, this.idleEnd()) : this.loginDeadline;
    return Math.min(own, this.transport.deadline());
  }

  /** Does what is due by the clock, or at once: a child's output can end the connection as well. */
  tick(): void {
    if (!this.transport.closed) this.beOnTime();
    this.settle();
  }

  receive(payload: Uint8Array): void {
    if ((payload[0] as i32) >= GLOBAL_REQUEST) {
      this.connection.receive(payload);
    } else {
      this.options.greet(payload, this.transport);
      this.authentication.receive(payload);
      if (this.authentication.done) this.rotation.announce();
    }
  }

  private beOnTime(): void {
    this.transport.tick();
    const now = this.environment.now();
    if (!this.authentication.done) {
      if (now >= this.loginDeadline) this.transport.fail(BY_APPLICATION, "login timeout");
    } else if (now >= this.idleEnd()) {
      this.transport.fail(BY_APPLICATION, "idle for too long");
    } else if (now >= this.keepaliveDeadline) {
      this.askForLife();
    }
  }

  /** Whatever the client sent is a sign of life. */
  private heard(): void {
    this.unanswered = 0;
    this.rest();
  }

  /** Puts the next question off. */
  private rest(): void {
    const interval = this.options.keepaliveInterval;
    this.keepaliveDeadline = interval > 0 ? this.environment.now() + interval : Infinity;
  }

  /** When the sessions will have been idle for too long, unless they move a byte before. */
  private idleEnd(): f64 {
    const traffic = this.connection.received.toNumber() + this.connection.sent.toNumber();
    if (this.options.idleTimeout == 0 || traffic == this.traffic) return this.idleDeadline;
    this.traffic = traffic;
    this.idleDeadline = this.environment.now() + this.options.idleTimeout;
    return this.idleDeadline;
  }

  private askForLife(): void {
    if (this.unanswered >= this.options.keepaliveLimit) {
      this.transport.fail(CONNECTION_LOST, "the client no longer answers");
      return;
    }
    this.unanswered++;
    this.connection.sendKeepalive();
    this.rest();
  }

  /** To be called after whatever may have ended the connection: no session outlives it. */
  private settle(): void {
    if (this.transport.closed) this.connection.end();
  }
}
