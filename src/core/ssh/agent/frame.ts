/** Messages to and from an agent as they travel: behind their length, draft-miller-ssh-agent section 3. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { encoded, Message } from "../message/message.ts";
import { MESSAGE_LIMIT } from "./message.ts";

const LENGTH_FIELD: i32 = 4;

/** The bytes that carry `message`. */
export function framed(message: Message): Uint8Array {
  return framedBytes(encoded(message));
}

/** The same for one that is encoded. */
export function framedBytes(message: Uint8Array): Uint8Array {
  const w = new Writer(LENGTH_FIELD + message.length);
  w.string(message);
  return w.written();
}

/** One message on its way in. No byte of a next one is ever taken. */
export class IncomingFrame {
  /** Its length can't be one: nothing that follows can be made sense of. */
  bad: bool = false;
  private bytes: Uint8Array = new Uint8Array(LENGTH_FIELD);
  private filled: i32 = 0;
  private lengthKnown: bool = false;

  /** Where what comes next is to be put; empty once the message is whole, or bad. */
  room(): Uint8Array {
    return this.bad ? EMPTY : this.bytes.subarray(this.filled);
  }

  /** `count` bytes lie in `room()`. */
  took(count: i32): void {
    this.filled += count;
    if (this.lengthKnown || this.filled < LENGTH_FIELD) return;
    const length = new Reader(this.bytes).uint32();
    this.bad = length == 0 || length > MESSAGE_LIMIT;
    if (this.bad) return;
    this.lengthKnown = true;
    this.bytes = new Uint8Array(length as i32);
    this.filled = 0;
  }

  /** The message, its number first; EMPTY unless it is whole. */
  message(): Uint8Array {
    return this.lengthKnown && this.filled == this.bytes.length ? this.bytes : EMPTY;
  }
}
