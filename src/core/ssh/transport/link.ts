/** The connection as the parts of the transport share it: packets in, packets out, and the one way to end it. */
import { ascii } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Environment, FATAL } from "../environment.ts";
import { PROTOCOL_ERROR } from "../message/disconnect-reason.ts";
import { encoded, Message } from "../message/message.ts";
import { Disconnect } from "../message/transport.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";

export class Link {
  environment: Environment;
  incoming: Incoming = new Incoming();
  outgoing: Outgoing = new Outgoing();
  closed: bool = false;
  /** Closed over a fault. */
  failed: bool = false;
  /** Why it was closed, for the log. */
  reason: string = "";

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Makes a packet of `payload`, key exchange or not. */
  emit(payload: Uint8Array): void {
    this.outgoing.prepare(payload.length).set(payload);
    this.outgoing.commit(payload.length);
  }

  emitMessage(message: Message): void {
    this.emit(encoded(message));
  }

  /** True if the message that `r` has read was whole; else the connection fails. */
  isWell(r: Reader, name: string): bool {
    if (!r.ok()) this.fail(PROTOCOL_ERROR, "malformed " + name, "");
    return r.ok();
  }

  /** Ends the connection over a fault, with one line in the log; `detail` is for that line alone. */
  fail(reason: u32, text: string, detail: string): void {
    if (this.closed) return;
    this.disconnect(reason, text);
    this.failed = true;
    if (detail.length > 0) this.reason = text + ": " + detail;
    this.environment.log(FATAL, this.reason);
  }

  /** Ends the connection by DISCONNECT, RFC 4253 section 11.1. */
  disconnect(reason: u32, text: string): void {
    if (this.closed) return;
    const m = new Disconnect();
    m.reason = reason;
    m.description = ascii(text);
    this.emitMessage(m);
    this.close(text);
  }

  /** Ends the connection without a word. The keys are gone; what is queued may still be sent. */
  close(reason: string): void {
    this.closed = true;
    this.reason = reason;
    this.incoming.wipe();
    this.outgoing.wipe();
  }
}
