/** aes256-gcm@openssh.com, for clients that know no ChaCha20. */
import { wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";
import { Cipher, LENGTH_BYTES, TAG } from "./cipher.ts";

/** Its name on the wire. */
export const AES256_GCM: string = "aes256-gcm@openssh.com";

/**
 * RFC 5647 under OpenSSH's name, which is agreed on as any other cipher is (OpenSSH's PROTOCOL section 1.6). The length
 * stays in the clear, and packets are counted in the nonce, whatever their sequence numbers.
 */
export class Aes256Gcm extends Cipher {
  private key: Uint8Array;
  private nonce: Uint8Array;

  /** Takes over `key`, 32 bytes, and the first nonce, 12 bytes, and wipes them in the end. */
  constructor(key: Uint8Array, nonce: Uint8Array) {
    super();
    this.key = key;
    this.nonce = nonce;
  }

  block(): i32 {
    return 16;
  }

  tagLength(): i32 {
    return TAG;
  }

  unaligned(): i32 {
    return LENGTH_BYTES;
  }

  packetLength(buffer: Uint8Array, offset: i32, _sequence: u32): u32 {
    return new Reader(buffer.subarray(offset, offset + LENGTH_BYTES)).uint32();
  }

  open(buffer: Uint8Array, offset: i32, length: i32, _sequence: u32): bool {
    const good = kernels().aes256GcmOpen(buffer, offset, length, LENGTH_BYTES, this.key, this.nonce);
    this.count();
    return good;
  }

  seal(buffer: Uint8Array, offset: i32, length: i32, _sequence: u32): void {
    kernels().aes256GcmSeal(buffer, offset, length, LENGTH_BYTES, this.key, this.nonce);
    this.count();
  }

  wipe(): void {
    wipe(this.key);
    wipe(this.nonce);
  }

  /** The next nonce: the last 8 bytes count, modulo 2^64. */
  private count(): void {
    const nonce = this.nonce;
    for (let i = nonce.length - 1; i >= 4; i--) {
      nonce[i] = (((nonce[i] as i32) + 1) & 255) as u8;
      if (nonce[i] != 0) return;
    }
  }
}
