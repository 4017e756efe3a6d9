/** What all messages have in common: a form on the wire. */
import { Writer } from "../../wire/writer.ts";

export abstract class Message {
  /** Writes the message number and the fields. */
  abstract encode(w: Writer): void;
}

/** The payload of the packet that carries `message`. */
export function encoded(message: Message): Uint8Array {
  const w = new Writer(64);
  message.encode(w);
  return w.written();
}
