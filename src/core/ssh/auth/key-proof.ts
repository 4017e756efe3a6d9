/**
 * A user's proof that he holds a key: a signature over the session id and over the request that carries it, RFC 4252
 * section 7. With `publickey-hostbound-v00@openssh.com` (OpenSSH's PROTOCOL, section 3.1) the request names the server's
 * host key too.
 *
 * What was signed is composed anew from the fields: a request of another form has no good signature.
 */
import { Writer } from "../../wire/writer.ts";
import { PublicKey } from "../key/public-key.ts";
import { verifySignature } from "../key/signature.ts";
import { USERAUTH_REQUEST } from "../message/number.ts";

export const CONNECTION: string = "ssh-connection";
export const PUBLICKEY: string = "publickey";
export const PUBLICKEY_HOSTBOUND: string = "publickey-hostbound-v00@openssh.com";

export class KeyProof {
  user: Uint8Array;
  key: PublicKey;
  /** The host key that the proof is bound to; empty if it is to none. */
  hostKey: Uint8Array;
  signature: Uint8Array;

  constructor(user: Uint8Array, key: PublicKey, hostKey: Uint8Array, signature: Uint8Array) {
    this.user = user;
    this.key = key;
    this.hostKey = hostKey;
    this.signature = signature;
  }

  /** True if the key has signed this request for this session. That the host key is ours is for the caller to check. */
  isGood(sessionId: Uint8Array): bool {
    const hostBound = this.hostKey.length > 0;
    const w = new Writer(512);
    w.string(sessionId);
    w.byte(USERAUTH_REQUEST as u8);
    w.string(this.user);
    w.text(CONNECTION);
    w.text(hostBound ? PUBLICKEY_HOSTBOUND : PUBLICKEY);
    w.boolean(true);
    w.text(this.key.type);
    w.string(this.key.blob);
    if (hostBound) w.string(this.hostKey);
    return verifySignature(this.key, this.signature, w.written());
  }
}
