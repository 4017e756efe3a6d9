/** What disks with LUKS have in common: a header that can be looked at, and a name under /dev/mapper once they are open. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { headerFault, HeaderSource } from "../../core/unlock/luks-header.ts";
import { close, O_RDONLY } from "../../linux/descriptor.ts";
import { errorText } from "../../linux/errno.ts";
import { open } from "../../linux/file.ts";
import { readAt } from "../../linux/file-content.ts";
import { Disk } from "./disk.ts";
import { Root } from "./root.ts";

class OpenDevice extends HeaderSource {
  private descriptor: i32;

  constructor(descriptor: i32) {
    super();
    this.descriptor = descriptor;
  }

  read(offset: i32, length: i32): Uint8Array {
    const bytes = new Uint8Array(length);
    const n = readAt(this.descriptor, offset as i64, bytes);
    return bytes.subarray(0, n < 0 ? 0 : n);
  }
}

export abstract class LuksDisk extends Disk {
  protected root: Root;
  /** Where the header is, if it isn't on the disk. */
  header: Uint8Array = EMPTY;

  constructor(root: Root) {
    super();
    this.root = root;
  }

  headerFault(): string {
    const descriptor = open(this.root.at(this.header.length > 0 ? this.header : this.device), O_RDONLY);
    if (descriptor < 0) return "its header can't be read (" + errorText(-descriptor) + ")";
    const fault = headerFault(new OpenDevice(descriptor));
    close(descriptor);
    return fault;
  }

  isOpen(): bool {
    return this.root.has(concat(ascii("/dev/mapper/"), this.name));
  }
}
