/**
 * A channel, RFC 4254 section 5: the flow of data in both directions between the client and what is behind the channel here,
 * which is its target. What a channel is for, and how it ends, is its kind's: session-channel.ts, forwarded-channel.ts.
 *
 * Towards the target: what the client sends is written as far as the target takes it, and the rest waits, bounded by the
 * window. A target that has closed its input does not stop the client: what still comes is thrown away, and the window
 * given back. EOF reaches the target after the last byte. A CLOSE from the client ends a session at once.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { PROTOCOL_ERROR } from "../message/disconnect-reason.ts";
import * as messages from "../message/connection.ts";
import { encoded, Message } from "../message/message.ts";
import { Transport } from "../transport/transport.ts";
import { InputQueue } from "./input-queue.ts";
import { BROKEN, OUTPUT, Sessions } from "./sessions.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";

/** Bytes of data in one message, either way: what each side must be able to take (RFC 4253 section 6.1). */
export const MAXIMUM_PACKET: i32 = 32768;

export abstract class Channel {
  /** Its number on our side. */
  readonly number: i32;
  /** Both sides know the other's number. */
  opened: bool = false;
  /** The target is there: data flows. */
  started: bool = false;
  /** We have sent CLOSE: the target is gone, and only the client's CLOSE is awaited. */
  closed: bool = false;
  /** The client has sent CLOSE. */
  left: bool = false;

  /** Its number on the client's side. */
  peer: u32 = 0;

  protected transport: Transport;
  protected sessions: Sessions;
  /** The client has sent EOF. */
  protected inputEnded: bool = false;
  /** The target takes no more input: it is dead, it has closed its end, or everything was written. */
  protected inputClosed: bool = false;
  protected outputOpen: bool = true;
  protected errorsOpen: bool = true;

  /** Bytes of data that the client takes in one message. */
  private maximumPacket: i32 = 0;
  private sending: SendWindow = new SendWindow(0);
  private receiving: ReceiveWindow;
  private input: InputQueue = new InputQueue();
  /** The packet for which `prepareOutput` gave room. */
  private prepared: Uint8Array = EMPTY;

  /** `window`: bytes that the client may send ahead. */
  constructor(number: i32, transport: Transport, sessions: Sessions, window: i32) {
    this.number = number;
    this.transport = transport;
    this.sessions = sessions;
    this.receiving = new ReceiveWindow(window);
  }

  /** Does what a request of that type with those fields asks for: GRANTED, REFUSED or MALFORMED. */
  abstract perform(type: Uint8Array, data: Uint8Array): i32;

  /** Something has ended: says so to the client, and closes once there is nothing more to come. */
  protected abstract finish(): void;

  /** What the client has said of its side. */
  open(peer: u32, window: u32, maximumPacket: u32): void {
    this.opened = true;
    this.peer = peer;
    this.maximumPacket = maximumPacket < (MAXIMUM_PACKET as u32) ? (maximumPacket as i32) : MAXIMUM_PACKET;
    this.sending = new SendWindow(window);
  }

  /** Tells the client our side, once it has told us its own. */
  confirm(): void {
    const m = new messages.ChannelOpenConfirmation();
    m.recipient = this.peer;
    m.sender = this.number as u32;
    m.initialWindow = this.receiving.size as u32;
    m.maximumPacket = MAXIMUM_PACKET as u32;
    this.send(m);
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

  receiveClose(): void {
    this.close();
    this.left = true;
  }

  /** CHANNEL_WINDOW_ADJUST. */
  receiveWindowAdjust(bytes: u32): void {
    if (!this.sending.widen(bytes)) this.fail("a window larger than 2^32 - 1");
  }

  /** True if bytes wait for the target to take them. */
  hasInput(): bool {
    return this.started && !this.inputClosed && !this.closed && !this.input.isEmpty();
  }

  /** Writes to the target what it takes of what waits; after the last byte its input ends, if the client's has. */
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
    this.finish();
  }

  /** The target is there: what came before may be written. */
  start(): void {
    this.started = true;
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

  /** The target is dead: of a session there is more to say then, `data` in a request of that type. */
  end(_type: string, _data: Uint8Array): void {}

  /** Closes the target, and our side of the channel. */
  close(): void {
    if (this.closed) return;
    if (!this.left) this.sendClose();
    this.abandon();
  }

  /** Closes the target without a word to the client. */
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

  protected sendClose(): void {
    const m = new messages.ChannelClose();
    m.recipient = this.peer;
    this.send(m);
  }

  /** There will be no more of our data. */
  protected sendEof(): void {
    const m = new messages.ChannelEof();
    m.recipient = this.peer;
    this.send(m);
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

  /** The target takes no more input. */
  protected breakInput(): void {
    this.inputClosed = true;
    this.giveBack(this.input.clear());
    this.finish();
  }

  private isOpen(stream: i32): bool {
    return stream == OUTPUT ? this.outputOpen : this.errorsOpen;
  }

  protected send(message: Message): void {
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
