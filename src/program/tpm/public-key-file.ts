/** Public keys and certificates in files of one line, as ssh-keygen writes them. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { KeyLines } from "../../core/ssh/key/key-lines.ts";
import { readFile } from "../../linux/file.ts";

/** More than any certificate's line has. */
const LIMIT: i32 = 65536;

export class PublicKeyFile {
  /** 0, or the negative errno of reading the file. */
  error: i32 = 0;
  /** On the wire; EMPTY if there is none in the file. */
  blob: Uint8Array = EMPTY;
  comment: Uint8Array = EMPTY;

  static read(path: Uint8Array): PublicKeyFile {
    const file = new PublicKeyFile();
    const contents = readFile(path, LIMIT);
    file.error = contents.error;
    const lines = new KeyLines(contents.bytes);
    const blob = lines.next() ? lines.blob() : null;
    if (blob == null) return file;
    file.blob = blob;
    file.comment = lines.comment();
    return file;
  }
}
