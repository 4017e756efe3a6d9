/**
 * The agent at work: one process that waits for everything at once. Clients are served whenever they have something whole
 * to say; what a client waits for itself, a person, a proxied agent or time, nobody else waits for. Dialogs are opened
 * one after the other. The TPM alone is waited for: it does one thing at a time as well.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { Agent } from "../../core/ssh/agent/agent.ts";
import { AgentClient, NOTHING, PERSON, PROXY, TIME } from "../../core/ssh/agent/client.ts";
import { REQUEST_IDENTITIES } from "../../core/ssh/agent/message.ts";
import { now, nowWithSleep } from "../../linux/clock.ts";
import { close } from "../../linux/descriptor.ts";
import { EAGAIN, ECONNABORTED } from "../../linux/errno.ts";
import { Peer } from "../../linux/local-socket.ts";
import { POLLERR, POLLHUP, POLLIN, PollSet } from "../../linux/poll.ts";
import { Ending, reap } from "../../linux/process.ts";
import { SIGCHLD, SIGHUP, SignalQueue } from "../../linux/signals.ts";
import { accept } from "../../linux/socket.ts";
import { effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";
import { CONTINUE, Program, SUCCESS } from "../program.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { AgentPath } from "./agent-path.ts";
import { AskingPlace } from "./askpass.ts";
import { Connection } from "./connection.ts";
import { Dialog } from "./dialog.ts";
import { KeyFiles } from "./key-files.ts";
import { ProxyCall } from "./proxy-call.ts";
import { requester } from "./requester.ts";

/** Connections at a time; one more takes the place of the one that was idle the longest. */
const CLIENTS_LIMIT: i32 = 64;
/** Requests taken up in one round: between two rounds memory is given back, of which the longest need a megabyte. */
const SERVED_AT_ONCE: i32 = 8;
/** How long a proxied agent may take to say which keys it has, in milliseconds: nobody has to be asked for that. */
const LIST_TIMEOUT: f64 = 3000;
/** Pause after the system had no descriptors left for a connection, in milliseconds. */
const EXHAUSTED_PAUSE: f64 = 200;

export class AgentLoop extends Program {
  private agent: Agent;
  private holder: KeyHolder;
  private path: AgentPath;
  private listener: i32;
  private signals: SignalQueue;
  private keyFiles: KeyFiles | null;
  private proxies: Uint8Array[];
  private connections: Connection[] = new Array<Connection>();
  private waiting: PollSet = new PollSet(16);
  private exhausted: bool = false;
  /** Who is served first. */
  private turn: i32 = 0;
  /** Whose questions wait for a person, the first of them perhaps by `dialog`. */
  private asking: Connection[] = new Array<Connection>();
  private dialog: Dialog | null = null;
  /** A dialog that was closed and has yet to put the terminal back: till then another would find it changed, and leave it so. */
  private leaving: i32 = 0;
  private user: u32 = effectiveUser();

  constructor(
    agent: Agent,
    holder: KeyHolder,
    path: AgentPath,
    signals: SignalQueue,
    keyFiles: KeyFiles | null,
    proxies: Uint8Array[],
  ) {
    super();
    this.agent = agent;
    this.holder = holder;
    this.path = path;
    this.listener = path.listener;
    this.signals = signals;
    this.keyFiles = keyFiles;
    this.proxies = proxies;
  }

  step(): i32 {
    const waiting = this.waiting;
    waiting.clear();
    const signals = waiting.add(this.signals.descriptor, POLLIN);
    const listener = this.exhausted ? -1 : waiting.add(this.listener, POLLIN);
    const dialog = this.dialog;
    const answering = dialog == null || dialog.source < 0 ? -1 : waiting.add(dialog.source, POLLIN);
    for (let i = 0; i < this.connections.length; i++) this.waitFor(this.connections[i]);
    waiting.wait(this.timeout());
    this.exhausted = false;

    if (dialog != null && waiting.ready(answering) != 0) dialog.take();
    if (waiting.ready(signals) != 0 && this.handleSignals()) return this.finish();
    this.serveAll();
    this.dropEnded();
    for (let i = 0; waiting.ready(listener) != 0 && i < CLIENTS_LIMIT && this.accept(); i++) {}
    this.askNext();
    this.agent.expire();
    this.holder.rest();
    return CONTINUE;
  }

  private waitFor(connection: Connection): void {
    const call = connection.call;
    connection.index = this.waiting.add(connection.socket, connection.events());
    if (call != null) call.index = this.waiting.add(call.socket, call.events());
  }

  /** Milliseconds until something is to be done all the same; negative for never. */
  private timeout(): f64 {
    let next = this.agent.nextExpiry();
    for (let i = 0; i < this.connections.length; i++) {
      const connection = this.connections[i];
      const call = connection.call;
      if (connection.client.need == TIME) next = Math.min(next, connection.client.time);
      if (call != null) next = Math.min(next, call.deadline);
    }
    let wait = Math.min(next - nowWithSleep(), this.holder.deadline() - now());
    if (this.exhausted) wait = Math.min(wait, EXHAUSTED_PAUSE);
    // A moment more, so that the time has come when the wait is over.
    return wait == Infinity ? -1 : Math.max(wait, 0) + 1;
  }

  /** Serves those that have something to say, some of them: the others come first in the next round. */
  private serveAll(): void {
    const count = this.connections.length;
    let served = 0;
    for (let i = 0; i < count && served < SERVED_AT_ONCE; i++) {
      if (this.turn >= count) this.turn = 0;
      if (this.serve(this.connections[this.turn])) served++;
      this.turn++;
    }
  }

  /** True if there was a request. */
  private serve(connection: Connection): bool {
    const happened = this.waiting.ready(connection.index);
    connection.index = -1;
    const call = connection.call;
    if (call != null) {
      if (this.waiting.ready(call.index) != 0) call.proceed();
      call.index = -1;
      if (nowWithSleep() >= call.deadline) call.close();
      if (call.socket < 0) this.relayed(connection, call);
    }
    const client = connection.client;
    if (client.need == TIME && nowWithSleep() >= client.time) {
      client.reconsider();
      this.follow(connection);
    }
    if (happened == 0) return false;
    if ((happened & (POLLHUP | POLLERR)) != 0 && !connection.isIdle()) {
      connection.end(); // nobody is there any more to take the answer
      return false;
    }
    connection.flush();
    if (connection.socket < 0 || !connection.isIdle()) return false;
    const request = connection.receive();
    if (request.length == 0) return false;
    connection.active = nowWithSleep();
    client.receive(request);
    this.follow(connection);
    return true;
  }

  /** Sees to what a client needs now. */
  private follow(connection: Connection): void {
    const client = connection.client;
    while (client.need == PROXY && connection.call == null) {
      const path = this.proxies[client.proxy];
      const listing = (client.relay[client.relay.length - 1][0] as i32) == REQUEST_IDENTITIES;
      const deadline = listing ? nowWithSleep() + LIST_TIMEOUT : Infinity;
      const call = new ProxyCall(path, client.relay, deadline);
      if (call.socket >= 0 && !this.path.isAt(path)) {
        connection.call = call;
        return;
      }
      call.close();
      log.debug("proxied agent " + printable(path) + " can't be reached");
      client.relayed(EMPTY);
    }
    if (client.need == NOTHING) connection.answer();
    else if (client.need == PERSON && !this.asking.includes(connection)) this.asking.push(connection);
  }

  private relayed(connection: Connection, call: ProxyCall): void {
    connection.call = null;
    connection.client.relayed(call.answer);
    this.follow(connection);
  }

  /** Opens the dialog that is next, if none is open. One whose client is gone is closed. */
  private askNext(): void {
    while (this.asking.length > 0) {
      const connection = this.asking[0];
      const dialog = this.dialog;
      const client = connection.client;
      if (connection.socket < 0 || client.need != PERSON) {
        if (dialog != null) {
          dialog.close(true);
          if (dialog.atTerminal) this.leaving = dialog.pid;
        }
        this.dialog = null;
        this.asking.shift();
        continue;
      }
      if (dialog != null || this.leaving > 0) return;
      client.reconsider(); // somebody else's answer may have been enough
      const question = client.question;
      if (client.need == PERSON && question != null) {
        const place = AskingPlace.find();
        let opened: Dialog | null = null;
        if (place.fault.length == 0) opened = Dialog.open(question, place);
        if (opened != null) {
          this.dialog = opened;
          return;
        }
        log.warning("nobody can be asked: " + (place.fault.length > 0 ? place.fault : "no process can be started"));
        client.answered(false, EMPTY);
      }
      this.asking.shift();
      this.follow(connection);
    }
  }

  /** A child has ended: the person has answered, or closed the dialog. */
  private ended(ending: Ending): void {
    const dialog = this.dialog;
    if (ending.pid == this.leaving) this.leaving = 0;
    if (dialog == null || dialog.pid != ending.pid) return;
    const yes = dialog.finish(ending.status);
    const connection = this.asking[0];
    this.dialog = null;
    this.asking.shift();
    connection.client.answered(yes, dialog.words());
    dialog.close(false);
    if (connection.client.need == PERSON) this.asking.unshift(connection); // there is more to ask: at once
    else this.follow(connection);
  }

  /** Takes one connection; false if there is none. */
  private accept(): bool {
    const socket = accept(this.listener);
    if (socket == -EAGAIN || socket == -ECONNABORTED) return false;
    if (socket < 0) {
      log.warning("unable to accept a connection", socket);
      this.exhausted = true;
      return false;
    }
    const peer = Peer.of(socket);
    if (peer.user != this.user && peer.user != 0) {
      log.warning(`connection by user ${peer.user} refused`);
      close(socket);
      return true;
    }
    this.makeRoom();
    const client = new AgentClient(this.agent, requester(peer.process), this.proxies.length);
    this.connections.push(new Connection(socket, client, nowWithSleep()));
    return true;
  }

  /** If there are too many connections, ends the one that was idle the longest; if none is, the one of the oldest request. */
  private makeRoom(): void {
    if (this.connections.length < CLIENTS_LIMIT) return;
    let chosen = this.connections[0];
    for (let i = 1; i < this.connections.length; i++) {
      const one = this.connections[i];
      if (one.isIdle() == chosen.isIdle() ? one.active < chosen.active : one.isIdle()) chosen = one;
    }
    chosen.end();
    this.dropEnded();
  }

  private dropEnded(): void {
    for (let i = this.connections.length - 1; i >= 0; i--) {
      if (this.connections[i].socket < 0) this.connections.splice(i, 1);
    }
  }

  /** True if the agent is to end. */
  private handleSignals(): bool {
    let end = false;
    for (let signal = this.signals.next(); signal != 0; signal = this.signals.next()) {
      if (signal == SIGCHLD) this.reapChildren();
      else if (signal == SIGHUP && !this.signals.wasKernels()) this.reload(); // else the terminal is gone
      else end = true;
    }
    return end;
  }

  private reapChildren(): void {
    for (let ending = reap(-1, false); ending != null; ending = reap(-1, false)) this.ended(ending);
  }

  private reload(): void {
    const keyFiles = this.keyFiles;
    if (keyFiles == null) return;
    log.info("loading the keys anew");
    keyFiles.load();
  }

  private finish(): i32 {
    close(this.listener);
    this.path.leave();
    const dialog = this.dialog;
    if (dialog != null) dialog.close(true);
    for (let i = 0; i < this.connections.length; i++) this.connections[i].end();
    this.agent.removeAll();
    this.holder.close();
    log.info("finished");
    return SUCCESS;
  }
}
