/**
 * Moments as they are written on command lines: `2027-01-31`, `2027-01-31 13:45` or `2027-01-31 13:45:10`, with a T in place of
 * the blank, and Z behind it, if one likes. They are in UTC: a program without libc knows of no time zones.
 */
import { decimalWithin } from "../bytes/text.ts";
import { dayOf, daysIn } from "../timestamp.ts";

const CAPITAL_T: i32 = 84;
const CAPITAL_Z: i32 = 90;
const BLANK: i32 = 32;
const DASH: i32 = 45;
const COLON: i32 = 58;

/** In seconds since 1970; -1 if `text` is no such moment. */
export function parseMoment(text: Uint8Array): f64 {
  let length = text.length;
  if (length > 10 && (text[length - 1] as i32) == CAPITAL_Z) length--;
  if (length != 10 && length != 16 && length != 19) return -1;
  const year = decimalWithin(text, 0, 4);
  const month = decimalWithin(text, 5, 7);
  const day = decimalWithin(text, 8, 10);
  if ((text[4] as i32) != DASH || (text[7] as i32) != DASH) return -1;
  if (length > 10 && (text[10] as i32) != CAPITAL_T && (text[10] as i32) != BLANK) return -1;
  if (length > 10 && (text[13] as i32) != COLON) return -1;
  if (length > 16 && (text[16] as i32) != COLON) return -1;
  const hours = length > 10 ? decimalWithin(text, 11, 13) : 0;
  const minutes = length > 10 ? decimalWithin(text, 14, 16) : 0;
  const seconds = length > 16 ? decimalWithin(text, 17, 19) : 0;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return -1;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return -1;
  return (dayOf(year, month, day) as f64) * 86400 + ((hours * 3600 + minutes * 60 + seconds) as f64);
}
