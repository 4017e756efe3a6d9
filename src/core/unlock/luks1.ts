/** The header of LUKS version 1 ("LUKS On-Disk Format Specification" 1.2.3, section 2), big-endian, as far as it matters here. */
import { concat } from "../bytes/bytes.ts";
import { ascii } from "../bytes/text.ts";
import { Reader } from "../wire/reader.ts";
import { cipherFault, iterationsFault, keyBytesFault, LEAST_KEY_ITERATIONS } from "./luks-limits.ts";
import { untilNul } from "./text-field.ts";

/** Bytes of the whole header: 208, and 8 key slots of 48. */
export const LUKS1_BYTES: i32 = 592;
const KEY_SLOTS: i32 = 8;
const SLOT_ENABLED: u32 = 0x00ac71f3;
const SLOT_DISABLED: u32 = 0x0000dead;
/** What iterations are read as at most. */
const MANY: u32 = 0x7fffffff;

/** What is wrong with a header; empty if nothing is. There is no checksum in this version. */
export function luks1Fault(header: Uint8Array): string {
  const r = new Reader(header);
  r.raw(8); // magic and version
  const name = untilNul(r.raw(32));
  const mode = untilNul(r.raw(32));
  r.raw(32 + 4); // hash, payload offset
  const keyBytes = r.uint32();
  r.raw(20 + 32); // digest of the key, and its salt
  const digestIterations = count(r.uint32());
  r.raw(40); // UUID
  if (r.bad) return "its header is cut short";
  let fault = cipherFault(concat(concat(name, ascii("-")), mode));
  if (fault.length == 0) fault = keyBytesFault(count(keyBytes));
  if (fault.length == 0 && digestIterations < LEAST_KEY_ITERATIONS) fault = iterationsFault(digestIterations, false);
  let enabled = 0;
  for (let slot = 0; slot < KEY_SLOTS && fault.length == 0; slot++) {
    const state = r.uint32();
    const iterations = count(r.uint32());
    r.raw(32 + 4 + 4); // salt, key material's offset, stripes
    if (r.bad) return "its header is cut short";
    if (state == SLOT_ENABLED) {
      enabled++;
      fault = iterationsFault(iterations, true);
    } else if (state != SLOT_DISABLED) fault = `its key slot ${slot} is damaged`;
  }
  return fault.length == 0 && enabled == 0 ? "it has no key slot" : fault;
}

function count(value: u32): i32 {
  return (value > MANY ? MANY : value) as i32;
}
