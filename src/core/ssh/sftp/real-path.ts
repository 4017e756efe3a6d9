/**
 * The one name of a file that starts at the root and has neither symbolic links nor `.` nor `..` in it: realpath(3),
 * but for its last part, which need not exist (a client asks so for the place of a file that it is about to make).
 */
import { concat, copyOf, EMPTY } from "../../bytes/bytes.ts";
import { ascii, isText } from "../../bytes/text.ts";
import { FileSystem } from "./file-system.ts";
import { INVALID, LOOP, MISSING } from "./status.ts";

/** The longest path that Linux takes: PATH_MAX, without its NUL. */
export const PATH_LIMIT: i32 = 4095;
/** Symbolic links in a path: as many as Linux follows. */
const LINKS_LIMIT: i32 = 40;
/** What a path that is too long yields: ENAMETOOLONG. */
const TOO_LONG: i32 = -36;

const SLASH: u8 = 47;

/** Where links lead, one at a time. */
const target: Uint8Array = new Uint8Array(PATH_LIMIT);

export class RealPath {
  /** The path, if there is no error. */
  path: Uint8Array = EMPTY;
  /** 0, or a negative errno. */
  error: i32 = 0;

  constructor(files: FileSystem, path: Uint8Array) {
    this.error = this.resolve(files, path);
  }

  private resolve(files: FileSystem, path: Uint8Array): i32 {
    const start = path.length > 0 && path[0] == SLASH ? EMPTY : files.startFolder();
    let done = start.length == 1 ? EMPTY : start; // the root is as good as nothing
    let left = path;
    let links = 0;
    while (left.length > 0) {
      const slash = left.indexOf(SLASH);
      const part = slash < 0 ? left : left.subarray(0, slash);
      left = slash < 0 ? EMPTY : left.subarray(slash + 1);
      if (part.length == 0 || isText(part, ".")) continue;
      if (isText(part, "..")) {
        done = done.subarray(0, done.length == 0 ? 0 : done.lastIndexOf(SLASH));
        continue;
      }
      const next = concat(concat(done, ascii("/")), part);
      if (next.length > PATH_LIMIT) return TOO_LONG;
      const length = files.readLink(next, target);
      if (length >= 0) {
        links++;
        if (links > LINKS_LIMIT) return LOOP;
        left = followed(copyOf(target, 0, length), left);
        if (left.length > PATH_LIMIT) return TOO_LONG;
        if (target[0] == SLASH) done = EMPTY;
      } else if (length == INVALID || (length == MISSING && slash < 0)) {
        done = next;
      } else {
        return length;
      }
    }
    this.path = done.length == 0 ? ascii("/") : done;
    return 0;
  }
}

/** What is still to be gone through after a link was met. */
function followed(link: Uint8Array, left: Uint8Array): Uint8Array {
  return left.length == 0 ? link : concat(concat(link, ascii("/")), left);
}
