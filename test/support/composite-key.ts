/**
 * ssh-mldsa44-ed25519@openssh.com over node:crypto (draft-miller-sshm-mldsa44-ed25519-composite-sigs-00): keys that sign,
 * and verification.
 */
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import { ed25519FromSeed, ed25519Public, type UserKey } from "./keys.ts";
import { encode } from "./ssh/wire.ts";

export const COMPOSITE = "ssh-mldsa44-ed25519@openssh.com";
const LABEL = Buffer.from("COMPSIG-MLDSA44-Ed25519-SHA512");
const MLDSA_PUBLIC_KEY = 1312;
const MLDSA_SIGNATURE = 2420;

/** PKCS #8 and SubjectPublicKeyInfo around a seed and a public key of ML-DSA-44, RFC 9881. */
const PKCS8 = Buffer.from("3034020100300b060960864801650304031104228020", "hex");
const SPKI = Buffer.from("30820532300b06096086480165030403110382052100", "hex");

function representative(message: Uint8Array): Buffer {
  const hash = createHash("sha512").update(message).digest();
  return Buffer.concat([Buffer.from("CompositeAlgorithmSignatures2025"), LABEL, Buffer.of(0), hash]);
}

const mldsaPublic = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });

/** `material`: both public keys; `value`: both signatures. */
export function verifyComposite(material: Uint8Array, message: Uint8Array, value: Uint8Array): boolean {
  const m = representative(message);
  const first = { key: mldsaPublic(material.subarray(0, MLDSA_PUBLIC_KEY)), context: LABEL };
  const second = ed25519Public(material.subarray(MLDSA_PUBLIC_KEY));
  return (
    verify(null, m, first, value.subarray(0, MLDSA_SIGNATURE)) &&
    verify(null, m, second, value.subarray(MLDSA_SIGNATURE))
  );
}

export interface CompositeKey extends UserKey {
  /** ML-DSA's, then Ed25519's. */
  seeds: Buffer;
  /** Both public keys. */
  material: Buffer;
}

export function compositeKey(seeds: Buffer = randomBytes(64)): CompositeKey {
  const first = createPrivateKey({ key: Buffer.concat([PKCS8, seeds.subarray(0, 32)]), format: "der", type: "pkcs8" });
  const second = ed25519FromSeed(seeds.subarray(32));
  const firstPublic = createPublicKey(first).export({ format: "der", type: "spki" }).subarray(-MLDSA_PUBLIC_KEY);
  const secondPublic = createPublicKey(second).export({ format: "der", type: "spki" }).subarray(-32);
  const material = Buffer.concat([firstPublic, secondPublic]);
  return {
    seeds,
    material,
    algorithm: COMPOSITE,
    blob: encode(COMPOSITE, material),
    sign(message) {
      const m = representative(message);
      return encode(COMPOSITE, Buffer.concat([sign(null, m, { key: first, context: LABEL }), sign(null, m, second)]));
    },
  };
}
