/** The ports of dropbear, as dropbear-initramfs is told them: `DROPBEAR_OPTIONS` with options of dropbear(8). */
import { EMPTY } from "../bytes/bytes.ts";
import { decimalWithin } from "../bytes/text.ts";
import { SettingsFile } from "./settings-file.ts";

const DEFAULT_PORT: i32 = 22;

const BLANK: u8 = 32;
const DASH: u8 = 45;
const COLON: u8 = 58;
const LETTER_P: u8 = 112;

/**
 * True if it will listen on `port` for certain. `configuration`: etc/dropbear/dropbear.conf of the image; where that asks a
 * shell for more than its own words, nothing is certain.
 */
export function dropbearTakes(configuration: Uint8Array, port: i32): bool {
  const file = SettingsFile.parse(configuration);
  if (file.fault.length > 0) return false;
  let options = EMPTY;
  for (let i = 0; i < file.settings.length; i++) {
    if (file.settings[i].name == "DROPBEAR_OPTIONS") options = file.settings[i].value;
  }
  let isNamed = false;
  let isValue = false;
  for (let at = 0; at < options.length;) {
    const blank = options.indexOf(BLANK, at);
    const end = blank < 0 ? options.length : blank;
    const isOption: bool = !isValue && end - at >= 2 && options[at] == DASH && options[at + 1] == LETTER_P;
    const start: i32 = isOption ? at + 2 : at;
    if ((isOption || isValue) && end > start) {
      isNamed = true;
      if (portIn(options.subarray(start, end)) == port) return true;
    }
    isValue = (isOption && end == start) || (isValue && end == at);
    at = end + 1;
  }
  return !isNamed && port == DEFAULT_PORT;
}

/** Of `PORT` or `ADDRESS:PORT`; negative if that isn't a number. */
function portIn(word: Uint8Array): i32 {
  return decimalWithin(word, word.lastIndexOf(COLON) + 1, word.length);
}
