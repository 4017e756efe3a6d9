/**
 * What the network process asks of the monitor: fields in the order in which they are sent, behind the number. Each
 * message is one record of a socket that keeps records apart; nothing but the types of RFC 4251 section 5 is used.
 *
 * Of the values that a signature covers, none is here that the monitor can have for itself: its own identification, the
 * lists of its KEXINIT, its host key, the session id.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Uint64 } from "../../wire/uint64.ts";
import { Writer } from "../../wire/writer.ts";
import { Terminal } from "../connection/sessions.ts";
import { Event } from "../event.ts";
import { Message } from "../message/message.ts";

/** Bytes of one record at most, either way: a KEXINIT or a command fills one packet, and little is beside it. */
export const RECORD_LIMIT: i32 = 65536;

export const SIGN: i32 = 1;
export const PROVE: i32 = 2;
export const ENTER: i32 = 3;
export const TERMINAL: i32 = 4;
export const RESIZE: i32 = 5;
export const VARIABLE: i32 = 6;
export const START: i32 = 7;
export const SIGNAL: i32 = 8;
export const BREAK: i32 = 9;
export const CLOSE: i32 = 10;
export const LOG: i32 = 11;
export const EVENT: i32 = 12;
export const FAREWELL: i32 = 13;
export const VOUCH: i32 = 14;
export const AGENT: i32 = 15;
export const CONNECT: i32 = 16;

/** Values of one event. */
const VALUES_LIMIT: u32 = 16;

/** What a session is to run. */
export const SHELL: i32 = 1;
export const COMMAND: i32 = 2;
export const SUBSYSTEM: i32 = 3;

/** Asks for the host key's signature over one key exchange. The answer is a SignatureAnswer. */
export class SignRequest extends Message {
  /** V_C. */
  clientIdentification: Uint8Array = EMPTY;
  /** I_C. */
  clientKexInit: Uint8Array = EMPTY;
  /** Of our KEXINIT. */
  cookie: Uint8Array = EMPTY;
  /** Q_C and Q_S. */
  clientPublicKey: Uint8Array = EMPTY;
  serverPublicKey: Uint8Array = EMPTY;
  /** K, encoded as the method demands. Secret. */
  encodedSecret: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(SIGN as u8);
    w.string(this.clientIdentification);
    w.string(this.clientKexInit);
    w.string(this.cookie);
    w.string(this.clientPublicKey);
    w.string(this.serverPublicKey);
    w.string(this.encodedSecret);
  }

  static decode(r: Reader): SignRequest {
    const m = new SignRequest();
    m.clientIdentification = r.string();
    m.clientKexInit = r.string();
    m.cookie = r.string();
    m.clientPublicKey = r.string();
    m.serverPublicKey = r.string();
    m.encodedSecret = r.string();
    return m;
  }
}

/** Asks for a host key's proof that it is the server's. The answer is a SignatureAnswer. */
export class VouchRequest extends Message {
  /** Which of the host keys. */
  key: u32 = 0;

  encode(w: Writer): void {
    w.byte(VOUCH as u8);
    w.uint32(this.key);
  }

  static decode(r: Reader): VouchRequest {
    const m = new VouchRequest();
    m.key = r.uint32();
    return m;
  }
}

/** Asks for a login by a key or a certificate. The answer is an Admission. */
export class ProveRequest extends Message {
  user: Uint8Array = EMPTY;
  credential: Uint8Array = EMPTY;
  /** The proof is bound to the host key of the first key exchange. */
  hostBound: bool = false;
  signature: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(PROVE as u8);
    w.string(this.user);
    w.string(this.credential);
    w.boolean(this.hostBound);
    w.string(this.signature);
  }

  static decode(r: Reader): ProveRequest {
    const m = new ProveRequest();
    m.user = r.string();
    m.credential = r.string();
    m.hostBound = r.boolean();
    m.signature = r.string();
    return m;
  }
}

/** Asks for a login without a proof. The answer is an Admission. */
export class EnterRequest extends Message {
  user: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(ENTER as u8);
    w.string(this.user);
  }

  static decode(r: Reader): EnterRequest {
    const m = new EnterRequest();
    m.user = r.string();
    return m;
  }
}

/** Asks for a terminal, with a Verdict as the answer, or says that its window has another size, without an answer. */
export class TerminalRequest extends Message {
  session: u32 = 0;
  resize: bool;
  terminal: Terminal = new Terminal();

  constructor(resize: bool) {
    super();
    this.resize = resize;
  }

  encode(w: Writer): void {
    const terminal = this.terminal;
    w.byte((this.resize ? RESIZE : TERMINAL) as u8);
    w.uint32(this.session);
    w.uint32(terminal.columns);
    w.uint32(terminal.rows);
    w.uint32(terminal.widthPixels);
    w.uint32(terminal.heightPixels);
    if (this.resize) return;
    w.string(terminal.name);
    w.string(terminal.modes);
  }

  static decode(r: Reader, resize: bool): TerminalRequest {
    const m = new TerminalRequest(resize);
    m.session = r.uint32();
    m.terminal.columns = r.uint32();
    m.terminal.rows = r.uint32();
    m.terminal.widthPixels = r.uint32();
    m.terminal.heightPixels = r.uint32();
    if (resize) return m;
    m.terminal.name = r.string();
    m.terminal.modes = r.string();
    return m;
  }
}

/** Asks for an environment variable. The answer is a Verdict. */
export class VariableRequest extends Message {
  session: u32 = 0;
  name: Uint8Array = EMPTY;
  value: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(VARIABLE as u8);
    w.uint32(this.session);
    w.string(this.name);
    w.string(this.value);
  }

  static decode(r: Reader): VariableRequest {
    const m = new VariableRequest();
    m.session = r.uint32();
    m.name = r.string();
    m.value = r.string();
    return m;
  }
}

/**
 * Asks for the start of a session. With the Verdict, if it is a good one, come descriptors: a terminal's, or those of
 * the child's input, output and errors.
 */
export class StartRequest extends Message {
  session: u32 = 0;
  /** SHELL, COMMAND or SUBSYSTEM. */
  what: i32 = SHELL;
  /** The command, or the subsystem's name. */
  argument: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(START as u8);
    w.uint32(this.session);
    w.byte(this.what as u8);
    w.string(this.argument);
  }

  static decode(r: Reader): StartRequest {
    const m = new StartRequest();
    m.session = r.uint32();
    m.what = r.byte() as i32;
    m.argument = r.string();
    return m;
  }
}

/** Asks for a signal to a session, by its name. The answer is a Verdict. */
export class SignalRequest extends Message {
  session: u32 = 0;
  name: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(SIGNAL as u8);
    w.uint32(this.session);
    w.string(this.name);
  }

  static decode(r: Reader): SignalRequest {
    const m = new SignalRequest();
    m.session = r.uint32();
    m.name = r.string();
    return m;
  }
}

/** Asks for a BREAK on a session's terminal. The answer is a Verdict. */
export class BreakRequest extends Message {
  session: u32 = 0;
  milliseconds: u32 = 0;

  encode(w: Writer): void {
    w.byte(BREAK as u8);
    w.uint32(this.session);
    w.uint32(this.milliseconds);
  }

  static decode(r: Reader): BreakRequest {
    const m = new BreakRequest();
    m.session = r.uint32();
    m.milliseconds = r.uint32();
    return m;
  }
}

/** Asks that the session's programs may reach the client's agent. The answer is a Verdict. */
export class AgentRequest extends Message {
  session: u32 = 0;

  encode(w: Writer): void {
    w.byte(AGENT as u8);
    w.uint32(this.session);
  }

  static decode(r: Reader): AgentRequest {
    const m = new AgentRequest();
    m.session = r.uint32();
    return m;
  }
}

/** Asks for a connection to somewhere else. The answer, which may take its time, is Connected. */
export class ConnectRequest extends Message {
  channel: u32 = 0;
  host: Uint8Array = EMPTY;
  port: u32 = 0;

  encode(w: Writer): void {
    w.byte(CONNECT as u8);
    w.uint32(this.channel);
    w.string(this.host);
    w.uint32(this.port);
  }

  static decode(r: Reader): ConnectRequest {
    const m = new ConnectRequest();
    m.channel = r.uint32();
    m.host = r.string();
    m.port = r.uint32();
    return m;
  }
}

/** Says that a session is over. There is no answer. */
export class CloseRequest extends Message {
  session: u32 = 0;

  encode(w: Writer): void {
    w.byte(CLOSE as u8);
    w.uint32(this.session);
  }

  static decode(r: Reader): CloseRequest {
    const m = new CloseRequest();
    m.session = r.uint32();
    return m;
  }
}

/** A line for the log. There is no answer. */
export class LogRequest extends Message {
  /** As in environment.ts, but for INFO. */
  level: i32 = 0;
  text: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(LOG as u8);
    w.byte(this.level as u8);
    w.string(this.text);
  }

  static decode(r: Reader): LogRequest {
    const m = new LogRequest();
    m.level = r.byte() as i32;
    m.text = r.string();
    return m;
  }
}

/** An event for the log. There is no answer. */
export class EventRequest extends Message {
  event: Event;

  constructor(event: Event) {
    super();
    this.event = event;
  }

  encode(w: Writer): void {
    const event = this.event;
    w.byte(EVENT as u8);
    w.text(event.name);
    w.text(event.words);
    w.uint32(event.names.length as u32);
    for (let i = 0; i < event.names.length; i++) {
      w.text(event.names[i]);
      w.text(event.values[i]);
    }
  }

  static decode(r: Reader): EventRequest {
    const name = printable(r.string());
    const event = new Event(name, printable(r.string()));
    const values = r.uint32();
    if (values > VALUES_LIMIT) r.bad = true;
    for (let i: u32 = 0; i < values && !r.bad; i++) {
      const key = printable(r.string());
      event.tell(key, printable(r.string()));
    }
    return new EventRequest(event);
  }
}

/** The last words of a network process that ends by itself. There is no answer. */
export class FarewellRequest extends Message {
  /** One side broke the rules or the limits. */
  failed: bool = false;
  /** Why the connection is over. */
  reason: Uint8Array = EMPTY;
  /** Bytes of sessions' data that came from the client, and that went there. */
  received: Uint64 = new Uint64();
  sent: Uint64 = new Uint64();

  encode(w: Writer): void {
    w.byte(FAREWELL as u8);
    w.boolean(this.failed);
    w.string(this.reason);
    this.received.encode(w);
    this.sent.encode(w);
  }

  static decode(r: Reader): FarewellRequest {
    const m = new FarewellRequest();
    m.failed = r.boolean();
    const reason = r.string();
    m.reason = copyOf(reason, 0, reason.length);
    m.received = Uint64.decode(r);
    m.sent = Uint64.decode(r);
    return m;
  }
}
