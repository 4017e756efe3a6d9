/**
 * Requests about what a path names, draft-ietf-secsh-filexfer-02 sections 6.4 to 6.11. Requests with the same fields
 * share a class. `decode` starts behind the packet type. Byte arrays that it gives are views into the packet, and a path
 * that holds a NUL is bad: the system would take the part before it for the whole.
 */
import { EMPTY } from "../../../bytes/bytes.ts";
import { Reader } from "../../../wire/reader.ts";
import { Writer } from "../../../wire/writer.ts";
import { Attributes } from "./attributes.ts";

/** Reads a path. */
export function decodePath(r: Reader): Uint8Array {
  const path = r.string();
  if (path.indexOf(0) >= 0) r.bad = true;
  return path;
}

/** LSTAT, STAT, OPENDIR, REMOVE, RMDIR, REALPATH, READLINK. */
export class PathRequest {
  type: i32;
  id: u32 = 0;
  path: Uint8Array = EMPTY;

  constructor(type: i32) {
    this.type = type;
  }

  encode(w: Writer): void {
    w.byte(this.type as u8);
    w.uint32(this.id);
    w.string(this.path);
  }

  static decode(type: i32, r: Reader): PathRequest {
    const m = new PathRequest(type);
    m.id = r.uint32();
    m.path = decodePath(r);
    return m;
  }
}

/** SETSTAT, MKDIR. */
export class PathAttributesRequest {
  type: i32;
  id: u32 = 0;
  path: Uint8Array = EMPTY;
  attributes: Attributes = new Attributes();

  constructor(type: i32) {
    this.type = type;
  }

  encode(w: Writer): void {
    w.byte(this.type as u8);
    w.uint32(this.id);
    w.string(this.path);
    this.attributes.encode(w);
  }

  static decode(type: i32, r: Reader): PathAttributesRequest {
    const m = new PathAttributesRequest(type);
    m.id = r.uint32();
    m.path = decodePath(r);
    m.attributes = Attributes.decode(r);
    return m;
  }
}

/**
 * RENAME, from the first path to the second; SYMLINK, whose first path is where the link leads and whose second is the
 * link: all clients have followed OpenSSH in this, whatever the draft says.
 */
export class PathPairRequest {
  type: i32;
  id: u32 = 0;
  first: Uint8Array = EMPTY;
  second: Uint8Array = EMPTY;

  constructor(type: i32) {
    this.type = type;
  }

  encode(w: Writer): void {
    w.byte(this.type as u8);
    w.uint32(this.id);
    w.string(this.first);
    w.string(this.second);
  }

  static decode(type: i32, r: Reader): PathPairRequest {
    const m = new PathPairRequest(type);
    m.id = r.uint32();
    m.first = decodePath(r);
    m.second = decodePath(r);
    return m;
  }
}
