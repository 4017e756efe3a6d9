/**
 * The sessions of one connection: the core's requests carried out, and the children's output, input and deaths carried
 * back to it.
 */
import { concat, EMPTY, equal } from "../../core/bytes/bytes.ts";
import { ascii, excerpt } from "../../core/bytes/text.ts";
import { Grant, TERMINAL } from "../../core/ssh/auth/grant.ts";
import { Connection, SESSIONS_LIMIT } from "../../core/ssh/connection/connection.ts";
import { BROKEN, ERRORS, OUTPUT, Sessions, Terminal } from "../../core/ssh/connection/sessions.ts";
import { Server } from "../../core/ssh/server.ts";
import { Account, groupNumber } from "../../linux/accounts.ts";
import { close, read, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { Errand } from "../../linux/errand.ts";
import { PollSet, POLLIN, POLLOUT } from "../../linux/poll.ts";
import { reap } from "../../linux/process.ts";
import { Pty } from "../../linux/pty.ts";
import { kill } from "../../linux/signals.ts";
import { LoginRecord } from "../../linux/utmp.ts";
import { log } from "../log.ts";
import { servedAccount, takeRights } from "./authority.ts";
import { SshdOptions } from "./options.ts";
import { Peer } from "./peer.ts";
import { Session } from "./session.ts";
import { commandWords, sessionEnvironment, shellWords } from "./session-environment.ts";
import { signalDescription, signalName, signalNumber } from "./signal-names.ts";

/** The group that terminals belong to. */
const TERMINAL_GROUP: string = "tty";
/** How long sending a signal in the user's name may take, in milliseconds. */
const SIGNAL_TIMEOUT: f64 = 5000;

const NUL: u8 = 0;

export class LinuxSessions extends Sessions {
  /** Knows who is logged in. */
  server: Server | null = null;
  /** A shell, command or subsystem was started. */
  started: bool = false;
  private options: SshdOptions;
  private peer: Peer;
  private account: Account | null = null;
  private sessions: Array<Session | null> = new Array<Session | null>();

  constructor(options: SshdOptions, peer: Peer) {
    super();
    this.options = options;
    this.peer = peer;
    for (let i = 0; i < SESSIONS_LIMIT; i++) this.sessions.push(null);
  }

  openTerminal(session: i32, terminal: Terminal): bool {
    const account = this.login();
    if (account == null || terminal.name.includes(NUL)) return false;
    if (!this.grant().permits(TERMINAL)) {
      log.info("a terminal is refused by the options of the key");
      return false;
    }
    const pty = Pty.open();
    if (pty.error < 0) {
      log.warning("no terminal to be had", pty.error);
      return false;
    }
    pty.giveTo(account.user, account.group, groupNumber(TERMINAL_GROUP));
    pty.setModes(terminal.modes);
    const opened = this.opened(session);
    opened.terminal = pty;
    opened.terminalName = terminal.name;
    opened.resize(terminal);
    return true;
  }

  resize(session: i32, terminal: Terminal): void {
    this.opened(session).resize(terminal);
  }

  setEnvironment(session: i32, name: Uint8Array, value: Uint8Array): bool {
    if (name.includes(NUL) || value.includes(NUL)) return false;
    this.opened(session).variables.push(concat(concat(name, ascii("=")), value));
    return true;
  }

  startShell(session: i32): bool {
    const account = this.login();
    const custom = this.options.customProgram;
    if (account == null) return false;
    if (custom.length > 0) return this.start(session, account, commandWords(account, custom));
    const forced = this.grant().command;
    this.opened(session).originalCommand = null;
    return this.start(session, account, forced == null ? shellWords(account) : this.forcedWords(account, forced));
  }

  startCommand(session: i32, command: Uint8Array): bool {
    const account = this.login();
    if (account == null || this.options.customProgram.length > 0 || command.includes(NUL)) return false;
    const forced = this.grant().command;
    if (forced == null) return this.start(session, account, commandWords(account, command));
    this.opened(session).originalCommand = command;
    return this.start(session, account, this.forcedWords(account, forced));
  }

  startSubsystem(session: i32, name: Uint8Array): bool {
    const subsystems = this.options.subsystems;
    for (let i = 0; i < subsystems.length; i++) {
      if (equal(name, subsystems[i].name)) return this.startCommand(session, subsystems[i].command);
    }
    return false;
  }

  write(session: i32, bytes: Uint8Array): i32 {
    const input = this.opened(session).input;
    if (input < 0) return BROKEN;
    const n = write(input, bytes, 0, bytes.length);
    if (n >= 0) return n;
    return n == -EAGAIN ? 0 : BROKEN;
  }

  closeInput(session: i32): void {
    this.opened(session).closeInput();
  }

  closeOutput(session: i32): void {
    this.opened(session).closeOutput();
  }

  signal(session: i32, name: Uint8Array): bool {
    const target = this.opened(session);
    const number = signalNumber(name);
    const account = this.account;
    if (number == 0 || account == null || target.pid <= 0 || target.ended) return false;
    return new Signalling(account, target.pid, number).answer(1, SIGNAL_TIMEOUT) != null;
  }

  sendBreak(session: i32, milliseconds: u32): bool {
    const terminal = this.opened(session).terminal;
    return terminal != null && terminal.sendBreak(milliseconds);
  }

  close(session: i32): void {
    this.opened(session).close();
    this.sessions[session] = null;
  }

  /** Adds all descriptors that are to be waited for. */
  waitFor(set: PollSet, connection: Connection): void {
    for (let i = 0; i < this.sessions.length; i++) {
      const session = this.sessions[i];
      if (session == null || session.pid == 0) continue;
      const wantsOutput = session.output >= 0 && connection.wantsOutput(i, OUTPUT);
      const wantsErrors = session.errors >= 0 && connection.wantsOutput(i, ERRORS);
      const hasInput = session.input >= 0 && connection.hasInput(i);
      session.outputIndex = wantsOutput ? set.add(session.output, POLLIN) : -1;
      session.errorsIndex = wantsErrors ? set.add(session.errors, POLLIN) : -1;
      session.inputIndex = hasInput ? set.add(session.input, POLLOUT) : -1;
    }
  }

  /** Moves what can be moved between the children and the connection. */
  serve(set: PollSet, connection: Connection): void {
    for (let i = 0; i < this.sessions.length; i++) {
      const session = this.sessions[i];
      if (session == null || session.pid == 0) continue;
      if (set.ready(session.inputIndex) != 0) connection.writable(i);
      if (set.ready(session.errorsIndex) != 0) this.forward(i, session, ERRORS, connection);
      // A terminal whose shell is dead may be held open by others for ever: then what is there now is all.
      const last = session.ended && session.terminal != null;
      if (last || set.ready(session.outputIndex) != 0) this.forward(i, session, OUTPUT, connection);
      session.inputIndex = -1;
      session.outputIndex = -1;
      session.errorsIndex = -1;
    }
  }

  /** Tells the connection of each child that has ended. */
  reap(connection: Connection): void {
    for (let ending = reap(-1, false); ending != null; ending = reap(-1, false)) {
      for (let i = 0; i < this.sessions.length; i++) {
        const session = this.sessions[i];
        if (session == null || session.pid != ending.pid) continue;
        session.ended = true;
        if (ending.signal == 0) connection.exited(i, ending.status as u32);
        else connection.killed(i, signalName(ending.signal), ending.dumpedCore, signalDescription(ending.signal));
      }
    }
  }

  /** Reads as much of a child's stream as there is, and as the connection takes. */
  private forward(number: i32, session: Session, stream: i32, connection: Connection): void {
    while (true) {
      const descriptor = stream == OUTPUT ? session.output : session.errors;
      if (descriptor < 0 || !connection.wantsOutput(number, stream)) return;
      const room = connection.prepareOutput(number, stream);
      const n = read(descriptor, room, 0, room.length);
      if (n > 0) {
        connection.commitOutput(number, stream, n);
        // A pipe gives all that it has; a terminal gives a line, or a page, at a time.
        if (n < room.length && session.terminal == null) return;
        continue;
      }
      if (n == -EAGAIN && !(session.ended && session.terminal != null)) return;
      this.endStream(session, stream);
      connection.outputEnded(number, stream);
      return;
    }
  }

  private endStream(session: Session, stream: i32): void {
    if (stream == ERRORS) {
      close(session.errors);
      session.errors = -1;
    } else {
      if (session.terminal == null) close(session.output);
      session.output = -1;
    }
  }

  private start(number: i32, account: Account, words: Uint8Array[]): bool {
    const session = this.opened(number);
    if (!session.start(account, words, sessionEnvironment(session, account, this.peer))) return false;
    this.started = true;
    const terminal = session.terminal;
    if (terminal == null) return true;
    const record = new LoginRecord();
    const host = this.peer.remoteHost;
    if (!record.begin(session.pid, terminal.path, account.name, host, this.peer.remoteAddress())) {
      log.debug("no login record: utmp or wtmp is not there, or not writable");
    }
    session.record = record;
    return true;
  }

  private forcedWords(account: Account, command: Uint8Array): Uint8Array[] {
    log.info("the key's options force the command " + excerpt(command));
    return commandWords(account, command);
  }

  /** What the logged-in user is granted. */
  private grant(): Grant {
    return this.server!.grant()!;
  }

  /** The session's state, made when it is first spoken of. */
  private opened(number: i32): Session {
    const known = this.sessions[number];
    if (known != null) return known;
    const made = new Session();
    this.sessions[number] = made;
    return made;
  }

  /** The account of the logged-in user; null, and logged, if it went away since. */
  private login(): Account | null {
    if (this.account == null) this.account = servedAccount(this.server!.user());
    return this.account;
  }
}

/** Signals a process group with the user's rights: it may hold programs that the user may not signal, sudo say. */
class Signalling extends Errand {
  private account: Account;
  private group: i32;
  private number: i32;

  constructor(account: Account, group: i32, number: i32) {
    super();
    this.account = account;
    this.group = group;
    this.number = number;
  }

  run(): Uint8Array {
    return takeRights(this.account) && kill(-this.group, this.number) >= 0 ? new Uint8Array(1) : EMPTY;
  }
}
