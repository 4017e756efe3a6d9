/** The sessions of one connection, as the monitor keeps them: children started as the user, signalled, and ended. */
import { concat, EMPTY, equal } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { Grant, TERMINAL } from "../../core/ssh/auth/grant.ts";
import { SessionKeeper, SESSIONS_LIMIT, Terminal } from "../../core/ssh/connection/sessions.ts";
import { Monitor } from "../../core/ssh/monitor/monitor.ts";
import { Account, groupNumber } from "../../linux/accounts.ts";
import { Errand } from "../../linux/errand.ts";
import { PollSet } from "../../linux/poll.ts";
import { Ending } from "../../linux/process.ts";
import { Pty } from "../../linux/pty.ts";
import { kill } from "../../linux/signals.ts";
import { LoginRecord } from "../../linux/utmp.ts";
import { log } from "../log.ts";
import { servedAccount, takeRights } from "./authority.ts";
import { builtInSftp, isBuiltInSftp } from "./built-in-sftp.ts";
import { Forwarding } from "./forwarding.ts";
import { SshdOptions } from "./options.ts";
import { Peer } from "./peer.ts";
import { Session } from "./session.ts";
import { BY_CLIENT, BY_KEY, BY_SERVER, reportCommand, reportEnd, reportStart } from "./session-events.ts";
import { commandWords, sessionEnvironment, shellWords } from "./session-environment.ts";
import { signalNumber } from "./signal-names.ts";

/** The group that terminals belong to. */
const TERMINAL_GROUP: string = "tty";
/** How long sending a signal in the user's name may take, in milliseconds. */
const SIGNAL_TIMEOUT: f64 = 5000;

const NUL: u8 = 0;

export class LinuxSessions extends SessionKeeper {
  /** Knows who is logged in, and is told how children end. */
  monitor: Monitor | null = null;
  private options: SshdOptions;
  private peer: Peer;
  private account: Account | null = null;
  private forwarding: Forwarding;
  private sessions: Array<Session | null> = new Array<Session | null>();

  constructor(options: SshdOptions, peer: Peer) {
    super();
    this.options = options;
    this.peer = peer;
    this.forwarding = new Forwarding(options);
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

  override forwardAgent(session: i32): bool {
    const account = this.login();
    const path = account == null ? EMPTY : this.forwarding.agentPath(account, this.grant());
    this.opened(session).agent = path;
    return path.length > 0;
  }

  override connect(channel: i32, host: Uint8Array, port: u32): bool {
    const account = this.login();
    return account != null && this.forwarding.connect(account, this.grant(), channel, host, port);
  }

  startShell(session: i32): bool {
    const account = this.login();
    const custom = this.options.customProgram;
    if (account == null) return false;
    if (custom.length > 0) return this.startProgram(session, account, custom, BY_SERVER);
    const forced = this.grant().command;
    this.opened(session).originalCommand = null;
    if (forced != null) return this.startForced(session, account, forced);
    const login = this.options.login();
    if (login != null) return this.startProgram(session, account, login, BY_SERVER);
    return this.start(session, account, shellWords(account));
  }

  startCommand(session: i32, command: Uint8Array): bool {
    const account = this.login();
    if (account == null || this.options.customProgram.length > 0 || command.includes(NUL)) return false;
    const forced = this.grant().command;
    if (forced == null) return this.startProgram(session, account, this.options.instead(command), BY_CLIENT);
    this.opened(session).originalCommand = command;
    return this.startForced(session, account, forced);
  }

  startSubsystem(session: i32, name: Uint8Array): bool {
    const subsystems = this.options.subsystems;
    for (let i = 0; i < subsystems.length; i++) {
      if (equal(name, subsystems[i].name)) return this.startNamed(session, subsystems[i].command);
    }
    return false;
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

  /** The descriptors of a session that was started, or of a connection, for whoever moves what flows through them. */
  streams(channel: i32): i32[] {
    return channel < SESSIONS_LIMIT ? this.opened(channel).streams() : [this.forwarding.passing];
  }

  /** They were passed on. */
  handedOver(channel: i32): void {
    if (channel < SESSIONS_LIMIT) this.opened(channel).handedOver();
    else this.forwarding.handedOver();
  }

  /** Adds the descriptors that are to be waited for. */
  waitFor(set: PollSet): void {
    this.forwarding.waitFor(set);
  }

  /** Does what is to be done about them. */
  serve(set: PollSet): void {
    this.forwarding.serve(set, this.monitor!);
  }

  /** A child has ended; which of the sessions it was, if any, is found here. */
  note(ending: Ending): void {
    for (let i = 0; i < this.sessions.length; i++) {
      const session = this.sessions[i];
      if (session == null || session.pid != ending.pid) continue;
      session.ended = true;
      reportEnd(i, ending);
      this.monitor!.ended(i, ending.status, ending.signal, ending.dumpedCore);
    }
  }

  private start(number: i32, account: Account, words: Uint8Array[]): bool {
    const session = this.opened(number);
    if (!session.start(account, words, sessionEnvironment(session, account, this.peer))) return false;
    const terminal = session.terminal;
    reportStart(number, account, session.pid, terminal == null ? "" : terminal.path);
    if (terminal == null) return true;
    const record = new LoginRecord();
    const host = this.peer.remoteHost;
    if (!record.begin(session.pid, terminal.path, account.name, host, this.peer.remoteAddress())) {
      log.debug("no login record: utmp or wtmp is not there, or not writable");
    }
    session.record = record;
    return true;
  }

  /** The command of a subsystem; none if it is empty. */
  private startNamed(session: i32, command: Uint8Array): bool {
    if (command.length == 0) return false;
    const account = this.login();
    const isBuiltIn =
      isBuiltInSftp(this.options.instead(command)) && account != null && this.options.customProgram.length == 0;
    if (!isBuiltIn || this.grant().command != null) return this.startCommand(session, command);
    return this.startBuiltIn(session, account!, command, BY_CLIENT);
  }

  private startForced(session: i32, account: Account, command: Uint8Array): bool {
    if (isBuiltInSftp(command)) return this.startBuiltIn(session, account, command, BY_KEY);
    return this.startProgram(session, account, command, BY_KEY);
  }

  private startBuiltIn(session: i32, account: Account, command: Uint8Array, by: string): bool {
    const sftp = builtInSftp(command, account);
    if (sftp == null) return false;
    this.opened(session).builtIn = sftp;
    if (!this.start(session, account, new Array<Uint8Array>())) return false;
    reportCommand(session, command, by);
    return true;
  }

  /** Has the user's shell run `command`. `by`: who has chosen it. */
  private startProgram(session: i32, account: Account, command: Uint8Array, by: string): bool {
    if (!this.start(session, account, commandWords(account, command))) return false;
    reportCommand(session, command, by);
    return true;
  }

  /** What the logged-in user is granted. */
  private grant(): Grant {
    return this.monitor!.grant!;
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
    if (this.account == null) this.account = servedAccount(this.monitor!.user);
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
