/** What an image builder has put into the image already, as far as a login depends on it. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, isText, printable, startsWithText } from "../../core/bytes/text.ts";
import { close, O_DIRECTORY, O_RDONLY } from "../../linux/descriptor.ts";
import { open, readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FolderListing } from "../../linux/folder-listing.ts";
import { within } from "../../linux/path.ts";

const PASSWD: string = "etc/passwd";
const PASSWD_LIMIT: i32 = 65536;
const ROOT_LINE: string = "root:x:0:0:root:/root:/bin/sh\n";
const HOME_FIELD: i32 = 5;
const SHELL_FIELD: i32 = 6;

/** Where systemd finds what it starts early. */
const WANTS: string[] = [
  "etc/systemd/system/sysinit.target.wants",
  "etc/systemd/system/sockets.target.wants",
  "usr/lib/systemd/system/sysinit.target.wants",
  "usr/lib/systemd/system/sockets.target.wants",
];
/** Names of other SSH servers' units. */
const SERVERS: string[] = ["tinyssh", "sshd", "ssh.", "dropbear"];
/** Where another SSH server is, for an initramfs without systemd. */
const PROGRAMS: string[] = ["usr/sbin/dropbear", "sbin/dropbear"];

const COLON: u8 = 58;
const NEWLINE: u8 = 10;

export class ImageSoFar {
  /** Root's home folder, from the image's root on, without a slash in front; EMPTY if it is the root. */
  home: Uint8Array = ascii("root");
  /** The content of /etc/passwd that the image needs; EMPTY if it is fine as it is. */
  passwd: Uint8Array = EMPTY;
  /** Why nobody can log in; empty if nothing is wrong. */
  fault: string = "";
  /** Another SSH server that will be there; empty if there is none. */
  otherServer: string = "";
  /** That one has the port, for certain. */
  clashes: bool = false;
  private root: Uint8Array;

  /** `root`: its folder. */
  constructor(root: Uint8Array, port: i32) {
    this.root = root;
    if (this.has("")) this.look(port);
    else this.fault = "there is no folder " + printable(root);
  }

  private look(port: i32): void {
    this.readAccounts();
    for (let i = 0; i < WANTS.length; i++) this.lookFor(port, WANTS[i]);
    for (let i = 0; i < PROGRAMS.length; i++) if (this.has(PROGRAMS[i])) this.otherServer = "dropbear";
  }

  private has(name: string): bool {
    return new FileStatus().ofPath(within(this.root, name), false) >= 0;
  }

  private readAccounts(): void {
    const file = readFile(within(this.root, PASSWD), PASSWD_LIMIT).bytes;
    let line = rootLine(file);
    if (line.length == 0) {
      const isWhole: bool = file.length == 0 || file[file.length - 1] == NEWLINE;
      this.passwd = concat(isWhole ? file : concat(file, ascii("\n")), ascii(ROOT_LINE));
      line = rootLine(this.passwd);
    }
    const home = field(line, HOME_FIELD);
    const shell = field(line, SHELL_FIELD);
    const path = shell.length > 1 ? shell : ascii("/bin/sh");
    this.home = home.length > 0 ? home.subarray(1) : home;
    if (!this.has(printable(path.subarray(1)))) this.fault = "root's shell " + printable(path) + " is not in the image";
  }

  /** Looks through the units in the folder `name`. */
  private lookFor(port: i32, name: string): void {
    const folder = open(within(this.root, name), O_RDONLY | O_DIRECTORY);
    if (folder < 0) return;
    const listing = new FolderListing();
    while (listing.read(folder) > 0) {
      while (listing.next()) {
        for (let i = 0; i < SERVERS.length; i++) {
          if (startsWithText(listing.name, SERVERS[i])) this.found(listing.name, port);
        }
      }
    }
    close(folder);
  }

  private found(unit: Uint8Array, port: i32): void {
    this.otherServer = printable(unit);
    const at = unit.indexOf(64) + 1; // the instance of a template: sd-tinyssh and its like have the port there
    if (at > 0 && isText(unit.subarray(at), `${port}.socket`)) this.clashes = true;
  }
}

/** The line of root; EMPTY if there is none. */
function rootLine(file: Uint8Array): Uint8Array {
  for (let at = 0; at < file.length;) {
    const newline = file.indexOf(NEWLINE, at);
    const end = newline < 0 ? file.length : newline;
    const line = file.subarray(at, end);
    if (startsWithText(line, "root:")) return line;
    at = end + 1;
  }
  return EMPTY;
}

function field(line: Uint8Array, number: i32): Uint8Array {
  let start = 0;
  for (let i = 0; i < number; i++) {
    const colon = line.indexOf(COLON, start);
    if (colon < 0) return EMPTY;
    start = colon + 1;
  }
  const end = line.indexOf(COLON, start);
  return line.subarray(start, end < 0 ? line.length : end);
}
