/**
 * What protects packets in one direction: nothing before the first key exchange, then chacha20-poly1305@openssh.com or,
 * where it was asked for, aes256-gcm@openssh.com.
 *
 * A packet, RFC 4253 section 6: uint32 packet_length, byte padding_length, payload, padding; then the tag.
 */
import { wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";

/** Bytes of packet_length. */
export const LENGTH_BYTES: i32 = 4;
/** The largest block of all ciphers. */
export const LARGEST_BLOCK: i32 = 16;

/** Names on the wire. */
const CHACHA20_POLY1305: string = "chacha20-poly1305@openssh.com";
const AES256_GCM: string = "aes256-gcm@openssh.com";

const TAG: i32 = 16;

/** The ciphers on offer, in our order, which has no say. */
export function cipherNames(aesGcm: bool): string[] {
  return aesGcm ? [CHACHA20_POLY1305, AES256_GCM] : [CHACHA20_POLY1305];
}

export abstract class Cipher {
  /** What a packet is padded to a multiple of, a power of two: RFC 4253 section 6. */
  abstract block(): i32;
  /** Bytes of the tag behind the packet. */
  abstract tagLength(): i32;
  /** Bytes at the packet's start that do not count for its alignment. */
  abstract unaligned(): i32;
  /** packet_length of the packet at `offset`; at least LENGTH_BYTES are there. Not yet authenticated. */
  abstract packetLength(buffer: Uint8Array, offset: i32, sequence: u32): u32;
  /** Verifies and decrypts in place `length` bytes, packet_length included, with the tag behind them. False if forged. */
  abstract open(buffer: Uint8Array, offset: i32, length: i32, sequence: u32): bool;
  /** Encrypts in place `length` bytes, packet_length included, and writes the tag behind them. */
  abstract seal(buffer: Uint8Array, offset: i32, length: i32, sequence: u32): void;
  /** Wipes the keys. */
  abstract wipe(): void;
}

/** `none`, before the first keys. */
export class Plain extends Cipher {
  block(): i32 {
    return 8;
  }

  tagLength(): i32 {
    return 0;
  }

  unaligned(): i32 {
    return 0;
  }

  packetLength(buffer: Uint8Array, offset: i32, _sequence: u32): u32 {
    return new Reader(buffer.subarray(offset, offset + LENGTH_BYTES)).uint32();
  }

  open(_buffer: Uint8Array, _offset: i32, _length: i32, _sequence: u32): bool {
    return true;
  }

  seal(_buffer: Uint8Array, _offset: i32, _length: i32, _sequence: u32): void {}

  wipe(): void {}
}

/** OpenSSH's PROTOCOL.chacha20poly1305. */
export class ChaCha20Poly1305 extends Cipher {
  private key: Uint8Array;

  /** Takes over `key`, 64 bytes, and wipes it in the end. */
  constructor(key: Uint8Array) {
    super();
    this.key = key;
  }

  block(): i32 {
    return 8;
  }

  tagLength(): i32 {
    return TAG;
  }

  unaligned(): i32 {
    return LENGTH_BYTES;
  }

  packetLength(buffer: Uint8Array, offset: i32, sequence: u32): u32 {
    return kernels().packetLength(buffer, offset, this.key, sequence);
  }

  open(buffer: Uint8Array, offset: i32, length: i32, sequence: u32): bool {
    return kernels().open(buffer, offset, length, this.key, sequence);
  }

  seal(buffer: Uint8Array, offset: i32, length: i32, sequence: u32): void {
    kernels().seal(buffer, offset, length, this.key, sequence);
  }

  wipe(): void {
    wipe(this.key);
  }
}

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

/** Where a cipher's keys come from: RFC 4253 section 7.2. */
export abstract class KeySource {
  /** `length` bytes of encryption key. */
  abstract key(length: i32): Uint8Array;
  /** `length` bytes of initial IV. */
  abstract initialIv(length: i32): Uint8Array;
}

/** The cipher that is called `name`, one of `cipherNames`. */
export function newCipher(name: string, source: KeySource): Cipher {
  if (name == AES256_GCM) return new Aes256Gcm(source.key(32), source.initialIv(12));
  return new ChaCha20Poly1305(source.key(64));
}
