/** Status codes, draft-ietf-secsh-filexfer-02 section 7, and which of them a system's error is. */

export const OK: i32 = 0;
export const EOF: i32 = 1;
export const NO_SUCH_FILE: i32 = 2;
export const PERMISSION_DENIED: i32 = 3;
export const FAILURE: i32 = 4;
export const BAD_MESSAGE: i32 = 5;
export const OP_UNSUPPORTED: i32 = 8;

/** Error numbers of Linux (asm-generic/errno.h) that are more than a FAILURE. */
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EBADF: i32 = 9;
const EACCES: i32 = 13;
const EFAULT: i32 = 14;
const ENOTDIR: i32 = 20;
const EINVAL: i32 = 22;
const ENAMETOOLONG: i32 = 36;
const ENOSYS: i32 = 38;
const ELOOP: i32 = 40;

/** A result that means "what was asked for is not there". */
export const MISSING: i32 = -ENOENT;
/** A result that means "that can't be". */
export const INVALID: i32 = -EINVAL;
/** A result that means "too many symbolic links". */
export const LOOP: i32 = -ELOOP;

/** The code for a result: itself unless that is a negative errno. The choice is OpenSSH's, which clients know. */
export function statusOf(result: i32): i32 {
  if (result >= 0) return result;
  switch (-result) {
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP:
      return NO_SUCH_FILE;
    case EPERM:
    case EACCES:
    case EFAULT:
      return PERMISSION_DENIED;
    case ENAMETOOLONG:
    case EINVAL:
      return BAD_MESSAGE;
    case ENOSYS:
      return OP_UNSUPPORTED;
    default:
      return FAILURE;
  }
}

/** A code in words. */
export function statusText(code: i32): string {
  switch (code) {
    case OK:
      return "success";
    case EOF:
      return "end of file";
    case NO_SUCH_FILE:
      return "no such file";
    case PERMISSION_DENIED:
      return "permission denied";
    case BAD_MESSAGE:
      return "bad message";
    case OP_UNSUPPORTED:
      return "operation unsupported";
    default:
      return "failure";
  }
}
