/**
 * ML-DSA-44 with Ed25519: ssh-mldsa44-ed25519@openssh.com (draft-miller-sshm-mldsa44-ed25519-composite-sigs-00, which
 * takes the composite from draft-ietf-lamps-pq-composite-sigs). It stays good as long as either of the two does.
 *
 * A secret key is the two seeds, ML-DSA's first; in public keys and signatures its part comes first as well. Left out:
 * the composite's context, which SSH leaves empty.
 */
import { ascii } from "../../bytes/text.ts";
import { concat, copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Ed25519, PUBLIC_KEY_BYTES, SEED_BYTES, SIGNATURE_BYTES } from "./ed25519.ts";
import { KeyKind } from "./key-kind.ts";
import { KeyType, PublicKey, SSH_MLDSA44_ED25519 } from "./public-key.ts";
import { Reader } from "../../wire/reader.ts";

const MLDSA_SEED: i32 = 32;
const MLDSA_PUBLIC_KEY: i32 = 1312;
const MLDSA_SIGNATURE: i32 = 2420;

const SECRET_BYTES: i32 = MLDSA_SEED + SEED_BYTES;
const PUBLIC_BYTES: i32 = MLDSA_PUBLIC_KEY + PUBLIC_KEY_BYTES;
const COMPOSITE_BYTES: i32 = MLDSA_SIGNATURE + SIGNATURE_BYTES;

const PREFIX: string = "CompositeAlgorithmSignatures2025";
/** Names the pair of algorithms, and is ML-DSA's context: neither half is ever good as a signature of its own. */
const LABEL: string = "COMPSIG-MLDSA44-Ed25519-SHA512";
const HASH_BYTES: i32 = 64;

/** What both halves sign in place of `message`: prefix, label, the context's length (0), hash. */
function representative(message: Uint8Array): Uint8Array {
  const m = new Uint8Array(PREFIX.length + LABEL.length + 1 + HASH_BYTES);
  m.set(ascii(PREFIX));
  m.set(ascii(LABEL), PREFIX.length);
  kernels().sha512(m.subarray(m.length - HASH_BYTES), message);
  return m;
}

/** True if both halves of `signature` are good. All lengths are checked. */
export function verifyMldsa44Ed25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): bool {
  if (signature.length != COMPOSITE_BYTES || publicKey.length != PUBLIC_BYTES) return false;
  const m = representative(message);
  const first = signature.subarray(0, MLDSA_SIGNATURE);
  const second = signature.subarray(MLDSA_SIGNATURE);
  return (
    kernels().mldsa44Verify(first, m, ascii(LABEL), publicKey.subarray(0, MLDSA_PUBLIC_KEY)) &&
    kernels().ed25519Verify(second, m, publicKey.subarray(MLDSA_PUBLIC_KEY))
  );
}

export class Mldsa44Ed25519 extends KeyKind {
  private second: Ed25519 = new Ed25519();

  constructor() {
    const file = "mldsa44-ed25519";
    super(SSH_MLDSA44_ED25519, "MLDSA44-ED25519", file, PUBLIC_BYTES, SECRET_BYTES, COMPOSITE_BYTES, SECRET_BYTES);
  }

  fromSeed(seed: Uint8Array): Uint8Array {
    return copyOf(seed, 0, SECRET_BYTES);
  }

  publicKey(secretKey: Uint8Array): Uint8Array {
    const publicKey = new Uint8Array(PUBLIC_BYTES);
    kernels().mldsa44PublicKey(publicKey.subarray(0, MLDSA_PUBLIC_KEY), secretKey.subarray(0, MLDSA_SEED));
    kernels().ed25519PublicKey(publicKey.subarray(MLDSA_PUBLIC_KEY), secretKey.subarray(MLDSA_SEED, SECRET_BYTES));
    return publicKey;
  }

  /** Any seeds are a key. */
  isSound(_secretKey: Uint8Array): bool {
    return true;
  }

  sign(secretKey: Uint8Array, message: Uint8Array, random: Uint8Array): Uint8Array {
    const m = representative(message);
    const first = new Uint8Array(MLDSA_SIGNATURE);
    kernels().mldsa44Sign(first, m, ascii(LABEL), secretKey.subarray(0, MLDSA_SEED), random);
    const whole = this.second.fromSeed(secretKey.subarray(MLDSA_SEED, SECRET_BYTES));
    const second = this.second.sign(whole, m, random);
    wipe(whole);
    return concat(first, second);
  }
}

function read(r: Reader): Uint8Array {
  const key = r.string();
  return key.length == PUBLIC_BYTES ? key : EMPTY;
}

function verify(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  return verifyMldsa44Ed25519(signature, message, key.material);
}

export const mldsa44Ed25519Type: KeyType = new KeyType(SSH_MLDSA44_ED25519, read, verify);
