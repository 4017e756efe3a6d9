/**
 * TinySSH's host keys: a folder with the bare halves of an Ed25519 pair, as NaCl's crypto_sign lays them out.
 */
import { equal, wipe } from "../../bytes/bytes.ts";
import { PUBLIC_KEY_BYTES, publicHalf, SECRET_KEY_BYTES, secretKeyFromSeed, seedOf } from "./ed25519.ts";

/** 32 bytes, readable by all. */
export const PUBLIC_KEY_FILE: string = "ed25519.pk";
/** 64 bytes, readable by the owner alone: the seed, then the public key again. */
export const SECRET_KEY_FILE: string = ".ed25519.sk";

/** What is wrong with the content of a public key file; empty if nothing is. */
export function publicKeyFault(publicKey: Uint8Array): string {
  return publicKey.length == PUBLIC_KEY_BYTES ? "" : lengthFault(PUBLIC_KEY_FILE, publicKey.length, PUBLIC_KEY_BYTES);
}

/**
 * What is wrong with the contents of a folder's two files; empty if nothing is. The public key is computed anew from
 * the seed: a signature made with a public key that doesn't belong to the seed would give the seed away.
 */
export function keyPairFault(publicKey: Uint8Array, secretKey: Uint8Array): string {
  if (publicKey.length == SECRET_KEY_BYTES && secretKey.length == PUBLIC_KEY_BYTES) {
    return PUBLIC_KEY_FILE + " and " + SECRET_KEY_FILE + " are swapped";
  }
  const fault = publicKeyFault(publicKey);
  if (fault.length > 0) return fault;
  if (secretKey.length != SECRET_KEY_BYTES) return lengthFault(SECRET_KEY_FILE, secretKey.length, SECRET_KEY_BYTES);
  if (!equal(publicHalf(secretKey), publicKey)) {
    return SECRET_KEY_FILE + " and " + PUBLIC_KEY_FILE + " are not of the same key";
  }
  const own = secretKeyFromSeed(seedOf(secretKey));
  const same = equal(own, secretKey);
  wipe(own);
  return same ? "" : SECRET_KEY_FILE + " is damaged: its two halves do not belong together";
}

function lengthFault(file: string, length: i32, expected: i32): string {
  return `${file} has ${length} bytes, not ${expected}`;
}
