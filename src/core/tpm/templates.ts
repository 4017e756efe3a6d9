/** What objects are made from. */
import {
  ALG_RSA,
  CURVE_P256,
  CURVE_P384,
  CURVE_P521,
  DECRYPT,
  ENCRYPTED_DUPLICATION,
  FIXED_PARENT,
  FIXED_TPM,
  NO_DA,
  RESTRICTED,
  SENSITIVE_DATA_ORIGIN,
  SIGN,
  USER_WITH_AUTH,
} from "./constants.ts";
import { PublicArea } from "./public-area.ts";

const SYMMETRIC_BITS: u32 = 128;

/**
 * The storage root key that each hierarchy has without anything being stored: ECC P-256 of the TCG's EK Credential
 * Profile, template H-2, which go-tpm, ssh-tpm-agent and systemd use too.
 */
export function storageRoot(): PublicArea {
  const area = new PublicArea();
  area.attributes = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | USER_WITH_AUTH | NO_DA | RESTRICTED | DECRYPT;
  area.symmetricBits = SYMMETRIC_BITS;
  area.curve = CURVE_P256;
  return area;
}

/** The RSA 2048 storage root key of the same profile. */
export function rsaStorageRoot(): PublicArea {
  const area = storageRoot();
  area.type = ALG_RSA;
  area.keyBits = 2048;
  return area;
}

/** A key that signs. What is decrypted with it, on RSA, is a signature too: with a padding that the TPM can't make. */
function signer(): PublicArea {
  const area = new PublicArea();
  area.attributes = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | USER_WITH_AUTH | SIGN | DECRYPT;
  return area;
}

/** `bits`: 256, 384 or 521. */
export function eccSigner(bits: u32): PublicArea {
  const area = signer();
  area.curve = bits == 521 ? CURVE_P521 : bits == 384 ? CURVE_P384 : CURVE_P256;
  return area;
}

export function rsaSigner(bits: u32): PublicArea {
  const area = signer();
  area.type = ALG_RSA;
  area.keyBits = bits;
  return area;
}

/**
 * PolicyB of SHA-256 in the TCG's EK Credential Profile (section B.6.3): what the endorsement hierarchy allows, or the
 * holder of an NV index approves of. Nothing uses it; it makes the keys below what ssh-tpm-agent's are.
 */
// oxfmt-ignore
const POLICY_B: u8[] = [
  0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
  0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0,
];

/** A key that signs which a hierarchy always has, without anything being stored: P-256, or RSA 2048. */
export function hierarchySigner(isRsa: bool): PublicArea {
  const area = isRsa ? rsaSigner(2048) : eccSigner(256);
  area.authPolicy = new Uint8Array(POLICY_B.length);
  for (let i = 0; i < POLICY_B.length; i++) area.authPolicy[i] = POLICY_B[i];
  return area;
}

/** Turns a template into that of a key that was made elsewhere. */
export function imported(area: PublicArea): PublicArea {
  const made: u32 = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | ENCRYPTED_DUPLICATION;
  area.attributes = (area.attributes & ~made) >>> 0;
  return area;
}
