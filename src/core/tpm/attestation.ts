/** What a TPM states and signs: TPMS_ATTEST (TPM 2.0 Part 2, 10.12.12), of Quote, Certify and GetTime. */
import { EMPTY } from "../bytes/bytes.ts";
import { Reader } from "../wire/reader.ts";
import { Uint64 } from "../wire/uint64.ts";
import { ClockInfo } from "./command/machine.ts";
import { PcrSelection } from "./pcr-selection.ts";

/** TPM_GENERATED_VALUE: no restricted key signs anything that begins so but the TPM's own statements. */
const GENERATED: u32 = 0xff544347;
export const ATTEST_CERTIFY: u32 = 0x8017;
export const ATTEST_QUOTE: u32 = 0x8018;
export const ATTEST_TIME: u32 = 0x8019;

export class Attestation {
  type: u32 = 0;
  /** The signing key's qualified name. */
  signer: Uint8Array = EMPTY;
  /** The nonce that the command was given. */
  nonce: Uint8Array = EMPTY;
  clock: ClockInfo = new ClockInfo();
  firmware: Uint64 = new Uint64();
  /** Of a quote: the PCRs, and the digest of their values. */
  pcrs: PcrSelection = new PcrSelection();
  digest: Uint8Array = EMPTY;
  /** Of the clocks: milliseconds since the last reset. What else is told of them is in `clock` and `firmware`. */
  time: Uint64 = new Uint64();
  /** Of a certification: the object. */
  name: Uint8Array = EMPTY;
  qualifiedName: Uint8Array = EMPTY;

  /** Null if it isn't the TPM's own statement, or of another kind. */
  static decode(statement: Uint8Array): Attestation | null {
    const r = new Reader(statement);
    const attestation = new Attestation();
    if (r.uint32() != GENERATED) return null;
    attestation.type = r.uint16();
    attestation.signer = r.sized();
    attestation.nonce = r.sized();
    attestation.clock = ClockInfo.decode(r);
    attestation.firmware = Uint64.decode(r);
    if (attestation.type == ATTEST_QUOTE) {
      attestation.pcrs = PcrSelection.decode(r);
      attestation.digest = r.sized();
    } else if (attestation.type == ATTEST_CERTIFY) {
      attestation.name = r.sized();
      attestation.qualifiedName = r.sized();
    } else if (attestation.type == ATTEST_TIME) {
      attestation.time = Uint64.decode(r);
      ClockInfo.decode(r);
      Uint64.decode(r);
    } else return null;
    return r.ok() ? attestation : null;
  }
}
