/**
 * Secrets that only the TPM with a certain key can read (TPM 2.0 Part 1, annexes B.10 and C.6): salts of sessions, and
 * the seeds that protect what is imported and credentials.
 */
import { ascii } from "../bytes/text.ts";
import { wipe } from "../bytes/bytes.ts";
import { kernels } from "../crypto/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { ALG_ECC, ALG_RSA, ALG_SHA256, CURVE_P256 } from "./constants.ts";
import { deriveShared, DIGEST_BYTES } from "./key-derivation.ts";
import { TpmLink } from "./link.ts";
import { DEFAULT_EXPONENT, PublicArea } from "./public-area.ts";

const SCALAR_BYTES: i32 = 32;
const POINT_BYTES: i32 = 65;

export class SharedSecret {
  /** 32 bytes, to be wiped. */
  secret: Uint8Array;
  /** The content of a TPM2B_ENCRYPTED_SECRET. */
  encrypted: Uint8Array;

  constructor(secret: Uint8Array, encrypted: Uint8Array) {
    this.secret = secret;
    this.encrypted = encrypted;
  }
}

/** Makes a secret for the holder of `key`; `label` says for what. Null if the key is of a kind that this can't be done with. */
export function shareSecret(key: PublicArea, label: string, link: TpmLink): SharedSecret | null {
  if (key.nameAlgorithm != ALG_SHA256) return null;
  if (key.type == ALG_ECC && key.curve == CURVE_P256) return agree(key, label, link);
  return key.type == ALG_RSA ? encrypt(key, label, link) : null;
}

function agree(key: PublicArea, label: string, link: TpmLink): SharedSecret | null {
  if (key.x.length > SCALAR_BYTES || key.y.length > SCALAR_BYTES) return null;
  const point = new Uint8Array(POINT_BYTES);
  point[0] = 4;
  point.set(key.x, 1 + SCALAR_BYTES - key.x.length);
  point.set(key.y, POINT_BYTES - key.y.length);
  const scalar = new Uint8Array(SCALAR_BYTES);
  const own = new Uint8Array(POINT_BYTES);
  const shared = new Uint8Array(SCALAR_BYTES);
  do link.random(scalar);
  while (!kernels().p256PublicKey(own, scalar));
  const sound = kernels().p256SharedSecret(shared, scalar, point);
  wipe(scalar);
  if (!sound) return null;
  const x = own.subarray(1, 1 + SCALAR_BYTES);
  const secret = deriveShared(shared, label, x, point.subarray(1, 1 + SCALAR_BYTES));
  wipe(shared);
  const encrypted = new Writer(80);
  encrypted.sized(x);
  encrypted.sized(own.subarray(1 + SCALAR_BYTES));
  return new SharedSecret(secret, encrypted.written());
}

function encrypt(key: PublicArea, label: string, link: TpmLink): SharedSecret | null {
  const secret = new Uint8Array(DIGEST_BYTES);
  const seed = new Uint8Array(DIGEST_BYTES);
  link.random(secret);
  link.random(seed);
  const exponent: u32 = key.exponent == 0 ? DEFAULT_EXPONENT : key.exponent;
  const encrypted = new Uint8Array(key.unique.length);
  const sound = kernels().rsaOaepSha256(encrypted, key.unique, exponent, secret, ascii(label + "\0"), seed);
  wipe(seed);
  return sound ? new SharedSecret(secret, encrypted) : null;
}
