/**
 * One connection from its first byte to its last: moves bytes between the client, the SSH core and the children.
 *
 * A round sends all that is there in one write, waits for whatever comes next, and deals with it.
 */
import { Authority, HostKey } from "../../core/ssh/environment.ts";
import { Server } from "../../core/ssh/server.ts";
import { now } from "../../linux/clock.ts";
import { close, read, setNonBlocking, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { PollSet, POLLIN, POLLOUT } from "../../linux/poll.ts";
import { SIGCHLD, SignalQueue } from "../../linux/signals.ts";
import { acknowledgeAtOnce, prepareConnection } from "../../linux/socket.ts";
import { log } from "../log.ts";
import { CONTINUE, FAILURE, SUCCESS } from "../program.ts";
import { LinuxEnvironment } from "./environment.ts";
import { SshdOptions } from "./options.ts";
import { Peer } from "./peer.ts";
import { LinuxSessions } from "./sessions.ts";

/** How long a client whose connection is over may take to read the rest, in milliseconds. */
const FAREWELL: f64 = 3000;
/** Descriptors waited for at first: signals, the client, a session. */
const USUAL_DESCRIPTORS: i32 = 8;

export class ConnectionLoop {
  private input: i32;
  private output: i32;
  private server: Server;
  private sessions: LinuxSessions;
  private signals: SignalQueue;
  private waiting: PollSet = new PollSet(USUAL_DESCRIPTORS);
  /** Closed as soon as the client is logged in: who holds the other end counts those who are not. */
  private loggedOut: i32;
  /** Nothing more can be sent. */
  private deaf: bool = false;
  /** When waiting for the client to read the rest ends; Infinity while the connection is not over. */
  private farewell: f64 = Infinity;

  /** `input` and `output` are the client; `loggedOut` is a descriptor or -1. */
  constructor(
    input: i32,
    output: i32,
    loggedOut: i32,
    peer: Peer,
    options: SshdOptions,
    hostKeys: HostKey[],
    authority: Authority,
    signals: SignalQueue,
  ) {
    this.input = input;
    this.output = output;
    this.loggedOut = loggedOut;
    this.signals = signals;
    setNonBlocking(input);
    setNonBlocking(output);
    prepareConnection(input);
    options.server.transport.comment = log.session;
    const sessions = new LinuxSessions(options, peer);
    const server = new Server(new LinuxEnvironment(), hostKeys, authority, sessions, options.server);
    sessions.server = server;
    this.sessions = sessions;
    this.server = server;
    log
      .field("remote", peer.remoteHost)
      .field("port", peer.remotePort)
      .info("connection from " + peer.remote());
  }

  /** One round. Returns the exit status at the end, CONTINUE before. */
  step(): i32 {
    const server = this.server;
    this.send();
    if (server.closed() && (this.deaf || server.output().length == 0 || now() >= this.farewell)) return this.finish();

    const waiting = this.waiting;
    waiting.clear();
    const signals = waiting.add(this.signals.descriptor, POLLIN);
    const input = server.wantsInput() ? waiting.add(this.input, POLLIN) : -1;
    const output = server.output().length > 0 ? waiting.add(this.output, POLLOUT) : -1;
    this.sessions.waitFor(waiting, server.connection);
    waiting.wait(this.patience());

    if (waiting.ready(signals) != 0) this.handleSignals();
    if (waiting.ready(input) != 0) this.receive();
    if (waiting.ready(output) != 0) this.send();
    this.sessions.serve(waiting, server.connection);
    if (now() >= server.deadline()) server.tick();
    if (server.closed() && this.farewell == Infinity) this.farewell = now() + FAREWELL;
    return CONTINUE;
  }

  /** Milliseconds until something is due; negative if nothing is. */
  private patience(): f64 {
    const due = this.server.closed() ? this.farewell : this.server.deadline();
    return due == Infinity ? -1 : Math.max(due - now(), 0);
  }

  /** Sends what is there, as far as it is taken. */
  private send(): void {
    const server = this.server;
    const bytes = server.output();
    if (this.deaf || bytes.length == 0) return;
    const n = write(this.output, bytes, 0, bytes.length);
    if (n > 0) {
      server.sent(n);
    } else if (n != -EAGAIN) {
      this.deaf = true;
      server.ended();
    }
  }

  private receive(): void {
    const server = this.server;
    const room = server.input();
    const n = read(this.input, room, 0, room.length);
    if (n > 0) {
      server.received(n);
      if (this.loggedOut >= 0 && server.user().length > 0) this.tellOfLogin();
    } else if (n != -EAGAIN) {
      server.ended();
    }
    // A stock client sends small packets under Nagle's algorithm until its session runs: each would wait for our ACK.
    if (!this.sessions.started) acknowledgeAtOnce(this.input);
  }

  private tellOfLogin(): void {
    close(this.loggedOut);
    this.loggedOut = -1;
  }

  private handleSignals(): void {
    for (let signal = this.signals.next(); signal != 0; signal = this.signals.next()) {
      if (signal == SIGCHLD) this.sessions.reap(this.server.connection);
      else this.terminate();
    }
  }

  private terminate(): void {
    log.info("told to end");
    this.server.leave();
  }

  private finish(): i32 {
    close(this.loggedOut);
    if (this.server.failed()) return FAILURE;
    if (this.server.user().length == 0) return log.fatal("authentication failed: " + this.server.reason());
    log.info("finished");
    return SUCCESS;
  }
}
