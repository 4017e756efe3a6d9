/**
 * What protects packets in one direction: nothing before the first key exchange, then chacha20-poly1305@openssh.com, or
 * another of ciphers.ts.
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

/** Bytes of the tag behind a packet. */
export const TAG: i32 = 16;
/** Its name on the wire. */
export const CHACHA20_POLY1305: string = "chacha20-poly1305@openssh.com";

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

/** Where a cipher's keys come from: RFC 4253 section 7.2. */
export abstract class KeySource {
  /** `length` bytes of encryption key. */
  abstract key(length: i32): Uint8Array;
  /** `length` bytes of initial IV. */
  abstract initialIv(length: i32): Uint8Array;
}
