/** One session: the user's shell, command or subsystem, with the descriptors and the terminal that lead to it. */
import { Terminal } from "../../core/ssh/connection/sessions.ts";
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { Account } from "../../linux/accounts.ts";
import {
  close,
  closeFrom,
  duplicate,
  duplicateTo,
  enlargePipe,
  Pipe,
  setNonBlocking,
  STDERR,
  STDIN,
  STDOUT,
  writeAll,
} from "../../linux/descriptor.ts";
import { EMFILE, errorText } from "../../linux/errno.ts";
import { newSessionKeyring } from "../../linux/keyring.ts";
import {
  changeFolder,
  execute,
  exit,
  fork,
  newSession,
  NOT_FOUND,
  restrictUmask,
  takeTerminal,
} from "../../linux/process.ts";
import { Pty } from "../../linux/pty.ts";
import { kill, restoreSignals, SIGHUP } from "../../linux/signals.ts";
import { LoginRecord } from "../../linux/utmp.ts";
import { log } from "../log.ts";
import { become, FAILURE, Program } from "../program.ts";
import { SyslogSink } from "../syslog-sink.ts";
import { takeRights } from "./authority.ts";

/** Bytes that a pipe to or from a child may hold: as much as users may ask for by default (pipe-max-size). */
const PIPE_BYTES: i32 = 1 << 20;
/** Where a child that is still this program finds the log. */
const LOG: i32 = 3;

export class Session {
  /** The child's process id; 0 before there is one. */
  pid: i32 = 0;
  /** The child has ended, and was waited for. */
  ended: bool = false;
  /** Our end of the child's input, output and errors, or -1; with a terminal the first two are the same. */
  input: i32 = -1;
  output: i32 = -1;
  errors: i32 = -1;
  terminal: Pty | null = null;
  /** Environment variables that the client gave, `NAME=value`. */
  variables: Uint8Array[] = new Array<Uint8Array>();
  /** What the client asked for where another command is forced; null if that was a shell. */
  originalCommand: Uint8Array | null = null;
  /** Value of TERM. */
  terminalName: Uint8Array = EMPTY;
  /** The path of the socket that leads to the client's agent; empty if there is none. */
  agent: Uint8Array = EMPTY;
  record: LoginRecord | null = null;
  /** What the child does itself, in place of another program; null if there is one. */
  builtIn: Program | null = null;

  resize(size: Terminal): void {
    const terminal = this.terminal;
    if (terminal != null) terminal.resize(size.columns, size.rows, size.widthPixels, size.heightPixels);
  }

  /** Starts `words` as the account. False if the system has no more processes or descriptors. */
  start(account: Account, words: Uint8Array[], environment: Uint8Array[]): bool {
    return this.terminal == null
      ? this.startOnPipes(account, words, environment)
      : this.startOnTerminal(account, words, environment);
  }

  private startOnPipes(account: Account, words: Uint8Array[], environment: Uint8Array[]): bool {
    const input = Pipe.open();
    const output = Pipe.open();
    const errors = Pipe.open();
    let pid = -EMFILE;
    if (input != null && output != null && errors != null) {
      enlargePipe(input.sink, PIPE_BYTES);
      enlargePipe(output.source, PIPE_BYTES);
      pid = fork();
      if (pid == 0) this.become(account, words, environment, input.source, output.sink, errors.sink);
      if (pid > 0) {
        this.pid = pid;
        this.input = keep(input.sink);
        this.output = keep(output.source);
        this.errors = keep(errors.source);
        input.sink = -1;
        output.source = -1;
        errors.source = -1;
      }
    }
    if (input != null) input.close();
    if (output != null) output.close();
    if (errors != null) errors.close();
    if (pid < 0) log.warning("unable to start a process for a session", pid);
    return pid > 0;
  }

  private startOnTerminal(account: Account, words: Uint8Array[], environment: Uint8Array[]): bool {
    const terminal = this.terminal!;
    const slave = terminal.slave;
    const pid = fork();
    if (pid == 0) this.become(account, words, environment, slave, slave, slave);
    if (pid < 0) {
      log.warning("unable to start a process for a session", pid);
      return false;
    }
    terminal.closeSlave();
    this.pid = pid;
    this.input = terminal.master;
    this.output = terminal.master;
    return true;
  }

  /** A terminal's master, or our ends of input, output and errors. */
  streams(): i32[] {
    return this.terminal == null ? [this.input, this.output, this.errors] : [this.input];
  }

  /** Others have the streams now. A terminal's is kept: it has more to it than what flows. */
  handedOver(): void {
    if (this.terminal == null) this.closePipes();
  }

  private closePipes(): void {
    close(this.input);
    close(this.output);
    close(this.errors);
    this.input = -1;
    this.output = -1;
    this.errors = -1;
  }

  /** Ends everything: a child that still runs is told by SIGHUP, to it and all of its process group. */
  close(): void {
    const terminal = this.terminal;
    const record = this.record;
    if (terminal == null) this.closePipes();
    else terminal.close();
    if (this.pid > 0 && !this.ended) hangUp(this.pid);
    if (record != null) record.end();
    this.terminal = null;
    this.record = null;
  }

  /** In the child: becomes the user, and then the program. Does not return. */
  private become(
    account: Account,
    words: Uint8Array[],
    environment: Uint8Array[],
    input: i32,
    output: i32,
    errors: i32,
  ): void {
    const builtIn = this.builtIn;
    const logged = duplicate(STDERR, STDERR + 1);
    newSession();
    duplicateTo(input, STDIN);
    duplicateTo(output, STDOUT);
    duplicateTo(errors, STDERR);
    if (this.terminal != null) takeTerminal(STDIN);
    if (builtIn != null) keepLog(logged);
    closeFrom(builtIn == null ? STDERR + 1 : LOG + 1);
    restoreSignals();
    restrictUmask();
    if (!takeRights(account)) fail("unable to change to the user", 0, FAILURE);
    newSessionKeyring();
    const folder = changeFolder(account.home);
    if (folder < 0) fail("unable to change to the home folder", folder, FAILURE);
    if (builtIn != null) become(builtIn);
    fail("unable to run the shell", execute(account.shell, words, environment), NOT_FOUND);
  }
}

/** In the child: what it has to say goes where the server's words go, not to the client. */
function keepLog(descriptor: i32): void {
  duplicateTo(descriptor, LOG);
  log.descriptor = LOG;
  if (log.sink != null) log.sink = new SyslogSink(log.program); // its descriptor will be closed
}

/** A child that has only just been made may not have its process group yet. */
function hangUp(pid: i32): void {
  if (kill(-pid, SIGHUP) < 0) kill(pid, SIGHUP);
}

/** Our end of a pipe, which never makes us wait. */
function keep(descriptor: i32): i32 {
  setNonBlocking(descriptor);
  return descriptor;
}

/** Tells the user, on what is the session's standard error now. */
function fail(what: string, error: i32, status: i32): void {
  const reason = error == 0 ? "" : " (" + errorText(-error) + ")";
  writeAll(STDERR, ascii(log.program + ": " + what + reason + "\n"));
  exit(status);
}
