/**
 * Messages of the connection protocol, RFC 4254: fields in wire order, and nothing else. `decode` starts behind the
 * message number. Byte arrays that it gives are views into the packet.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { putUint32, Writer } from "../../wire/writer.ts";
import { Message } from "./message.ts";
import * as number from "./number.ts";

/** SSH_MSG_GLOBAL_REQUEST, RFC 4254 section 4. */
export class GlobalRequest extends Message {
  name: Uint8Array = EMPTY;
  wantReply: bool = false;
  /** What the request adds. */
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.GLOBAL_REQUEST as u8);
    w.string(this.name);
    w.boolean(this.wantReply);
    w.raw(this.data);
  }

  static decode(r: Reader): GlobalRequest {
    const m = new GlobalRequest();
    m.name = r.string();
    m.wantReply = r.boolean();
    m.data = r.rest();
    return m;
  }
}

/** SSH_MSG_REQUEST_SUCCESS, RFC 4254 section 4. */
export class RequestSuccess extends Message {
  /** What the request's answer adds. */
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.REQUEST_SUCCESS as u8);
    w.raw(this.data);
  }

  static decode(r: Reader): RequestSuccess {
    const m = new RequestSuccess();
    m.data = r.rest();
    return m;
  }
}

/** SSH_MSG_REQUEST_FAILURE, RFC 4254 section 4. */
export class RequestFailure extends Message {
  encode(w: Writer): void {
    w.byte(number.REQUEST_FAILURE as u8);
  }

  static decode(_r: Reader): RequestFailure {
    return new RequestFailure();
  }
}

/** SSH_MSG_CHANNEL_OPEN, RFC 4254 section 5.1. */
export class ChannelOpen extends Message {
  type: Uint8Array = EMPTY;
  sender: u32 = 0;
  initialWindow: u32 = 0;
  maximumPacket: u32 = 0;
  /** What the channel type adds; nothing for `session`. */
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_OPEN as u8);
    w.string(this.type);
    w.uint32(this.sender);
    w.uint32(this.initialWindow);
    w.uint32(this.maximumPacket);
    w.raw(this.data);
  }

  static decode(r: Reader): ChannelOpen {
    const m = new ChannelOpen();
    m.type = r.string();
    m.sender = r.uint32();
    m.initialWindow = r.uint32();
    m.maximumPacket = r.uint32();
    m.data = r.rest();
    return m;
  }
}

/** SSH_MSG_CHANNEL_OPEN_CONFIRMATION, RFC 4254 section 5.1, of a `session`, which adds nothing. */
export class ChannelOpenConfirmation extends Message {
  recipient: u32 = 0;
  sender: u32 = 0;
  initialWindow: u32 = 0;
  maximumPacket: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_OPEN_CONFIRMATION as u8);
    w.uint32(this.recipient);
    w.uint32(this.sender);
    w.uint32(this.initialWindow);
    w.uint32(this.maximumPacket);
  }

  static decode(r: Reader): ChannelOpenConfirmation {
    const m = new ChannelOpenConfirmation();
    m.recipient = r.uint32();
    m.sender = r.uint32();
    m.initialWindow = r.uint32();
    m.maximumPacket = r.uint32();
    return m;
  }
}

/** SSH_MSG_CHANNEL_OPEN_FAILURE, RFC 4254 section 5.1. */
export class ChannelOpenFailure extends Message {
  recipient: u32 = 0;
  reason: u32 = 0;
  description: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_OPEN_FAILURE as u8);
    w.uint32(this.recipient);
    w.uint32(this.reason);
    w.string(this.description);
    w.string(this.language);
  }

  static decode(r: Reader): ChannelOpenFailure {
    const m = new ChannelOpenFailure();
    m.recipient = r.uint32();
    m.reason = r.uint32();
    m.description = r.string();
    m.language = r.string();
    return m;
  }
}

/** SSH_MSG_CHANNEL_WINDOW_ADJUST, RFC 4254 section 5.2. */
export class ChannelWindowAdjust extends Message {
  recipient: u32 = 0;
  bytes: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_WINDOW_ADJUST as u8);
    w.uint32(this.recipient);
    w.uint32(this.bytes);
  }

  static decode(r: Reader): ChannelWindowAdjust {
    const m = new ChannelWindowAdjust();
    m.recipient = r.uint32();
    m.bytes = r.uint32();
    return m;
  }
}

/** SSH_MSG_CHANNEL_DATA, RFC 4254 section 5.2. */
export class ChannelData extends Message {
  recipient: u32 = 0;
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_DATA as u8);
    w.uint32(this.recipient);
    w.string(this.data);
  }

  static decode(r: Reader): ChannelData {
    const m = new ChannelData();
    m.recipient = r.uint32();
    m.data = r.string();
    return m;
  }
}

/** SSH_MSG_CHANNEL_EXTENDED_DATA, RFC 4254 section 5.2. */
export class ChannelExtendedData extends Message {
  recipient: u32 = 0;
  type: u32 = 0;
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_EXTENDED_DATA as u8);
    w.uint32(this.recipient);
    w.uint32(this.type);
    w.string(this.data);
  }

  static decode(r: Reader): ChannelExtendedData {
    const m = new ChannelExtendedData();
    m.recipient = r.uint32();
    m.type = r.uint32();
    m.data = r.string();
    return m;
  }
}

/** Bytes before the data in CHANNEL_DATA and in CHANNEL_EXTENDED_DATA. */
export const DATA_HEADER: i32 = 9;
export const EXTENDED_DATA_HEADER: i32 = 13;

/** Writes the header of `length` bytes of CHANNEL_DATA in front of them: data is sent from where it was read into. */
export function putDataHeader(out: Uint8Array, recipient: u32, length: i32): void {
  out[0] = number.CHANNEL_DATA as u8;
  putUint32(out, 1, recipient);
  putUint32(out, 5, length as u32);
}

/** The same for CHANNEL_EXTENDED_DATA. */
export function putExtendedDataHeader(out: Uint8Array, recipient: u32, type: u32, length: i32): void {
  out[0] = number.CHANNEL_EXTENDED_DATA as u8;
  putUint32(out, 1, recipient);
  putUint32(out, 5, type);
  putUint32(out, 9, length as u32);
}

/** SSH_MSG_CHANNEL_EOF, RFC 4254 section 5.3. */
export class ChannelEof extends Message {
  recipient: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_EOF as u8);
    w.uint32(this.recipient);
  }

  static decode(r: Reader): ChannelEof {
    const m = new ChannelEof();
    m.recipient = r.uint32();
    return m;
  }
}

/** SSH_MSG_CHANNEL_CLOSE, RFC 4254 section 5.3. */
export class ChannelClose extends Message {
  recipient: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_CLOSE as u8);
    w.uint32(this.recipient);
  }

  static decode(r: Reader): ChannelClose {
    const m = new ChannelClose();
    m.recipient = r.uint32();
    return m;
  }
}

/** SSH_MSG_CHANNEL_REQUEST, RFC 4254 section 5.4. */
export class ChannelRequest extends Message {
  recipient: u32 = 0;
  type: Uint8Array = EMPTY;
  wantReply: bool = false;
  /** What the request adds: channel-request.ts. */
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_REQUEST as u8);
    w.uint32(this.recipient);
    w.string(this.type);
    w.boolean(this.wantReply);
    w.raw(this.data);
  }

  static decode(r: Reader): ChannelRequest {
    const m = new ChannelRequest();
    m.recipient = r.uint32();
    m.type = r.string();
    m.wantReply = r.boolean();
    m.data = r.rest();
    return m;
  }
}

/** SSH_MSG_CHANNEL_SUCCESS, RFC 4254 section 5.4. */
export class ChannelSuccess extends Message {
  recipient: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_SUCCESS as u8);
    w.uint32(this.recipient);
  }

  static decode(r: Reader): ChannelSuccess {
    const m = new ChannelSuccess();
    m.recipient = r.uint32();
    return m;
  }
}

/** SSH_MSG_CHANNEL_FAILURE, RFC 4254 section 5.4. */
export class ChannelFailure extends Message {
  recipient: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.CHANNEL_FAILURE as u8);
    w.uint32(this.recipient);
  }

  static decode(r: Reader): ChannelFailure {
    const m = new ChannelFailure();
    m.recipient = r.uint32();
    return m;
  }
}
