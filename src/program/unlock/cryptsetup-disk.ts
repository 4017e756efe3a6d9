/** A disk that nobody asks for: cryptsetup(8) is run to open it. */
import { ascii } from "../../core/bytes/text.ts";
import { feed } from "../../linux/fed-program.ts";
import { programPath } from "../../linux/program-path.ts";
import { Disk, FAILED, OPEN, WRONG } from "./disk.ts";
import { LuksDisk } from "./luks-disk.ts";
import { Passphrase } from "./passphrase.ts";
import { Root } from "./root.ts";

/** Exit status of cryptsetup: no permission, which is a bad passphrase. */
const NO_PERMISSION: i32 = 2;

export class CryptsetupDisk extends LuksDisk {
  constructor(root: Root, device: Uint8Array, name: Uint8Array) {
    super(root);
    this.asker = "cryptsetup";
    this.isDirect = true;
    this.device = device;
    this.name = name;
  }

  isGivenUp(_waiting: Disk[]): bool {
    return false;
  }

  answer(passphrase: Passphrase): void {
    const program = programPath(ascii("cryptsetup"));
    const words = [program, ascii("open"), ascii("--type"), ascii("luks"), ascii("--key-file=-"), ascii("--")];
    words.push(this.root.at(this.device));
    words.push(this.name);
    const status = program.length > 0 ? feed(words, passphrase.bytes()) : -1;
    this.state = status == 0 ? OPEN : status == NO_PERMISSION ? WRONG : FAILED;
    if (program.length == 0) this.reason = "there is no cryptsetup";
    else if (this.state == FAILED) this.reason = `cryptsetup failed with status ${status}`;
  }
}
