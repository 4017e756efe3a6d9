/**
 * The crypto kernels as the rest of the core sees them: functions over byte arrays.
 *
 * The kernels themselves (src/kernel) are AssemblyScript over linear memory. The native build reaches them through
 * src/native/kernels.ts, Node as WebAssembly through src/node/kernels.ts; whoever starts a program says which by
 * `useKernels`. All are constant in time over what is named secret here.
 */
export abstract class Kernels {
  /** `out`: 32 bytes. FIPS 180-4. */
  abstract sha256(out: Uint8Array, message: Uint8Array): void;
  /** `out`: 48 bytes. FIPS 180-4. */
  abstract sha384(out: Uint8Array, message: Uint8Array): void;
  /** `out`: 64 bytes. FIPS 180-4. */
  abstract sha512(out: Uint8Array, message: Uint8Array): void;

  /**
   * chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305), in place: `length` bytes from `offset`, the
   * 4 bytes of packet length among them, are encrypted and the 16-byte tag is written behind them.
   * `key`: 64 bytes, main key then header key; `sequence`: the packet's number.
   */
  abstract seal(buffer: Uint8Array, offset: i32, length: i32, key: Uint8Array, sequence: u32): void;
  /** The opposite of `seal`. False, and nothing decrypted, if the tag is wrong. The 4 bytes of length stay encrypted. */
  abstract open(buffer: Uint8Array, offset: i32, length: i32, key: Uint8Array, sequence: u32): bool;
  /** Decrypts the packet length alone; it is not yet authenticated. */
  abstract packetLength(buffer: Uint8Array, offset: i32, key: Uint8Array, sequence: u32): u32;

  /** `out`, `scalar` (secret), `point`: 32 bytes. RFC 7748. The caller checks for an all-zero result. */
  abstract x25519(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): void;
  /** `out`, `seed` (secret): 32 bytes. RFC 8032. */
  abstract ed25519PublicKey(out: Uint8Array, seed: Uint8Array): void;
  /** `out`: 64 bytes; `secretKey`: seed, then public key, 64 bytes. */
  abstract ed25519Sign(out: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  /** Strict: S < L, canonical points, none of small order. */
  abstract ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): bool;

  /** `out`: 65 bytes, uncompressed; `scalar`: 32 bytes, secret. False, and `out` of no use, unless it is in [1, n - 1]. */
  abstract p256PublicKey(out: Uint8Array, scalar: Uint8Array): bool;
  /** `out`: r then s, 32 bytes each; `hash`, `scalar` (secret) and `random`: 32 bytes. FIPS 186-5. False as above. */
  abstract p256Sign(out: Uint8Array, hash: Uint8Array, scalar: Uint8Array, random: Uint8Array): bool;
  /** `signature`: r then s, 32 bytes each; `hash`: 32 bytes; `publicKey`: 65 bytes, uncompressed. FIPS 186-5. */
  abstract p256Verify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): bool;

  /**
   * `out`: 32 bytes, the shared point's x; `scalar`: 32 bytes, secret; `point`: 65 bytes, uncompressed. NIST SP 800-56A
   * section 5.7.1.2. False, and `out` of no use, unless the scalar is as above and the point is one of the curve.
   */
  abstract p256SharedSecret(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): bool;

  /**
   * RSAES-OAEP with SHA-256 (RFC 8017 section 7.1.1). `out`: as many bytes as `modulus`, which is big-endian, of 2048,
   * 3072 or 4096 bits; `seed`: 32 random bytes. Message and seed are secret; `label` comes as it is hashed, which in a
   * TPM's labels is with a trailing zero byte. False, and nothing written, if the message is longer than `modulus` less
   * 66 bytes or there can be no such public key.
   */
  abstract rsaOaepSha256(
    out: Uint8Array,
    modulus: Uint8Array,
    exponent: u32,
    message: Uint8Array,
    label: Uint8Array,
    seed: Uint8Array,
  ): bool;

  /** `ciphertext` 1039, `secret` 32, `publicKey` 1158, `random` 3044 bytes (761 words of 32 bits). */
  abstract sntrup761Encapsulate(
    ciphertext: Uint8Array,
    secret: Uint8Array,
    publicKey: Uint8Array,
    random: Uint8Array,
  ): void;
  /** `ciphertext` 1088, `secret` 32, `publicKey` 1184, `random` 32 bytes. FIPS 203. False if the key isn't canonical. */
  abstract mlkem768Encapsulate(
    ciphertext: Uint8Array,
    secret: Uint8Array,
    publicKey: Uint8Array,
    random: Uint8Array,
  ): bool;

  /** ML-DSA-44, FIPS 204. `out`: 1312 bytes; `seed`: 32 bytes, secret. */
  abstract mldsa44PublicKey(out: Uint8Array, seed: Uint8Array): void;
  /** `out`: 2420 bytes; `seed` (secret) and `random`: 32 bytes; `context`: at most 255. */
  abstract mldsa44Sign(
    out: Uint8Array,
    message: Uint8Array,
    context: Uint8Array,
    seed: Uint8Array,
    random: Uint8Array,
  ): void;
  /** `signature`: 2420 bytes; `publicKey`: 1312. Only the one encoding of a signature is taken. */
  abstract mldsa44Verify(signature: Uint8Array, message: Uint8Array, context: Uint8Array, publicKey: Uint8Array): bool;

  /** AES-128 in CFB mode with whole blocks (NIST SP 800-38A), in place. `key` (secret) and `iv`: 16 bytes. */
  abstract aes128CfbEncrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void;
  /** The opposite of `aes128CfbEncrypt`. */
  abstract aes128CfbDecrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void;
  /** AES-256 in counter mode (NIST SP 800-38A), in place. `key` 32 bytes, secret; `counter` 16 bytes, big-endian. */
  abstract aes256Ctr(buffer: Uint8Array, key: Uint8Array, counter: Uint8Array): void;
  /**
   * AES-256-GCM (NIST SP 800-38D), in place: `length` bytes from `offset`, the first `associated` of which stay as they
   * are, and the 16-byte tag behind them. `key`: 32 bytes, secret; `nonce`: 12 bytes, never twice under one key.
   */
  abstract aes256GcmSeal(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    associated: i32,
    key: Uint8Array,
    nonce: Uint8Array,
  ): void;
  /** The opposite of `aes256GcmSeal`. False, and nothing decrypted, if the tag is wrong. */
  abstract aes256GcmOpen(
    buffer: Uint8Array,
    offset: i32,
    length: i32,
    associated: i32,
    key: Uint8Array,
    nonce: Uint8Array,
  ): bool;
  /** OpenBSD's bcrypt_pbkdf, which protects OpenSSH's private keys. `out` of any length; `passphrase` is secret. */
  abstract bcryptPbkdf(out: Uint8Array, passphrase: Uint8Array, salt: Uint8Array, rounds: u32): void;
}

let installed: Kernels | null = null;

/** Says which kernels the core uses from now on. */
export function useKernels(kernels: Kernels): void {
  installed = kernels;
}

export function kernels(): Kernels {
  return installed!;
}
