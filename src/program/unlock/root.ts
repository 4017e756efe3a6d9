/** Where the machine's files are: in `/`, or for a test below another folder. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { FileStatus } from "../../linux/file-status.ts";

export class Root {
  /** EMPTY for `/`. */
  folder: Uint8Array = EMPTY;

  /** Where the file that is called `path`, from `/` on, is. */
  at(path: Uint8Array): Uint8Array {
    return this.folder.length == 0 ? path : concat(this.folder, path);
  }

  /** The same of a name that is known here. */
  to(path: string): Uint8Array {
    return this.at(ascii(path));
  }

  /** True if there is something at `path`. */
  has(path: Uint8Array): bool {
    return new FileStatus().ofPath(this.at(path), true) >= 0;
  }
}
