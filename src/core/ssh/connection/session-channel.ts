/**
 * A session's channel, RFC 4254 section 6: its target is the session's child.
 *
 * When all of the child's streams have ended and the child is dead, the client hears its exit status or signal, EOF, and
 * CLOSE, in one go. Ahead of the status, EOF would have OpenSSH's client close the channel if its own input has ended, and
 * dbclient even if it hasn't; neither would hear the status any more. So the end waits for whoever inherited a stream from
 * the child and holds it open (as OpenSSH does over pipes); a host program that does not want to wait reports the streams
 * as ended.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { ascii, startsWithText } from "../../bytes/text.ts";
import { ChannelRequest } from "../message/connection.ts";
import { Transport } from "../transport/transport.ts";
import { Channel } from "./channel.ts";
import { perform } from "./session-requests.ts";
import { ERRORS, OUTPUT, Sessions, Terminal } from "./sessions.ts";

/** Bytes that a client may send ahead: OpenSSH's measure. */
export const WINDOW: i32 = 2 << 20;

export class SessionChannel extends Channel {
  /** The session's terminal, if it has one. */
  terminal: Terminal | null = null;
  /** Environment variables accepted so far, and their bytes. */
  variables: i32 = 0;
  variableBytes: i32 = 0;

  /** How the child ended, once it has. */
  private exit: ChannelRequest | null = null;

  constructor(number: i32, transport: Transport, sessions: Sessions) {
    super(number, transport, sessions, WINDOW);
  }

  perform(type: Uint8Array, data: Uint8Array): i32 {
    return perform(this, this.sessions, type, data);
  }

  override start(): void {
    if (this.terminal != null) this.errorsOpen = false;
    super.start();
  }

  /** eow@openssh.com: the client takes no more output. */
  discardOutput(): void {
    if (!this.started || this.closed || !(this.outputOpen || this.errorsOpen)) return;
    this.sessions.closeOutput(this.number);
    this.endOutput(OUTPUT);
    this.endOutput(ERRORS);
  }

  /** The child is dead; `type` and `data` say how, in a request to the client. */
  override end(type: string, data: Uint8Array): void {
    if (!this.started || this.closed || this.exit != null) return;
    this.exit = this.request(type, data);
    super.breakInput();
  }

  protected finish(): void {
    const exit = this.exit;
    if (exit == null || this.outputOpen || this.errorsOpen) return;
    this.send(exit);
    this.sendEof();
    this.close();
  }

  /** OpenSSH's client, told so by eow@openssh.com, stops reading its own input. */
  protected override breakInput(): void {
    super.breakInput();
    if (this.inputEnded || !startsWithText(this.transport.clientIdentification, "SSH-2.0-OpenSSH")) return;
    this.send(this.request("eow@openssh.com", EMPTY));
  }

  private request(type: string, data: Uint8Array): ChannelRequest {
    const m = new ChannelRequest();
    m.recipient = this.peer;
    m.type = ascii(type);
    m.data = data;
    return m;
  }
}
