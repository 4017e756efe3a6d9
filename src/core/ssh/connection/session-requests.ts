/**
 * The requests that a client may make of a session channel, RFC 4254 section 6 and RFC 4335: a table of names and of
 * what to do. Requests that are not in it are refused.
 *
 * Terminal, environment and agent come before the start, of which there is one.
 */
import { copyOf } from "../../bytes/bytes.ts";
import { isText, startsWithText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import * as requests from "../message/channel-request.ts";
import { SessionChannel } from "./session-channel.ts";
import { Sessions, Terminal } from "./sessions.ts";

/** Environment variables of a session, and bytes of their names and values: TinySSH's limits. */
export const VARIABLES: i32 = 64;
export const VARIABLE_BYTES: i32 = 1024;
/** Bytes of the terminal's name: terminfo's names are far shorter. */
const TERMINAL_NAME: i32 = 128;

/** What became of a request. */
export const GRANTED: i32 = 0;
export const REFUSED: i32 = 1;
/** Its fields were not those of such a request. */
export const MALFORMED: i32 = 2;

class RequestType {
  name: string;
  /** Reads the fields and, if they are right, does what is asked. True if it could. */
  perform: (channel: SessionChannel, sessions: Sessions, r: Reader) => bool;

  constructor(name: string, perform: (channel: SessionChannel, sessions: Sessions, r: Reader) => bool) {
    this.name = name;
    this.perform = perform;
  }
}

const types: RequestType[] = [
  new RequestType("pty-req", openTerminal),
  new RequestType("env", setEnvironment),
  new RequestType("auth-agent-req@openssh.com", forwardAgent),
  new RequestType("shell", startShell),
  new RequestType("exec", startCommand),
  new RequestType("subsystem", startSubsystem),
  new RequestType("window-change", resize),
  new RequestType("signal", signal),
  new RequestType("break", sendBreak),
  new RequestType("eow@openssh.com", discardOutput),
];

/** Does what the request `type` with the fields `data` asks of the session behind `channel`. */
export function perform(channel: SessionChannel, sessions: Sessions, type: Uint8Array, data: Uint8Array): i32 {
  for (let i = 0; i < types.length; i++) {
    if (!isText(type, types[i].name)) continue;
    const r = new Reader(data);
    const done = types[i].perform(channel, sessions, r);
    if (!r.ok()) return MALFORMED;
    return done ? GRANTED : REFUSED;
  }
  return REFUSED;
}

function openTerminal(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.PtyRequest.decode(r);
  if (!r.ok() || channel.started || channel.terminal != null) return false;
  if (!isTerminalName(m.term)) return false;
  const terminal = new Terminal();
  terminal.name = copyOf(m.term, 0, m.term.length);
  terminal.columns = m.columns;
  terminal.rows = m.rows;
  terminal.widthPixels = m.widthPixels;
  terminal.heightPixels = m.heightPixels;
  terminal.modes = copyOf(m.modes, 0, m.modes.length);
  if (!sessions.openTerminal(channel.number, terminal)) return false;
  channel.terminal = terminal;
  return true;
}

function resize(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.WindowChangeRequest.decode(r);
  const terminal = channel.terminal;
  if (!r.ok() || terminal == null) return false;
  terminal.columns = m.columns;
  terminal.rows = m.rows;
  terminal.widthPixels = m.widthPixels;
  terminal.heightPixels = m.heightPixels;
  sessions.resize(channel.number, terminal);
  return true;
}

function setEnvironment(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.EnvironmentRequest.decode(r);
  if (!r.ok() || channel.started || !isVariable(m.name, m.value)) return false;
  const bytes = m.name.length + m.value.length;
  if (channel.variables == VARIABLES || bytes > VARIABLE_BYTES - channel.variableBytes) return false;
  if (!sessions.setEnvironment(channel.number, m.name, m.value)) return false;
  channel.variables++;
  channel.variableBytes += bytes;
  return true;
}

function forwardAgent(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  return r.ok() && !channel.started && sessions.forwardAgent(channel.number);
}

function startShell(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  return r.ok() && !channel.started && sessions.startShell(channel.number);
}

function startCommand(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.ExecRequest.decode(r);
  return r.ok() && !channel.started && !holdsNul(m.command) && sessions.startCommand(channel.number, m.command);
}

function startSubsystem(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.SubsystemRequest.decode(r);
  return r.ok() && !channel.started && !holdsNul(m.name) && sessions.startSubsystem(channel.number, m.name);
}

function signal(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.SignalRequest.decode(r);
  return r.ok() && channel.started && sessions.signal(channel.number, m.name);
}

function sendBreak(channel: SessionChannel, sessions: Sessions, r: Reader): bool {
  const m = requests.BreakRequest.decode(r);
  return r.ok() && channel.started && sessions.sendBreak(channel.number, m.milliseconds);
}

function discardOutput(channel: SessionChannel, _sessions: Sessions, r: Reader): bool {
  if (!r.ok() || !channel.started) return false;
  channel.discardOutput();
  return true;
}

export function isTerminalName(name: Uint8Array): bool {
  return name.length <= TERMINAL_NAME && !holdsNul(name);
}

/** True if a client may set that variable to that value. */
export function isVariable(name: Uint8Array, value: Uint8Array): bool {
  return isAccepted(name) && !holdsNul(value);
}

/**
 * True for LANG and LC_*, what Debian's sshd takes: OpenSSH's own default takes nothing, and more than the locale could
 * turn a forced command (`BASH_ENV`) or a program (`LD_PRELOAD`) into another.
 */
function isAccepted(name: Uint8Array): bool {
  if (isText(name, "LANG")) return true;
  if (!startsWithText(name, "LC_")) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = name[i] as i32;
    const isWord =
      byte == 95 || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57);
    if (!isWord) return false;
  }
  return true;
}

export function holdsNul(bytes: Uint8Array): bool {
  return bytes.indexOf(0) >= 0;
}
