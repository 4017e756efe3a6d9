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
import { verifyMldsa44Ed25519 } from "./mldsa44-ed25519.ts";
import {
  ECDSA_NISTP256,
  PublicKey,
  SK_ECDSA_NISTP256,
  SK_SSH_ED25519,
  SSH_ED25519,
  SSH_MLDSA44_ED25519,
} from "./public-key.ts";

/** Somebody touched the security key: UP in WebAuthn's authenticator data. */
export const USER_PRESENT: u32 = 1;
/** It made sure who, by a PIN or a finger: UV. */
export const USER_VERIFIED: u32 = 4;

const ED25519_SIGNATURE: i32 = 64;
/** Bytes of r and of s. */
const NISTP256_SCALAR: i32 = 32;
/** Bytes of flags and counter, at the end of a security key's signature. */
const AUTHENTICATOR_DATA: i32 = 5;

class SignatureAlgorithm {
  /** Its name, which is that of its keys' type as well. */
  name: string;
  /** Verifies the signature itself: what the string behind the name holds. */
  verify: (key: PublicKey, signature: Uint8Array, message: Uint8Array) => bool;

  constructor(name: string, verify: (key: PublicKey, signature: Uint8Array, message: Uint8Array) => bool) {
    this.name = name;
    this.verify = verify;
  }
}

function verifyEd25519(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  return signature.length == ED25519_SIGNATURE && kernels().ed25519Verify(signature, message, key.material);
}

function verifyComposite(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  return verifyMldsa44Ed25519(signature, message, key.material);
}

/** r and s are mpints; only their shortest form is taken. */
function verifyNistp256(key: PublicKey, scalars: Uint8Array, message: Uint8Array): bool {
  const pair = new Reader(scalars);
  const first = pair.magnitude();
  const second = pair.magnitude();
  if (!pair.ok() || first.length > NISTP256_SCALAR || second.length > NISTP256_SCALAR) return false;
  const signature = new Uint8Array(2 * NISTP256_SCALAR);
  signature.set(first, NISTP256_SCALAR - first.length);
  signature.set(second, 2 * NISTP256_SCALAR - second.length);
  return kernels().p256Verify(signature, sha256(message), key.material);
}

const algorithms: SignatureAlgorithm[] = [
  new SignatureAlgorithm(SSH_ED25519, verifyEd25519),
  new SignatureAlgorithm(SSH_MLDSA44_ED25519, verifyComposite),
  new SignatureAlgorithm(ECDSA_NISTP256, verifyNistp256),
  new SignatureAlgorithm(SK_SSH_ED25519, verifyEd25519),
  new SignatureAlgorithm(SK_ECDSA_NISTP256, verifyNistp256),
];

/** The names of all, as a name-list: `server-sig-algs` of RFC 8308. */
export function signatureAlgorithms(): string {
  let names = "";
  for (let i = 0; i < algorithms.length; i++) names += (i > 0 ? "," : "") + algorithms[i].name;
  return names;
}

/** True if `signature`, a blob that begins with the name of the key's own algorithm, is the key's over `message`. */
export function verifySignature(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  const r = new Reader(signature);
  const name = r.string();
  const value = r.string();
  const data = r.rest();
  if (r.bad || data.length != (key.inSecurityKey ? AUTHENTICATOR_DATA : 0)) return false;
  for (let i = 0; i < algorithms.length; i++) {
    const algorithm = algorithms[i];
    if (algorithm.name != key.type) continue;
    const signed = key.inSecurityKey ? assertion(key, data, message) : message;
    return isText(name, algorithm.name) && algorithm.verify(key, value, signed);
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
