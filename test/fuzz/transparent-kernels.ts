/**
 * Kernels that hide nothing and cost nothing: what a fuzzer changes arrives, and what it guesses is right. Packets are
 * "sealed" by leaving them as they are, with zeros behind; a signature is good if its first byte is odd.
 *
 * No key exchange depends on secrets here: keys and secrets are sums of what went in.
 */
import { Kernels } from "../../src/core/crypto/kernels.ts";
import { Reader } from "../../src/core/wire/reader.ts";
import { putUint32 } from "../../src/core/wire/writer.ts";

const TAG: i32 = 16;

/** Fills `out` with something that depends on all of `message`. */
function sum(out: Uint8Array, message: Uint8Array): void {
  let state = 1;
  for (let i = 0; i < message.length; i++) state = mix(state, message[i] as i32);
  for (let i = 0; i < out.length; i++) {
    state = mix(state, i);
    out[i] = (state & 255) as u8;
  }
}

/** Stays within 30 bits, where all forms reckon alike and fast. */
function mix(state: i32, value: i32): i32 {
  return ((state << 5) ^ (state >> 7) ^ (state >> 25) ^ value) & 0x3fffffff;
}

function isOdd(signature: Uint8Array): bool {
  return (signature[0] & 1) == 1;
}

export class TransparentKernels extends Kernels {
  sha256(out: Uint8Array, message: Uint8Array): void {
    sum(out, message);
  }

  sha384(out: Uint8Array, message: Uint8Array): void {
    sum(out, message);
  }

  sha512(out: Uint8Array, message: Uint8Array): void {
    sum(out, message);
  }

  seal(buffer: Uint8Array, offset: i32, length: i32, _key: Uint8Array, _sequence: u32): void {
    buffer.fill(0, offset + length, offset + length + TAG);
  }

  open(buffer: Uint8Array, offset: i32, length: i32, _key: Uint8Array, _sequence: u32): bool {
    for (let i = 0; i < TAG; i++) {
      if (buffer[offset + length + i] != 0) return false;
    }
    return true;
  }

  packetLength(buffer: Uint8Array, offset: i32, _key: Uint8Array, _sequence: u32): u32 {
    return new Reader(buffer.subarray(offset, offset + 4)).uint32();
  }

  x25519(out: Uint8Array, _scalar: Uint8Array, point: Uint8Array): void {
    out.set(point);
  }

  ed25519PublicKey(out: Uint8Array, seed: Uint8Array): void {
    out.set(seed);
  }

  ed25519Sign(out: Uint8Array, message: Uint8Array, _secretKey: Uint8Array): void {
    sum(out, message);
    out[0] |= 1;
  }

  ed25519Verify(signature: Uint8Array, _message: Uint8Array, _publicKey: Uint8Array): bool {
    return isOdd(signature);
  }

  p256PublicKey(out: Uint8Array, scalar: Uint8Array): bool {
    out.fill(0);
    out[0] = 4;
    out.set(scalar, 1);
    return true;
  }

  p256Sign(out: Uint8Array, hash: Uint8Array, _scalar: Uint8Array, _random: Uint8Array): bool {
    sum(out, hash);
    out[0] |= 1;
    return true;
  }

  p256Verify(signature: Uint8Array, _hash: Uint8Array, _publicKey: Uint8Array): bool {
    return isOdd(signature);
  }

  p256SharedSecret(out: Uint8Array, _scalar: Uint8Array, point: Uint8Array): bool {
    sum(out, point);
    return isOdd(point);
  }

  rsaOaepSha256(
    out: Uint8Array,
    modulus: Uint8Array,
    _exponent: u32,
    _message: Uint8Array,
    _label: Uint8Array,
    _seed: Uint8Array,
  ): bool {
    sum(out, modulus);
    return isOdd(modulus);
  }

  sntrup761Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, _random: Uint8Array): void {
    sum(ciphertext, publicKey);
    sum(secret, publicKey);
  }

  mlkem768Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, _random: Uint8Array): bool {
    sum(ciphertext, publicKey);
    sum(secret, publicKey);
    return isOdd(publicKey);
  }

  mldsa44PublicKey(out: Uint8Array, seed: Uint8Array): void {
    sum(out, seed);
  }

  mldsa44Sign(
    out: Uint8Array,
    message: Uint8Array,
    _context: Uint8Array,
    _seed: Uint8Array,
    _random: Uint8Array,
  ): void {
    sum(out, message);
    out[0] |= 1;
  }

  mldsa44Verify(signature: Uint8Array, _message: Uint8Array, _context: Uint8Array, _publicKey: Uint8Array): bool {
    return isOdd(signature);
  }

  aes128CfbEncrypt(_buffer: Uint8Array, _key: Uint8Array, _iv: Uint8Array): void {}

  aes128CfbDecrypt(_buffer: Uint8Array, _key: Uint8Array, _iv: Uint8Array): void {}

  aes256Ctr(_buffer: Uint8Array, _key: Uint8Array, _counter: Uint8Array): void {}

  aes256GcmSeal(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    _associated: i32,
    key: Uint8Array,
    _nonce: Uint8Array,
  ): void {
    this.seal(buffer, offset, length, key, 0);
  }

  aes256GcmOpen(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    _associated: i32,
    key: Uint8Array,
    _nonce: Uint8Array,
  ): bool {
    return this.open(buffer, offset, length, key, 0);
  }

  /** Whatever the passphrase, the key is the same: as if each were right. */
  bcryptPbkdf(out: Uint8Array, _passphrase: Uint8Array, salt: Uint8Array, rounds: u32): void {
    sum(out, salt);
    putUint32(out, 0, rounds);
  }
}
