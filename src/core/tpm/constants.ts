/** Numbers of TPM 2.0 Part 2 that more than one file needs: algorithms (6.3), curves (6.4), handles (7.4) and attributes (8.3). */

export const ALG_RSA: u32 = 0x0001;
export const ALG_SHA1: u32 = 0x0004;
export const ALG_AES: u32 = 0x0006;
export const ALG_KEYEDHASH: u32 = 0x0008;
export const ALG_SHA256: u32 = 0x000b;
export const ALG_SHA384: u32 = 0x000c;
export const ALG_SHA512: u32 = 0x000d;
export const ALG_NULL: u32 = 0x0010;
export const ALG_RSASSA: u32 = 0x0014;
export const ALG_OAEP: u32 = 0x0017;
export const ALG_ECDSA: u32 = 0x0018;
export const ALG_ECC: u32 = 0x0023;
export const ALG_CFB: u32 = 0x0043;

export const CURVE_P256: u32 = 0x0003;
export const CURVE_P384: u32 = 0x0004;
export const CURVE_P521: u32 = 0x0005;

export const RH_OWNER: u32 = 0x40000001;
export const RH_NULL: u32 = 0x40000007;
export const RH_LOCKOUT: u32 = 0x4000000a;
export const RH_ENDORSEMENT: u32 = 0x4000000b;
export const RH_PLATFORM: u32 = 0x4000000c;

/** The upper byte of a handle says what it is of. */
export const HANDLES_NV: u32 = 0x01;
export const HANDLES_LOADED_SESSION: u32 = 0x02;
export const HANDLES_SAVED_SESSION: u32 = 0x03;
export const HANDLES_TRANSIENT: u32 = 0x80;
export const HANDLES_PERSISTENT: u32 = 0x81;

/** Where the TCG's provisioning guidance wants the storage root key. */
export const SRK_HANDLE: u32 = 0x81000001;

export const FIXED_TPM: u32 = 1 << 1;
export const FIXED_PARENT: u32 = 1 << 4;
export const SENSITIVE_DATA_ORIGIN: u32 = 1 << 5;
export const USER_WITH_AUTH: u32 = 1 << 6;
export const ADMIN_WITH_POLICY: u32 = 1 << 7;
export const NO_DA: u32 = 1 << 10;
export const ENCRYPTED_DUPLICATION: u32 = 1 << 11;
export const RESTRICTED: u32 = 1 << 16;
export const DECRYPT: u32 = 1 << 17;
export const SIGN: u32 = 1 << 18;

/** Bytes of the digests that a name or a policy can be of; 0 for an algorithm that isn't known here. */
export function digestBytes(algorithm: u32): i32 {
  if (algorithm == ALG_SHA1) return 20;
  if (algorithm == ALG_SHA256) return 32;
  if (algorithm == ALG_SHA384) return 48;
  return algorithm == ALG_SHA512 ? 64 : 0;
}
