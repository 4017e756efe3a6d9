/** What others have put into an image, as far as a login depends on it. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { dropbearTakes } from "../../core/initramfs/dropbear.ts";
import { listenPort } from "../../core/initramfs/unit-file.ts";
import { Account, parseAccount } from "../../linux/accounts.ts";
import { ImageView } from "./image-view.ts";

const PASSWD: string = "etc/passwd";
const ROOT_LINE: string = "root:x:0:0:root:/root:/bin/sh\n";

/** Where systemd finds what it starts early. */
const WANTS: string[] = [
  "etc/systemd/system/sysinit.target.wants",
  "etc/systemd/system/sockets.target.wants",
  "usr/lib/systemd/system/sysinit.target.wants",
  "usr/lib/systemd/system/sockets.target.wants",
];
/** Names of other SSH servers' units. */
const SERVERS: string[] = ["tinyssh", "sshd", "ssh.", "dropbear"];
/** Where another SSH server is, for an initramfs without systemd; what dropbear-initramfs starts it by, and its configuration. */
const DROPBEAR: string[] = ["usr/sbin/dropbear", "sbin/dropbear"];
const DROPBEAR_SCRIPT: string = "scripts/init-premount/dropbear";
export const DROPBEAR_CONFIGURATION: string = "etc/dropbear/dropbear.conf";

const NEWLINE: u8 = 10;

export class OtherContents {
  /** Root's home folder, from the image's root on, without a slash in front; EMPTY if it is the root. */
  home: Uint8Array = ascii("root");
  /** Root's shell, in the same way. */
  shell: string = "";
  /** The content of /etc/passwd that the image needs; EMPTY if it is fine as it is. */
  passwd: Uint8Array = EMPTY;
  /** Why nobody can log in; empty if nothing is wrong. */
  fault: string = "";
  /** Another SSH server that will be there; empty if there is none. */
  otherServer: string = "";
  /** That one has the port, for certain. */
  clashes: bool = false;
  private image: ImageView;

  constructor(image: ImageView, port: i32) {
    this.image = image;
    this.readAccounts();
    for (let i = 0; i < WANTS.length; i++) this.lookFor(port, WANTS[i]);
    if (image.has(DROPBEAR[0]) || image.has(DROPBEAR[1])) {
      this.otherServer = "dropbear";
      const isDebians = image.has(DROPBEAR_SCRIPT);
      if (isDebians && dropbearTakes(image.text(DROPBEAR_CONFIGURATION), port)) this.clashes = true;
    }
  }

  private readAccounts(): void {
    const file = this.image.text(PASSWD);
    let root = accountIn(file);
    if (root == null) {
      const isWhole: bool = file.length == 0 || file[file.length - 1] == NEWLINE;
      this.passwd = concat(isWhole ? file : concat(file, ascii("\n")), ascii(ROOT_LINE));
      root = accountIn(this.passwd)!;
    }
    this.home = root.home.length > 0 ? root.home.subarray(1) : root.home;
    this.shell = printable(root.shell.subarray(1));
    if (!this.image.has(this.shell)) this.fault = "root's shell /" + this.shell + " is not in the image";
  }

  /** Looks through the units in `folder`. */
  private lookFor(port: i32, folder: string): void {
    const names = this.image.names(folder);
    for (let i = 0; i < names.length; i++) {
      for (let j = 0; j < SERVERS.length; j++) {
        if (names[i].startsWith(SERVERS[j])) this.found(names[i], folder, port);
      }
    }
  }

  private found(unit: string, folder: string, port: i32): void {
    this.otherServer = unit;
    // The instance of a template: sd-tinyssh and its like have the port there.
    const isInstance = unit.endsWith(`@${port}.socket`);
    if (isInstance || listenPort(this.image.text(folder + "/" + unit)) == port) this.clashes = true;
  }
}

/** Root's, as the server will read it; null if there is none. */
function accountIn(file: Uint8Array): Account | null {
  let account: Account | null = null;
  for (let at = 0; at < file.length && account == null;) {
    const newline = file.indexOf(NEWLINE, at);
    const end = newline < 0 ? file.length : newline;
    account = parseAccount(file.subarray(at, end), ascii("root"));
    at = end + 1;
  }
  return account;
}
