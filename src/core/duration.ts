/**
 * Durations as OpenSSH writes them (sshd_config(5), "TIME FORMATS"): numbers, each with a letter for its unit behind it,
 * one after the other; a number alone is in seconds.
 */

const UNITS: string = "smhdw";
const SECONDS: i32[] = [1, 60, 3600, 86400, 604800];

/** In seconds; -1 if `text` isn't one, or more than `limit`. */
export function parseDuration(text: Uint8Array, limit: f64): f64 {
  let total: f64 = text.length == 0 ? -1 : 0;
  let at = 0;
  while (at < text.length && total >= 0) {
    let number: f64 = 0;
    const start = at;
    for (; at < text.length && text[at] >= 48 && text[at] <= 57; at++) {
      number = number * 10 + ((text[at] - 48) as f64);
    }
    if (at == start) return -1;
    let unit = 0;
    if (at < text.length) {
      unit = UNITS.indexOf(String.fromCharCode((text[at] as i32) | 32));
      at++;
    }
    if (unit < 0) return -1;
    total += number * (SECONDS[unit] as f64);
    if (total > limit) return -1;
  }
  return total;
}
