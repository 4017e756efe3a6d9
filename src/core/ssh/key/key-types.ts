/** The types of public keys that are taken. */
import { ed25519Type, nistp256Type, securityKeyEd25519Type, securityKeyNistp256Type } from "./elliptic-curve-types.ts";
import { mldsa44Ed25519Type } from "./mldsa44-ed25519.ts";
import { KeyType, PublicKey, publicKeyOf } from "./public-key.ts";

export const keyTypes: KeyType[] = [
  ed25519Type,
  mldsa44Ed25519Type,
  nistp256Type,
  securityKeyEd25519Type,
  securityKeyNistp256Type,
];

/** The key in `blob`, or null if it is of a type that isn't known or isn't well-formed. */
export function parsePublicKey(blob: Uint8Array): PublicKey | null {
  return publicKeyOf(keyTypes, blob);
}
