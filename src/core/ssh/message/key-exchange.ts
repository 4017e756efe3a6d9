/**
 * Messages of the key exchange, RFC 5656 section 7.1, whose form RFC 8731 (curve25519) and the post-quantum hybrids
 * (draft-ietf-sshm-mlkem-hybrid-kex section 2, draft-ietf-sshm-ntruprime-ssh) keep. Conventions as in transport.ts.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Message } from "./message.ts";
import * as number from "./number.ts";

/** SSH_MSG_KEX_ECDH_INIT, by its other name SSH_MSG_KEX_HYBRID_INIT. */
export class KexEcdhInit extends Message {
  /** Q_C, or C_INIT of a hybrid. */
  clientPublicKey: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.KEX_ECDH_INIT as u8);
    w.string(this.clientPublicKey);
  }

  static decode(r: Reader): KexEcdhInit {
    const m = new KexEcdhInit();
    m.clientPublicKey = r.string();
    return m;
  }
}

/** SSH_MSG_KEX_ECDH_REPLY, by its other name SSH_MSG_KEX_HYBRID_REPLY. */
export class KexEcdhReply extends Message {
  /** K_S. */
  hostKey: Uint8Array = EMPTY;
  /** Q_S, or S_REPLY of a hybrid. */
  serverPublicKey: Uint8Array = EMPTY;
  /** Over the exchange hash. */
  signature: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.KEX_ECDH_REPLY as u8);
    w.string(this.hostKey);
    w.string(this.serverPublicKey);
    w.string(this.signature);
  }

  static decode(r: Reader): KexEcdhReply {
    const m = new KexEcdhReply();
    m.hostKey = r.string();
    m.serverPublicKey = r.string();
    m.signature = r.string();
    return m;
  }
}
