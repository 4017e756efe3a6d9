/**
 * Signatures by user keys (RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC 8709 section 6; by security keys OpenSSH's
 * PROTOCOL.u2f, "SSH U2F signatures"), and their verification.
 *
 * A security key signs its flags and a counter along with the message. What its flags are worth is for whoever asked:
 * `authenticatorFlags`. The counter, which would betray a cloned security key, is of no use to a server that keeps
 * nothing from one login to the next. Left out on purpose: signatures by way of a browser (webauthn-sk-*).
 */
import { isText } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { keyTypes } from "./key-types.ts";
import { PublicKey } from "./public-key.ts";

/** Somebody touched the security key: UP in WebAuthn's authenticator data. */
export const USER_PRESENT: u32 = 1;
/** It made sure who, by a PIN or a finger: UV. */
export const USER_VERIFIED: u32 = 4;

/** Bytes of flags and counter, at the end of a security key's signature. */
const AUTHENTICATOR_DATA: i32 = 5;

/** The names of all, as a name-list: `server-sig-algs` of RFC 8308. */
export function signatureAlgorithms(): string {
  let names = "";
  for (let i = 0; i < keyTypes.length; i++) names += (i > 0 ? "," : "") + keyTypes[i].name;
  return names;
}

/** True if `signature`, a blob that begins with the name of the key's own algorithm, is the key's over `message`. */
export function verifySignature(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  const r = new Reader(signature);
  const name = r.string();
  const value = r.string();
  const data = r.rest();
  if (r.bad || data.length != (key.inSecurityKey ? AUTHENTICATOR_DATA : 0)) return false;
  for (let i = 0; i < keyTypes.length; i++) {
    const type = keyTypes[i];
    if (type.name != key.type) continue;
    const signed = key.inSecurityKey ? assertion(key, data, message) : message;
    return isText(name, type.name) && type.verify(key, value, signed);
  }
  return false;
}

/** The flags that a security key put into `signature`, which was found good: USER_PRESENT, USER_VERIFIED; else 0. */
export function authenticatorFlags(key: PublicKey, signature: Uint8Array): u32 {
  return key.inSecurityKey ? (signature[signature.length - AUTHENTICATOR_DATA] as u32) : 0;
}

/** What a security key signs in place of `message`; `data` are its flags and counter. */
function assertion(key: PublicKey, data: Uint8Array, message: Uint8Array): Uint8Array {
  const w = new Writer(69);
  w.raw(sha256(key.application));
  w.raw(data);
  w.raw(sha256(message));
  return w.written();
}

function sha256(message: Uint8Array): Uint8Array {
  const hash = new Uint8Array(32);
  kernels().sha256(hash, message);
  return hash;
}
