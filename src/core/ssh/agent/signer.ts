/**
 * Who holds one secret key and signs with it for the agent: an ordinary key in memory, or a key that lives elsewhere,
 * such as in a TPM. The agent asks for a PIN and keeps it; the signer says what became of it.
 */
import { EMPTY } from "../../bytes/bytes.ts";

/** `signature` is an SSH signature blob, RFC 4253 section 6.6. */
export const SIGNED: i32 = 0;
/** The PIN isn't the key's: one attempt is spent. */
export const WRONG_PIN: i32 = 1;
/** Too many wrong PINs: for a while none is taken, not even the right one. */
export const LOCKED_OUT: i32 = 2;
/** Nothing was tried: one more wrong PIN would lock the holder. Call with `force` if it is to be risked. */
export const LAST_TRY: i32 = 3;
/** `fault` says why. */
export const FAILED: i32 = 4;
/** Nothing was tried: the password of what holds the key is needed first, by `unlock`, or was a wrong one. */
export const PASSWORD_WANTED: i32 = 5;

export abstract class Signer {
  /** The public key on the wire; never a certificate's. */
  blob: Uint8Array = EMPTY;
  comment: Uint8Array = EMPTY;
  /** Of the last `sign` that returned SIGNED. */
  signature: Uint8Array = EMPTY;
  /** Why the last `sign` returned FAILED, in words for people; no secrets. */
  fault: string = "";

  /** A PIN is to be had before `sign` is called; `sign` is given an empty one otherwise. */
  abstract needsPin(): bool;

  /**
   * Signs `message`: SIGNED, WRONG_PIN, LOCKED_OUT, LAST_TRY, FAILED or PASSWORD_WANTED.
   *
   * @param flags the agent protocol's (draft-miller-ssh-agent section 3.6.1): which hash an RSA key takes
   * @param force also when a wrong PIN would be the last
   */
  abstract sign(message: Uint8Array, flags: u32, pin: Uint8Array, force: bool): i32;

  /** Gives the password of what holds the key, for this signer and others that it holds. */
  unlock(_password: Uint8Array): void {}

  /** What is secret is overwritten, what is held elsewhere let go; nothing is signed afterwards. */
  abstract wipe(): void;
}
