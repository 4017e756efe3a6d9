/**
 * A user's proof that he holds a key: a signature over the session id and over the request that carries it, RFC 4252
 * section 7. With `publickey-hostbound-v00@openssh.com` (OpenSSH's PROTOCOL, section 3.1) the request names the server's
 * host key too.
 *
 * What was signed is composed anew from the fields: a request of another form has no good signature.
 */
import { Writer } from "../../wire/writer.ts";
import { Credential } from "../key/credential.ts";
import { authenticatorFlags, verifySignature } from "../key/signature.ts";
import { USERAUTH_REQUEST } from "../message/number.ts";

export const CONNECTION: string = "ssh-connection";
export const PUBLICKEY: string = "publickey";
export const PUBLICKEY_HOSTBOUND: string = "publickey-hostbound-v00@openssh.com";

export class KeyProof {
  user: Uint8Array;
  credential: Credential;
  /** The host key that the proof is bound to; empty if it is to none. */
  hostKey: Uint8Array;
  signature: Uint8Array;

  constructor(user: Uint8Array, credential: Credential, hostKey: Uint8Array, signature: Uint8Array) {
    this.user = user;
    this.credential = credential;
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
    w.text(this.credential.algorithm());
    w.string(this.credential.blob);
    if (hostBound) w.string(this.hostKey);
    return verifySignature(this.credential.key, this.signature, w.written());
  }

  /** What a security key says of who used it, see `authenticatorFlags`. Of a proof that is good. */
  flags(): u32 {
    return authenticatorFlags(this.credential.key, this.signature);
  }
}
