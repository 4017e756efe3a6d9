/** Signatures by user keys (RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC 8709 section 6), and their verification. */
import { isText } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { ECDSA_NISTP256, PublicKey, SSH_ED25519 } from "./public-key.ts";

const ED25519_SIGNATURE: i32 = 64;
/** Bytes of r and of s. */
const NISTP256_SCALAR: i32 = 32;

class SignatureAlgorithm {
  /** Its name, which is that of its keys' type as well. */
  name: string;
  /** Reads what follows the name in the signature blob and verifies it. The caller sees to trailing bytes. */
  verify: (key: PublicKey, signature: Reader, message: Uint8Array) => bool;

  constructor(name: string, verify: (key: PublicKey, signature: Reader, message: Uint8Array) => bool) {
    this.name = name;
    this.verify = verify;
  }
}

function verifyEd25519(key: PublicKey, r: Reader, message: Uint8Array): bool {
  const signature = r.string();
  return signature.length == ED25519_SIGNATURE && kernels().ed25519Verify(signature, message, key.material);
}

/** r and s are mpints in a string of their own; only their shortest form is taken. */
function verifyNistp256(key: PublicKey, r: Reader, message: Uint8Array): bool {
  const pair = new Reader(r.string());
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

const algorithms: SignatureAlgorithm[] = [
  new SignatureAlgorithm(SSH_ED25519, verifyEd25519),
  new SignatureAlgorithm(ECDSA_NISTP256, verifyNistp256),
];

/** The names of all, as a name-list: `server-sig-algs` of RFC 8308. */
export function signatureAlgorithms(): string {
  let names = "";
  for (let i = 0; i < algorithms.length; i++) names += (i > 0 ? "," : "") + algorithms[i].name;
  return names;
}

/** True if `signature`, a blob that begins with the name of the key's own algorithm, is the key's over `message`. */
export function verifySignature(key: PublicKey, signature: Uint8Array, message: Uint8Array): bool {
  const r = new Reader(signature);
  const name = r.string();
  for (let i = 0; i < algorithms.length; i++) {
    const algorithm = algorithms[i];
    if (algorithm.name != key.type) continue;
    return isText(name, algorithm.name) && algorithm.verify(key, r, message) && r.ok();
  }
  return false;
}
