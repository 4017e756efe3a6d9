/**
 * ChaCha20 as its author published it and OpenSSH uses it: a 64-bit nonce and a 64-bit block counter. RFC 8439's form,
 * 96 and 32 bits, is the same function with the nonce's first word as the counter's upper half.
 *
 * Key, nonce and data may be secret, the length is not. This is the scalar form; chacha20-simd.ts does four blocks at
 * once.
 */

/** "expand 32-byte k", the first row of the state. */
export const CONSTANT_0: u32 = 0x61707865;
export const CONSTANT_1: u32 = 0x3320646e;
export const CONSTANT_2: u32 = 0x79622d32;
export const CONSTANT_3: u32 = 0x6b206574;

export const BLOCK: usize = 64;
export const DOUBLE_ROUNDS: usize = 10;

/** The 16 words of a block's input, and the working state that becomes its key stream. */
const input: usize = memory.data(64, 16);
const state: usize = memory.data(64, 16);

/** XORs `length` bytes at `data` with the key stream that starts at block `counter`. `key`: 32 bytes, `nonce`: 8. */
export function chacha20(data: usize, length: usize, key: usize, nonce: usize, counter: u64): void {
  store<u32>(input, CONSTANT_0, 0);
  store<u32>(input, CONSTANT_1, 4);
  store<u32>(input, CONSTANT_2, 8);
  store<u32>(input, CONSTANT_3, 12);
  memory.copy(input + 16, key, 32);
  memory.copy(input + 56, nonce, 8);
  for (; length >= BLOCK; length -= BLOCK, data += BLOCK, counter++) {
    keyStream(counter);
    for (let i: usize = 0; i < BLOCK; i += 8) store<u64>(data + i, load<u64>(data + i) ^ load<u64>(state + i));
  }
  if (length != 0) {
    keyStream(counter);
    for (let i: usize = 0; i < length; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(state + i));
  }
  memory.fill(input, 0, BLOCK);
  memory.fill(state, 0, BLOCK);
}

function keyStream(counter: u64): void {
  store<u64>(input, counter, 48);
  let a0 = load<u32>(input, 0);
  let a1 = load<u32>(input, 4);
  let a2 = load<u32>(input, 8);
  let a3 = load<u32>(input, 12);
  let b0 = load<u32>(input, 16);
  let b1 = load<u32>(input, 20);
  let b2 = load<u32>(input, 24);
  let b3 = load<u32>(input, 28);
  let c0 = load<u32>(input, 32);
  let c1 = load<u32>(input, 36);
  let c2 = load<u32>(input, 40);
  let c3 = load<u32>(input, 44);
  let d0 = load<u32>(input, 48);
  let d1 = load<u32>(input, 52);
  let d2 = load<u32>(input, 56);
  let d3 = load<u32>(input, 60);
  // Four quarter rounds (RFC 8439 section 2.1) on columns, then four on diagonals, each line one step of all four.
  // oxfmt-ignore
  for (let i: usize = 0; i < DOUBLE_ROUNDS; i++) {
    a0 += b0; a1 += b1; a2 += b2; a3 += b3;
    d0 = rotl<u32>(d0 ^ a0, 16); d1 = rotl<u32>(d1 ^ a1, 16); d2 = rotl<u32>(d2 ^ a2, 16); d3 = rotl<u32>(d3 ^ a3, 16);
    c0 += d0; c1 += d1; c2 += d2; c3 += d3;
    b0 = rotl<u32>(b0 ^ c0, 12); b1 = rotl<u32>(b1 ^ c1, 12); b2 = rotl<u32>(b2 ^ c2, 12); b3 = rotl<u32>(b3 ^ c3, 12);
    a0 += b0; a1 += b1; a2 += b2; a3 += b3;
    d0 = rotl<u32>(d0 ^ a0, 8); d1 = rotl<u32>(d1 ^ a1, 8); d2 = rotl<u32>(d2 ^ a2, 8); d3 = rotl<u32>(d3 ^ a3, 8);
    c0 += d0; c1 += d1; c2 += d2; c3 += d3;
    b0 = rotl<u32>(b0 ^ c0, 7); b1 = rotl<u32>(b1 ^ c1, 7); b2 = rotl<u32>(b2 ^ c2, 7); b3 = rotl<u32>(b3 ^ c3, 7);
    a0 += b1; a1 += b2; a2 += b3; a3 += b0;
    d3 = rotl<u32>(d3 ^ a0, 16); d0 = rotl<u32>(d0 ^ a1, 16); d1 = rotl<u32>(d1 ^ a2, 16); d2 = rotl<u32>(d2 ^ a3, 16);
    c2 += d3; c3 += d0; c0 += d1; c1 += d2;
    b1 = rotl<u32>(b1 ^ c2, 12); b2 = rotl<u32>(b2 ^ c3, 12); b3 = rotl<u32>(b3 ^ c0, 12); b0 = rotl<u32>(b0 ^ c1, 12);
    a0 += b1; a1 += b2; a2 += b3; a3 += b0;
    d3 = rotl<u32>(d3 ^ a0, 8); d0 = rotl<u32>(d0 ^ a1, 8); d1 = rotl<u32>(d1 ^ a2, 8); d2 = rotl<u32>(d2 ^ a3, 8);
    c2 += d3; c3 += d0; c0 += d1; c1 += d2;
    b1 = rotl<u32>(b1 ^ c2, 7); b2 = rotl<u32>(b2 ^ c3, 7); b3 = rotl<u32>(b3 ^ c0, 7); b0 = rotl<u32>(b0 ^ c1, 7);
  }
  store<u32>(state, a0 + load<u32>(input, 0), 0);
  store<u32>(state, a1 + load<u32>(input, 4), 4);
  store<u32>(state, a2 + load<u32>(input, 8), 8);
  store<u32>(state, a3 + load<u32>(input, 12), 12);
  store<u32>(state, b0 + load<u32>(input, 16), 16);
  store<u32>(state, b1 + load<u32>(input, 20), 20);
  store<u32>(state, b2 + load<u32>(input, 24), 24);
  store<u32>(state, b3 + load<u32>(input, 28), 28);
  store<u32>(state, c0 + load<u32>(input, 32), 32);
  store<u32>(state, c1 + load<u32>(input, 36), 36);
  store<u32>(state, c2 + load<u32>(input, 40), 40);
  store<u32>(state, c3 + load<u32>(input, 44), 44);
  store<u32>(state, d0 + load<u32>(input, 48), 48);
  store<u32>(state, d1 + load<u32>(input, 52), 52);
  store<u32>(state, d2 + load<u32>(input, 56), 56);
  store<u32>(state, d3 + load<u32>(input, 60), 60);
}
