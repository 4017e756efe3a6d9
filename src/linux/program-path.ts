/** Programs found by their names, as shells find them. */
import { call, whole } from "./sys.ts";
import { variable } from "./arguments.ts";
import { terminated } from "./layout.ts";
import { FileStatus } from "./file-status.ts";
import { within } from "./path.ts";
import { concat, EMPTY } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

const AT_FDCWD: i32 = -100;
const X_OK: i32 = 1;
const SLASH: u8 = 47;
const COLON: u8 = 58;

/** Where to look if the environment doesn't say. */
const PATH: string = "/usr/local/bin:/usr/bin:/bin";

/** True if `path` is a file that this process may run. */
export function isProgram(path: Uint8Array): bool {
  const status = new FileStatus();
  if (status.ofPath(path, true) < 0 || !status.isRegular()) return false;
  return call(269, 48, AT_FDCWD, whole(terminated(path)), X_OK) == 0; // faccessat
}

/** The path of program `name`, looked up in $PATH unless it has a slash; EMPTY if there is none. */
export function programPath(name: Uint8Array): Uint8Array {
  if (name.length == 0) return EMPTY;
  if (name.includes(SLASH)) return isProgram(name) ? name : EMPTY;
  const own = variable("PATH");
  const folders = own == null ? ascii(PATH) : own;
  let start = 0;
  while (start <= folders.length) {
    const colon = folders.indexOf(COLON, start);
    const end = colon < 0 ? folders.length : colon;
    const folder = end == start ? ascii(".") : folders.subarray(start, end);
    const path = concat(within(folder, ""), name);
    if (isProgram(path)) return path;
    start = end + 1;
  }
  return EMPTY;
}
