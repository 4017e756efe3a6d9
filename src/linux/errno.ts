/**
 * Linux error numbers (asm-generic/errno.h, the same on x86-64 and aarch64), and words for those that a person may
 * meet. The words are the ones that users of TinySSH know from its log.
 */
export const EPERM: i32 = 1;
export const ENOENT: i32 = 2;
export const ESRCH: i32 = 3;
export const EINTR: i32 = 4;
export const EIO: i32 = 5;
export const ENXIO: i32 = 6;
export const E2BIG: i32 = 7;
export const ENOEXEC: i32 = 8;
export const EBADF: i32 = 9;
export const ECHILD: i32 = 10;
export const EAGAIN: i32 = 11;
export const ENOMEM: i32 = 12;
export const EACCES: i32 = 13;
export const EBUSY: i32 = 16;
export const EEXIST: i32 = 17;
export const EXDEV: i32 = 18;
export const ENODEV: i32 = 19;
export const ENOTDIR: i32 = 20;
export const EISDIR: i32 = 21;
export const EINVAL: i32 = 22;
export const ENFILE: i32 = 23;
export const EMFILE: i32 = 24;
export const ENOTTY: i32 = 25;
export const EFBIG: i32 = 27;
export const ENOSPC: i32 = 28;
export const EROFS: i32 = 30;
export const EPIPE: i32 = 32;
export const ENAMETOOLONG: i32 = 36;
export const ENOSYS: i32 = 38;
export const ENOTEMPTY: i32 = 39;
export const ELOOP: i32 = 40;
export const EPROTO: i32 = 71;
export const EOPNOTSUPP: i32 = 95;
export const EAFNOSUPPORT: i32 = 97;
export const EADDRINUSE: i32 = 98;
export const EADDRNOTAVAIL: i32 = 99;
export const ENETUNREACH: i32 = 101;
export const ECONNABORTED: i32 = 103;
export const ECONNRESET: i32 = 104;
export const ETIMEDOUT: i32 = 110;
export const ECONNREFUSED: i32 = 111;
export const EHOSTUNREACH: i32 = 113;
export const EINPROGRESS: i32 = 115;
export const EDQUOT: i32 = 122;

/** What error number `errno` means, in words. */
export function errorText(errno: i32): string {
  switch (errno) {
    case EPERM:
      return "permission denied";
    case ENOENT:
      return "file does not exist";
    case ESRCH:
      return "no such process";
    case EINTR:
      return "interrupted system call";
    case EIO:
      return "input/output error";
    case ENXIO:
      return "device not configured";
    case E2BIG:
      return "argument list too long";
    case ENOEXEC:
      return "exec format error";
    case EBADF:
      return "file descriptor not open";
    case ECHILD:
      return "no child processes";
    case EAGAIN:
      return "temporary failure";
    case ENOMEM:
      return "out of memory";
    case EACCES:
      return "access denied";
    case EBUSY:
      return "device busy";
    case EEXIST:
      return "file already exists";
    case EXDEV:
      return "cross-device link";
    case ENODEV:
      return "device does not support operation";
    case ENOTDIR:
      return "not a directory";
    case EISDIR:
      return "is a directory";
    case EINVAL:
      return "invalid argument";
    case ENFILE:
      return "system cannot open more files";
    case EMFILE:
      return "process cannot open more files";
    case ENOTTY:
      return "not a tty";
    case EFBIG:
      return "file too big";
    case ENOSPC:
      return "out of disk space";
    case EROFS:
      return "read-only file system";
    case EPIPE:
      return "broken pipe";
    case ENAMETOOLONG:
      return "file name too long";
    case ENOSYS:
      return "system call not available";
    case ENOTEMPTY:
      return "directory not empty";
    case ELOOP:
      return "symbolic link loop";
    case EPROTO:
      return "protocol error";
    case EOPNOTSUPP:
      return "operation not supported";
    case EAFNOSUPPORT:
      return "address family not supported";
    case EADDRINUSE:
      return "address already used";
    case EADDRNOTAVAIL:
      return "address not available";
    case ENETUNREACH:
      return "network unreachable";
    case ECONNABORTED:
      return "connection aborted";
    case ECONNRESET:
      return "connection reset";
    case ETIMEDOUT:
      return "timed out";
    case ECONNREFUSED:
      return "connection refused";
    case EHOSTUNREACH:
      return "host unreachable";
    case EINPROGRESS:
      return "operation in progress";
    case EDQUOT:
      return "disk quota exceeded";
    default:
      return `error ${errno}`;
  }
}
