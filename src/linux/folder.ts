/**
 * Folders held open: names looked up in them can't be redirected by renaming what lies above.
 */
import { call, whole } from "./sys.ts";
import { close, O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from "./descriptor.ts";
import { terminated } from "./layout.ts";
import { EMPTY } from "../core/bytes/bytes.ts";
import { ascii } from "../core/bytes/text.ts";

const AT_FDCWD: i32 = -100;
/** The longest path that the kernel takes: PATH_MAX. */
const PATH_LIMIT: i32 = 4096;

export function openRoot(): i32 {
  return openFolderAt(ascii("/"));
}

/** Opens the folder at `path`, symbolic links are followed. */
export function openFolderAt(path: Uint8Array): i32 {
  return call(257, 56, AT_FDCWD, whole(terminated(path)), O_PATH | O_DIRECTORY | O_CLOEXEC, 0); // openat
}

/** Opens the folder `name` in `folder` for looking things up in it. What is no folder is refused (ENOTDIR). */
export function openFolder(folder: i32, name: Uint8Array): i32 {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC; // O_DIRECTORY also has an automounter do its work
  return call(257, 56, folder, whole(terminated(name)), flags, 0); // openat
}

/** Opens whatever `name` in `folder` is, a symbolic link itself, for asking about it. */
export function openItself(folder: i32, name: Uint8Array): i32 {
  return call(257, 56, folder, whole(terminated(name)), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0); // openat
}

/** Opens `name` in `folder` to read it. A symbolic link is refused (ELOOP); a FIFO or a device does not make us wait. */
export function openEntry(folder: i32, name: Uint8Array): i32 {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return call(257, 56, folder, whole(terminated(name)), flags, 0); // openat
}

/** Where the symbolic link that `openItself` opened leads, or null if it isn't one. */
export function linkTarget(link: i32): Uint8Array | null {
  const target = new Uint8Array(PATH_LIMIT);
  const length = call(267, 78, link, whole(terminated(EMPTY)), whole(target), PATH_LIMIT); // readlinkat
  return length <= 0 || length == PATH_LIMIT ? null : target.subarray(0, length);
}

/** Where the symbolic link at `path` leads; null if it is none. */
export function linkAt(path: Uint8Array): Uint8Array | null {
  const link = openItself(AT_FDCWD, path);
  const target = linkTarget(link); // null if there is no link
  close(link);
  return target;
}

/** The path of the file that this process runs; null if it can't be had. */
export function ownExecutable(): Uint8Array | null {
  return linkAt(ascii("/proc/self/exe"));
}
