/**
 * Signatures of states of the machine, as systemd-measure writes them and a unified kernel image carries them
 * (/run/systemd/tpm2-pcr-signature.json): an object with a list for each bank, of objects with the PCRs (`pcrs`), the digest of
 * their policy (`pol`), the fingerprint of the key (`pkfp`) and the signature (`sig`).
 */
import { EMPTY, equal } from "../bytes/bytes.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { fromHex } from "../bytes/hex.ts";
import { isText } from "../bytes/text.ts";
import { JsonReader } from "../json/json-reader.ts";
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

  /** The signature in the content of a file; EMPTY if there is none. */
  in(file: Uint8Array): Uint8Array {
    const json = new JsonReader(file);
    let found = EMPTY;
    json.object();
    while (json.member()) {
      if (!isText(json.name, this.bank)) json.skip();
      else {
        json.list();
        while (json.element()) {
          const signature = this.entry(json);
          if (found.length == 0) found = signature;
        }
      }
    }
    this.bad = !json.ok();
    return this.bad ? EMPTY : found;
  }

  private entry(json: JsonReader): Uint8Array {
    let pcrs: u32 = 0;
    let policy: Uint8Array | null = null;
    let key: Uint8Array | null = null;
    let signature: Uint8Array | null = null;
    json.object();
    while (json.member()) {
      if (isText(json.name, "pcrs")) pcrs = readMask(json);
      else if (isText(json.name, "pol")) policy = fromHex(json.string());
      else if (isText(json.name, "pkfp")) key = fromHex(json.string());
      else if (isText(json.name, "sig")) signature = fromBase64(json.string());
      else json.skip();
    }
    if (key == null || policy == null || signature == null) return EMPTY;
    if (pcrs != this.pcrs || !equal(key, this.fingerprint)) return EMPTY;
    this.keyIsThere = true;
    return equal(policy, this.policy) ? signature : EMPTY;
  }
}

function readMask(json: JsonReader): u32 {
  let mask: u32 = 0;
  json.list();
  while (json.element()) {
    const pcr = json.number();
    if (pcr < 0 || pcr >= PCR_COUNT) json.bad = true;
    else mask |= (1 as u32) << pcr;
  }
  return mask >>> 0;
}
