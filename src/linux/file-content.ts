/** The content of open files: read and written at offsets, copied, saved. Results are 0 or more, or the negative errno. */
import { address, call, whole } from "./sys.ts";
import { EBADF, EINTR, EINVAL, EIO, ENOSYS, EOPNOTSUPP, EXDEV } from "./errno.ts";
import { FileStatus } from "./file-status.ts";
import { putI64 } from "./layout.ts";

/** Bytes copied at a time where the kernel does not copy by itself. */
const PIECE: i32 = 65536;
/** What one call for copying is asked for. */
const COPY_BYTES: i64 = 1 << 30;

/** Bytes read; 0 at the end. */
export function readAt(file: i32, offset: i64, out: Uint8Array): i32 {
  let n = -EINTR;
  while (n == -EINTR) n = call(17, 67, file, whole(out), out.length, offset); // pread64
  return n;
}

/** Writes all of `bytes`. */
export function writeAt(file: i32, offset: i64, bytes: Uint8Array): i32 {
  let at = 0;
  do {
    const n = call(18, 68, file, address(bytes, at, bytes.length - at), bytes.length - at, offset + (at as i64)); // pwrite64
    if (n == -EINTR) continue;
    if (n < 0) return n;
    if (n == 0 && at < bytes.length) return -EIO;
    at += n;
  } while (at < bytes.length);
  return 0;
}

/** Sees to it that all of a file is on disk. */
export function syncFile(file: i32): i32 {
  return call(74, 82, file); // fsync
}

/** Copies `length` bytes, or what there is up to the end if that is 0. From a file to itself it can't be done (EINVAL). */
export function copyContent(from: i32, fromOffset: i64, length: i64, to: i32, toOffset: i64): i32 {
  if (fromOffset < 0 || toOffset < 0 || length < 0 || isSameFile(from, to)) return -EINVAL;
  let done = copyInKernel(from, fromOffset, length, to, toOffset);
  if (done < 0 && !isUnable(done as i32)) return done as i32;
  if (done < 0) done = 0;
  // What the kernel has not copied: all, if it can't between these two, and else what follows a file's end, nothing.
  const end: i64 = length == 0 ? i64.MAX_VALUE : length;
  const piece = new Uint8Array(PIECE);
  while (done < end) {
    const wanted = end - done > (PIECE as i64) ? piece : piece.subarray(0, (end - done) as i32);
    const n = readAt(from, fromOffset + done, wanted);
    if (n <= 0) return n;
    const result = writeAt(to, toOffset + done, piece.subarray(0, n));
    if (result < 0) return result;
    done += n as i64;
  }
  return 0;
}

function isSameFile(a: i32, b: i32): bool {
  const first = new FileStatus();
  const second = new FileStatus();
  if (first.ofDescriptor(a) < 0 || second.ofDescriptor(b) < 0) return false;
  return first.device() == second.device() && first.inode() == second.inode();
}

/** Bytes copied until the end, or `length`; the negative errno if that was so for the first of them. */
function copyInKernel(from: i32, fromOffset: i64, length: i64, to: i32, toOffset: i64): i64 {
  const offsets = new Uint8Array(16);
  putI64(offsets, 0, fromOffset);
  putI64(offsets, 8, toOffset);
  const end: i64 = length == 0 ? i64.MAX_VALUE : length;
  let done: i64 = 0;
  while (done < end) {
    const count = end - done > COPY_BYTES ? COPY_BYTES : end - done;
    const n = call(326, 285, from, address(offsets, 0, 8), to, address(offsets, 8, 8), count, 0); // copy_file_range
    if (n == -EINTR) continue;
    if (n < 0 && done == 0) return n as i64;
    if (n <= 0) break;
    done += n as i64;
  }
  return done;
}

/** True for errors that say "not between these two files", or "not with this kernel"; and "not to the end of a file". */
function isUnable(error: i32): bool {
  return error == -EXDEV || error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP || error == -EBADF;
}
