/** What a TPM says of itself: TPM2_GetCapability's answers (TPM 2.0 Part 2, 6.12, 6.13 and 10.8), read. */
import { Reader } from "../wire/reader.ts";
import { GetCapability } from "./command/machine.ts";
import { SUCCESS } from "./response-code.ts";
import { Tpm } from "./tpm.ts";

const CAP_ALGORITHMS: u32 = 0;
const CAP_HANDLES: u32 = 1;
const CAP_TPM_PROPERTIES: u32 = 6;
const CAP_ECC_CURVES: u32 = 8;

/** TPM_PT: fixed properties, and those that change. */
export const PT_FAMILY: u32 = 0x100;
export const PT_REVISION: u32 = 0x102;
export const PT_MANUFACTURER: u32 = 0x105;
/** Four words of text. */
export const PT_VENDOR: u32 = 0x106;
/** Two words. */
export const PT_FIRMWARE: u32 = 0x10b;
export const PT_PERMANENT: u32 = 0x200;
/** Wrong authorizations that count now; how many lead to a lockout; the seconds in which one is forgiven, and a lockout. */
export const PT_LOCKOUT_COUNTER: u32 = 0x20e;
export const PT_MAX_AUTH_FAIL: u32 = 0x20f;
export const PT_LOCKOUT_INTERVAL: u32 = 0x210;
export const PT_LOCKOUT_RECOVERY: u32 = 0x211;

/** Bits of PT_PERMANENT. */
export const OWNER_AUTH_SET: u32 = 1;
export const ENDORSEMENT_AUTH_SET: u32 = 2;
export const LOCKOUT_AUTH_SET: u32 = 4;
export const IN_LOCKOUT: u32 = 1 << 9;

/** More than a TPM says at once. */
const MOST: u32 = 254;

/** The properties from `first` on, `count` of them; 0 for one that the TPM does not have. Empty if it does not answer. */
export function readProperties(tpm: Tpm, first: u32, count: u32): u32[] {
  const values = new Array<u32>();
  const command = new GetCapability(CAP_TPM_PROPERTIES, first, count);
  if (tpm.run(command) != SUCCESS) return values;
  for (let i: u32 = 0; i < count; i++) values.push(0);
  const r = new Reader(command.data);
  for (let left = r.uint32(); left > 0 && !r.bad; left--) {
    const property = r.uint32();
    const value = r.uint32();
    if (!r.bad && property >= first && property - first < count) values[(property - first) as i32] = value;
  }
  return values;
}

/** Whether it knows an algorithm, by its TPM_ALG_ID. */
export function hasAlgorithm(tpm: Tpm, algorithm: u32): bool {
  const command = new GetCapability(CAP_ALGORITHMS, algorithm, 1);
  if (tpm.run(command) != SUCCESS) return false;
  const r = new Reader(command.data);
  return r.uint32() == 1 && r.uint16() == algorithm;
}

/** Whether it knows a curve, by its TPM_ECC_CURVE. */
export function hasCurve(tpm: Tpm, curve: u32): bool {
  const command = new GetCapability(CAP_ECC_CURVES, curve, 1);
  if (tpm.run(command) != SUCCESS) return false;
  const r = new Reader(command.data);
  return r.uint32() == 1 && r.uint16() == curve;
}

/** The handles of one kind that are in use, e.g. HANDLES_PERSISTENT. */
export function readHandles(tpm: Tpm, kind: u32): u32[] {
  const handles = new Array<u32>();
  const command = new GetCapability(CAP_HANDLES, (kind << 24) >>> 0, MOST);
  if (tpm.run(command) != SUCCESS) return handles;
  const r = new Reader(command.data);
  for (let left = r.uint32(); left > 0 && !r.bad; left--) handles.push(r.uint32());
  return handles;
}
