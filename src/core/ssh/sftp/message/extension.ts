/**
 * SSH_FXP_EXTENDED and its answer, draft-ietf-secsh-filexfer-02 section 8, and what stands in them: OpenSSH's extensions
 * (its file PROTOCOL, section 4), `copy-data` of draft-ietf-secsh-filexfer-extensions-00 section 7 and `home-directory`
 * of section 5 there.
 *
 * `decode` of the packets starts behind their type; that of an extension's fields, behind its name.
 */
import { EMPTY } from "../../../bytes/bytes.ts";
import { Reader } from "../../../wire/reader.ts";
import { Uint64 } from "../../../wire/uint64.ts";
import { Writer } from "../../../wire/writer.ts";
import { Message } from "../../message/message.ts";
import { Attributes } from "./attributes.ts";
import * as number from "./number.ts";
import { decodePath } from "./path.ts";

/** SSH_FXP_EXTENDED. */
export class Extended {
  id: u32 = 0;
  name: Uint8Array = EMPTY;
  /** What the extension adds. */
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.EXTENDED as u8);
    w.uint32(this.id);
    w.string(this.name);
    w.raw(this.data);
  }

  static decode(r: Reader): Extended {
    const m = new Extended();
    m.id = r.uint32();
    m.name = r.string();
    m.data = r.rest();
    return m;
  }
}

/** SSH_FXP_EXTENDED_REPLY. */
export class ExtendedReply extends Message {
  id: u32 = 0;
  data: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.byte(number.EXTENDED_REPLY as u8);
    w.uint32(this.id);
    w.raw(this.data);
  }

  static decode(r: Reader): ExtendedReply {
    const m = new ExtendedReply();
    m.id = r.uint32();
    m.data = r.rest();
    return m;
  }
}

/** `statvfs@openssh.com`, `expand-path@openssh.com`. */
export class PathField {
  path: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.path);
  }

  static decode(r: Reader): PathField {
    const m = new PathField();
    m.path = decodePath(r);
    return m;
  }
}

/** `posix-rename@openssh.com`, `hardlink@openssh.com`: what is there, and its other name. */
export class PathPairFields {
  first: Uint8Array = EMPTY;
  second: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.first);
    w.string(this.second);
  }

  static decode(r: Reader): PathPairFields {
    const m = new PathPairFields();
    m.first = decodePath(r);
    m.second = decodePath(r);
    return m;
  }
}

/** `fsync@openssh.com`, `fstatvfs@openssh.com`. */
export class HandleField {
  handle: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.handle);
  }

  static decode(r: Reader): HandleField {
    const m = new HandleField();
    m.handle = r.string();
    return m;
  }
}

/** `lsetstat@openssh.com`. */
export class PathAttributesFields {
  path: Uint8Array = EMPTY;
  attributes: Attributes = new Attributes();

  encode(w: Writer): void {
    w.string(this.path);
    this.attributes.encode(w);
  }

  static decode(r: Reader): PathAttributesFields {
    const m = new PathAttributesFields();
    m.path = decodePath(r);
    m.attributes = Attributes.decode(r);
    return m;
  }
}

/** `copy-data`. */
export class CopyDataFields {
  from: Uint8Array = EMPTY;
  fromOffset: Uint64 = new Uint64();
  /** Bytes; 0 for all up to the end. */
  length: Uint64 = new Uint64();
  to: Uint8Array = EMPTY;
  toOffset: Uint64 = new Uint64();

  encode(w: Writer): void {
    w.string(this.from);
    this.fromOffset.encode(w);
    this.length.encode(w);
    w.string(this.to);
    this.toOffset.encode(w);
  }

  static decode(r: Reader): CopyDataFields {
    const m = new CopyDataFields();
    m.from = r.string();
    m.fromOffset = Uint64.decode(r);
    m.length = Uint64.decode(r);
    m.to = r.string();
    m.toOffset = Uint64.decode(r);
    return m;
  }
}

/** `home-directory`. */
export class UserField {
  /** Empty for the user that is logged in. */
  user: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.user);
  }

  static decode(r: Reader): UserField {
    const m = new UserField();
    m.user = decodePath(r);
    return m;
  }
}

/** `users-groups-by-id@openssh.com`: numbers, four bytes each; in the answer names, a string each. */
export class UsersGroupsFields {
  users: Uint8Array = EMPTY;
  groups: Uint8Array = EMPTY;

  encode(w: Writer): void {
    w.string(this.users);
    w.string(this.groups);
  }

  static decode(r: Reader): UsersGroupsFields {
    const m = new UsersGroupsFields();
    m.users = r.string();
    m.groups = r.string();
    return m;
  }
}

/** The answer to `limits@openssh.com`. */
export class Limits {
  /** Bytes of a packet behind its length, of what one READ gives, of what one WRITE takes. */
  packet: u32 = 0;
  read: u32 = 0;
  write: u32 = 0;
  handles: u32 = 0;

  encode(w: Writer): void {
    new Uint64(0, this.packet).encode(w);
    new Uint64(0, this.read).encode(w);
    new Uint64(0, this.write).encode(w);
    new Uint64(0, this.handles).encode(w);
  }
}

/** The answer to `statvfs@openssh.com`: the fields of statvfs(3), which has their meanings. */
export class FileSystemStatistics {
  blockSize: Uint64 = new Uint64();
  fragmentSize: Uint64 = new Uint64();
  blocks: Uint64 = new Uint64();
  freeBlocks: Uint64 = new Uint64();
  availableBlocks: Uint64 = new Uint64();
  files: Uint64 = new Uint64();
  freeFiles: Uint64 = new Uint64();
  availableFiles: Uint64 = new Uint64();
  identity: Uint64 = new Uint64();
  readOnly: bool = false;
  noSetUserId: bool = false;
  nameLimit: Uint64 = new Uint64();

  encode(w: Writer): void {
    this.blockSize.encode(w);
    this.fragmentSize.encode(w);
    this.blocks.encode(w);
    this.freeBlocks.encode(w);
    this.availableBlocks.encode(w);
    this.files.encode(w);
    this.freeFiles.encode(w);
    this.availableFiles.encode(w);
    this.identity.encode(w);
    new Uint64(0, (this.readOnly ? 1 : 0) | (this.noSetUserId ? 2 : 0)).encode(w);
    this.nameLimit.encode(w);
  }
}
