/**
 * Sorting secret numbers: which of them are compared, and when, depends on how many there are and on nothing else.
 *
 * This is Batcher's merge exchange (Knuth, The Art of Computer Programming, section 5.2.2, algorithm M), four pairs a
 * step.
 */

/**
 * Sorts `count` i32, a multiple of 4, upwards in place. The 16 bytes behind them are touched and must hold numbers
 * that are not below any of them.
 */
export function sort(numbers: usize, count: usize): void {
  let top: usize = 4;
  while (top * 2 < count) top *= 2;
  for (let bit = top; bit > 0; bit /= 2) {
    exchange(numbers, count, bit, 0, bit);
    for (let stride = top; stride > bit; stride /= 2) exchange(numbers, count, bit, bit, stride - bit);
  }
}

/** Orders the numbers i and i + distance, for each i of which `bit` is set as in `wanted`. No number is in two pairs. */
function exchange(numbers: usize, count: usize, bit: usize, wanted: usize, distance: usize): void {
  const bits = i32x4.splat(bit as i32);
  const wantedBits = i32x4.splat(wanted as i32);
  let indices = i32x4(0, 1, 2, 3);
  for (let i: usize = 0; i + distance < count; i += 4) {
    const chosen = i32x4.eq(v128.and(indices, bits), wantedBits);
    indices = i32x4.add(indices, i32x4.splat(4));
    if (bit >= 4 && (i & bit) != wanted) continue;
    const low = numbers + 4 * i;
    const high = low + 4 * distance;
    const a = v128.load(low);
    const b = v128.load(high);
    const change = v128.and(v128.and(i32x4.gt_s(a, b), chosen), v128.xor(a, b));
    v128.store(low, v128.xor(a, change));
    v128.store(high, v128.xor(v128.load(high), change)); // read again: if distance < 4, the four overlap
  }
}
