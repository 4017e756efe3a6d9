/**
 * An agent that is locked by a passphrase (draft-miller-ssh-agent section 3.7) shows no keys, and does nothing until it is
 * unlocked. After each wrong passphrase the next is looked at later.
 */
import { EMPTY, equal, wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";

/** OpenSSH's: 0.1 seconds for each wrong passphrase, up to 10 seconds. */
const DELAY_STEP: f64 = 100;
const DELAY_STEPS: i32 = 100;

export const LOCK_SALT_BYTES: i32 = 16;
const HASH_BYTES: i32 = 32;
/** bcrypt_pbkdf's: who could try passphrases at will has our memory, and so the keys. */
const ROUNDS: u32 = 1;

export class Lock {
  locked: bool = false;
  /** When the next passphrase is looked at, in milliseconds of the surroundings' clock. */
  opening: f64 = 0;
  private hash: Uint8Array = EMPTY;
  private salt: Uint8Array = EMPTY;
  private failures: i32 = 0;

  /** `salt`: LOCK_SALT_BYTES at random. */
  lock(passphrase: Uint8Array, salt: Uint8Array): void {
    this.salt = salt;
    this.hash = this.hashOf(passphrase);
    this.locked = true;
  }

  /** True if the passphrase is right; else another is looked at only after a while. */
  unlock(passphrase: Uint8Array, now: f64): bool {
    const hash = this.hashOf(passphrase);
    const right = this.locked && equal(hash, this.hash);
    wipe(hash);
    if (right) {
      wipe(this.hash);
      this.locked = false;
      this.failures = 0;
      return true;
    }
    if (this.failures < DELAY_STEPS) this.failures++;
    this.opening = now + DELAY_STEP * (this.failures as f64);
    return false;
  }

  private hashOf(passphrase: Uint8Array): Uint8Array {
    const hash = new Uint8Array(HASH_BYTES);
    // An empty passphrase is one as well, which the derivation by itself would not take.
    const salted = new Uint8Array(passphrase.length + 1);
    salted.set(passphrase);
    kernels().bcryptPbkdf(hash, salted, this.salt, ROUNDS);
    wipe(salted);
    return hash;
  }
}
