/** Paths as byte strings. */
import { EMPTY } from "../core/bytes/bytes.ts";
import { toHex } from "../core/bytes/hex.ts";
import { ascii } from "../core/bytes/text.ts";
import { fillRandom } from "./random.ts";

const SLASH: i32 = 47;

/** What follows the last `/`. */
export function baseName(path: Uint8Array): Uint8Array {
  return path.length == 0 ? EMPTY : path.subarray(path.lastIndexOf(SLASH as u8) + 1);
}

/** The path of `name` in `folder`. */
export function within(folder: Uint8Array, name: string): Uint8Array {
  const slash = folder.length > 0 && (folder[folder.length - 1] as i32) != SLASH ? "/" : "";
  const tail = ascii(slash + name);
  const path = new Uint8Array(folder.length + tail.length);
  path.set(folder);
  path.set(tail, folder.length);
  return path;
}

/** `path` without slashes at its end. */
export function trimmed(path: Uint8Array): Uint8Array {
  let length = path.length;
  while (length > 1 && (path[length - 1] as i32) == SLASH) length--;
  return path.subarray(0, length);
}

/** The folder that `path` is in. */
export function parentOf(path: Uint8Array): Uint8Array {
  const slash = path.lastIndexOf(SLASH as u8);
  if (slash < 0) return ascii(".");
  return slash == 0 ? ascii("/") : path.subarray(0, slash);
}

/** A path beside `path` that nobody uses. */
export function beside(path: Uint8Array): Uint8Array {
  const random = new Uint8Array(8);
  fillRandom(random);
  return within(parentOf(path), ".postern-" + toHex(random));
}
