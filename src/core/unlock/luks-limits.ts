/**
 * What a LUKS header must be like for a passphrase to be entrusted to it.
 *
 * Whoever can write to the disk can write the header. With the null cipher any passphrase opens the disk, so that what is
 * booted from it may be anybody's, and sees the passphrase; cryptsetup takes such a header up to version 2.8.0. What
 * isn't known to be good is refused: a header has to be of a kind that is listed here.
 */
import { isText, printable, startsWithText } from "../bytes/text.ts";

/** Iterations of PBKDF2 over a passphrase: NIST SP 800-63B section 5.1.1.2. cryptsetup chooses hundreds of thousands. */
const LEAST_ITERATIONS: i32 = 10000;
/** The same over a key that is random, as a token has it: NIST SP 800-132 section 5.2, and what systemd-cryptenroll sets. */
export const LEAST_KEY_ITERATIONS: i32 = 1000;
/** Memory of Argon2 in KiB, and that times its passes: the least of OWASP's Password Storage Cheat Sheet, 7 MiB five times. */
const LEAST_MEMORY: i32 = 7168;
const LEAST_WORK: f64 = 35840;
/** Bytes of a stranger's words that a message shows. */
const SHOWN: i32 = 64;
/** Bytes of a volume key: AES-128. */
const LEAST_KEY_BYTES: i32 = 16;

/** Ciphers in dm-crypt's notation, up to the mode. */
const CIPHERS: string[] = [
  "aes-",
  "paes-",
  "serpent-",
  "twofish-",
  "camellia-",
  "aria-",
  "sm4-",
  "xchacha12,aes-",
  "xchacha20,aes-",
  "aegis128-",
  "chacha20-",
];
/** Modes, up to the initial vector. No ecb. `random` is that of ciphers which authenticate. */
const MODES: string[] = ["xts-", "cbc-", "ctr-", "lrw-", "pcbc-", "adiantum-", "hctr2-", "gcm-", "ccm-", "random"];

/** What is wrong with a cipher in dm-crypt's notation, such as `aes-xts-plain64`; empty if nothing is. */
export function cipherFault(cipher: Uint8Array): string {
  const shown = printable(cipher.subarray(0, SHOWN));
  if (startsWithText(cipher, "cipher_null") || isText(cipher, "null"))
    return "it does not encrypt: its cipher is " + shown;
  for (let i = 0; i < CIPHERS.length; i++) {
    if (!startsWithText(cipher, CIPHERS[i])) continue;
    const mode = cipher.subarray(CIPHERS[i].length);
    for (let j = 0; j < MODES.length; j++) {
      if (startsWithText(mode, MODES[j])) return "";
    }
  }
  return "its cipher is none of those that are known to be good: " + shown;
}

/** What is wrong with a volume key of so many bytes; empty if nothing is. */
export function keyBytesFault(bytes: i32): string {
  return bytes >= LEAST_KEY_BYTES ? "" : `its key has ${bytes} bytes`;
}

/** What is wrong with PBKDF2 of so many iterations, -1 if they can't be read; empty if nothing is. */
export function iterationsFault(iterations: i32, passphrase: bool): string {
  const least = passphrase ? LEAST_ITERATIONS : LEAST_KEY_ITERATIONS;
  return iterations >= least ? "" : `its key derivation is weakened: ${iterations} iterations, of at least ${least}`;
}

/** The same of Argon2. `memory`: in KiB; `time`: passes. */
export function argonFault(memory: i32, time: i32): string {
  const enough = memory >= LEAST_MEMORY && time >= 1 && (memory as f64) * (time as f64) >= LEAST_WORK;
  return enough ? "" : `its key derivation is weakened: Argon2 with ${memory} KiB, ${time} passes`;
}
