/** Ed25519 keys: ssh-ed25519, RFC 8709. A secret key is in NaCl's form, which TinySSH's key folders have too. */
import { equal, wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { KeyKind } from "./key-kind.ts";
import { SSH_ED25519 } from "./public-key.ts";

export const SEED_BYTES: i32 = 32;
export const PUBLIC_KEY_BYTES: i32 = 32;
export const SIGNATURE_BYTES: i32 = 64;
/** The seed, then the public key. */
const SECRET_KEY_BYTES: i32 = 64;

export class Ed25519 extends KeyKind {
  constructor() {
    super(SSH_ED25519, "ED25519", "ed25519", PUBLIC_KEY_BYTES, SECRET_KEY_BYTES, SIGNATURE_BYTES, SEED_BYTES);
  }

  /** RFC 8032 section 5.1.5. */
  fromSeed(seed: Uint8Array): Uint8Array {
    const secretKey = new Uint8Array(SECRET_KEY_BYTES);
    secretKey.set(seed);
    kernels().ed25519PublicKey(this.publicKey(secretKey), seed);
    return secretKey;
  }

  /** A view. */
  publicKey(secretKey: Uint8Array): Uint8Array {
    return secretKey.subarray(SEED_BYTES, SECRET_KEY_BYTES);
  }

  /** A signature made with a public key that doesn't belong to the seed would give the seed away. */
  isSound(secretKey: Uint8Array): bool {
    const own = this.fromSeed(secretKey.subarray(0, SEED_BYTES));
    const same = equal(own, secretKey);
    wipe(own);
    return same;
  }

  sign(secretKey: Uint8Array, message: Uint8Array, _random: Uint8Array): Uint8Array {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    kernels().ed25519Sign(signature, message, secretKey);
    return signature;
  }
}
