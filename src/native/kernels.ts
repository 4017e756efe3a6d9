/**
 * The core's front over the kernels in the native build: both share linear memory, so nothing is copied.
 *
 * A kernel trusts its pointers, so this is where array lengths are checked. A wrong one is a broken invariant: whatever
 * length a peer can choose was checked before.
 */
import { Kernels } from "../core/crypto/kernels.ts";
import { aes128CfbDecrypt, aes128CfbEncrypt } from "../kernel/aes128.ts";
import { aes256Ctr } from "../kernel/aes256.ts";
import { aes256GcmOpen, aes256GcmSeal } from "../kernel/aes256-gcm.ts";
import { bcryptPbkdf } from "../kernel/bcrypt-pbkdf.ts";
import { open, packetLength, seal } from "../kernel/chacha20-poly1305.ts";
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from "../kernel/ed25519.ts";
import { mldsa44PublicKey, mldsa44Sign, mldsa44Verify } from "../kernel/mldsa44.ts";
import { mlkem768Encapsulate } from "../kernel/mlkem768.ts";
import { p256Ecdh, p256PublicKey, p256Sign, p256Verify } from "../kernel/p256.ts";
import { rsaOaepSha256 } from "../kernel/rsa.ts";
import { sha256 } from "../kernel/sha256.ts";
import { sha384 } from "../kernel/sha384.ts";
import { sha512 } from "../kernel/sha512.ts";
import { sntrup761Encapsulate } from "../kernel/sntrup761.ts";
import { x25519 } from "../kernel/x25519.ts";

const TAG: i32 = 16;
const LENGTH_FIELD: i32 = 4;

export class NativeKernels extends Kernels {
  sha256(out: Uint8Array, message: Uint8Array): void {
    sha256(exactly(out, 32), message.dataStart, message.length as usize);
  }

  sha384(out: Uint8Array, message: Uint8Array): void {
    sha384(exactly(out, 48), message.dataStart, message.length as usize);
  }

  sha512(out: Uint8Array, message: Uint8Array): void {
    sha512(exactly(out, 64), message.dataStart, message.length as usize);
  }

  seal(buffer: Uint8Array, offset: i32, length: i32, key: Uint8Array, sequence: u32): void {
    const packet = part(buffer, offset, length + TAG);
    if (length < LENGTH_FIELD) throw new RangeError("a packet without its length");
    seal(packet, length as usize, exactly(key, 64), sequence);
  }

  open(buffer: Uint8Array, offset: i32, length: i32, key: Uint8Array, sequence: u32): bool {
    const packet = part(buffer, offset, length + TAG);
    if (length < LENGTH_FIELD) throw new RangeError("a packet without its length");
    return open(packet, length as usize, exactly(key, 64), sequence);
  }

  packetLength(buffer: Uint8Array, offset: i32, key: Uint8Array, sequence: u32): u32 {
    return packetLength(part(buffer, offset, LENGTH_FIELD), exactly(key, 64), sequence);
  }

  x25519(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): void {
    x25519(exactly(out, 32), exactly(scalar, 32), exactly(point, 32));
  }

  ed25519PublicKey(out: Uint8Array, seed: Uint8Array): void {
    ed25519PublicKey(exactly(out, 32), exactly(seed, 32));
  }

  ed25519Sign(out: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void {
    ed25519Sign(exactly(out, 64), message.dataStart, message.length as usize, exactly(secretKey, 64));
  }

  ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): bool {
    const length = message.length as usize;
    return ed25519Verify(exactly(signature, 64), message.dataStart, length, exactly(publicKey, 32));
  }

  p256PublicKey(out: Uint8Array, scalar: Uint8Array): bool {
    return p256PublicKey(exactly(out, 65), exactly(scalar, 32));
  }

  p256Sign(out: Uint8Array, hash: Uint8Array, scalar: Uint8Array, random: Uint8Array): bool {
    return p256Sign(exactly(out, 64), exactly(hash, 32), exactly(scalar, 32), exactly(random, 32), 32);
  }

  p256Verify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): bool {
    return p256Verify(exactly(signature, 64), exactly(hash, 32), exactly(publicKey, 65));
  }

  p256SharedSecret(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): bool {
    return p256Ecdh(exactly(out, 32), exactly(scalar, 32), exactly(point, 65));
  }

  rsaOaepSha256(
    out: Uint8Array,
    modulus: Uint8Array,
    exponent: u32,
    message: Uint8Array,
    label: Uint8Array,
    seed: Uint8Array,
  ): bool {
    const to = exactly(out, modulus.length);
    const size = modulus.length as usize;
    const text = message.dataStart;
    const length = message.length as usize;
    const name = label.dataStart;
    const from = exactly(seed, 32);
    return rsaOaepSha256(to, modulus.dataStart, size, exponent, text, length, name, label.length as usize, from);
  }

  sntrup761Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, random: Uint8Array): void {
    const to = exactly(ciphertext, 1039);
    sntrup761Encapsulate(to, exactly(secret, 32), exactly(publicKey, 1158), exactly(random, 3044));
  }

  mlkem768Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, random: Uint8Array): bool {
    const to = exactly(ciphertext, 1088);
    return mlkem768Encapsulate(to, exactly(secret, 32), exactly(publicKey, 1184), exactly(random, 32));
  }

  mldsa44PublicKey(out: Uint8Array, seed: Uint8Array): void {
    mldsa44PublicKey(exactly(out, 1312), exactly(seed, 32));
  }

  mldsa44Sign(out: Uint8Array, message: Uint8Array, context: Uint8Array, seed: Uint8Array, random: Uint8Array): void {
    if (context.length > 255) throw new RangeError("a signature's context is too long");
    const to = exactly(out, 2420);
    const length = message.length as usize;
    const label = context.dataStart;
    const key = exactly(seed, 32);
    mldsa44Sign(to, message.dataStart, length, label, context.length as usize, key, exactly(random, 32));
  }

  mldsa44Verify(signature: Uint8Array, message: Uint8Array, context: Uint8Array, publicKey: Uint8Array): bool {
    const from = exactly(signature, 2420);
    const length = message.length as usize;
    const label = context.dataStart;
    const key = exactly(publicKey, 1312);
    return mldsa44Verify(from, message.dataStart, length, label, context.length as usize, key);
  }

  aes128CfbEncrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
    aes128CfbEncrypt(buffer.dataStart, buffer.length as usize, exactly(key, 16), exactly(iv, 16));
  }

  aes128CfbDecrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
    aes128CfbDecrypt(buffer.dataStart, buffer.length as usize, exactly(key, 16), exactly(iv, 16));
  }

  aes256Ctr(buffer: Uint8Array, key: Uint8Array, counter: Uint8Array): void {
    aes256Ctr(buffer.dataStart, buffer.length as usize, exactly(key, 32), exactly(counter, 16));
  }

  aes256GcmSeal(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    associated: i32,
    key: Uint8Array,
    nonce: Uint8Array,
  ): void {
    const data = part(buffer, offset, length + TAG);
    if (associated < 0 || associated > length) throw new RangeError("more associated data than there is data");
    aes256GcmSeal(data, length as usize, associated as usize, exactly(key, 32), exactly(nonce, 12));
  }

  aes256GcmOpen(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    associated: i32,
    key: Uint8Array,
    nonce: Uint8Array,
  ): bool {
    const data = part(buffer, offset, length + TAG);
    if (associated < 0 || associated > length) throw new RangeError("more associated data than there is data");
    return aes256GcmOpen(data, length as usize, associated as usize, exactly(key, 32), exactly(nonce, 12));
  }

  bcryptPbkdf(out: Uint8Array, passphrase: Uint8Array, salt: Uint8Array, rounds: u32): void {
    const from = passphrase.dataStart;
    const length = passphrase.length as usize;
    bcryptPbkdf(out.dataStart, out.length as usize, from, length, salt.dataStart, salt.length as usize, rounds);
  }
}

/** Where `bytes` lie, if there are exactly `length` of them. */
function exactly(bytes: Uint8Array, length: i32): usize {
  if (bytes.length != length) throw new RangeError("a kernel's operand has the wrong length");
  return bytes.dataStart;
}

/** Where `length` bytes of `bytes` from `offset` lie. */
function part(bytes: Uint8Array, offset: i32, length: i32): usize {
  if (offset < 0 || length < 0 || offset > bytes.length - length)
    throw new RangeError("a kernel's operand is outside of its array");
  return bytes.dataStart + (offset as usize);
}
