/** What a file is, apart from its name and content: ATTRS of draft-ietf-secsh-filexfer-02 section 5. */
import { Reader } from "../../../wire/reader.ts";
import { Uint64 } from "../../../wire/uint64.ts";
import { Writer } from "../../../wire/writer.ts";

/** Which fields are there. */
export const ATTR_SIZE: u32 = 1;
export const ATTR_UIDGID: u32 = 2;
export const ATTR_PERMISSIONS: u32 = 4;
export const ATTR_ACMODTIME: u32 = 8;
export const ATTR_EXTENDED: u32 = 0x80000000;

/** What a file system tells of a file. */
export const ATTR_ALL: u32 = ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME;

/** Extended attributes are read over: no version 3 client has agreed on any. */
export class Attributes {
  flags: u32 = 0;
  /** Bytes. */
  size: Uint64 = new Uint64();
  user: u32 = 0;
  group: u32 = 0;
  /** The file's type as well where a file system tells it: stat(2)'s st_mode. */
  permissions: u32 = 0;
  /** Seconds since 1970. */
  accessed: u32 = 0;
  modified: u32 = 0;
  /** Names that the file has. Not sent but in a listing's text. */
  links: u32 = 0;

  has(flag: u32): bool {
    return (this.flags & flag) != 0;
  }

  encode(w: Writer): void {
    w.uint32(this.flags);
    if (this.has(ATTR_SIZE)) this.size.encode(w);
    if (this.has(ATTR_UIDGID)) {
      w.uint32(this.user);
      w.uint32(this.group);
    }
    if (this.has(ATTR_PERMISSIONS)) w.uint32(this.permissions);
    if (this.has(ATTR_ACMODTIME)) {
      w.uint32(this.accessed);
      w.uint32(this.modified);
    }
  }

  static decode(r: Reader): Attributes {
    const a = new Attributes();
    const flags = r.uint32();
    a.flags = (flags & ATTR_ALL) >>> 0;
    if (a.has(ATTR_SIZE)) a.size = Uint64.decode(r);
    if (a.has(ATTR_UIDGID)) {
      a.user = r.uint32();
      a.group = r.uint32();
    }
    if (a.has(ATTR_PERMISSIONS)) a.permissions = r.uint32();
    if (a.has(ATTR_ACMODTIME)) {
      a.accessed = r.uint32();
      a.modified = r.uint32();
    }
    if ((flags & ATTR_EXTENDED) == 0) return a;
    for (let left = r.uint32(); left > 0 && !r.bad; left--) {
      r.string();
      r.string();
    }
    return a;
  }
}
