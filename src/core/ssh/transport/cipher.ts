/**
 * What protects packets in one direction: nothing before the first key exchange, then chacha20-poly1305@openssh.com.
 *
 * A packet, RFC 4253 section 6: uint32 packet_length, byte padding_length, payload, padding; then the tag.
 */
import { wipe } from "../../bytes/bytes.ts";
import { kernels } from "../../crypto/kernels.ts";
import { Reader } from "../../wire/reader.ts";

/** Bytes of packet_length. */
export const LENGTH_BYTES: i32 = 4;
/** What a packet is padded to a multiple of: the block size of either cipher here, RFC 4253 section 6. */
export const BLOCK: i32 = 8;

export abstract class Cipher {
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
  static readonly KEY_LENGTH: i32 = 64;

  private key: Uint8Array;

  /** Takes over `key`, KEY_LENGTH bytes, and wipes it in the end. */
  constructor(key: Uint8Array) {
    super();
    this.key = key;
  }

  tagLength(): i32 {
    return 16;
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
