/**
 * ECDSA over P-256: ecdsa-sha2-nistp256, RFC 5656. A secret key is the scalar, a public key the uncompressed point, a
 * signature's value r and s.
 *
 * In a folder its files are called `nistp256`: those of TinySSH before 2019, `nistp256ecdsa`, are of another form, and must
 * not come to life again where nobody thinks of them any more.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { KeyKind } from "./key-kind.ts";
import { readNistp256 } from "./elliptic-curve-types.ts";
import { ECDSA_NISTP256 } from "./public-key.ts";

const SCALAR_BYTES: i32 = 32;
const POINT_BYTES: i32 = 65;

export class Nistp256 extends KeyKind {
  constructor() {
    super(ECDSA_NISTP256, "ECDSA", "nistp256", POINT_BYTES, SCALAR_BYTES, 2 * SCALAR_BYTES, SCALAR_BYTES);
  }

  /** Once in 2^32 times not sound. */
  fromSeed(seed: Uint8Array): Uint8Array {
    return copyOf(seed, 0, SCALAR_BYTES);
  }

  publicKey(secretKey: Uint8Array): Uint8Array {
    const point = new Uint8Array(POINT_BYTES);
    kernels().p256PublicKey(point, secretKey);
    return point;
  }

  isSound(secretKey: Uint8Array): bool {
    return kernels().p256PublicKey(new Uint8Array(POINT_BYTES), secretKey);
  }

  sign(secretKey: Uint8Array, message: Uint8Array, random: Uint8Array): Uint8Array {
    const hash = new Uint8Array(32);
    kernels().sha256(hash, message);
    const value = new Uint8Array(2 * SCALAR_BYTES);
    return kernels().p256Sign(value, hash, secretKey, random) ? value : EMPTY;
  }

  override signatureBlob(value: Uint8Array): Uint8Array {
    const pair = new Writer(80);
    pair.magnitude(value.subarray(0, SCALAR_BYTES));
    pair.magnitude(value.subarray(SCALAR_BYTES));
    return super.signatureBlob(pair.written());
  }

  override readPublic(r: Reader): Uint8Array {
    return readNistp256(r);
  }

  override writePublic(w: Writer, publicKey: Uint8Array): void {
    w.text("nistp256");
    w.string(publicKey);
  }

  override readSecret(r: Reader): Uint8Array {
    const scalar = r.magnitude();
    if (scalar.length > SCALAR_BYTES) return EMPTY;
    const secretKey = new Uint8Array(SCALAR_BYTES);
    secretKey.set(scalar, SCALAR_BYTES - scalar.length);
    return secretKey;
  }

  override writeSecret(w: Writer, secretKey: Uint8Array): void {
    w.magnitude(secretKey);
  }
}
