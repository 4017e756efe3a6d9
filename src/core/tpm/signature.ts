/** TPMT_SIGNATURE (TPM 2.0 Part 2, 11.3.4) of ECDSA and RSASSA. */
import { EMPTY } from "../bytes/bytes.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { ALG_ECDSA, ALG_RSASSA } from "./constants.ts";

export class Signature {
  scheme: u32 = ALG_ECDSA;
  hash: u32 = 0;
  /** Of ECDSA: numbers, big-endian. */
  r: Uint8Array = EMPTY;
  s: Uint8Array = EMPTY;
  /** Of RSASSA, as long as the modulus. */
  rsa: Uint8Array = EMPTY;

  static decode(r: Reader): Signature {
    const signature = new Signature();
    signature.scheme = r.uint16();
    signature.hash = r.uint16();
    if (signature.scheme == ALG_ECDSA) {
      signature.r = r.sized();
      signature.s = r.sized();
    } else if (signature.scheme == ALG_RSASSA) signature.rsa = r.sized();
    else r.bad = true;
    return signature;
  }

  encode(w: Writer): void {
    w.uint16(this.scheme);
    w.uint16(this.hash);
    if (this.scheme == ALG_ECDSA) {
      w.sized(this.r);
      w.sized(this.s);
    } else w.sized(this.rsa);
  }
}
