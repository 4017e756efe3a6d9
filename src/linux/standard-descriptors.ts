/**
 * Descriptors 0, 1 and 2 must be taken: else a socket could become one of them, and log lines would go to a client.
 */
import { isOpen, O_RDWR, Pipe, STDERR, STDIN } from "./descriptor.ts";
import { open } from "./file.ts";
import { ascii } from "../core/bytes/text.ts";

/** Opens /dev/null for those that the caller has closed; where there is no such thing, something that is of no use. */
export function openStandardDescriptors(): void {
  for (let descriptor = STDIN; descriptor <= STDERR; descriptor++) {
    if (!isOpen(descriptor) && open(ascii("/dev/null"), O_RDWR) < 0) Pipe.open();
  }
}
