/**
 * One session channel, RFC 4254 section 5: the flow of data in both directions, and its end.
 *
 * Towards the child: what the client sends is written as far as the child takes it, and the rest waits, bounded by the
 * window. A child that has closed its input does not stop the client: what still comes is thrown away, and the window
 * given back. EOF reaches the child after the last byte.
 *
 * Towards the client: when all of the child's streams have ended and the child is dead, its exit status or signal, EOF,
 * and CLOSE, in one go. Ahead of the status, EOF would have OpenSSH's client close the channel if its own input has
 * ended, and dbclient even if it hasn't; neither would hear the status any more. So the end waits for whoever inherited
 * a stream from the child and holds it open (as OpenSSH does over pipes); a host program that does not want to wait
 * reports the streams as ended. A CLOSE from the client ends the session at once.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { ascii, startsWithText } from "../../bytes/text.ts";
import { PROTOCOL_ERROR } from "../message/disconnect-reason.ts";
import * as messages from "../message/connection.ts";
import { encoded, Message } from "../message/message.ts";
import { Transport } from "../transport/transport.ts";
import { InputQueue } from "./input-queue.ts";
import { BROKEN, ERRORS, OUTPUT, Sessions, Terminal } from "./sessions.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";

/** Bytes that a client may send ahead on one channel: OpenSSH's measure. */
export const WINDOW: i32 = 2 << 20;
/** Bytes of data in one message, either way: what each side must be able to take (RFC 4253 section 6.1). */
export const MAXIMUM_PACKET: i32 = 32768;

export class Channel {
  /** Its number on our side, which is the session's. */
  number: i32;
  /** The session's terminal, if it has one. */
  terminal: Terminal | null = null;
  /** Environment variables accepted so far, and their bytes. */
  variables: i32 = 0;
  variableBytes: i32 = 0;
  /** A shell, command or subsystem runs, or ran. */
  started: bool = false;
  /** We have sent CLOSE: the session is gone, and only the client's CLOSE is awaited. */
  closed: bool = false;

  private transport: Transport;
  private sessions: Sessions;
  /** Its number on the client's side. */
  private peer: u32;
  /** Bytes of data that the client takes in one message. */
  private maximumPacket: i32;
  private sending: SendWindow;
  private receiving: ReceiveWindow = new ReceiveWindow(WINDOW);
  private input: InputQueue = new InputQueue();
  /** The client has sent EOF. */
  private inputEnded: bool = false;
  /** The child takes no more input: it is dead, it has closed its end, or everything was written. */
  private inputClosed: bool = false;
  private outputOpen: bool = true;
  private errorsOpen: bool = true;
  /** How the child ended, once it has. */
  private exit: messages.ChannelRequest | null = null;
  /** The packet for which `prepareOutput` gave room. */
  private prepared: Uint8Array = EMPTY;

  constructor(number: i32, open: messages.ChannelOpen, transport: Transport, sessions: Sessions) {
    this.number = number;
    this.transport = transport;
    this.sessions = sessions;
    this.peer = open.sender;
    this.maximumPacket = open.maximumPacket < (MAXIMUM_PACKET as u32) ? (open.maximumPacket as i32) : MAXIMUM_PACKET;
    this.sending = new SendWindow(open.initialWindow);
  }

  /** CHANNEL_DATA. */
  receiveData(data: Uint8Array): void {
    if (this.closed || !this.charge(data.length)) return;
    if (this.inputClosed) {
      this.giveBack(data.length);
      return;
    }
    let written = 0;
    if (this.started && this.input.isEmpty() && data.length > 0) {
      written = this.sessions.write(this.number, data);
      if (written == BROKEN) {
        this.breakInput();
        written = data.length;
      }
      this.giveBack(written);
    }
    if (written < data.length) this.input.add(data.subarray(written));
  }

  /** CHANNEL_EXTENDED_DATA: no type of it has a meaning towards a server. */
  receiveExtendedData(data: Uint8Array): void {
    if (!this.closed && this.charge(data.length)) this.giveBack(data.length);
  }

  receiveEof(): void {
    this.inputEnded = true;
    this.writeInput();
  }

  /** CHANNEL_WINDOW_ADJUST. */
  receiveWindowAdjust(bytes: u32): void {
    if (!this.sending.widen(bytes)) this.fail("a window larger than 2^32 - 1");
  }

  /** True if bytes wait for the child to take them. */
  hasInput(): bool {
    return this.started && !this.inputClosed && !this.closed && !this.input.isEmpty();
  }

  /** Writes to the child what it takes of what waits; after the last byte its input ends, if the client's has. */
  writeInput(): void {
    if (!this.started || this.inputClosed || this.closed) return;
    while (!this.input.isEmpty()) {
      const written = this.sessions.write(this.number, this.input.first());
      if (written == 0) return;
      if (written == BROKEN) {
        this.breakInput();
        return;
      }
      this.input.drop(written);
      this.giveBack(written);
    }
    if (!this.inputEnded) return;
    this.inputClosed = true;
    this.sessions.closeInput(this.number);
  }

  /** The session was started: what came before may be written. */
  start(): void {
    this.started = true;
    if (this.terminal != null) this.errorsOpen = false;
    this.writeInput();
  }

  /** Bytes of `stream` that may be sent in one message now. */
  outputRoom(stream: i32): i32 {
    if (!this.started || this.closed || !this.isOpen(stream)) return 0;
    const left = this.sending.left;
    return left < (this.maximumPacket as u32) ? (left as i32) : this.maximumPacket;
  }

  /** Room for data of `stream` in a packet; the transport must be ready. */
  prepareOutput(stream: i32): Uint8Array {
    const room = this.outputRoom(stream);
    if (room == 0) return EMPTY;
    const header = headerLength(stream);
    this.prepared = this.transport.prepare(header + room);
    return this.prepared.subarray(header, header + room);
  }

  /** Sends the first `count` bytes of what `prepareOutput` gave for the same stream. */
  commitOutput(stream: i32, count: i32): void {
    const header = headerLength(stream);
    if (count < 1 || header + count > this.prepared.length) throw new Error("no room was prepared for this output");
    if (stream == OUTPUT) messages.putDataHeader(this.prepared, this.peer, count);
    else messages.putExtendedDataHeader(this.prepared, this.peer, stream as u32, count);
    this.prepared = EMPTY;
    this.sending.take(count as u32);
    this.transport.commit(header + count);
  }

  /** `stream` gives no more. */
  endOutput(stream: i32): void {
    if (!this.started || this.closed || !this.isOpen(stream)) return;
    if (stream == OUTPUT) this.outputOpen = false;
    else this.errorsOpen = false;
    this.finish();
  }

  /** eow@openssh.com: the client takes no more output. */
  discardOutput(): void {
    if (!this.started || this.closed || !(this.outputOpen || this.errorsOpen)) return;
    this.sessions.closeOutput(this.number);
    this.endOutput(OUTPUT);
    this.endOutput(ERRORS);
  }

  /** The child is dead; `type` and `data` say how, in a request to the client. */
  end(type: string, data: Uint8Array): void {
    if (!this.started || this.closed || this.exit != null) return;
    const exit = new messages.ChannelRequest();
    exit.recipient = this.peer;
    exit.type = ascii(type);
    exit.data = data;
    this.exit = exit;
    this.inputClosed = true;
    this.giveBack(this.input.clear());
    this.finish();
  }

  /** Closes the session, and our side of the channel. */
  close(): void {
    if (this.closed) return;
    const close = new messages.ChannelClose();
    close.recipient = this.peer;
    this.send(close);
    this.abandon();
  }

  /** Closes the session without a word to the client. */
  abandon(): void {
    if (this.closed) return;
    this.closed = true;
    this.input.clear();
    this.sessions.close(this.number);
  }

  /** Answers a request. */
  answer(success: bool): void {
    if (this.closed) return;
    if (success) {
      const m = new messages.ChannelSuccess();
      m.recipient = this.peer;
      this.send(m);
    } else {
      const m = new messages.ChannelFailure();
      m.recipient = this.peer;
      this.send(m);
    }
  }

  /** Says how the child ended and closes, once it has ended and there is nothing more to send. */
  private finish(): void {
    const exit = this.exit;
    if (exit == null || this.outputOpen || this.errorsOpen) return;
    const eof = new messages.ChannelEof();
    eof.recipient = this.peer;
    this.send(exit);
    this.send(eof);
    this.close();
  }

  /** True if the client was allowed to send `length` bytes of data; else the connection fails. */
  private charge(length: i32): bool {
    if (this.inputEnded) this.fail("data after its end");
    else if (length > MAXIMUM_PACKET) this.fail("more data in one message than was agreed");
    else if (!this.receiving.take(length)) this.fail("data beyond the window");
    else return true;
    return false;
  }

  /** `bytes` of the window are free again. */
  private giveBack(bytes: i32): void {
    const granted = this.receiving.use(bytes);
    if (granted == 0 || this.inputEnded) return;
    const adjust = new messages.ChannelWindowAdjust();
    adjust.recipient = this.peer;
    adjust.bytes = granted;
    this.send(adjust);
  }

  /** The child has closed its input. OpenSSH's client, told so by eow@openssh.com, stops reading its own. */
  private breakInput(): void {
    this.inputClosed = true;
    this.giveBack(this.input.clear());
    if (this.inputEnded || !startsWithText(this.transport.clientIdentification, "SSH-2.0-OpenSSH")) return;
    const eow = new messages.ChannelRequest();
    eow.recipient = this.peer;
    eow.type = ascii("eow@openssh.com");
    this.send(eow);
  }

  private isOpen(stream: i32): bool {
    return stream == OUTPUT ? this.outputOpen : this.errorsOpen;
  }

  private send(message: Message): void {
    this.transport.send(encoded(message));
  }

  private fail(what: string): void {
    this.transport.fail(PROTOCOL_ERROR, `channel ${this.number}: ${what}`);
  }
}

/** Bytes in front of the data of `stream` in a message. */
function headerLength(stream: i32): i32 {
  return stream == OUTPUT ? messages.DATA_HEADER : messages.EXTENDED_DATA_HEADER;
}
