/** Words of a POSIX shell: Shell Command Language, section 2.2.2. */
import { ascii } from "../bytes/text.ts";
import { Writer } from "../wire/writer.ts";

const SINGLE_QUOTE: u8 = 39;

/** `bytes` as one word that stands for them and nothing else, whatever they are but NUL. */
export function shellWord(bytes: Uint8Array): Uint8Array {
  const w = new Writer(bytes.length + 16);
  w.byte(SINGLE_QUOTE);
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] == SINGLE_QUOTE) w.raw(ascii("'\\'"));
    w.byte(bytes[i]);
  }
  w.byte(SINGLE_QUOTE);
  return w.written();
}
