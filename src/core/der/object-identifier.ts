/** OBJECT IDENTIFIERs: names in the world's one tree of names, X.690 section 8.19. */
import { copyOf } from "../bytes/bytes.ts";

/** The contents for a name such as `1.2.840.10045.3.1.7`, of numbers below 2^28. */
export function oid(dotted: string): Uint8Array {
  const bytes = new Uint8Array(dotted.length + 1);
  let length = 0;
  let number = 0;
  let count = 0;
  let first = 0;
  for (let i = 0; i <= dotted.length; i++) {
    if (i < dotted.length && dotted.charCodeAt(i) != 46) {
      number = number * 10 + dotted.charCodeAt(i) - 48;
      continue;
    }
    count++;
    if (count == 1) {
      first = number; // which shares its byte with the second
    } else {
      length = putNumber(bytes, length, count == 2 ? 40 * first + number : number);
    }
    number = 0;
  }
  return copyOf(bytes, 0, length);
}

/** Seven bits a byte, the eighth set in all but the last. */
function putNumber(out: Uint8Array, at: i32, number: i32): i32 {
  let shift = 0;
  while (number >> (shift + 7) != 0) shift += 7;
  for (; shift > 0; shift -= 7) {
    out[at] = (128 | ((number >> shift) & 127)) as u8;
    at++;
  }
  out[at] = (number & 127) as u8;
  return at + 1;
}
