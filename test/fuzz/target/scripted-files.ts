/** A file system where everything is as the last byte of a path says, and which insists on being asked sensibly. */
import { EMPTY } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { FileSystem, NAME_LIMIT } from "../../../src/core/ssh/sftp/file-system.ts";
import { ATTR_ALL, Attributes } from "../../../src/core/ssh/sftp/message/attributes.ts";
import { FileSystemStatistics } from "../../../src/core/ssh/sftp/message/extension.ts";
import { Entry } from "../../../src/core/ssh/sftp/message/reply.ts";
import { Uint64 } from "../../../src/core/wire/uint64.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect } from "../target.ts";

const ENOENT: i32 = -2;
const EINVAL: i32 = -22;
/** What paths end with that don't exist, and that are symbolic links. */
const NOTHING: u8 = 110;
const LINK: u8 = 108;
/** Bytes in each file, and listings before a folder's end. */
const SIZE: u32 = 5000;
const LISTINGS: i32 = 2;

class OpenFile {
  isFolder: bool;
  listings: i32 = 0;
  isOpen: bool = true;

  constructor(isFolder: bool) {
    this.isFolder = isFolder;
  }
}

export class ScriptedFiles extends FileSystem {
  opened: i32 = 0;
  closed: i32 = 0;
  /** How often anything was to be changed. */
  changes: i32 = 0;
  private files: OpenFile[] = new Array<OpenFile>();
  private out: Writer;

  constructor(out: Writer) {
    super();
    this.out = out;
  }

  open(path: Uint8Array, flags: u32, mode: u32): i32 {
    this.out.uint32(flags);
    this.out.uint32(mode);
    if ((flags & 0x3a) != 0) this.changes++;
    return this.add(path, false);
  }

  openFolder(path: Uint8Array): i32 {
    return this.add(path, true);
  }

  close(file: i32): i32 {
    this.fileOf(file).isOpen = false;
    this.closed++;
    return 0;
  }

  read(file: i32, offset: Uint64, out: Uint8Array): i32 {
    expect(!this.fileOf(file).isFolder && out.length > 0, "a file is read, and some of it");
    if (offset.high != 0 || offset.low >= SIZE) return 0;
    const left = (SIZE - offset.low) as i32;
    const count = left < out.length ? left : out.length;
    out.fill(120, 0, count);
    return count;
  }

  write(file: i32, offset: Uint64, bytes: Uint8Array): i32 {
    expect(!this.fileOf(file).isFolder, "a file is written");
    this.changes++;
    this.out.uint32(offset.low);
    this.out.string(bytes);
    return offset.high == 0 ? bytes.length : EINVAL;
  }

  list(folder: i32, entries: Entry[]): i32 {
    const file = this.fileOf(folder);
    expect(file.isFolder, "a folder is listed");
    file.listings++;
    if (file.listings > LISTINGS) return 0;
    const entry = new Entry();
    entry.name = ascii("name");
    this.fill(entry.attributes);
    entries.push(entry);
    return 0;
  }

  look(path: Uint8Array, follow: bool, attributes: Attributes): i32 {
    const found = this.find(path);
    this.fill(attributes);
    if (!follow && this.is(path, LINK)) attributes.permissions = 0o120777;
    return found;
  }

  lookAt(file: i32, attributes: Attributes): i32 {
    this.fileOf(file);
    this.fill(attributes);
    return 0;
  }

  change(path: Uint8Array, _follow: bool, attributes: Attributes): i32 {
    this.changes++;
    this.out.uint32(attributes.flags);
    return this.find(path);
  }

  changeOpen(file: i32, attributes: Attributes): i32 {
    this.changes++;
    this.fileOf(file);
    this.out.uint32(attributes.flags);
    return 0;
  }

  remove(path: Uint8Array): i32 {
    this.changes++;
    return this.find(path);
  }

  makeFolder(path: Uint8Array, mode: u32): i32 {
    this.out.uint32(mode);
    return this.remove(path);
  }

  removeFolder(path: Uint8Array): i32 {
    return this.remove(path);
  }

  rename(from: Uint8Array, to: Uint8Array, replace: bool): i32 {
    this.out.boolean(replace);
    this.find(to);
    return this.remove(from);
  }

  link(path: Uint8Array, to: Uint8Array): i32 {
    return this.rename(path, to, false);
  }

  makeLink(target: Uint8Array, path: Uint8Array): i32 {
    this.out.string(target);
    return this.remove(path);
  }

  readLink(path: Uint8Array, out: Uint8Array): i32 {
    if (this.find(path) < 0) return ENOENT;
    if (!this.is(path, LINK)) return EINVAL;
    expect(out.length > 0, "room for a path");
    out.set(ascii("t"));
    return 1;
  }

  sync(file: i32): i32 {
    this.fileOf(file);
    return 0;
  }

  statistics(path: Uint8Array, _out: FileSystemStatistics): i32 {
    return this.find(path);
  }

  statisticsOf(file: i32, _out: FileSystemStatistics): i32 {
    this.fileOf(file);
    return 0;
  }

  copy(from: i32, fromOffset: Uint64, length: Uint64, to: i32, _toOffset: Uint64): i32 {
    expect(!this.fileOf(from).isFolder && !this.fileOf(to).isFolder, "files are copied");
    this.changes++;
    this.out.uint32(fromOffset.low);
    this.out.uint32(length.low);
    return 0;
  }

  startFolder(): Uint8Array {
    return ascii("/home");
  }

  homeOf(user: Uint8Array): Uint8Array {
    return user.length > 4 ? EMPTY : ascii("/home/user");
  }

  userName(id: u32): Uint8Array {
    return new Uint8Array((id % ((NAME_LIMIT as u32) + 1)) as i32).fill(117);
  }

  groupName(id: u32): Uint8Array {
    return this.userName(id);
  }

  time(): f64 {
    return 1700000000;
  }

  errorText(errno: i32): string {
    return `error ${errno}`;
  }

  logs(): bool {
    return true;
  }

  log(message: string): void {
    this.out.text(message);
  }

  private add(path: Uint8Array, isFolder: bool): i32 {
    if (this.find(path) < 0) return ENOENT;
    this.files.push(new OpenFile(isFolder));
    this.opened++;
    return this.files.length - 1;
  }

  /** 0, or an errno. */
  private find(path: Uint8Array): i32 {
    expect(path.indexOf(0) < 0, "no path holds a NUL");
    this.out.string(path);
    return this.is(path, NOTHING) ? ENOENT : 0;
  }

  private is(path: Uint8Array, kind: u8): bool {
    return path.length > 0 && path[path.length - 1] == kind;
  }

  private fileOf(number: i32): OpenFile {
    const file = this.files[number];
    expect(file.isOpen, "a file that is open");
    return file;
  }

  private fill(attributes: Attributes): void {
    attributes.flags = ATTR_ALL;
    attributes.size = new Uint64(0, SIZE);
    attributes.user = 7;
    attributes.permissions = 0o100644;
  }
}
