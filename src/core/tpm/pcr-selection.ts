/** Which PCRs of which banks: TPML_PCR_SELECTION (TPM 2.0 Part 2, 10.9.7). */
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { ALG_SHA256 } from "./constants.ts";

/** A PC has this many. */
export const PCR_COUNT: i32 = 24;
const SELECT_BYTES: i32 = 3;
/** HASH_COUNT: more banks than any TPM has. */
const BANK_LIMIT: u32 = 16;

/** Some PCRs of the bank of one hash. */
export class PcrBank {
  hash: u32;
  /** Bit 0 is PCR 0. */
  mask: u32;

  constructor(hash: u32, mask: u32) {
    this.hash = hash;
    this.mask = mask;
  }
}

export class PcrSelection {
  banks: PcrBank[] = new Array<PcrBank>();

  /** Those of the SHA-256 bank. */
  static ofSha256(mask: u32): PcrSelection {
    const selection = new PcrSelection();
    selection.banks.push(new PcrBank(ALG_SHA256, mask));
    return selection;
  }

  static decode(r: Reader): PcrSelection {
    const selection = new PcrSelection();
    const count = r.uint32();
    if (count > BANK_LIMIT) r.bad = true;
    for (let i: u32 = 0; i < count && !r.bad; i++) {
      const hash = r.uint16();
      const select = r.raw(r.byte() as u32);
      if (select.length > 4) r.bad = true;
      let mask: u32 = 0;
      for (let at = 0; at < select.length && at < 4; at++) mask |= (select[at] as u32) << (8 * at);
      selection.banks.push(new PcrBank(hash, mask >>> 0));
    }
    return selection;
  }

  encode(w: Writer): void {
    w.uint32(this.banks.length as u32);
    for (let i = 0; i < this.banks.length; i++) {
      const mask = this.banks[i].mask;
      w.uint16(this.banks[i].hash);
      w.byte(SELECT_BYTES as u8);
      for (let at = 0; at < SELECT_BYTES; at++) w.byte(((mask >>> (8 * at)) & 255) as u8);
    }
  }

  encoded(): Uint8Array {
    const w = new Writer(16);
    this.encode(w);
    return w.written();
  }
}

/** PCRs as systemd and tpm2-tools write them, "0+7" or "0,7", as a mask; 0 if it is no such list. */
export function parsePcrs(text: Uint8Array): u32 {
  let mask: u32 = 0;
  let number = -1;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? (text[i] as i32) : 43;
    if (c >= 48 && c <= 57) {
      number = (number < 0 ? 0 : number) * 10 + (c - 48);
      if (number >= PCR_COUNT) return 0;
    } else if ((c == 43 || c == 44) && number >= 0) {
      mask |= (1 as u32) << number;
      number = -1;
    } else return 0;
  }
  return mask >>> 0;
}

/** The opposite, with plus signs. */
export function pcrList(mask: u32): string {
  let text = "";
  for (let pcr = 0; pcr < PCR_COUNT; pcr++) {
    if (((mask >>> pcr) & 1) == 1) text += text.length > 0 ? `+${pcr}` : `${pcr}`;
  }
  return text;
}
