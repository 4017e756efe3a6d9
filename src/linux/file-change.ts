/** Changes of what a file is, apart from its content. Results are 0, or the negative errno. */
import { call, whole } from "./sys.ts";
import { ENOSYS, EOPNOTSUPP } from "./errno.ts";
import { putI64 } from "./layout.ts";
import { AT_SYMLINK_NOFOLLOW, Place } from "./tree.ts";

function times(accessed: u32, modified: u32): Uint8Array {
  const both = new Uint8Array(32); // two of struct timespec
  putI64(both, 0, accessed as i64);
  putI64(both, 16, modified as i64);
  return both;
}

export function truncate(place: Place, size: i64): i32 {
  return call(76, 45, whole(place.name), size);
}

/** Without `follow`, a symbolic link has no permissions of its own (EOPNOTSUPP), and Linux before 6.6 none at all. */
export function changeMode(place: Place, follow: bool, mode: u32): i32 {
  if (follow) return call(268, 53, place.folder, whole(place.name), mode as i32); // fchmodat
  const result = call(452, 452, place.folder, whole(place.name), mode as i32, AT_SYMLINK_NOFOLLOW); // fchmodat2
  return result == -ENOSYS ? -EOPNOTSUPP : result;
}

export function changeTimes(place: Place, follow: bool, accessed: u32, modified: u32): i32 {
  const flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  return call(280, 88, place.folder, whole(place.name), whole(times(accessed, modified)), flags); // utimensat
}

export function changeOwner(place: Place, follow: bool, user: u32, group: u32): i32 {
  const flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  return call(260, 54, place.folder, whole(place.name), user as i32, group as i32, flags); // fchownat
}

export function truncateFile(file: i32, size: i64): i32 {
  return call(77, 46, file, size); // ftruncate
}

export function changeFileMode(file: i32, mode: u32): i32 {
  return call(91, 52, file, mode as i32); // fchmod
}

export function changeFileTimes(file: i32, accessed: u32, modified: u32): i32 {
  return call(280, 88, file, 0, whole(times(accessed, modified)), 0); // utimensat
}

export function changeFileOwner(file: i32, user: u32, group: u32): i32 {
  return call(93, 55, file, user as i32, group as i32); // fchown
}
