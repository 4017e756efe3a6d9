/**
 * Sessions as the network process sees them: descriptors that lead to the children, and the monitor, which keeps the
 * children themselves. What flows passes between client and child without the monitor.
 */
import { Connection } from "../../core/ssh/connection/connection.ts";
import {
  BROKEN,
  CHANNELS_LIMIT,
  CONNECT_FAILED,
  CONNECTED,
  ERRORS,
  OUTPUT,
  Sessions,
  SESSIONS_LIMIT,
  Terminal,
} from "../../core/ssh/connection/sessions.ts";
import {
  AGENT_WANTED,
  Connected,
  CONNECTED as CONNECTED_ANSWER,
  Exited,
  EXITED,
  Killed,
  KILLED,
} from "../../core/ssh/monitor/answer.ts";
import * as requests from "../../core/ssh/monitor/request.ts";
import { FORWARDING } from "../../core/ssh/connection/features.ts";
import { EMPTY } from "../../core/bytes/bytes.ts";
import { Reader } from "../../core/wire/reader.ts";
import { close, read, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { PollSet, POLLIN, POLLOUT } from "../../linux/poll.ts";
import { passedDescriptors } from "../../linux/record-socket.ts";
import { endOutput } from "../../linux/socket.ts";
import { MonitorLink } from "./monitor-link.ts";
import { signalDescription, signalName } from "./signal-names.ts";

/** The streams of one session. */
class Streams {
  /** Our end of the child's input, output and errors, or -1; of a terminal and a socket the first two are the same. */
  input: i32 = -1;
  output: i32 = -1;
  errors: i32 = -1;
  terminal: bool = false;
  socket: bool = false;
  /** The child has ended. */
  ended: bool = false;
  /** Places in the set that is waited for, or -1. */
  inputIndex: i32 = -1;
  outputIndex: i32 = -1;
  errorsIndex: i32 = -1;

  /** Takes over what the monitor has passed. */
  take(descriptors: i32[]): void {
    this.terminal = descriptors.length == 1;
    this.input = descriptors[0];
    this.output = descriptors[this.terminal ? 0 : 1];
    this.errors = this.terminal ? -1 : descriptors[2];
  }

  connect(socket: i32): void {
    this.socket = true;
    this.input = socket;
    this.output = socket;
  }

  closeInput(): void {
    if (this.terminal) return;
    if (this.socket) {
      endOutput(this.input);
      return;
    }
    close(this.input);
    this.input = -1;
  }

  closeOutput(): void {
    if (this.terminal) return;
    close(this.output);
    close(this.errors);
    this.output = -1;
    this.errors = -1;
  }

  close(): void {
    if (this.terminal || this.socket) {
      close(this.input);
      return;
    }
    this.closeInput();
    this.closeOutput();
  }
}

export class NetworkSessions extends Sessions {
  /** A shell, command or subsystem was started. */
  started: bool = false;
  private link: MonitorLink;
  private sessions: Array<Streams | null> = new Array<Streams | null>();

  constructor(link: MonitorLink) {
    super();
    this.link = link;
    for (let i = 0; i < CHANNELS_LIMIT; i++) this.sessions.push(null);
  }

  openTerminal(session: i32, terminal: Terminal): bool {
    return this.link.decide(request(session, terminal, false));
  }

  resize(session: i32, terminal: Terminal): void {
    this.link.tell(request(session, terminal, true));
  }

  setEnvironment(session: i32, name: Uint8Array, value: Uint8Array): bool {
    const m = new requests.VariableRequest();
    m.session = session as u32;
    m.name = name;
    m.value = value;
    return this.link.decide(m);
  }

  override forwardAgent(session: i32): bool {
    const m = new requests.AgentRequest();
    m.session = session as u32;
    return this.link.decide(m);
  }

  /** Whether it must be is the monitor's to say. */
  override connect(channel: i32, host: Uint8Array, port: u32): bool {
    const m = new requests.ConnectRequest();
    m.channel = channel as u32;
    m.host = host;
    m.port = port;
    this.link.tell(m);
    return true;
  }

  startShell(session: i32): bool {
    return this.start(session, requests.SHELL, EMPTY);
  }

  startCommand(session: i32, command: Uint8Array): bool {
    return this.start(session, requests.COMMAND, command);
  }

  startSubsystem(session: i32, name: Uint8Array): bool {
    return this.start(session, requests.SUBSYSTEM, name);
  }

  write(session: i32, bytes: Uint8Array): i32 {
    const streams = this.sessions[session];
    if (streams == null || streams.input < 0) return BROKEN;
    const n = write(streams.input, bytes, 0, bytes.length);
    if (n >= 0) return n;
    return n == -EAGAIN ? 0 : BROKEN;
  }

  closeInput(session: i32): void {
    const streams = this.sessions[session];
    if (streams != null) streams.closeInput();
  }

  closeOutput(session: i32): void {
    const streams = this.sessions[session];
    if (streams != null) streams.closeOutput();
  }

  signal(session: i32, name: Uint8Array): bool {
    const m = new requests.SignalRequest();
    m.session = session as u32;
    m.name = name;
    return this.link.decide(m);
  }

  sendBreak(session: i32, milliseconds: u32): bool {
    const m = new requests.BreakRequest();
    m.session = session as u32;
    m.milliseconds = milliseconds;
    return this.link.decide(m);
  }

  close(session: i32): void {
    const streams = this.sessions[session];
    if (streams != null) streams.close();
    this.sessions[session] = null;
    if (session >= SESSIONS_LIMIT) return;
    const m = new requests.CloseRequest();
    m.session = session as u32;
    this.link.tell(m);
  }

  /** Adds all descriptors that are to be waited for. */
  waitFor(set: PollSet, connection: Connection): void {
    for (let i = 0; i < this.sessions.length; i++) {
      const session = this.sessions[i];
      if (session == null) continue;
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
      if (session == null) continue;
      if (set.ready(session.inputIndex) != 0) connection.writable(i);
      if (set.ready(session.errorsIndex) != 0) this.forward(i, session, ERRORS, connection);
      // A terminal whose shell is dead may be held open by others for ever: then what is there now is all.
      const last = session.ended && session.terminal;
      if (last || set.ready(session.outputIndex) != 0) this.forward(i, session, OUTPUT, connection);
      session.inputIndex = -1;
      session.outputIndex = -1;
      session.errorsIndex = -1;
    }
  }

  /** Tells the connection what has happened: `news` is what the monitor said. */
  report(news: Uint8Array, connection: Connection): void {
    const r = new Reader(news.subarray(1));
    if ((news[0] as i32) == EXITED) {
      const m = Exited.decode(r);
      if (this.noteEnd(m.session)) connection.exited(m.session as i32, m.status);
    } else if ((news[0] as i32) == KILLED) {
      const m = Killed.decode(r);
      const signal = m.signal as i32;
      if (!this.noteEnd(m.session)) return;
      connection.killed(m.session as i32, signalName(signal), m.dumpedCore, signalDescription(signal));
    } else if (FORWARDING && (news[0] as i32) == CONNECTED_ANSWER) {
      const m = Connected.decode(r);
      const isThere = m.outcome == CONNECTED && this.take(m.channel as i32);
      connection.connected(m.channel as i32, m.outcome == CONNECTED && !isThere ? CONNECT_FAILED : m.outcome);
    } else if (FORWARDING && (news[0] as i32) == AGENT_WANTED && this.link.descriptor >= 0) {
      const channel = connection.openAgent();
      if (channel < 0) close(this.link.descriptor);
      else this.take(channel);
    }
  }

  /** Takes the socket that came with the news. False if none did. */
  private take(channel: i32): bool {
    const streams = new Streams();
    if (this.link.descriptor < 0) return false;
    streams.connect(this.link.descriptor);
    this.sessions[channel] = streams;
    this.started = true;
    return true;
  }

  /** False if the session is closed already. */
  private noteEnd(session: u32): bool {
    const streams = this.sessions[session as i32];
    if (streams == null) return false;
    streams.ended = true;
    return true;
  }

  /** Reads as much of a child's stream as there is, and as the connection takes. */
  private forward(number: i32, session: Streams, stream: i32, connection: Connection): void {
    while (true) {
      const descriptor = stream == OUTPUT ? session.output : session.errors;
      if (descriptor < 0 || !connection.wantsOutput(number, stream)) return;
      const room = connection.prepareOutput(number, stream);
      const n = read(descriptor, room, 0, room.length);
      if (n > 0) {
        connection.commitOutput(number, stream, n);
        // A pipe gives all that it has; a terminal gives a line, or a page, at a time.
        if (n < room.length && !session.terminal) return;
        continue;
      }
      if (n == -EAGAIN && !(session.ended && session.terminal)) return;
      this.endStream(session, stream);
      connection.outputEnded(number, stream);
      return;
    }
  }

  private endStream(session: Streams, stream: i32): void {
    if (stream == ERRORS) {
      close(session.errors);
      session.errors = -1;
    } else {
      if (!session.terminal && !session.socket) close(session.output);
      session.output = -1;
    }
  }

  private start(session: i32, what: i32, argument: Uint8Array): bool {
    const m = new requests.StartRequest();
    m.session = session as u32;
    m.what = what;
    m.argument = argument;
    if (!this.link.decide(m)) return false;
    // What was said up to now of a session of that number was about the one before.
    this.link.forget(session as u32);
    const streams = new Streams();
    streams.take(passedDescriptors());
    this.sessions[session] = streams;
    this.started = true;
    return true;
  }
}

function request(session: i32, terminal: Terminal, resize: bool): requests.TerminalRequest {
  const m = new requests.TerminalRequest(resize);
  m.session = session as u32;
  m.terminal = terminal;
  return m;
}
