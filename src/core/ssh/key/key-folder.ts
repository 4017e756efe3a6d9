/**
 * TinySSH's host keys: a folder with the bare halves of each key in a file of its own. TinySSH has Ed25519 pairs alone,
 * as NaCl's crypto_sign lays them out, and looks at no other file.
 */
import { equal } from "../../bytes/bytes.ts";
import { KeyKind } from "./key-kind.ts";

/** What is wrong with the content of a public key file; empty if nothing is. */
export function publicKeyFault(kind: KeyKind, publicKey: Uint8Array): string {
  return lengthFault(kind.publicFile, publicKey.length, kind.publicBytes);
}

/** What is wrong with the contents of a key's two files; empty if nothing is. The public key is computed anew. */
export function keyPairFault(kind: KeyKind, publicKey: Uint8Array, secretKey: Uint8Array): string {
  if (publicKey.length == kind.secretBytes && secretKey.length == kind.publicBytes) {
    return kind.publicFile + " and " + kind.secretFile + " are swapped";
  }
  const fault = publicKeyFault(kind, publicKey);
  if (fault.length > 0) return fault;
  const secretFault = lengthFault(kind.secretFile, secretKey.length, kind.secretBytes);
  if (secretFault.length > 0) return secretFault;
  if (!equal(kind.publicKey(secretKey), publicKey)) {
    return kind.secretFile + " and " + kind.publicFile + " are not of the same key";
  }
  return kind.isSound(secretKey) ? "" : kind.secretFile + " is damaged: its two halves do not belong together";
}

function lengthFault(file: string, length: i32, expected: i32): string {
  return length == expected ? "" : `${file} has ${length} bytes, not ${expected}`;
}
