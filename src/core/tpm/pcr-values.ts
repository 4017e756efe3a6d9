/**
 * What PCRs hold: read from a TPM, or from a list of such values as tpm2_pcrread(1) prints it.
 */
import { copyOf, EMPTY, equal } from "../bytes/bytes.ts";
import { fromHex, toHex } from "../bytes/hex.ts";
import { ascii, decimalWithin, startsWithText } from "../bytes/text.ts";
import { lineAt } from "../pem/pem.ts";
import { Writer } from "../wire/writer.ts";
import { PcrRead } from "./command/machine.ts";
import { ALG_SHA256 } from "./constants.ts";
import { DIGEST_BYTES, sha256 } from "./key-derivation.ts";
import { PCR_COUNT, PcrSelection } from "./pcr-selection.ts";
import { GARBLED, SUCCESS } from "./response-code.ts";
import { Tpm } from "./tpm.ts";

/** A list of all PCRs of all banks has less. */
export const PCR_LIST_BYTES: i32 = 65536;

/** Of the SHA-256 bank. */
export class PcrValues {
  /** Of which the values are known. */
  mask: u32 = 0;
  private values: Uint8Array[] = new Array<Uint8Array>();

  constructor() {
    for (let pcr = 0; pcr < PCR_COUNT; pcr++) this.values.push(EMPTY);
  }

  /**
   * The values in a list: of each line that is a number and, behind a colon or a blank, 64 hexadecimal digits, with 0x or
   * without. Lines of other banks have other lengths. A PCR that is there twice counts as the first line says.
   */
  static parse(text: Uint8Array): PcrValues {
    const list = new PcrValues();
    for (let at = 0; at < text.length;) {
      const line = lineAt(text, at);
      list.parseLine(line);
      const feed = text.indexOf(10, at);
      at = feed < 0 ? text.length : feed + 1;
    }
    return list;
  }

  private parseLine(line: Uint8Array): void {
    let start = 0;
    while (start < line.length && line[start] == 32) start++;
    let end = start;
    while (end < line.length && line[end] >= 48 && line[end] <= 57) end++;
    const pcr = decimalWithin(line, start, end);
    const separated = end < line.length && (line[end] == 32 || line[end] == 58);
    while (end < line.length && (line[end] == 32 || line[end] == 58)) end++;
    let digits = line.subarray(end);
    if (startsWithText(digits, "0x")) digits = digits.subarray(2);
    const value = digits.length == 2 * DIGEST_BYTES ? fromHex(digits) : null;
    if (value == null || !separated || pcr < 0 || pcr >= PCR_COUNT || this.has(pcr)) return;
    this.set(pcr, value);
  }

  has(pcr: i32): bool {
    return this.values[pcr].length > 0;
  }

  private set(pcr: i32, value: Uint8Array): void {
    this.values[pcr] = value;
    this.mask = (this.mask | ((1 as u32) << pcr)) >>> 0;
  }

  /** Reads those of `mask`; returns the response code. A TPM without the bank has none of them. */
  read(tpm: Tpm, mask: u32): u32 {
    for (let left = mask; left != 0;) {
      const command = new PcrRead(PcrSelection.ofSha256(left));
      const code = tpm.run(command);
      if (code != SUCCESS) return code;
      const banks = command.selection.banks;
      const read: u32 = banks.length == 1 && banks[0].hash == ALG_SHA256 ? banks[0].mask & left : 0;
      if (read == 0) return SUCCESS;
      let next = 0;
      for (let pcr = 0; pcr < PCR_COUNT; pcr++) {
        if (((read >>> pcr) & 1) == 0) continue;
        if (next == command.digests.length) return GARBLED;
        const digest = command.digests[next];
        if (digest.length != DIGEST_BYTES) return GARBLED;
        this.set(pcr, copyOf(digest, 0, DIGEST_BYTES));
        next++;
      }
      left = (left & ~read) >>> 0;
    }
    return SUCCESS;
  }

  /** True if each of `mask` is known. */
  covers(mask: u32): bool {
    return (mask & ~this.mask) >>> 0 == 0;
  }

  /** What PolicyPCR compares (Part 3, 23.7): the digest of those of `mask`, which are all known. */
  digest(mask: u32): Uint8Array {
    const w = new Writer(PCR_COUNT * DIGEST_BYTES);
    for (let pcr = 0; pcr < PCR_COUNT; pcr++) if (((mask >>> pcr) & 1) == 1) w.raw(this.values[pcr]);
    return sha256(w.written());
  }

  /** Which of `mask` are known to both, and differ. */
  differing(other: PcrValues, mask: u32): u32 {
    let differing: u32 = 0;
    for (let pcr = 0; pcr < PCR_COUNT; pcr++) {
      const asked = ((mask >>> pcr) & 1) == 1 && this.has(pcr) && other.has(pcr);
      if (asked && !equal(this.values[pcr], other.values[pcr])) differing |= (1 as u32) << pcr;
    }
    return differing >>> 0;
  }

  /** True if none of those of `mask` was ever extended: each holds zeros, or ones, which some hold from the start. */
  areUntouched(mask: u32): bool {
    for (let pcr = 0; pcr < PCR_COUNT; pcr++) {
      if (((mask >>> pcr) & 1) == 0) continue;
      const value = this.values[pcr];
      for (let i = 0; i < value.length; i++)
        if (value[i] != value[0] || (value[i] != 0 && value[i] != 255)) return false;
    }
    return true;
  }

  /** A list of those of `mask` that are known, as `parse` reads it. */
  text(mask: u32): Uint8Array {
    let text = "sha256:\n";
    for (let pcr = 0; pcr < PCR_COUNT; pcr++) {
      if (((mask >>> pcr) & 1) == 1 && this.has(pcr)) text += `  ${pcr}: 0x` + toHex(this.values[pcr]) + "\n";
    }
    return ascii(text);
  }
}
