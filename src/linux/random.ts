/** The system's generator of randomness. */
import { address, call, whole } from "./sys.ts";
import { close, O_CLOEXEC, read } from "./descriptor.ts";
import { EINTR, ENOSYS } from "./errno.ts";
import { terminated } from "./layout.ts";
import { ascii } from "../core/bytes/text.ts";

const AT_FDCWD: i32 = -100;
/** getrandom gives up to this many bytes at once without being interrupted: random(7). */
const AT_ONCE: i32 = 256;

/** Fills `out`. Waits, early in the boot, until the generator has been seeded. */
export function fillRandom(out: Uint8Array): void {
  let at = 0;
  while (at < out.length) {
    const length = out.length - at < AT_ONCE ? out.length - at : AT_ONCE;
    const n = call(318, 278, address(out, at, length), length, 0);
    if (n == -ENOSYS) {
      fillFromDevice(out);
      return;
    }
    if (n < 0 && n != -EINTR) throw new Error("no randomness");
    if (n > 0) at += n;
  }
}

function openDevice(): i32 {
  return call(257, 56, AT_FDCWD, whole(terminated(ascii("/dev/urandom"))), O_CLOEXEC, 0);
}

/** The device's descriptor, if it was opened for good. */
let kept: i32 = -1;

/**
 * For a process that can open nothing later: a descriptor that it needs for randomness, or -1 if the kernel gives it
 * without. `useRandomDevice` says under which number it is kept.
 */
export function randomDevice(): i32 {
  return call(318, 278, 0, 0, 0) == -ENOSYS ? openDevice() : -1;
}

export function useRandomDevice(descriptor: i32): void {
  kept = descriptor;
}

/** For kernels before 3.17, and sandboxes that know no getrandom. */
function fillFromDevice(out: Uint8Array): void {
  const device = kept < 0 ? openDevice() : kept;
  let at = 0;
  while (at < out.length) {
    const n = read(device, out, at, out.length - at);
    if (n <= 0) throw new Error("no randomness");
    at += n;
  }
  if (kept < 0) close(device);
}
