/** The types of public keys that the server of an initramfs takes: those that users have today. */
import { ed25519Type, nistp256Type, securityKeyEd25519Type, securityKeyNistp256Type } from "./elliptic-curve-types.ts";
import { KeyType, PublicKey, publicKeyOf } from "./public-key.ts";

export const keyTypes: KeyType[] = [ed25519Type, nistp256Type, securityKeyEd25519Type, securityKeyNistp256Type];

export function parsePublicKey(blob: Uint8Array): PublicKey | null {
  return publicKeyOf(keyTypes, blob);
}
