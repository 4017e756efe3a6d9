/**
 * Folders held open: names looked up in them can't be redirected by renaming what lies above.
 */
import { call, whole } from "./sys.ts";
import { O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from "./descriptor.ts";
import { terminated } from "./layout.ts";
import { ascii } from "../core/bytes/text.ts";

const AT_FDCWD: i32 = -100;
/** The longest path that the kernel takes: PATH_MAX. */
const PATH_LIMIT: i32 = 4096;

/** Opens a folder for looking things up in it; `path` is taken from `folder` on, symbolic links are followed. */
export function openFolder(folder: i32, path: Uint8Array): i32 {
  return call(257, 56, folder, whole(terminated(path)), O_PATH | O_DIRECTORY | O_CLOEXEC, 0); // openat
}

/** Opens the folder at `path`. */
export function openFolderAt(path: Uint8Array): i32 {
  return openFolder(AT_FDCWD, path);
}

/** Opens the folder that `folder` is in; that of the root is itself. */
export function openParent(folder: i32): i32 {
  return openFolder(folder, ascii(".."));
}

/** Opens `name` in `folder` to read it. A symbolic link is refused (ELOOP); a FIFO or a device does not make us wait. */
export function openEntry(folder: i32, name: Uint8Array): i32 {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return call(257, 56, folder, whole(terminated(name)), flags, 0); // openat
}

/** Where the symbolic link `name` in `folder` leads, or null if it isn't one. */
export function linkTarget(folder: i32, name: Uint8Array): Uint8Array | null {
  const target = new Uint8Array(PATH_LIMIT);
  const length = call(267, 78, folder, whole(terminated(name)), whole(target), PATH_LIMIT); // readlinkat
  return length < 0 || length == PATH_LIMIT ? null : target.subarray(0, length);
}
