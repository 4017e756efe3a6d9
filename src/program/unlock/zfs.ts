/** ZFS's own encryption, by its program zfs(8). */
import { EMPTY, equal } from "../../core/bytes/bytes.ts";
import { ascii, isText, startsWithText } from "../../core/bytes/text.ts";
import { outputOf } from "../../linux/command-output.ts";
import { feed } from "../../linux/fed-program.ts";
import { readFile } from "../../linux/file.ts";
import { baseName } from "../../linux/path.ts";
import { Processes, wordsOf } from "../../linux/process-tree.ts";
import { programPath } from "../../linux/program-path.ts";
import { kill, SIGTERM } from "../../linux/signals.ts";
import { Disk, OPEN, WRONG } from "./disk.ts";
import { Passphrase } from "./passphrase.ts";
import { Root } from "./root.ts";

/** Bytes of zfs's output at most: thousands of datasets. */
const LISTING_LIMIT: i32 = 1048576;
const STATUS_LIMIT: i32 = 64;
/** A pool that has lost a disk may take its time. */
const MILLISECONDS: f64 = 10000;
/** Where ZFS's scripts for initramfs-tools say what the program that asks has among its words. */
const CONSOLE_ASKER: string = "/run/zfs_console_askpwd_cmd";
const CONSOLE_ASKER_LIMIT: i32 = 4096;

const TAB: u8 = 9;
const LINE_FEED: u8 = 10;

/** The dataset's key is asked for by nobody, or on the console: it is loaded directly. */
class ZfsDisk extends Disk {
  private root: Root;

  constructor(root: Root, name: Uint8Array) {
    super();
    this.asker = "zfs";
    this.isDirect = true;
    this.root = root;
    this.name = name;
    this.device = name;
  }

  headerFault(): string {
    return "";
  }

  isOpen(): bool {
    return isKeyLoaded(this.name);
  }

  isGivenUp(_waiting: Disk[]): bool {
    return false;
  }

  answer(passphrase: Passphrase): void {
    const words = [programPath(ascii("zfs")), ascii("load-key"), ascii("-L"), ascii("prompt"), this.name];
    const loaded = feed(words, passphrase.line()) == 0;
    this.state = loaded || this.isOpen() ? OPEN : WRONG;
    if (this.state == OPEN) endConsoleAsker(this.root);
  }
}

export function isKeyLoaded(dataset: Uint8Array): bool {
  const program = programPath(ascii("zfs"));
  if (program.length == 0) return false;
  const words = [program, ascii("get"), ascii("-H"), ascii("-o"), ascii("value"), ascii("keystatus"), dataset];
  const output = outputOf(words, STATUS_LIMIT, MILLISECONDS);
  return output != null && startsWithText(output, "available");
}

/** Datasets that have a key of their own, a passphrase, which isn't loaded. */
export function zfsDisks(root: Root): Disk[] {
  const disks = new Array<Disk>();
  const program = programPath(ascii("zfs"));
  if (program.length == 0) return disks;
  const properties = ascii("name,encryptionroot,keylocation,keystatus");
  const words = [program, ascii("list"), ascii("-H"), ascii("-o"), properties, ascii("-t"), ascii("filesystem,volume")];
  const output = outputOf(words, LISTING_LIMIT, MILLISECONDS);
  if (output == null) return disks;
  let start = 0;
  while (start < output.length) {
    const feed = output.indexOf(LINE_FEED, start);
    const end = feed < 0 ? output.length : feed;
    const name = lockedDataset(output.subarray(start, end));
    if (name.length > 0) disks.push(new ZfsDisk(root, name));
    start = end + 1;
  }
  return disks;
}

/** The dataset that a line is about if it waits for a passphrase of its own; EMPTY otherwise. */
function lockedDataset(line: Uint8Array): Uint8Array {
  const first = line.indexOf(TAB);
  const second = first < 0 ? -1 : line.indexOf(TAB, first + 1);
  if (second < 0) return EMPTY;
  const name = line.subarray(0, first);
  const own = equal(name, line.subarray(first + 1, second));
  return own && isText(line.subarray(second + 1), "prompt\tunavailable") ? name : EMPTY;
}

/** Nobody needs to ask on the console any more: when its asker ends, the script there looks at the key. */
function endConsoleAsker(root: Root): void {
  const file = readFile(root.to(CONSOLE_ASKER), CONSOLE_ASKER_LIMIT).bytes;
  const feed = file.indexOf(LINE_FEED);
  const asker = feed < 0 ? file : file.subarray(0, feed);
  const processes = new Processes();
  while (asker.length > 0 && processes.next()) {
    const words = wordsOf(processes.id);
    for (let i = 0; i < words.length; i++) {
      if (equal(baseName(words[i]), asker)) kill(processes.id, SIGTERM);
    }
  }
}
