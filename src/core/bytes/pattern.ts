/** Patterns of ssh_config(5), PATTERNS: `*` stands for any characters, `?` for one. */

const ASTERISK: u8 = 42;
const QUESTION: u8 = 63;

/** True if `pattern` covers all of `text`. When it fails, only the last `*` has to take a character more. */
export function matches(text: Uint8Array, pattern: Uint8Array): bool {
  let at = 0;
  let i = 0;
  let star = -1;
  let resume = 0;
  while (i < text.length) {
    if (at < pattern.length && pattern[at] == ASTERISK) {
      star = at;
      resume = i;
      at++;
    } else if (at < pattern.length && (pattern[at] == QUESTION || pattern[at] == text[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      resume++;
      i = resume;
    } else {
      return false;
    }
  }
  while (at < pattern.length && pattern[at] == ASTERISK) at++;
  return at == pattern.length;
}
