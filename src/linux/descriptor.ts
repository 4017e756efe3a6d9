/**
 * File descriptors: reading, writing, duplicating, pipes, flags. Results are as the kernel gives them, the negative
 * errno on failure.
 */
import { address, call, whole } from "./sys.ts";
import { i32At } from "./layout.ts";
import { EINTR } from "./errno.ts";

export const STDIN: i32 = 0;
export const STDOUT: i32 = 1;
export const STDERR: i32 = 2;

/** Open flags that have the same value on both architectures (asm-generic/fcntl.h). */
export const O_RDONLY: i32 = 0;
export const O_WRONLY: i32 = 1;
export const O_RDWR: i32 = 2;
export const O_CREAT: i32 = 0o100;
export const O_EXCL: i32 = 0o200;
export const O_NOCTTY: i32 = 0o400;
export const O_TRUNC: i32 = 0o1000;
export const O_APPEND: i32 = 0o2000;
export const O_NONBLOCK: i32 = 0o4000;
export const O_CLOEXEC: i32 = 0o2000000;
export const O_PATH: i32 = 0o10000000;
/** These two differ between the architectures. */
export const O_DIRECTORY: i32 = AARCH64 ? 0o40000 : 0o200000;
export const O_NOFOLLOW: i32 = AARCH64 ? 0o100000 : 0o400000;

const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_DUPFD_CLOEXEC: i32 = 1030;
const F_SETPIPE_SZ: i32 = 1031;
const FD_CLOEXEC: i32 = 1;

/** Highest descriptor that `closeFrom` closes one by one where the kernel has no close_range: TinySSH's number. */
const LAST_DESCRIPTOR: i32 = 4096;

/** Bytes read into `bytes`; 0 at the end. */
export function read(descriptor: i32, bytes: Uint8Array, offset: i32, length: i32): i32 {
  let n = -EINTR;
  while (n == -EINTR) n = call(0, 63, descriptor, address(bytes, offset, length), length);
  return n;
}

/** Bytes written, which may be fewer than asked for. */
export function write(descriptor: i32, bytes: Uint8Array, offset: i32, length: i32): i32 {
  let n = -EINTR;
  while (n == -EINTR) n = call(1, 64, descriptor, address(bytes, offset, length), length);
  return n;
}

/** Writes all of `bytes` to a descriptor that may wait. 0, or the negative errno. */
export function writeAll(descriptor: i32, bytes: Uint8Array): i32 {
  let at = 0;
  while (at < bytes.length) {
    const n = write(descriptor, bytes, at, bytes.length - at);
    if (n < 0) return n;
    at += n;
  }
  return 0;
}

/** Closes a descriptor that is open; one that is negative never was. */
export function close(descriptor: i32): void {
  if (descriptor >= 0) call(3, 57, descriptor);
}

/** Closes every descriptor from `first` on. */
export function closeFrom(first: i32): void {
  if (call(436, 436, first, 0xffffffff, 0) == 0) return; // sandboxes refuse what they don't know with any error
  for (let descriptor = first; descriptor < LAST_DESCRIPTOR; descriptor++) close(descriptor);
}

/** Makes `to` the same as `descriptor`, open across execve. */
export function duplicateTo(descriptor: i32, to: i32): i32 {
  if (descriptor == to) return call(72, 25, descriptor, F_SETFD, 0);
  return call(292, 24, descriptor, to, 0);
}

/** Another descriptor of the same open file, not below `least`, closed by execve. */
export function duplicate(descriptor: i32, least: i32): i32 {
  return call(72, 25, descriptor, F_DUPFD_CLOEXEC, least);
}

/** True if there is such a descriptor. */
export function isOpen(descriptor: i32): bool {
  return call(72, 25, descriptor, F_GETFD, 0) >= 0;
}

export function closeOnExec(descriptor: i32): void {
  call(72, 25, descriptor, F_SETFD, FD_CLOEXEC);
}

/** Reads and writes no longer wait. The flag belongs to the open file, so whoever shares it sees it too. */
export function setNonBlocking(descriptor: i32): i32 {
  const flags = call(72, 25, descriptor, F_GETFL, 0);
  return flags < 0 ? flags : call(72, 25, descriptor, F_SETFL, flags | O_NONBLOCK);
}

/** Asks for a pipe that holds `bytes`; a kernel or a user limit that says no leaves it as it is. */
export function enlargePipe(descriptor: i32, bytes: i32): void {
  call(72, 25, descriptor, F_SETPIPE_SZ, bytes);
}

/** A pipe, both ends closed by execve. */
export class Pipe {
  /** The end to read from, or -1. */
  source: i32 = -1;
  /** The end to write to, or -1. */
  sink: i32 = -1;

  /** Null if the system has no descriptors left. */
  static open(): Pipe | null {
    const ends = new Uint8Array(8);
    if (call(293, 59, whole(ends), O_CLOEXEC) < 0) return null;
    const pipe = new Pipe();
    pipe.source = i32At(ends, 0);
    pipe.sink = i32At(ends, 4);
    return pipe;
  }

  close(): void {
    close(this.source);
    close(this.sink);
    this.source = -1;
    this.sink = -1;
  }
}
