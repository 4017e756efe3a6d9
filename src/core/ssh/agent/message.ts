/**
 * Messages between an agent, which holds keys, and who has it sign (draft-miller-ssh-agent section 3): fields in wire
 * order, behind the number. Left out on purpose: what adds keys, removes them, or locks the agent.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Message } from "../message/message.ts";

/** Bytes of a message at most: OpenSSH's agent takes as many. */
export const MESSAGE_LIMIT: u32 = 262144;

export const SIGN_REQUEST: i32 = 13;
export const SIGN_RESPONSE: i32 = 14;

/** Asks for a signature. The answer is a SignResponse; any other says no. */
export class SignRequest extends Message {
  /** The public key on the wire. */
  key: Uint8Array = EMPTY;
  message: Uint8Array = EMPTY;
  /** Of use to RSA alone. */
  flags: u32 = 0;

  encode(w: Writer): void {
    w.byte(SIGN_REQUEST as u8);
    w.string(this.key);
    w.string(this.message);
    w.uint32(this.flags);
  }

  static decode(r: Reader): SignRequest {
    const m = new SignRequest();
    m.key = r.string();
    m.message = r.string();
    m.flags = r.uint32();
    return m;
  }
}

export class SignResponse extends Message {
  /** As on the wire, RFC 4253 section 6.6. */
  signature: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(SIGN_RESPONSE as u8);
    w.string(this.signature);
  }

  static decode(r: Reader): SignResponse {
    const m = new SignResponse();
    m.signature = r.string();
    return m;
  }
}
