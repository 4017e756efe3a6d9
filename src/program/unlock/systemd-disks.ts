/**
 * Disks that systemd's askers want a passphrase for: LUKS by systemd-cryptsetup, and ZFS by scripts with
 * systemd-ask-password.
 *
 * Nobody tells what an answer came to. The request's file goes when there is one; a disk that opens was answered right,
 * one for which there is a new request wrong; and if its asker has gone without either, that was its last try.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText, printable, startsWithText } from "../../core/bytes/text.ts";
import { AskRequest, isAnswerable, REQUEST_LIMIT } from "../../core/unlock/ask-request.ts";
import { now } from "../../linux/clock.ts";
import { close, O_DIRECTORY, O_RDONLY, write } from "../../linux/descriptor.ts";
import { ESRCH } from "../../linux/errno.ts";
import { open, readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FolderListing } from "../../linux/folder-listing.ts";
import { connectLocally, SOCK_DGRAM } from "../../linux/local-socket.ts";
import { baseName, within } from "../../linux/path.ts";
import { wordsOf } from "../../linux/process-tree.ts";
import { kill } from "../../linux/signals.ts";
import { ANSWERED, Disk, FAILED } from "./disk.ts";
import { LuksDisk } from "./luks-disk.ts";
import { Passphrase } from "./passphrase.ts";
import { Root } from "./root.ts";
import { isKeyLoaded } from "./zfs.ts";

const FOLDER: string = "/run/systemd/ask-password";
const PREFIX: string = "ask.";
/** A word among the options of crypttab(5). */
const HEADER_OPTION: string = "header=";

class SystemdDisk extends LuksDisk {
  private request: AskRequest;

  constructor(root: Root, request: AskRequest) {
    super(root);
    this.asker = "systemd";
    this.request = request;
    const dataset = request.dataset();
    this.again = !request.acceptCached && dataset.length == 0; // scripts take no cached answers at all
    this.device = dataset.length > 0 ? dataset : request.device();
    this.name = dataset.length > 0 ? dataset : request.volume();
    if (dataset.length == 0) this.learnFromAsker();
    if (this.name.length == 0) this.name = baseName(this.device);
  }

  /** The command line is `systemd-cryptsetup attach NAME DEVICE KEY-FILE OPTIONS`. */
  private learnFromAsker(): void {
    const words = this.request.process > 0 ? wordsOf(this.request.process) : new Array<Uint8Array>();
    let at = 0;
    while (at < words.length && !isText(words[at], "attach")) at++;
    if (at + 1 < words.length) this.name = words[at + 1];
    if (at + 4 < words.length) this.header = headerOption(words[at + 4]);
  }

  private isDataset(): bool {
    return this.request.dataset().length > 0;
  }

  headerFault(): string {
    return this.isDataset() ? "" : super.headerFault();
  }

  isOpen(): bool {
    return this.isDataset() ? isKeyLoaded(this.name) : super.isOpen();
  }

  isGivenUp(_waiting: Disk[]): bool {
    return this.request.process > 0 && kill(this.request.process, 0) == -ESRCH;
  }

  answer(passphrase: Passphrase): void {
    if (!isAnswerable(passphrase.bytes())) {
      this.state = FAILED;
      this.reason = "systemd takes no passphrase with a NUL in it";
      return;
    }
    const socket = connectLocally(this.root.at(this.request.socket), SOCK_DGRAM);
    const datagram = passphrase.datagram();
    const sent = socket < 0 ? socket : write(socket, datagram, 0, datagram.length);
    if (sent == datagram.length) this.state = ANSWERED;
    else this.notDelivered(sent);
    close(socket);
  }
}

/** The path in `header=PATH` among options with commas between them; EMPTY if there is none. */
function headerOption(options: Uint8Array): Uint8Array {
  let start = 0;
  while (start < options.length) {
    const comma = options.indexOf(44, start);
    const end = comma < 0 ? options.length : comma;
    const option = options.subarray(start, end);
    if (startsWithText(option, HEADER_OPTION)) return option.subarray(HEADER_OPTION.length);
    start = end + 1;
  }
  return EMPTY;
}

/** The disks that are asked for now. */
export function systemdDisks(root: Root): Disk[] {
  const disks = new Array<Disk>();
  const folder = open(root.to(FOLDER), O_RDONLY | O_DIRECTORY);
  if (folder < 0) return disks;
  const listing = new FolderListing();
  const status = new FileStatus();
  while (listing.read(folder) > 0) {
    while (listing.next()) {
      if (!startsWithText(listing.name, PREFIX)) continue;
      if (status.ofEntry(folder, listing.terminatedName, false) < 0 || !status.isRegular()) continue;
      const file = printable(listing.name);
      const request = AskRequest.parse(readFile(within(root.to(FOLDER), file), REQUEST_LIMIT).bytes);
      if (request == null || !isAlive(request)) continue;
      const disk = new SystemdDisk(root, request);
      disk.ticket = request.socket; // a new one for each request, as the file is
      if (disk.device.length > 0) disks.push(disk);
    }
  }
  close(folder);
  return disks;
}

/** True if somebody waits for the answer. */
function isAlive(request: AskRequest): bool {
  if (request.notAfter > 0 && request.notAfter < now() * 1000) return false;
  return request.process == 0 || kill(request.process, 0) != -ESRCH;
}
