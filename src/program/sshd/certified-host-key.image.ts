/** Nothing puts certificates of host keys into an initramfs. */
import { HostKey } from "../../core/ssh/environment.ts";

export function addCertificate(_keys: HostKey[], _first: i32, _path: Uint8Array): bool {
  return true;
}
