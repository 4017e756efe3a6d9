/**
 * Plays recorded calls of kernels, natively (recorder.ts says how they are written). The answer to each on standard
 * output is its result, 8 bytes, and then the memory from OPERANDS on as the call leaves it.
 */
import { aes128CfbDecrypt, aes128CfbEncrypt } from "../../src/kernel/aes128.ts";
import { aes256Ctr } from "../../src/kernel/aes256.ts";
import { aes256GcmOpen, aes256GcmSeal } from "../../src/kernel/aes256-gcm.ts";
import { bcryptPbkdf } from "../../src/kernel/bcrypt-pbkdf.ts";
import { chacha20 } from "../../src/kernel/chacha20.ts";
import { open, packetLength, seal } from "../../src/kernel/chacha20-poly1305.ts";
import { chacha20Simd } from "../../src/kernel/chacha20-simd.ts";
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from "../../src/kernel/ed25519.ts";
import { hmacSha256, hmacSha512 } from "../../src/kernel/hmac.ts";
import {
  absorb,
  finish,
  sha3_256,
  sha3_512,
  shake128,
  shake256,
  spongeStart,
  squeeze,
} from "../../src/kernel/keccak.ts";
import { mlkem768Decapsulate, mlkem768Encapsulate, mlkem768Keypair } from "../../src/kernel/mlkem768.ts";
import {
  mldsa44PublicKey,
  mldsa44SecretKey,
  mldsa44Sign,
  mldsa44SignEncoded,
  mldsa44Verify,
} from "../../src/kernel/mldsa44.ts";
import { p256Ecdh, p256PublicKey, p256Sign, p256Verify } from "../../src/kernel/p256.ts";
import { poly1305 } from "../../src/kernel/poly1305.ts";
import { rsaOaepSha256 } from "../../src/kernel/rsa.ts";
import { sha256 } from "../../src/kernel/sha256.ts";
import { sha384 } from "../../src/kernel/sha384.ts";
import { sha512, sha512Final, sha512Init, sha512Update } from "../../src/kernel/sha512.ts";
import { sntrup761Decapsulate, sntrup761Encapsulate, sntrup761Keypair } from "../../src/kernel/sntrup761.ts";
import { x25519 } from "../../src/kernel/x25519.ts";
import { base, sys } from "../../src/native/host.ts";

/** Where the recorded calls have their operands: far behind what the kernels themselves use. */
const OPERANDS: usize = 1 << 22;
const LIMIT: usize = 1 << 24;

/**
 * A call's header: which kernel, how much memory comes with it and how much of it is the answer, the kernel's operands.
 */
const HEADER: usize = 84;
const header: usize = memory.data(84, 8);
const result: usize = memory.data(8, 8);

export function start(): void {
  memory.grow(((LIMIT >> 16) as i32) - memory.size());
}

/** One call; the host calls this until it gives an exit status. */
export function step(): i32 {
  if (!transfer(AARCH64 ? 63 : 0, 0, header, HEADER)) return 0;
  const given = load<u32>(header, 4) as usize;
  const wanted = load<u32>(header, 8) as usize;
  if (given > wanted || wanted > LIMIT - OPERANDS) return 1;
  if (!transfer(AARCH64 ? 63 : 0, 0, OPERANDS, given)) return 1;
  store<u64>(result, play(load<u32>(header)));
  transfer(AARCH64 ? 64 : 1, 1, result, 8);
  transfer(AARCH64 ? 64 : 1, 1, OPERANDS, wanted);
  memory.fill(OPERANDS, 0, wanted); // zeros at the end are not recorded
  return -1;
}

/** Reads or writes all of `length` bytes; false at the end of the input. */
function transfer(call: i32, descriptor: i64, at: usize, length: usize): bool {
  while (length > 0) {
    const n = sys(call, descriptor, base() + (at as i64), length as i64, 0, 0, 0) as i32;
    if (n <= 0) return false;
    at += n as usize;
    length -= n as usize;
  }
  return true;
}

function operand(index: usize): u64 {
  return load<u64>(header + 8 * index, 12);
}

function at(index: usize): usize {
  return operand(index) as usize;
}

/** The cases are in the order of names.ts. */
function play(kernel: u32): u64 {
  switch (kernel) {
    case 0:
      sha256(at(0), at(1), at(2));
      break;
    case 1:
      sha512(at(0), at(1), at(2));
      break;
    case 2:
      sha512Init(at(0));
      break;
    case 3:
      sha512Update(at(0), at(1), at(2));
      break;
    case 4:
      sha512Final(at(0), at(1));
      break;
    case 5:
      hmacSha256(at(0), at(1), at(2), at(3), at(4));
      break;
    case 6:
      hmacSha512(at(0), at(1), at(2), at(3), at(4));
      break;
    case 7:
      chacha20(at(0), at(1), at(2), at(3), operand(4));
      break;
    case 8:
      chacha20Simd(at(0), at(1), at(2), at(3), operand(4));
      break;
    case 9:
      poly1305(at(0), at(1), at(2), at(3));
      break;
    case 10:
      seal(at(0), at(1), at(2), operand(3) as u32);
      break;
    case 11:
      return u64(open(at(0), at(1), at(2), operand(3) as u32));
    case 12:
      return u64(packetLength(at(0), at(1), operand(2) as u32));
    case 13:
      x25519(at(0), at(1), at(2));
      break;
    case 14:
      ed25519PublicKey(at(0), at(1));
      break;
    case 15:
      ed25519Sign(at(0), at(1), at(2), at(3));
      break;
    case 16:
      return u64(ed25519Verify(at(0), at(1), at(2), at(3)));
    case 17:
      return u64(p256Verify(at(0), at(1), at(2)));
    case 18:
      return u64(p256Ecdh(at(0), at(1), at(2)));
    case 19:
      return u64(p256PublicKey(at(0), at(1)));
    case 20:
      sha3_256(at(0), at(1), at(2));
      break;
    case 21:
      sha3_512(at(0), at(1), at(2));
      break;
    case 22:
      shake128(at(0), at(1), at(2), at(3));
      break;
    case 23:
      shake256(at(0), at(1), at(2), at(3));
      break;
    case 24:
      spongeStart(at(0), operand(1) as u32);
      break;
    case 25:
      absorb(at(0), at(1), at(2));
      break;
    case 26:
      finish(at(0), operand(1) as u8);
      break;
    case 27:
      squeeze(at(0), at(1), at(2));
      break;
    case 28:
      return u64(sntrup761Keypair(at(0), at(1), at(2)));
    case 29:
      sntrup761Encapsulate(at(0), at(1), at(2), at(3));
      break;
    case 30:
      sntrup761Decapsulate(at(0), at(1), at(2));
      break;
    case 31:
      mlkem768Keypair(at(0), at(1), at(2));
      break;
    case 32:
      return u64(mlkem768Encapsulate(at(0), at(1), at(2), at(3)));
    case 33:
      return u64(mlkem768Decapsulate(at(0), at(1), at(2)));
    case 34:
      mldsa44PublicKey(at(0), at(1));
      break;
    case 35:
      mldsa44SecretKey(at(0), at(1));
      break;
    case 36:
      mldsa44Sign(at(0), at(1), at(2), at(3), at(4), at(5), at(6));
      break;
    case 37:
      return u64(mldsa44SignEncoded(at(0), at(1), at(2), at(3)));
    case 38:
      return u64(mldsa44Verify(at(0), at(1), at(2), at(3), at(4), at(5)));
    case 39:
      aes256Ctr(at(0), at(1), at(2), at(3));
      break;
    case 40:
      aes256GcmSeal(at(0), at(1), at(2), at(3), at(4));
      break;
    case 41:
      return u64(aes256GcmOpen(at(0), at(1), at(2), at(3), at(4)));
    case 42:
      bcryptPbkdf(at(0), at(1), at(2), at(3), at(4), at(5), operand(6) as u32);
      break;
    case 43:
      return u64(p256Sign(at(0), at(1), at(2), at(3), at(4)));
    case 44:
      sha384(at(0), at(1), at(2));
      break;
    case 45:
      aes128CfbEncrypt(at(0), at(1), at(2), at(3));
      break;
    case 46:
      aes128CfbDecrypt(at(0), at(1), at(2), at(3));
      break;
    case 47:
      return u64(rsaOaepSha256(at(0), at(1), at(2), operand(3) as u32, at(4), at(5), at(6), at(7), at(8)));
    default:
      throw new RangeError("no such kernel");
  }
  return 0;
}
