/**
 * What the polynomials of ML-KEM (FIPS 203) and ML-DSA (FIPS 204) share: 256 coefficients, each a u32, and the packing
 * of coefficients into bits. Constant in time.
 */

/** Bytes of a polynomial in memory. */
export const POLYNOMIAL: usize = 256 * 4;

/** ByteEncode_d of FIPS 203: 32 * d bytes. f's coefficients are below 2^d; `d` is at most 24. */
export function byteEncode(out: usize, f: usize, d: u32): void {
  let bits: u32 = 0;
  let held: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    bits |= load<u32>(f + i) << held;
    for (held += d; held >= 8; held -= 8) {
      store<u8>(out++, bits as u8);
      bits >>= 8;
    }
  }
}

/** ByteDecode_d of FIPS 203, of 32 * d bytes; nothing is reduced. */
export function byteDecode(f: usize, bytes: usize, d: u32): void {
  let bits: u32 = 0;
  let held: u32 = 0;
  for (let i: usize = 0; i < POLYNOMIAL; i += 4) {
    for (; held < d; held += 8) bits |= (load<u8>(bytes++) as u32) << held;
    store<u32>(f + i, bits & ((1 << d) - 1));
    bits >>= d;
    held -= d;
  }
}
