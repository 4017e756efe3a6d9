/** The ciphers that there are. */
import { AES256_GCM, Aes256Gcm } from "./aes256-gcm.ts";
import { CHACHA20_POLY1305, ChaCha20Poly1305, Cipher, KeySource } from "./cipher.ts";

/** The ciphers on offer, in our order, which has no say. */
export function cipherNames(aesGcm: bool): string[] {
  return aesGcm ? [CHACHA20_POLY1305, AES256_GCM] : [CHACHA20_POLY1305];
}

/** The cipher that is called `name`, one of `cipherNames`. */
export function newCipher(name: string, source: KeySource): Cipher {
  if (name == AES256_GCM) return new Aes256Gcm(source.key(32), source.initialIv(12));
  return new ChaCha20Poly1305(source.key(64));
}
