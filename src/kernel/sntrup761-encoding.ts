/**
 * How Streamlined NTRU Prime writes polynomials as bytes: the section on encoding of its specification (NIST round 3).
 *
 * `encode` and `decode` are its Encode and Decode for lists of 761 numbers with the same bound m. A list whose
 * numbers have the bounds m, ..., m, last is halved: neighbours r0, r1 become r0 + m * r1 with the bound m * m (or
 * m * last), of which the lowest bytes are put out until the bound is below LIMIT; and so on until one number is left.
 * Bounds are public, and so is what is decoded; the time of encoding doesn't depend on the numbers.
 */

const P: usize = 761;
const LIMIT: u32 = 16384;
/** Bytes of 761 coefficients in two bits each. */
const SMALL_BYTES: usize = 191;

/** Bytes that a pair with the product of bounds `bound` leaves at its level. */
function spilled(bound: u32): u32 {
  let count: u32 = 0;
  for (; bound >= LIMIT; bound = (bound + 255) >> 8) count++;
  return count;
}

/** The bound of a pair after it. */
function remaining(bound: u32): u32 {
  while (bound >= LIMIT) bound = (bound + 255) >> 8;
  return bound;
}

/** Encode: writes the u16[761] at `list`, each below `m`, and uses up the list. */
export function encode(out: usize, list: usize, m: u32): void {
  let last = m;
  let count = P;
  while (count > 1) {
    let bound = last;
    for (let i: usize = 0; i < count; i += 2) {
      let value = load<u16>(list + 2 * i) as u32;
      if (i + 1 < count) {
        bound = m * (i + 2 < count ? m : last);
        value += m * (load<u16>(list + 2 * i, 2) as u32);
        for (; bound >= LIMIT; bound = (bound + 255) >> 8) {
          store<u8>(out++, value as u8);
          value >>= 8;
        }
      } else bound = last;
      store<u16>(list + i, value as u16);
    }
    last = bound;
    m = remaining(m * m);
    count = (count + 1) / 2;
  }
  let value = load<u16>(list) as u32;
  for (; last > 1; last = (last + 255) >> 8) {
    store<u8>(out++, value as u8);
    value >>= 8;
  }
}

/** Decode: the opposite. Any bytes are taken; the numbers are below `m` even if no list is encoded so. */
export function decode(list: usize, bytes: usize, m: u32): void {
  decodeList(list, P, bytes, m, m);
}

function decodeList(list: usize, count: usize, bytes: usize, m: u32, last: u32): void {
  if (count == 1) {
    const value = last > 256 ? (load<u16>(bytes) as u32) : last > 1 ? (load<u8>(bytes) as u32) : 0;
    store<u16>(list, (value % last) as u16);
    return;
  }
  const pairs = count / 2;
  const even = (count & 1) == 0;
  const each = spilled(m * m);
  const end = even ? spilled(m * last) : each;
  const next = bytes + (pairs - 1) * each + end;
  decodeList(list, pairs + (count & 1), next, remaining(m * m), even ? remaining(m * last) : last);

  // From the last to the first, so that the pairs can take the place of what they come from.
  if (!even) store<u16>(list + 2 * (count - 1), load<u16>(list + 2 * pairs));
  let from = next;
  for (let i = pairs; i-- > 0;) {
    const bound = even && i == pairs - 1 ? last : m;
    let value = load<u16>(list + 2 * i) as u32;
    for (let left = i == pairs - 1 ? end : each; left > 0; left--) value = (value << 8) | (load<u8>(--from) as u32);
    const high = value / m;
    store<u16>(list + 4 * i, (value - high * m) as u16, 0);
    store<u16>(list + 4 * i, (high < bound ? high : high - bound) as u16, 2); // the rest exceeds the bound by little
  }
}

/** Small_encode: the i16[761] at `f`, each -1, 0 or 1, as 191 bytes, lowest bits first. */
export function encodeSmall(out: usize, f: usize): void {
  memory.fill(out, 0, SMALL_BYTES);
  for (let i: usize = 0; i < P; i++) {
    const at = out + i / 4;
    const bits = (load<i16>(f + 2 * i) + 1) as u32;
    store<u8>(at, ((load<u8>(at) as u32) | (bits << (2 * ((i as u32) & 3)))) as u8);
  }
}

/** Small_decode: the opposite, of what `encodeSmall` wrote. */
export function decodeSmall(f: usize, bytes: usize): void {
  for (let i: usize = 0; i < P; i++) {
    const bits = (load<u8>(bytes + i / 4) as u32) >> (2 * ((i as u32) & 3));
    store<i16>(f + 2 * i, ((bits & 3) as i16) - 1);
  }
}
