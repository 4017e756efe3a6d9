/**
 * Accepts connections and gives each a process of its own, so that nothing that happens in one touches another, or the
 * listener. It counts them, and those who have not logged in yet, and turns away whom a penalty keeps out.
 *
 * When too many have not logged in, whoever comes from where most come from makes room for the next: one source alone,
 * however busy, can't keep anybody else from logging in. OpenSSH refuses new connections at random instead, whosever
 * they are. Connections that are too many in all are turned away.
 */
import { close, Pipe, setNonBlocking } from "../../linux/descriptor.ts";
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAGAIN, ECONNABORTED, EINTR, EMFILE } from "../../linux/errno.ts";
import { AF_INET6, InternetAddress } from "../../linux/internet-address.ts";
import { PollSet, POLLIN } from "../../linux/poll.ts";
import { fork, reap } from "../../linux/process.ts";
import { kill, SIGCHLD, SIGHUP, SignalQueue, SIGTERM } from "../../linux/signals.ts";
import { accept, anyOfIPv4, listenOn, localAddress, remoteAddress } from "../../linux/socket.ts";
import { log } from "../log.ts";
import { CONTINUE, SUCCESS } from "../program.ts";
import { Admission, Client } from "./admission.ts";
import { AdmissionOptions, CONNECTIONS_LIMIT } from "./admission-options.ts";
import { CRASHED, hearOutcome, LOGGED_IN } from "./outcome.ts";

/** Pause after the system had no descriptors, memory or processes left for a connection, in milliseconds. */
const EXHAUSTED_PAUSE: f64 = 200;

/** One connection's process. */
class Child {
  pid: i32;
  /** Tells how the login ends; -1 once it has. */
  outcome: i32;
  client: Client;
  loggedIn: bool = false;
  index: i32 = -1;

  constructor(pid: i32, outcome: i32, client: Client) {
    this.pid = pid;
    this.outcome = outcome;
    this.client = client;
  }
}

/** What a person can do about a socket that is not to be had. */
function advice(error: i32): string {
  if (error == -EADDRINUSE) return ": choose another port, or end the program that listens there";
  if (error == -EACCES) return ": ports below 1024 are for root";
  if (error == -EADDRNOTAVAIL) return ": choose an address of this machine";
  return "";
}

export class Listener {
  /** In a child: the connection that it is to serve, and the pipe for its outcome. -1 in the listener itself. */
  connection: i32 = -1;
  outcome: i32 = -1;
  private sockets: i32[] = new Array<i32>();
  /** Their places in the set that is waited for, or -1. */
  private indexes: i32[] = new Array<i32>();
  private children: Child[] = new Array<Child>();
  private signals: SignalQueue;
  private waiting: PollSet = new PollSet(CONNECTIONS_LIMIT);
  private exhausted: bool = false;
  private options: AdmissionOptions;
  private admission: Admission;

  constructor(signals: SignalQueue, options: AdmissionOptions) {
    this.signals = signals;
    this.options = options;
    this.admission = new Admission(options);
  }

  /** Listens on `address`. False, and logged, if that can't be done. */
  listen(address: InternetAddress): bool {
    let socket = listenOn(address);
    if (socket < 0 && address.any && address.family == AF_INET6) socket = listenOn(anyOfIPv4(address.port));
    if (socket < 0) {
      log.fatal("unable to listen on " + address.text() + advice(socket), socket);
      return false;
    }
    this.add(socket);
    return true;
  }

  /** Takes over a socket that listens already. */
  add(socket: i32): void {
    setNonBlocking(socket);
    this.sockets.push(socket);
    this.indexes.push(-1);
    const local = localAddress(socket);
    log.info("listening on " + (local == null ? "an inherited socket" : local.text()));
  }

  /** One round. An exit status at the end, else CONTINUE; in a child `connection` is set then. */
  step(): i32 {
    const waiting = this.waiting;
    waiting.clear();
    const signals = waiting.add(this.signals.descriptor, POLLIN);
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      child.index = child.outcome < 0 ? -1 : waiting.add(child.outcome, POLLIN);
    }
    for (let i = 0; i < this.sockets.length; i++) {
      this.indexes[i] = this.exhausted ? -1 : waiting.add(this.sockets[i], POLLIN);
    }
    waiting.wait(this.exhausted ? EXHAUSTED_PAUSE : -1);
    this.exhausted = false;

    for (let i = 0; i < this.children.length; i++) this.notice(this.children[i]);
    if (waiting.ready(signals) != 0 && this.handleSignals()) return this.finish();
    for (let i = 0; i < this.sockets.length && this.connection < 0; i++) {
      if (waiting.ready(this.indexes[i]) != 0) this.acceptFrom(this.sockets[i]);
    }
    return CONTINUE;
  }

  private notice(child: Child): void {
    if (this.waiting.ready(child.index) != 0) this.hear(child);
  }

  /** Hears how a login has ended, if that was told. */
  private hear(child: Child): void {
    const outcome = hearOutcome(child.outcome);
    child.outcome = -1;
    child.loggedIn = outcome == LOGGED_IN;
    this.admission.judge(child.client, outcome);
  }

  /** Accepts one connection; another that waits is found in the next round. */
  private acceptFrom(socket: i32): void {
    const connection = accept(socket);
    if (connection == -EAGAIN || connection == -ECONNABORTED || connection == -EINTR) return;
    if (connection < 0) {
      log.warning("unable to accept a connection", connection);
      this.exhausted = true;
      return;
    }
    const remote = remoteAddress(connection);
    // Reset before it was accepted: there is nobody to serve, nor is it known against whom to hold it.
    if (remote == null && localAddress(connection) != null) {
      close(connection);
      return;
    }
    const client = this.admission.clientAt(remote);
    const objection = this.objectionTo(client);
    if (objection.length > 0) {
      this.admission.reportRefusal(client, "turned away", objection);
      close(connection);
      return;
    }
    this.makeRoom();
    const pipe = Pipe.open();
    const pid = pipe == null ? -EMFILE : fork();
    if (pid == 0) {
      this.becomeChild(connection, pipe!);
      return;
    }
    close(connection);
    if (pid < 0) {
      log.warning("unable to start a process for a connection", pid);
      if (pipe != null) pipe.close();
      this.exhausted = true;
      return;
    }
    close(pipe!.sink);
    setNonBlocking(pipe!.source);
    this.children.push(new Child(pid, pipe!.source, client));
  }

  /** Why a client is not to be served; empty if it is. */
  private objectionTo(client: Client): string {
    const startups = this.options.startupsPerSource;
    if (this.admission.isPunished(client)) return "its source has a penalty";
    if (this.children.length >= CONNECTIONS_LIMIT) return "too many connections";
    if (startups == 0 || this.startupsFrom(client.source) < startups) return "";
    return "too many connections from its source that have not logged in";
  }

  /** If those that have not logged in are too many, ends one: the oldest from where most of them come from. */
  private makeRoom(): void {
    let startups = 0;
    for (let i = 0; i < this.children.length; i++) {
      if (this.children[i].outcome >= 0) startups++;
    }
    if (startups < this.options.startups) return;
    let most = 0;
    let oldest = this.children[0];
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      const alike = child.outcome < 0 ? 0 : this.startupsFrom(child.client.source);
      if (alike <= most) continue;
      most = alike;
      oldest = child;
    }
    this.admission.reportRefusal(oldest.client, "ended", "too many connections that have not logged in");
    kill(oldest.pid, SIGTERM);
    close(oldest.outcome);
    oldest.outcome = -1;
  }

  /** How many from `source` have not logged in. */
  private startupsFrom(source: string): i32 {
    let startups = 0;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (child.outcome >= 0 && child.client.source == source) startups++;
    }
    return startups;
  }

  /** In the new process: gives up all that is the listener's. */
  private becomeChild(connection: i32, pipe: Pipe): void {
    for (let i = 0; i < this.sockets.length; i++) close(this.sockets[i]);
    for (let i = 0; i < this.children.length; i++) close(this.children[i].outcome);
    close(pipe.source);
    close(this.signals.descriptor);
    this.connection = connection;
    this.outcome = pipe.sink;
  }

  /** True if the listener is to end. */
  private handleSignals(): bool {
    let end = false;
    for (let signal = this.signals.next(); signal != 0; signal = this.signals.next()) {
      if (signal == SIGCHLD) this.reapChildren();
      else if (signal != SIGHUP) end = true;
    }
    return end;
  }

  private reapChildren(): void {
    for (let ending = reap(-1, false); ending != null; ending = reap(-1, false)) {
      for (let i = 0; i < this.children.length; i++) {
        const child = this.children[i];
        if (child.pid != ending.pid) continue;
        // It may have told since the others were heard.
        if (child.outcome >= 0) this.hear(child);
        if (ending.signal != 0) this.reportCrash(child, ending.signal);
        this.children.splice(i, 1);
        break;
      }
    }
  }

  /** A signal has ended a connection's process. SIGTERM comes from the operator or from here, and is no crash. */
  private reportCrash(child: Child, signal: i32): void {
    const words = "connection from " + child.client.text() + `: its process was ended by signal ${signal}`;
    log.event(child.client.event("crash", words).tell("signal", `${signal}`));
    if (!child.loggedIn && signal != SIGTERM) this.admission.judge(child.client, CRASHED);
  }

  /** Ends the listener. Who is logged in stays so; who is not is sent away. */
  private finish(): i32 {
    for (let i = 0; i < this.sockets.length; i++) close(this.sockets[i]);
    for (let i = 0; i < this.children.length; i++) {
      if (this.children[i].outcome >= 0) kill(this.children[i].pid, SIGTERM);
    }
    log.info("finished");
    return SUCCESS;
  }
}
