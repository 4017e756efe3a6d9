/**
 * The monitor of one connection: serves the network process, its child, until that ends, and sees to it that nothing of
 * the connection is left then.
 */
import { printable } from "../../core/bytes/text.ts";
import { Authority, HostKey } from "../../core/ssh/environment.ts";
import { AGENT_WANTED } from "../../core/ssh/monitor/answer.ts";
import { Monitor, Outlet } from "../../core/ssh/monitor/monitor.ts";
import { RECORD_LIMIT } from "../../core/ssh/monitor/request.ts";
import { now } from "../../linux/clock.ts";
import { read } from "../../linux/descriptor.ts";
import { EPIPE } from "../../linux/errno.ts";
import { PollSet, POLLIN } from "../../linux/poll.ts";
import { Ending, reap } from "../../linux/process.ts";
import { kill, SIGCHLD, SIGKILL, SignalQueue } from "../../linux/signals.ts";
import { receiveRecord, sendRecord, unheard } from "../../linux/record-socket.ts";
import { log } from "../log.ts";
import { CONTINUE, FAILURE, Program } from "../program.ts";
import { FAREWELL } from "./connection-loop.ts";
import { reportEnd } from "./connection-events.ts";
import { LinuxEnvironment } from "./environment.ts";
import { SshdOptions } from "./options.ts";
import { CRASHED, LOGGED_IN, NOT_TRIED, REFUSED, tellOutcome, TIMED_OUT } from "./outcome.ts";
import { Peer } from "./peer.ts";
import { Separation } from "./separation.ts";
import { LinuxSessions } from "./sessions.ts";

/** How much later than the network process should have ended the monitor ends it, in milliseconds. */
const GRACE: f64 = 2000;
/** Bytes of the network process's last words that are read. */
const WORDS_LIMIT: i32 = 512;

/** What programs that want the agent may take of the way to the network process: a third of what Linux has by default. */
const WANTING_BYTES: i32 = 65536;

/** The socket to the network process, with the streams of sessions. */
class SocketOutlet extends Outlet {
  /** The network process doesn't take what it is told. */
  broken: bool = false;
  private socket: i32;
  private sessions: LinuxSessions;

  constructor(socket: i32, sessions: LinuxSessions) {
    super();
    this.socket = socket;
    this.sessions = sessions;
  }

  send(message: Uint8Array, channel: i32): void {
    const descriptors: i32[] = channel < 0 ? [] : this.sessions.streams(channel);
    // Whoever wants the agent faster than that can be told of has to try again: answers are to find room behind.
    const dropped = (message[0] as i32) == AGENT_WANTED && unheard(this.socket) > WANTING_BYTES;
    const sent = dropped ? 0 : sendRecord(this.socket, message, descriptors);
    if (sent < 0 && sent != -EPIPE) this.broken = true; // one that has ended is heard of soon
    if (channel >= 0) this.sessions.handedOver(channel);
  }
}

export class MonitorLoop extends Program {
  private network: i32;
  private socket: i32;
  private lastWords: i32;
  /** How the network process ended, once it has. */
  private ending: Ending | null = null;
  private monitor: Monitor;
  private outlet: SocketOutlet;
  private sessions: LinuxSessions;
  private signals: SignalQueue;
  private waiting: PollSet = new PollSet(2);
  /** Signals that have come, and are to be heeded once the network process has said all. */
  private childEnded: bool = false;
  private toEnd: bool = false;
  /** The pipe in which the listener is told how the login has ended; -1 if it was told, or if there is none. */
  private outcome: i32;
  private began: f64;
  /** When a login comes too late; Infinity once there is one. */
  private loginEnd: f64;
  /** When the connection was first told to end; Infinity before. */
  private told: f64 = Infinity;

  constructor(
    separation: Separation,
    outcome: i32,
    peer: Peer,
    options: SshdOptions,
    hostKeys: HostKey[],
    authority: Authority,
    signals: SignalQueue,
  ) {
    super();
    this.network = separation.network;
    this.socket = separation.socket;
    this.lastWords = separation.lastWords;
    this.outcome = outcome;
    this.signals = signals;
    const began = now();
    this.began = began;
    this.loginEnd = began + options.server.loginTimeout;
    const sessions = new LinuxSessions(options, peer);
    const outlet = new SocketOutlet(separation.socket, sessions);
    const transport = options.server.transport;
    const monitor = new Monitor(new LinuxEnvironment(), hostKeys, authority, sessions, transport, outlet);
    sessions.monitor = monitor;
    this.monitor = monitor;
    this.sessions = sessions;
    this.outlet = outlet;
  }

  step(): i32 {
    const waiting = this.waiting;
    waiting.clear();
    const signals = waiting.add(this.signals.descriptor, POLLIN);
    const network = waiting.add(this.socket, POLLIN);
    this.sessions.waitFor(waiting);
    waiting.wait(this.patience());

    if (waiting.ready(signals) != 0) this.takeSignals();
    // What the network process said before it ended comes first.
    if (waiting.ready(network) != 0) {
      const record = receiveRecord(this.socket, RECORD_LIMIT, false);
      if (record.length == 0) return this.finish("");
      this.monitor.receive(record);
      this.noteLogin();
    } else {
      this.heedSignals();
    }
    this.sessions.serve(waiting);
    if (this.monitor.fault.length > 0)
      return this.finish("the network process has asked for what it must not: " + this.monitor.fault);
    if (this.outlet.broken) return this.finish("the network process does not listen");
    if (now() >= this.deadline()) return this.finish("the network process did not end in time");
    return CONTINUE;
  }

  private noteLogin(): void {
    if (this.monitor.user.length == 0) return;
    this.tellOutcome(LOGGED_IN);
    this.loginEnd = Infinity;
  }

  /** When the network process must have done what it is to do. */
  private deadline(): f64 {
    return Math.min(this.loginEnd, this.told) + FAREWELL + GRACE;
  }

  /** Milliseconds until something is due; negative if nothing is. */
  private patience(): f64 {
    if (this.childEnded || this.toEnd) return 0;
    const deadline = this.deadline();
    return deadline == Infinity ? -1 : Math.max(deadline - now(), 0);
  }

  /** Time runs from here on: a network process that never stops talking must not outlast that its end was asked for. */
  private takeSignals(): void {
    for (let signal = this.signals.next(); signal != 0; signal = this.signals.next()) {
      if (signal == SIGCHLD) this.childEnded = true;
      else this.toEnd = true;
    }
    if (this.toEnd) this.told = Math.min(this.told, now());
  }

  private heedSignals(): void {
    if (this.childEnded) this.reapChildren();
    if (!this.toEnd) return;
    this.toEnd = false;
    log.info("told to end");
    this.monitor.finish();
  }

  private reapChildren(): void {
    this.childEnded = false;
    for (let ending = reap(-1, false); ending != null; ending = reap(-1, false)) {
      if (ending.pid == this.network) this.ending = ending;
      else this.sessions.note(ending);
    }
  }

  /** Ends the network process, if it hasn't ended, and all that is left. Its exit status is ours if there is no `fault`. */
  private finish(fault: string): i32 {
    // Once it was waited for, its number may be another process's.
    if (this.ending == null) {
      kill(this.network, SIGKILL);
      this.ending = reap(this.network, true);
    }
    this.monitor.end();
    const trouble = fault.length > 0 ? fault : this.breakdown();
    this.tellOutcome(this.outcomeWith(trouble));
    if (trouble.length > 0) log.fatal(trouble);
    reportEnd(this.began, this.monitor.user, trouble.length > 0 ? null : this.monitor.farewell, trouble);
    const ending = this.ending;
    return ending == null || trouble.length > 0 ? FAILURE : ending.status;
  }

  /** What was wrong with the end of the network process; empty if it was a good one. */
  private breakdown(): string {
    const words = new Uint8Array(WORDS_LIMIT);
    const length = read(this.lastWords, words, 0, WORDS_LIMIT);
    if (length > 0) return "the network process has broken down: " + printable(words.subarray(0, length)).trim();
    const ending = this.ending;
    return ending == null || ending.signal == 0 ? "" : `the network process was ended by signal ${ending.signal}`;
  }

  /** How the login has ended. `trouble`: what was wrong with the network process; empty if nothing was. */
  private outcomeWith(trouble: string): i32 {
    if (this.monitor.user.length > 0) return LOGGED_IN;
    if (now() >= this.loginEnd) return TIMED_OUT;
    if (trouble.length > 0) return CRASHED;
    return this.monitor.refusals > 0 ? REFUSED : NOT_TRIED;
  }

  private tellOutcome(outcome: i32): void {
    tellOutcome(this.outcome, outcome);
    this.outcome = -1;
  }
}
