/**
 * Messages between an agent, which holds keys, and who makes use of them (draft-miller-ssh-agent section 3): numbers, and
 * fields in wire order behind the number. What adds keys has no form of its own: identity-request.ts. Left out on purpose:
 * smart cards, whose requests are passed on as they are.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Message } from "../message/message.ts";

/** Bytes of a message at most: OpenSSH's agent takes as many. */
export const MESSAGE_LIMIT: u32 = 262144;

export const FAILURE: i32 = 5;
export const SUCCESS: i32 = 6;
/** Of protocol version 1; ssh-add asks for it too. */
export const REMOVE_ALL_RSA_IDENTITIES: i32 = 9;
export const REQUEST_IDENTITIES: i32 = 11;
export const IDENTITIES_ANSWER: i32 = 12;
export const SIGN_REQUEST: i32 = 13;
export const SIGN_RESPONSE: i32 = 14;
export const ADD_IDENTITY: i32 = 17;
export const REMOVE_IDENTITY: i32 = 18;
export const REMOVE_ALL_IDENTITIES: i32 = 19;
export const ADD_SMARTCARD_KEY: i32 = 20;
export const REMOVE_SMARTCARD_KEY: i32 = 21;
export const LOCK: i32 = 22;
export const UNLOCK: i32 = 23;
export const ADD_ID_CONSTRAINED: i32 = 25;
export const ADD_SMARTCARD_KEY_CONSTRAINED: i32 = 26;
export const EXTENSION: i32 = 27;
export const EXTENSION_FAILURE: i32 = 28;
/** draft-ietf-sshm-ssh-agent; the answer to `query`. */
export const EXTENSION_RESPONSE: i32 = 29;

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

/** All the keys that there are for who has asked. */
export class IdentitiesAnswer extends Message {
  /** Public keys and certificates on the wire, and what each is called. */
  blobs: Uint8Array[] = new Array<Uint8Array>();
  comments: Uint8Array[] = new Array<Uint8Array>();

  encode(w: Writer): void {
    w.byte(IDENTITIES_ANSWER as u8);
    w.uint32(this.blobs.length as u32);
    for (let i = 0; i < this.blobs.length; i++) {
      w.string(this.blobs[i]);
      w.string(this.comments[i]);
    }
  }

  static decode(r: Reader): IdentitiesAnswer {
    const m = new IdentitiesAnswer();
    const count = r.uint32();
    for (let i: u32 = 0; i < count && !r.bad; i++) {
      m.blobs.push(r.string());
      m.comments.push(r.string());
    }
    return m;
  }
}

/** What follows the name of `session-bind@openssh.com` (OpenSSH's PROTOCOL.agent section 1). */
export class SessionBind extends Message {
  /** The server's, a key or a certificate. */
  hostKey: Uint8Array = EMPTY;
  sessionId: Uint8Array = EMPTY;
  /** The host key's, over the session id. */
  signature: Uint8Array = EMPTY;
  /** The connection is forwarded to that server; else it serves for a login there. */
  forwarded: bool = false;

  encode(w: Writer): void {
    w.string(this.hostKey);
    w.string(this.sessionId);
    w.string(this.signature);
    w.boolean(this.forwarded);
  }

  static decode(r: Reader): SessionBind {
    const m = new SessionBind();
    m.hostKey = r.string();
    m.sessionId = r.string();
    m.signature = r.string();
    m.forwarded = r.boolean();
    return m;
  }
}
