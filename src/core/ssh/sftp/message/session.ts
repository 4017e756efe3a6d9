/**
 * How a session begins, draft-ietf-secsh-filexfer-02 section 4: the two packets without a request id. `decode` starts
 * behind the packet type.
 */
import { EMPTY } from "../../../bytes/bytes.ts";
import { Reader } from "../../../wire/reader.ts";
import { Writer } from "../../../wire/writer.ts";
import { Message } from "../../message/message.ts";
import * as number from "./number.ts";

/** The version that is spoken here, the one that everybody speaks. */
export const PROTOCOL_VERSION: u32 = 3;

/** SSH_FXP_INIT. */
export class Init extends Message {
  version: u32 = PROTOCOL_VERSION;
  /** Pairs of strings. No client sends any that a server would act on. */
  extensions: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.INIT as u8);
    w.uint32(this.version);
    w.raw(this.extensions);
  }

  static decode(r: Reader): Init {
    const m = new Init();
    m.version = r.uint32();
    m.extensions = r.rest();
    return m;
  }
}

/** SSH_FXP_VERSION. */
export class Version extends Message {
  version: u32 = PROTOCOL_VERSION;
  /** Pairs of strings: an extension's name, and its version in decimal. */
  extensions: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.VERSION as u8);
    w.uint32(this.version);
    w.raw(this.extensions);
  }

  static decode(r: Reader): Version {
    const m = new Version();
    m.version = r.uint32();
    m.extensions = r.rest();
    return m;
  }
}
