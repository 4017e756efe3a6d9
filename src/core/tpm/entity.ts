/** What a handle stands for, with all that somebody who uses it has to know. */
import { EMPTY } from "../bytes/bytes.ts";
import { putUint32 } from "../wire/writer.ts";

export class Entity {
  handle: u32;
  /** Part 1, 16: what authorizations are computed over, so that a handle can't be made to stand for something else. */
  name: Uint8Array;
  /** The authorization value, secret: a PIN, or empty. */
  auth: Uint8Array = EMPTY;

  constructor(handle: u32, name: Uint8Array) {
    this.handle = handle;
    this.name = name;
  }

  /** A hierarchy, a PCR or a session, whose handle is its name. */
  static permanent(handle: u32): Entity {
    const name = new Uint8Array(4);
    putUint32(name, 0, handle);
    return new Entity(handle, name);
  }
}
