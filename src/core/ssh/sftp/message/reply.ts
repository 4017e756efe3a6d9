/** Answers, draft-ietf-secsh-filexfer-02 section 7. `decode` starts behind the packet type. */
import { EMPTY } from "../../../bytes/bytes.ts";
import { Reader } from "../../../wire/reader.ts";
import { putUint32, Writer } from "../../../wire/writer.ts";
import { Message } from "../../message/message.ts";
import { Attributes } from "./attributes.ts";
import * as number from "./number.ts";

/** SSH_FXP_STATUS. */
export class Status extends Message {
  id: u32 = 0;
  /** An SSH_FX_ code, see status.ts. */
  code: u32 = 0;
  /** For people. */
  text: Uint8Array = EMPTY;
  language: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.STATUS as u8);
    w.uint32(this.id);
    w.uint32(this.code);
    w.string(this.text);
    w.string(this.language);
  }

  static decode(r: Reader): Status {
    const m = new Status();
    m.id = r.uint32();
    m.code = r.uint32();
    m.text = r.string();
    m.language = r.string();
    return m;
  }
}

/** SSH_FXP_HANDLE. */
export class HandleReply extends Message {
  id: u32 = 0;
  handle: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.HANDLE as u8);
    w.uint32(this.id);
    w.string(this.handle);
  }

  static decode(r: Reader): HandleReply {
    const m = new HandleReply();
    m.id = r.uint32();
    m.handle = r.string();
    return m;
  }
}

/** Bytes before the data in SSH_FXP_DATA. */
export const DATA_HEADER: i32 = 9;

/** Writes the header of SSH_FXP_DATA in front of `length` bytes: data is sent from where it was read into. */
export function putDataHeader(out: Uint8Array, id: u32, length: i32): void {
  out[0] = number.DATA as u8;
  putUint32(out, 1, id);
  putUint32(out, 5, length as u32);
}

/** One name in SSH_FXP_NAME. */
export class Entry {
  name: Uint8Array = EMPTY;
  /** A line as `ls -l` prints it. */
  longName: Uint8Array = EMPTY;
  attributes: Attributes = new Attributes();

  encode(w: Writer): void {
    w.string(this.name);
    w.string(this.longName);
    this.attributes.encode(w);
  }

  static decode(r: Reader): Entry {
    const entry = new Entry();
    entry.name = r.string();
    entry.longName = r.string();
    entry.attributes = Attributes.decode(r);
    return entry;
  }
}

/** SSH_FXP_NAME. */
export class Names extends Message {
  id: u32 = 0;
  entries: Entry[] = new Array<Entry>();

  encode(w: Writer): void {
    w.byte(number.NAME as u8);
    w.uint32(this.id);
    w.uint32(this.entries.length as u32);
    for (let i = 0; i < this.entries.length; i++) this.entries[i].encode(w);
  }

  static decode(r: Reader): Names {
    const m = new Names();
    m.id = r.uint32();
    for (let left = r.uint32(); left > 0 && !r.bad; left--) m.entries.push(Entry.decode(r));
    return m;
  }
}

/** SSH_FXP_ATTRS. */
export class AttributesReply extends Message {
  id: u32 = 0;
  attributes: Attributes = new Attributes();

  encode(w: Writer): void {
    w.byte(number.ATTRS as u8);
    w.uint32(this.id);
    this.attributes.encode(w);
  }

  static decode(r: Reader): AttributesReply {
    const m = new AttributesReply();
    m.id = r.uint32();
    m.attributes = Attributes.decode(r);
    return m;
  }
}
