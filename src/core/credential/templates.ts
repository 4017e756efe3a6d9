/** What systemd's credentials are kept under, and kept as. */
import {
  ALG_ECC,
  ALG_KEYEDHASH,
  ALG_RSA,
  CURVE_P256,
  DECRYPT,
  FIXED_PARENT,
  FIXED_TPM,
  RESTRICTED,
  SENSITIVE_DATA_ORIGIN,
  USER_WITH_AUTH,
} from "../tpm/constants.ts";
import { PublicArea } from "../tpm/public-area.ts";

const SYMMETRIC_BITS: u32 = 128;
const MODULUS_BITS: u32 = 2048;

/**
 * systemd's storage root key, ALG_ECC or ALG_RSA. Unlike the TCG's it counts wrong authorizations, which makes it another key;
 * systemd uses it for credentials in all its versions up to now, even where the other one is at its persistent handle.
 */
export function credentialRoot(type: u32): PublicArea {
  const area = new PublicArea();
  area.type = type;
  area.attributes = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | USER_WITH_AUTH | RESTRICTED | DECRYPT;
  area.symmetricBits = SYMMETRIC_BITS;
  if (type == ALG_ECC) area.curve = CURVE_P256;
  if (type == ALG_RSA) area.keyBits = MODULUS_BITS;
  return area;
}

/** What holds the secret: its policy is the only way to it. `attributes`: beside that. */
export function sealedArea(attributes: u32, policy: Uint8Array): PublicArea {
  const area = new PublicArea();
  area.type = ALG_KEYEDHASH;
  area.attributes = attributes;
  area.authPolicy = policy;
  return area;
}
