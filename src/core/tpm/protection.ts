/**
 * What only the TPM with a certain storage key can open, and knows to be unchanged (TPM 2.0 Part 1, 22 and 24): made
 * here, without that TPM. An object on its way to another parent, for Import; a credential, for ActivateCredential.
 *
 * Inner wrappers, which protect against the new parent's TPM, are left out: nobody uses them.
 */
import { EMPTY, wipe } from "../bytes/bytes.ts";
import { kernels } from "../crypto/kernels.ts";
import { Writer } from "../wire/writer.ts";
import { deriveKey, DIGEST_BYTES, hmacSha256 } from "./key-derivation.ts";
import { TpmLink } from "./link.ts";
import { PublicArea } from "./public-area.ts";
import { shareSecret } from "./secret-sharing.ts";

const KEY_BYTES: i32 = 16;
const KEY_BITS: u32 = 128;
const IV_BYTES: i32 = 16;

export class Protected {
  /** The content of a TPM2B_PRIVATE, or of a TPM2B_ID_OBJECT. */
  blob: Uint8Array;
  /** The content of the TPM2B_ENCRYPTED_SECRET that goes with it. */
  seed: Uint8Array;

  constructor(blob: Uint8Array, seed: Uint8Array) {
    this.blob = blob;
    this.seed = seed;
  }
}

/** `sensitive`: a TPMT_SENSITIVE; `name`: its object's. Null if `parent` is of a kind that this can't be done with. */
export function wrapForImport(
  parent: PublicArea,
  name: Uint8Array,
  sensitive: Uint8Array,
  link: TpmLink,
): Protected | null {
  return protect(parent, "DUPLICATE", name, sensitive, link);
}

/** `name`: of the key that must be in the same TPM as `key`. */
export function wrapCredential(
  key: PublicArea,
  name: Uint8Array,
  credential: Uint8Array,
  link: TpmLink,
): Protected | null {
  return protect(key, "IDENTITY", name, credential, link);
}

function protect(
  parent: PublicArea,
  label: string,
  name: Uint8Array,
  secret: Uint8Array,
  link: TpmLink,
): Protected | null {
  if (parent.symmetricBits != KEY_BITS) return null;
  const seed = shareSecret(parent, label, link);
  if (seed == null) return null;
  const key = deriveKey(seed.secret, "STORAGE", name, EMPTY, KEY_BYTES);
  const integrityKey = deriveKey(seed.secret, "INTEGRITY", EMPTY, EMPTY, DIGEST_BYTES);
  const inner = new Writer(2 + secret.length + name.length);
  inner.sized(secret);
  kernels().aes128CfbEncrypt(inner.written(), key, new Uint8Array(IV_BYTES));
  const length = inner.written().length;
  inner.raw(name);
  const integrity = hmacSha256(integrityKey, inner.written());
  const blob = new Writer(2 + DIGEST_BYTES + length);
  blob.sized(integrity);
  blob.raw(inner.written().subarray(0, length));
  wipe(key);
  wipe(integrityKey);
  wipe(seed.secret);
  return new Protected(blob.written(), seed.encrypted);
}

/**
 * TPMT_SENSITIVE (Part 2, 12.3.2.4) of an asymmetric key: `secret` is an ECC key's scalar, as long as the curve's
 * numbers, or one of an RSA key's primes. As secret as the key.
 */
export function encodeSensitive(type: u32, auth: Uint8Array, secret: Uint8Array): Uint8Array {
  const w = new Writer(8 + auth.length + secret.length);
  w.uint16(type);
  w.sized(auth);
  w.sized(EMPTY); // no seed: it is no parent
  w.sized(secret);
  return w.written();
}
