/** Fingerprints of public keys as OpenSSH shows them. */
import { toBase64 } from "../../bytes/base64.ts";
import { printable } from "../../bytes/text.ts";
import { kernels } from "../../crypto/kernels.ts";

/** Base64 characters of 32 bytes without the padding. */
const DIGITS: i32 = 43;

/** `SHA256:` and the base64 of the blob's hash, without padding. */
export function fingerprint(publicKey: Uint8Array): string {
  const hash = new Uint8Array(32);
  kernels().sha256(hash, publicKey);
  return "SHA256:" + printable(toBase64(hash).subarray(0, DIGITS));
}
