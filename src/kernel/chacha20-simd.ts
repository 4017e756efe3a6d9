/**
 * ChaCha20, four blocks at once: each 128-bit vector holds the same word of four blocks.
 *
 * The same function as chacha20.ts, which does what is left below 256 bytes. A caller who authenticates the same packet
 * can hand Poly1305's input along: vectors and 64-bit words keep different parts of a processor busy, so the two take
 * little longer together than the longer one alone.
 */
import { BLOCK, CONSTANT_0, CONSTANT_1, CONSTANT_2, CONSTANT_3, DOUBLE_ROUNDS, chacha20 } from "./chacha20.ts";
import { Step, TAG_BLOCK } from "./poly1305.ts";

/** Four blocks. */
export const STRIDE: usize = 256;

/** Poly1305 absorbs a stride in this many of the double rounds, a block of 16 bytes after either half. */
const ABSORBING_ROUNDS: usize = 8;

/** The 16 words of the blocks' input, four times each, and the key stream in the same order. */
const input: usize = memory.data(256, 16);
const output: usize = memory.data(256, 16);

/** XORs `length` bytes at `data` with the key stream that starts at block `counter`. `key`: 32 bytes, `nonce`: 8. */
export function chacha20Simd(data: usize, length: usize, key: usize, nonce: usize, counter: u64): void {
  if (length >= STRIDE) {
    setUp(key, nonce, counter);
    for (; length >= STRIDE; length -= STRIDE, data += STRIDE, counter += 4) {
      fourBlocks(0);
      xorFourBlocks(data);
    }
    wipe();
  }
  if (length != 0) chacha20(data, length, key, nonce, counter);
}

/** Makes `counter` the first of the next four blocks. */
export function setUp(key: usize, nonce: usize, counter: u64): void {
  v128.store(input, i32x4.splat(CONSTANT_0), 0);
  v128.store(input, i32x4.splat(CONSTANT_1), 16);
  v128.store(input, i32x4.splat(CONSTANT_2), 32);
  v128.store(input, i32x4.splat(CONSTANT_3), 48);
  for (let i: usize = 0; i < 32; i += 4) v128.store(input + 4 * i, v128.load32_splat(key + i), 64);
  v128.store(input, v128.load32_splat(nonce), 224);
  v128.store(input, v128.load32_splat(nonce, 4), 240);
  for (let i: usize = 0; i < 4; i++) setCounter(i, counter + (i as u64));
}

/** Forgets key and key stream. */
export function wipe(): void {
  memory.fill(input, 0, STRIDE);
  memory.fill(output, 0, STRIDE);
}

function setCounter(block: usize, counter: u64): void {
  store<u32>(input + 4 * block, counter as u32, 192);
  store<u32>(input + 4 * block, (counter >> 32) as u32, 208);
}

/** Makes the next four blocks of key stream; Poly1305 absorbs the 256 bytes at `message` meanwhile, if it isn't 0. */
export function fourBlocks(message: usize): void {
  let a0 = v128.load(input, 0);
  let a1 = v128.load(input, 16);
  let a2 = v128.load(input, 32);
  let a3 = v128.load(input, 48);
  let b0 = v128.load(input, 64);
  let b1 = v128.load(input, 80);
  let b2 = v128.load(input, 96);
  let b3 = v128.load(input, 112);
  let c0 = v128.load(input, 128);
  let c1 = v128.load(input, 144);
  let c2 = v128.load(input, 160);
  let c3 = v128.load(input, 176);
  let d0 = v128.load(input, 192);
  let d1 = v128.load(input, 208);
  let d2 = v128.load(input, 224);
  let d3 = v128.load(input, 240);
  // Four quarter rounds (RFC 8439 section 2.1) on columns, then four on diagonals, each line one step of all four.
  // oxfmt-ignore
  for (let i: usize = 0; i < DOUBLE_ROUNDS; i++) {
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    d0 = rotate16(v128.xor(d0, a0)); d1 = rotate16(v128.xor(d1, a1)); d2 = rotate16(v128.xor(d2, a2)); d3 = rotate16(v128.xor(d3, a3));
    c0 = i32x4.add(c0, d0); c1 = i32x4.add(c1, d1); c2 = i32x4.add(c2, d2); c3 = i32x4.add(c3, d3);
    b0 = rotate12(v128.xor(b0, c0)); b1 = rotate12(v128.xor(b1, c1)); b2 = rotate12(v128.xor(b2, c2)); b3 = rotate12(v128.xor(b3, c3));
    a0 = i32x4.add(a0, b0); a1 = i32x4.add(a1, b1); a2 = i32x4.add(a2, b2); a3 = i32x4.add(a3, b3);
    d0 = rotate8(v128.xor(d0, a0)); d1 = rotate8(v128.xor(d1, a1)); d2 = rotate8(v128.xor(d2, a2)); d3 = rotate8(v128.xor(d3, a3));
    c0 = i32x4.add(c0, d0); c1 = i32x4.add(c1, d1); c2 = i32x4.add(c2, d2); c3 = i32x4.add(c3, d3);
    b0 = rotate7(v128.xor(b0, c0)); b1 = rotate7(v128.xor(b1, c1)); b2 = rotate7(v128.xor(b2, c2)); b3 = rotate7(v128.xor(b3, c3));
    if (message != 0 && i < ABSORBING_ROUNDS) Step.absorb(message + 2 * TAG_BLOCK * i, 1);
    a0 = i32x4.add(a0, b1); a1 = i32x4.add(a1, b2); a2 = i32x4.add(a2, b3); a3 = i32x4.add(a3, b0);
    d3 = rotate16(v128.xor(d3, a0)); d0 = rotate16(v128.xor(d0, a1)); d1 = rotate16(v128.xor(d1, a2)); d2 = rotate16(v128.xor(d2, a3));
    c2 = i32x4.add(c2, d3); c3 = i32x4.add(c3, d0); c0 = i32x4.add(c0, d1); c1 = i32x4.add(c1, d2);
    b1 = rotate12(v128.xor(b1, c2)); b2 = rotate12(v128.xor(b2, c3)); b3 = rotate12(v128.xor(b3, c0)); b0 = rotate12(v128.xor(b0, c1));
    a0 = i32x4.add(a0, b1); a1 = i32x4.add(a1, b2); a2 = i32x4.add(a2, b3); a3 = i32x4.add(a3, b0);
    d3 = rotate8(v128.xor(d3, a0)); d0 = rotate8(v128.xor(d0, a1)); d1 = rotate8(v128.xor(d1, a2)); d2 = rotate8(v128.xor(d2, a3));
    c2 = i32x4.add(c2, d3); c3 = i32x4.add(c3, d0); c0 = i32x4.add(c0, d1); c1 = i32x4.add(c1, d2);
    b1 = rotate7(v128.xor(b1, c2)); b2 = rotate7(v128.xor(b2, c3)); b3 = rotate7(v128.xor(b3, c0)); b0 = rotate7(v128.xor(b0, c1));
    if (message != 0 && i < ABSORBING_ROUNDS) Step.absorb(message + 2 * TAG_BLOCK * i + TAG_BLOCK, 1);
  }
  v128.store(output, i32x4.add(a0, v128.load(input, 0)), 0);
  v128.store(output, i32x4.add(a1, v128.load(input, 16)), 16);
  v128.store(output, i32x4.add(a2, v128.load(input, 32)), 32);
  v128.store(output, i32x4.add(a3, v128.load(input, 48)), 48);
  v128.store(output, i32x4.add(b0, v128.load(input, 64)), 64);
  v128.store(output, i32x4.add(b1, v128.load(input, 80)), 80);
  v128.store(output, i32x4.add(b2, v128.load(input, 96)), 96);
  v128.store(output, i32x4.add(b3, v128.load(input, 112)), 112);
  v128.store(output, i32x4.add(c0, v128.load(input, 128)), 128);
  v128.store(output, i32x4.add(c1, v128.load(input, 144)), 144);
  v128.store(output, i32x4.add(c2, v128.load(input, 160)), 160);
  v128.store(output, i32x4.add(c3, v128.load(input, 176)), 176);
  v128.store(output, i32x4.add(d0, v128.load(input, 192)), 192);
  v128.store(output, i32x4.add(d1, v128.load(input, 208)), 208);
  v128.store(output, i32x4.add(d2, v128.load(input, 224)), 224);
  v128.store(output, i32x4.add(d3, v128.load(input, 240)), 240);
  for (let i: usize = 0; i < 4; i++) {
    const counter = (load<u32>(input + 4 * i, 192) as u64) | ((load<u32>(input + 4 * i, 208) as u64) << 32);
    setCounter(i, counter + 4);
  }
}

/** XORs the 256 bytes at `data` with the key stream. */
export function xorFourBlocks(data: usize): void {
  for (let row: usize = 0; row < STRIDE; row += BLOCK, data += 16) {
    // Four words of all four blocks, turned so that each vector holds four words of one block.
    const a = v128.load(output + row, 0);
    const b = v128.load(output + row, 16);
    const c = v128.load(output + row, 32);
    const d = v128.load(output + row, 48);
    const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
    const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
    const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
    xor(data, i64x2.shuffle(ab01, cd01, 0, 2));
    xor(data + BLOCK, i64x2.shuffle(ab01, cd01, 1, 3));
    xor(data + 2 * BLOCK, i64x2.shuffle(ab23, cd23, 0, 2));
    xor(data + 3 * BLOCK, i64x2.shuffle(ab23, cd23, 1, 3));
  }
}

function xor(data: usize, keyStream: v128): void {
  v128.store(data, v128.xor(v128.load(data), keyStream));
}

function rotate16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

function rotate8(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
}

function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}
