/** What the monitor tells the network process: answers to requests, and what has happened meanwhile. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Grant } from "../auth/grant.ts";
import { Message } from "../message/message.ts";

export const SIGNATURE: i32 = 1;
export const VERDICT: i32 = 2;
export const EXITED: i32 = 3;
export const KILLED: i32 = 4;
export const FINISH: i32 = 5;
export const ADMISSION: i32 = 6;
export const CONNECTED: i32 = 7;
export const AGENT_WANTED: i32 = 8;

/** The host key's signature blob, RFC 4253 section 6.6; empty if the key can't be used. */
export class SignatureAnswer extends Message {
  signature: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(SIGNATURE as u8);
    w.string(this.signature);
  }

  static decode(r: Reader): SignatureAnswer {
    const m = new SignatureAnswer();
    m.signature = r.string();
    return m;
  }
}

/** Yes or no. */
export class Verdict extends Message {
  granted: bool = false;

  encode(w: Writer): void {
    w.byte(VERDICT as u8);
    w.boolean(this.granted);
  }

  static decode(r: Reader): Verdict {
    const m = new Verdict();
    m.granted = r.boolean();
    return m;
  }
}

/** What a login is granted, if it is. */
export class Admission extends Message {
  grant: Grant | null = null;

  encode(w: Writer): void {
    const grant = this.grant;
    w.byte(ADMISSION as u8);
    w.boolean(grant != null);
    if (grant != null) grant.encode(w);
  }

  static decode(r: Reader): Admission {
    const m = new Admission();
    if (r.boolean()) m.grant = Grant.decode(r);
    return m;
  }
}

/** A session's child has ended with an exit status. */
export class Exited extends Message {
  session: u32 = 0;
  status: u32 = 0;

  encode(w: Writer): void {
    w.byte(EXITED as u8);
    w.uint32(this.session);
    w.uint32(this.status);
  }

  static decode(r: Reader): Exited {
    const m = new Exited();
    m.session = r.uint32();
    m.status = r.uint32();
    return m;
  }
}

/** A session's child was ended by a signal. */
export class Killed extends Message {
  session: u32 = 0;
  /** Number of the signal. */
  signal: u32 = 0;
  dumpedCore: bool = false;

  encode(w: Writer): void {
    w.byte(KILLED as u8);
    w.uint32(this.session);
    w.uint32(this.signal);
    w.boolean(this.dumpedCore);
  }

  static decode(r: Reader): Killed {
    const m = new Killed();
    m.session = r.uint32();
    m.signal = r.uint32();
    m.dumpedCore = r.boolean();
    return m;
  }
}

/** What became of a ConnectRequest; with a good outcome comes the descriptor. */
export class Connected extends Message {
  channel: u32 = 0;
  /** As in `Connection.connected`. */
  outcome: u32 = 0;

  encode(w: Writer): void {
    w.byte(CONNECTED as u8);
    w.uint32(this.channel);
    w.uint32(this.outcome);
  }

  static decode(r: Reader): Connected {
    const m = new Connected();
    m.channel = r.uint32();
    m.outcome = r.uint32();
    return m;
  }
}

/** A program of the user's wants the client's agent: the descriptor that comes with this leads to it. */
export class AgentWanted extends Message {
  encode(w: Writer): void {
    w.byte(AGENT_WANTED as u8);
  }
}

/** The connection is to end. */
export class Finish extends Message {
  encode(w: Writer): void {
    w.byte(FINISH as u8);
  }
}
