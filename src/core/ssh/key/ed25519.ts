/** Ed25519 keys as bytes: the halves of a pair, and the public one on the wire. */
import { copyOf } from "../../bytes/bytes.ts";
import { printable } from "../../bytes/text.ts";
import { toBase64 } from "../../bytes/base64.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Writer } from "../../wire/writer.ts";
import { SSH_ED25519 } from "./public-key.ts";

export const SEED_BYTES: i32 = 32;
export const PUBLIC_KEY_BYTES: i32 = 32;
/** NaCl's form: the seed, then the public key. */
export const SECRET_KEY_BYTES: i32 = 64;

/** The secret key that `seed` stands for (RFC 8032 section 5.1.5). */
export function secretKeyFromSeed(seed: Uint8Array): Uint8Array {
  const secretKey = new Uint8Array(SECRET_KEY_BYTES);
  secretKey.set(seed);
  kernels().ed25519PublicKey(publicHalf(secretKey), seed);
  return secretKey;
}

/** A view of the public key within a secret key. */
export function publicHalf(secretKey: Uint8Array): Uint8Array {
  return secretKey.subarray(SEED_BYTES, SECRET_KEY_BYTES);
}

/** A view of the seed within a secret key. */
export function seedOf(secretKey: Uint8Array): Uint8Array {
  return secretKey.subarray(0, SEED_BYTES);
}

/** A public key as on the wire: RFC 8709 section 4. */
export function ed25519Blob(publicKey: Uint8Array): Uint8Array {
  const w = new Writer(64);
  w.text(SSH_ED25519);
  w.string(publicKey);
  return copyOf(w.written(), 0, w.written().length);
}

/** A public key as in authorized_keys and `.pub` files, without comment and line end. */
export function ed25519Line(publicKey: Uint8Array): string {
  return SSH_ED25519 + " " + printable(toBase64(ed25519Blob(publicKey)));
}
