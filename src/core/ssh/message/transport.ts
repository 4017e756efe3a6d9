/**
 * Messages of the transport layer, RFC 4253, RFC 8308 and OpenSSH's PROTOCOL: fields in wire order, and nothing else.
 *
 * `encode` writes the message with its number; `decode` reads what follows the number. Whoever decodes asks the reader's
 * `ok` afterwards. Byte arrays of a decoded message are views of what the reader was made with.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Message } from "./message.ts";
import * as number from "./number.ts";

/** SSH_MSG_DISCONNECT, RFC 4253 section 11.1. */
export class Disconnect extends Message {
  /** Of disconnect-reason.ts. */
  reason: u32 = 0;
  description: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.DISCONNECT as u8);
    w.uint32(this.reason);
    w.string(this.description);
    w.string(this.language);
  }

  static decode(r: Reader): Disconnect {
    const m = new Disconnect();
    m.reason = r.uint32();
    m.description = r.string();
    m.language = r.string();
    return m;
  }
}

/** SSH_MSG_IGNORE, RFC 4253 section 11.2. */
export class Ignore extends Message {
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.IGNORE as u8);
    w.string(this.data);
  }

  static decode(r: Reader): Ignore {
    const m = new Ignore();
    m.data = r.string();
    return m;
  }
}

/** SSH_MSG_UNIMPLEMENTED, RFC 4253 section 11.4. */
export class Unimplemented extends Message {
  /** Sequence number of the packet that was not understood. */
  sequence: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.UNIMPLEMENTED as u8);
    w.uint32(this.sequence);
  }

  static decode(r: Reader): Unimplemented {
    const m = new Unimplemented();
    m.sequence = r.uint32();
    return m;
  }
}

/** SSH_MSG_DEBUG, RFC 4253 section 11.3. */
export class Debug extends Message {
  alwaysDisplay: bool = false;
  message: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.DEBUG as u8);
    w.boolean(this.alwaysDisplay);
    w.string(this.message);
    w.string(this.language);
  }

  static decode(r: Reader): Debug {
    const m = new Debug();
    m.alwaysDisplay = r.boolean();
    m.message = r.string();
    m.language = r.string();
    return m;
  }
}

/** SSH_MSG_SERVICE_REQUEST, RFC 4253 section 10. */
export class ServiceRequest extends Message {
  name: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.SERVICE_REQUEST as u8);
    w.string(this.name);
  }

  static decode(r: Reader): ServiceRequest {
    const m = new ServiceRequest();
    m.name = r.string();
    return m;
  }
}

/** SSH_MSG_SERVICE_ACCEPT, RFC 4253 section 10. */
export class ServiceAccept extends Message {
  name: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.SERVICE_ACCEPT as u8);
    w.string(this.name);
  }

  static decode(r: Reader): ServiceAccept {
    const m = new ServiceAccept();
    m.name = r.string();
    return m;
  }
}

/** SSH_MSG_EXT_INFO, RFC 8308 section 2.3: a count, then so many pairs of name and value. */
export class ExtInfo extends Message {
  names: Uint8Array[] = [];
  values: Uint8Array[] = [];

  add(name: Uint8Array, value: Uint8Array): void {
    this.names.push(name);
    this.values.push(value);
  }

  encode(w: Writer): void {
    w.byte(number.EXT_INFO as u8);
    w.uint32(this.names.length as u32);
    for (let i = 0; i < this.names.length; i++) {
      w.string(this.names[i]);
      w.string(this.values[i]);
    }
  }

  static decode(r: Reader): ExtInfo {
    const m = new ExtInfo();
    const count = r.uint32();
    for (let i: u32 = 0; i < count && !r.bad; i++) {
      const name = r.string();
      m.add(name, r.string());
    }
    return m;
  }
}

/** SSH_MSG_KEXINIT, RFC 4253 section 7.1. The lists are name-lists as on the wire. */
export class KexInit extends Message {
  /** 16 random bytes. */
  cookie: Uint8Array = EMPTY;
  kexAlgorithms: Uint8Array = EMPTY;
  hostKeyAlgorithms: Uint8Array = EMPTY;
  encryptionToServer: Uint8Array = EMPTY;
  encryptionToClient: Uint8Array = EMPTY;
  macToServer: Uint8Array = EMPTY;
  macToClient: Uint8Array = EMPTY;
  compressionToServer: Uint8Array = EMPTY;
  compressionToClient: Uint8Array = EMPTY;
  languagesToServer: Uint8Array = EMPTY;
  languagesToClient: Uint8Array = EMPTY;
  firstKexPacketFollows: bool = false;
  reserved: u32 = 0;

  static readonly COOKIE_LENGTH: i32 = 16;

  encode(w: Writer): void {
    w.byte(number.KEXINIT as u8);
    w.raw(this.cookie);
    w.string(this.kexAlgorithms);
    w.string(this.hostKeyAlgorithms);
    w.string(this.encryptionToServer);
    w.string(this.encryptionToClient);
    w.string(this.macToServer);
    w.string(this.macToClient);
    w.string(this.compressionToServer);
    w.string(this.compressionToClient);
    w.string(this.languagesToServer);
    w.string(this.languagesToClient);
    w.boolean(this.firstKexPacketFollows);
    w.uint32(this.reserved);
  }

  static decode(r: Reader): KexInit {
    const m = new KexInit();
    m.cookie = r.raw(KexInit.COOKIE_LENGTH as u32);
    m.kexAlgorithms = r.string();
    m.hostKeyAlgorithms = r.string();
    m.encryptionToServer = r.string();
    m.encryptionToClient = r.string();
    m.macToServer = r.string();
    m.macToClient = r.string();
    m.compressionToServer = r.string();
    m.compressionToClient = r.string();
    m.languagesToServer = r.string();
    m.languagesToClient = r.string();
    m.firstKexPacketFollows = r.boolean();
    m.reserved = r.uint32();
    return m;
  }
}

/** SSH_MSG_NEWKEYS, RFC 4253 section 7.3: the number alone. */
export class NewKeys extends Message {
  encode(w: Writer): void {
    w.byte(number.NEWKEYS as u8);
  }
}

/** SSH2_MSG_PING, OpenSSH's PROTOCOL section 1.9. */
export class Ping extends Message {
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.PING as u8);
    w.string(this.data);
  }

  static decode(r: Reader): Ping {
    const m = new Ping();
    m.data = r.string();
    return m;
  }
}

/** SSH2_MSG_PONG, OpenSSH's PROTOCOL section 1.9: what came with the PING. */
export class Pong extends Message {
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.PONG as u8);
    w.string(this.data);
  }

  static decode(r: Reader): Pong {
    const m = new Pong();
    m.data = r.string();
    return m;
  }
}
