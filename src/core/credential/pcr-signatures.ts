/**
 * Signatures of states of the machine, as systemd-measure writes them and a unified kernel image carries them
 * (/run/systemd/tpm2-pcr-signature.json): an object with a list for each bank, of objects with the PCRs (`pcrs`), the digest of
 * their policy (`pol`), the fingerprint of the key (`pkfp`) and the signature (`sig`).
 */
import { EMPTY, equal } from "../bytes/bytes.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { fromHex } from "../bytes/hex.ts";
import { decimalWithin } from "../bytes/text.ts";
import { JSON_OBJECT, JsonValue, parseJson } from "../json/json.ts";
import { ALG_SHA1, ALG_SHA256, ALG_SHA384 } from "../tpm/constants.ts";
import { PCR_COUNT } from "../tpm/pcr-selection.ts";

/** More than any kernel image has signatures for. */
export const SIGNATURES_BYTES: i32 = 1048576;

/** What systemd calls a bank. */
export function bankName(algorithm: u32): string {
  if (algorithm == ALG_SHA1) return "sha1";
  if (algorithm == ALG_SHA256) return "sha256";
  return algorithm == ALG_SHA384 ? "sha384" : "sha512";
}

/** A search for the signature of a state. */
export class SignatureSearch {
  private bank: string;
  private pcrs: u32;
  private fingerprint: Uint8Array;
  private policy: Uint8Array;
  /** There is one by the key, of these PCRs, in whatever state. */
  keyIsThere: bool = false;
  /** The file is no such list. */
  bad: bool = false;

  /** `policy`: the digest of PolicyPCR for what the PCRs hold now. */
  constructor(bank: u32, pcrs: u32, fingerprint: Uint8Array, policy: Uint8Array) {
    this.bank = bankName(bank);
    this.pcrs = pcrs;
    this.fingerprint = fingerprint;
    this.policy = policy;
  }

  /** The signature in the content of a file; EMPTY if there is none. What isn't understood of it is passed over. */
  in(file: Uint8Array): Uint8Array {
    const json = parseJson(file);
    this.bad = json == null || json.kind != JSON_OBJECT;
    if (json == null) return EMPTY;
    const entries = json.list(this.bank);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      const key = fromHex(entry.string("pkfp"));
      if (key == null || !equal(key, this.fingerprint) || maskOf(entry.list("pcrs")) != this.pcrs) continue;
      this.keyIsThere = true;
      const policy = fromHex(entry.string("pol"));
      const signature = fromBase64(entry.string("sig"));
      if (policy != null && signature != null && equal(policy, this.policy)) return signature;
    }
    return EMPTY;
  }
}

/** 0 if one of them is no PCR. */
function maskOf(pcrs: JsonValue[]): u32 {
  let mask: u32 = 0;
  for (let i = 0; i < pcrs.length; i++) {
    const text = pcrs[i].text;
    const pcr = decimalWithin(text, 0, text.length);
    if (pcr < 0 || pcr >= PCR_COUNT) return 0;
    mask |= (1 as u32) << pcr;
  }
  return mask >>> 0;
}
