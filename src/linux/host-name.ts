/** What the machine calls itself. */
import { copyOf, EMPTY } from "../core/bytes/bytes.ts";
import { call, whole } from "./sys.ts";

/** struct utsname: six texts of this size, the second of which is the name. */
const FIELD_BYTES: i32 = 65;

/** As gethostname(2) gives it; empty if it can't be had. */
export function hostName(): Uint8Array {
  const names = new Uint8Array(6 * FIELD_BYTES);
  if (call(63, 160, whole(names)) < 0) return EMPTY; // uname
  const name = names.subarray(FIELD_BYTES, 2 * FIELD_BYTES);
  const end = name.indexOf(0);
  return copyOf(name, 0, end < 0 ? FIELD_BYTES : end);
}
