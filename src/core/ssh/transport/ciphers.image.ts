/** The cipher that there is in an initramfs: the one that every client has known since OpenSSH 6.5. */
import { CHACHA20_POLY1305, ChaCha20Poly1305, Cipher, KeySource } from "./cipher.ts";

export function cipherNames(_aesGcm: bool): string[] {
  return [CHACHA20_POLY1305];
}

export function newCipher(_name: string, source: KeySource): Cipher {
  return new ChaCha20Poly1305(source.key(64));
}
