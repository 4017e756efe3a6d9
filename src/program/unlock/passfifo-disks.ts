/**
 * Disks that Debian's initramfs-tools wants a passphrase for: one after the other, by an askpass(8) that reads a fifo
 * among other things, and hands on to cryptsetup what comes through it until its end.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, startsWithText } from "../../core/bytes/text.ts";
import { close, O_NONBLOCK, O_WRONLY, write } from "../../linux/descriptor.ts";
import { open } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { environmentOf, hasOpen, Processes } from "../../linux/process-tree.ts";
import { ANSWERED, Disk } from "./disk.ts";
import { LuksDisk } from "./luks-disk.ts";
import { Passphrase } from "./passphrase.ts";
import { Root } from "./root.ts";

const FIFO: string = "/lib/cryptsetup/passfifo";
const ASKER: string = "initramfs-tools";

class PassfifoDisk extends LuksDisk {
  /** `environment`: the asker's, in which crypttab(5)'s entry is. */
  constructor(root: Root, process: i32, environment: Uint8Array[]) {
    super(root);
    this.asker = ASKER;
    this.ticket = ascii(`${process}`);
    this.name = variableIn(environment, "CRYPTTAB_NAME");
    this.device = variableIn(environment, "CRYPTTAB_SOURCE");
    this.header = variableIn(environment, "CRYPTTAB_OPTION_header");
    const tried = variableIn(environment, "CRYPTTAB_TRIED");
    this.again = tried.length > 0 && tried[0] != 48;
  }

  /** Its turn is over when another one's has come. */
  isGivenUp(waiting: Disk[]): bool {
    for (let i = 0; i < waiting.length; i++) {
      if (waiting[i].asker == ASKER && !waiting[i].is(this)) return true;
    }
    return false;
  }

  answer(passphrase: Passphrase): void {
    const fifo = open(this.root.to(FIFO), O_WRONLY | O_NONBLOCK);
    const bytes = passphrase.bytes();
    const sent = fifo < 0 ? fifo : write(fifo, bytes, 0, bytes.length);
    if (sent == bytes.length) this.state = ANSWERED;
    else this.notDelivered(sent);
    close(fifo);
  }
}

/** The value of variable `name` in a process's environment; EMPTY if it isn't there. */
function variableIn(environment: Uint8Array[], name: string): Uint8Array {
  for (let i = 0; i < environment.length; i++) {
    if (startsWithText(environment[i], name + "=")) return environment[i].subarray(name.length + 1);
  }
  return EMPTY;
}

/** The disk that is asked for now, if any. */
export function passfifoDisks(root: Root): Disk[] {
  const disks = new Array<Disk>();
  const fifo = new FileStatus();
  if (fifo.ofPath(root.to(FIFO), true) < 0) return disks;
  const processes = new Processes();
  while (processes.next()) {
    if (!hasOpen(processes.id, fifo)) continue;
    const disk = new PassfifoDisk(root, processes.id, environmentOf(processes.id));
    if (disk.name.length > 0) disks.push(disk);
  }
  return disks;
}
