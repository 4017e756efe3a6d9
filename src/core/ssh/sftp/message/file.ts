/**
 * Requests that open a file, and those about one that is open, draft-ietf-secsh-filexfer-02 sections 6.3 to 6.9.
 * `decode` starts behind the packet type. Byte arrays that it gives are views into the packet.
 */
import { EMPTY } from "../../../bytes/bytes.ts";
import { Reader } from "../../../wire/reader.ts";
import { Uint64 } from "../../../wire/uint64.ts";
import { Writer } from "../../../wire/writer.ts";
import { Attributes } from "./attributes.ts";
import * as number from "./number.ts";
import { decodePath } from "./path.ts";

/** How a file is opened: section 6.3. */
export const OPEN_READ: u32 = 1;
export const OPEN_WRITE: u32 = 2;
export const OPEN_APPEND: u32 = 4;
export const OPEN_CREATE: u32 = 8;
export const OPEN_TRUNCATE: u32 = 16;
export const OPEN_EXCLUSIVE: u32 = 32;

/** SSH_FXP_OPEN. */
export class Open {
  id: u32 = 0;
  path: Uint8Array = EMPTY;
  flags: u32 = 0;
  /** Of a file that is made. */
  attributes: Attributes = new Attributes();

  encode(w: Writer): void {
    w.byte(number.OPEN as u8);
    w.uint32(this.id);
    w.string(this.path);
    w.uint32(this.flags);
    this.attributes.encode(w);
  }

  static decode(r: Reader): Open {
    const m = new Open();
    m.id = r.uint32();
    m.path = decodePath(r);
    m.flags = r.uint32();
    m.attributes = Attributes.decode(r);
    return m;
  }
}

/** CLOSE, FSTAT, READDIR. */
export class HandleRequest {
  type: i32;
  id: u32 = 0;
  handle: Uint8Array = EMPTY;

  constructor(type: i32) {
    this.type = type;
  }

  encode(w: Writer): void {
    w.byte(this.type as u8);
    w.uint32(this.id);
    w.string(this.handle);
  }

  static decode(type: i32, r: Reader): HandleRequest {
    const m = new HandleRequest(type);
    m.id = r.uint32();
    m.handle = r.string();
    return m;
  }
}

/** SSH_FXP_READ. */
export class Read {
  id: u32 = 0;
  handle: Uint8Array = EMPTY;
  offset: Uint64 = new Uint64();
  length: u32 = 0;

  encode(w: Writer): void {
    w.byte(number.READ as u8);
    w.uint32(this.id);
    w.string(this.handle);
    this.offset.encode(w);
    w.uint32(this.length);
  }

  static decode(r: Reader): Read {
    const m = new Read();
    m.id = r.uint32();
    m.handle = r.string();
    m.offset = Uint64.decode(r);
    m.length = r.uint32();
    return m;
  }
}

/** SSH_FXP_WRITE. */
export class Write {
  id: u32 = 0;
  handle: Uint8Array = EMPTY;
  offset: Uint64 = new Uint64();
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.WRITE as u8);
    w.uint32(this.id);
    w.string(this.handle);
    this.offset.encode(w);
    w.string(this.data);
  }

  static decode(r: Reader): Write {
    const m = new Write();
    m.id = r.uint32();
    m.handle = r.string();
    m.offset = Uint64.decode(r);
    m.data = r.string();
    return m;
  }
}

/** SSH_FXP_FSETSTAT. */
export class SetFileAttributes {
  id: u32 = 0;
  handle: Uint8Array = EMPTY;
  attributes: Attributes = new Attributes();

  encode(w: Writer): void {
    w.byte(number.FSETSTAT as u8);
    w.uint32(this.id);
    w.string(this.handle);
    this.attributes.encode(w);
  }

  static decode(r: Reader): SetFileAttributes {
    const m = new SetFileAttributes();
    m.id = r.uint32();
    m.handle = r.string();
    m.attributes = Attributes.decode(r);
    return m;
  }
}
