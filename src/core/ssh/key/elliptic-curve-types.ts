/**
 * Public keys and signatures on elliptic curves: RFC 8709, RFC 5656 section 3.1, and of security keys OpenSSH's
 * PROTOCOL.u2f.
 *
 * A point that isn't on its curve can be read and fails where it is used.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { ECDSA_NISTP256, KeyType, PublicKey, SK_ECDSA_NISTP256, SK_SSH_ED25519, SSH_ED25519 } from "./public-key.ts";

const ED25519_KEY: i32 = 32;
const ED25519_SIGNATURE: i32 = 64;
const NISTP256_POINT: i32 = 65;
/** Bytes of r and of s. */
const NISTP256_SCALAR: i32 = 32;
/** The first byte of a point in uncompressed form, SEC 1 section 2.3.3. */
const UNCOMPRESSED: i32 = 4;

/** RFC 8709 section 4. */
function readEd25519(r: Reader): Uint8Array {
  const key = r.string();
  return key.length == ED25519_KEY ? key : EMPTY;
}

function verifyEd25519(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  return signature.length == ED25519_SIGNATURE && kernels().ed25519Verify(signature, message, key.material);
}

/** RFC 5656 section 3.1; compressed points, which the section leaves open, are left out. */
export function readNistp256(r: Reader): Uint8Array {
  const curve = r.string();
  const point = r.string();
  if (!isText(curve, "nistp256") || point.length != NISTP256_POINT) return EMPTY;
  return (point[0] as i32) == UNCOMPRESSED ? point : EMPTY;
}

/** r and s are mpints; only their shortest form is taken. */
function verifyNistp256(key: PublicKey, scalars: Uint8Array, message: Uint8Array): bool {
  const pair = new Reader(scalars);
  const first = pair.magnitude();
  const second = pair.magnitude();
  if (!pair.ok() || first.length > NISTP256_SCALAR || second.length > NISTP256_SCALAR) return false;
  const signature = new Uint8Array(2 * NISTP256_SCALAR);
  signature.set(first, NISTP256_SCALAR - first.length);
  signature.set(second, 2 * NISTP256_SCALAR - second.length);
  const hash = new Uint8Array(32);
  kernels().sha256(hash, message);
  return kernels().p256Verify(signature, hash, key.material);
}

export const ed25519Type: KeyType = new KeyType(SSH_ED25519, readEd25519, verifyEd25519);
export const nistp256Type: KeyType = new KeyType(ECDSA_NISTP256, readNistp256, verifyNistp256);
export const securityKeyEd25519Type: KeyType = new KeyType(SK_SSH_ED25519, readEd25519, verifyEd25519, true);
export const securityKeyNistp256Type: KeyType = new KeyType(SK_ECDSA_NISTP256, readNistp256, verifyNistp256, true);
