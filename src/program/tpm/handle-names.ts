/** Hierarchies and persistent keys, by the names that people give them. */
import { toHex } from "../../core/bytes/hex.ts";
import { isText, lowerCase, printable, startsWithText } from "../../core/bytes/text.ts";
import { HANDLES_PERSISTENT, RH_ENDORSEMENT, RH_NULL, RH_OWNER, RH_PLATFORM } from "../../core/tpm/constants.ts";
import { putUint32 } from "../../core/wire/writer.ts";

export const HIERARCHIES: string = "owner, endorsement, null, platform (or o, e, n, p)";

/** 0 if there is none of this name. */
export function hierarchyNamed(name: Uint8Array): u32 {
  if (isText(name, "owner") || isText(name, "o")) return RH_OWNER;
  if (isText(name, "endorsement") || isText(name, "e")) return RH_ENDORSEMENT;
  if (isText(name, "null") || isText(name, "n")) return RH_NULL;
  return isText(name, "platform") || isText(name, "p") ? RH_PLATFORM : 0;
}

/** A hierarchy by its name, or a persistent key by its handle, e.g. 0x81000001; 0 if it is neither. */
export function parentNamed(name: Uint8Array): u32 {
  if (!startsWithText(name, "0x") || name.length != 10) return hierarchyNamed(name);
  const digits = printable(lowerCase(name.subarray(2)));
  let handle: u32 = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = "0123456789abcdef".indexOf(digits.charAt(i));
    if (digit < 0) return 0;
    handle = ((handle << 4) | (digit as u32)) >>> 0;
  }
  return handle >>> 24 == HANDLES_PERSISTENT ? handle : 0;
}

/** What a handle is called in messages. */
export function handleName(handle: u32): string {
  if (handle == RH_OWNER) return "owner";
  if (handle == RH_ENDORSEMENT) return "endorsement";
  if (handle == RH_NULL) return "null";
  if (handle == RH_PLATFORM) return "platform";
  const bytes = new Uint8Array(4);
  putUint32(bytes, 0, handle);
  return "0x" + toHex(bytes);
}
