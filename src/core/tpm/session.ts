/**
 * Authorization sessions (TPM 2.0 Part 1, 17): they prove that whoever sends a command knows the authorization value of
 * what it acts on, or that a policy is met; that nobody has changed command or response on the way; and they hide the
 * first parameter of each. All are of SHA-256, with AES-128 in CFB mode.
 *
 * Passwords in the clear are left out on purpose. Where there is nothing to prove, a command is given null in the place
 * of a session: the empty password.
 */
import { EMPTY, equal, wipe } from "../bytes/bytes.ts";
import { kernels } from "../crypto/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { Entity } from "./entity.ts";
import { deriveKey, hmacSha256 } from "./key-derivation.ts";

/** TPM_SE, Part 2, 6.11. */
export const SE_HMAC: u8 = 0;
export const SE_POLICY: u8 = 1;
export const SE_TRIAL: u8 = 3;

/** TPMA_SESSION, Part 2, 8.4. */
export const CONTINUE_SESSION: u32 = 0x01;
export const DECRYPT_REQUEST: u32 = 0x20;
export const ENCRYPT_RESPONSE: u32 = 0x40;

export const NONCE_BYTES: i32 = 16;
const KEY_BYTES: i32 = 16;
const IV_BYTES: i32 = 16;

export class Session {
  readonly type: u8;
  entity: Entity = Entity.permanent(0);
  /** Empty if there is neither salt nor binding. */
  key: Uint8Array = EMPTY;
  nonceCaller: Uint8Array = new Uint8Array(NONCE_BYTES);
  nonceTpm: Uint8Array = EMPTY;
  /** Bound to this one, whose value is in the key already. */
  bound: Entity | null = null;
  /** The policy wants the authorization value too (PolicyAuthValue). */
  wantsAuth: bool = false;
  /** The TPM may forget it after the next command that succeeds. */
  last: bool = false;

  constructor(type: u8) {
    this.type = type;
  }

  /** What the HMACs of a command are keyed with where the session authorizes `entity`, or only encrypts. */
  hmacKey(entity: Entity | null): Uint8Array {
    if (entity == null) return this.key.slice();
    const proven = this.type == SE_HMAC ? !this.isBoundTo(entity) : this.wantsAuth;
    return proven ? joined(this.key, entity.auth) : this.key.slice();
  }

  private isBoundTo(entity: Entity): bool {
    const bound = this.bound;
    return bound != null && equal(bound.name, entity.name) && equal(bound.auth, entity.auth);
  }

  /** HMAC of a command or response (Part 1, 17.6.4 and 17.6.5). Empty where there is no key, and nothing to prove. */
  hmac(entity: Entity | null, hash: Uint8Array, newer: Uint8Array, older: Uint8Array, attributes: u32): Uint8Array {
    const key = this.hmacKey(entity);
    if (key.length == 0 && this.type == SE_POLICY) return EMPTY;
    const w = new Writer(160);
    w.raw(hash);
    w.raw(newer);
    w.raw(older);
    w.byte(attributes as u8);
    const hmac = hmacSha256(key, w.written());
    wipe(key);
    return hmac;
  }

  /** Encrypts a parameter in place, or decrypts it (Part 1, 19.3). */
  crypt(entity: Entity | null, parameter: Uint8Array, newer: Uint8Array, older: Uint8Array, encrypt: bool): void {
    const value = entity == null ? this.key.slice() : joined(this.key, entity.auth);
    const derived = deriveKey(value, "CFB", newer, older, KEY_BYTES + IV_BYTES);
    const key = derived.subarray(0, KEY_BYTES);
    const iv = derived.subarray(KEY_BYTES);
    if (encrypt) kernels().aes128CfbEncrypt(parameter, key, iv);
    else kernels().aes128CfbDecrypt(parameter, key, iv);
    wipe(derived);
    wipe(value);
  }

  wipe(): void {
    wipe(this.key);
  }
}

/** Session key and authorization value, which counts without trailing zeros (Part 1, 17.6.4.3). */
function joined(key: Uint8Array, auth: Uint8Array): Uint8Array {
  let length = auth.length;
  while (length > 0 && auth[length - 1] == 0) length--;
  const both = new Uint8Array(key.length + length);
  both.set(key);
  both.set(auth.subarray(0, length), key.length);
  return both;
}
