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

/** For kernels before 3.17, and sandboxes that know no getrandom. */
function fillFromDevice(out: Uint8Array): void {
  const device = call(257, 56, AT_FDCWD, whole(terminated(ascii("/dev/urandom"))), O_CLOEXEC, 0);
  let at = 0;
  while (at < out.length) {
    const n = read(device, out, at, out.length - at);
    if (n <= 0) throw new Error("no randomness");
    at += n;
  }
  close(device);
}
