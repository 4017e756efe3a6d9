/** A file system in memory, flat but for folders by name, for the SFTP server under test: small, and exact about errors. */
import type { FileSystemStatistics } from "../../src/core/ssh/sftp/message/extension.ts";
import { FileSystem } from "../../src/core/ssh/sftp/file-system.ts";
import { ATTR_ALL, ATTR_PERMISSIONS, ATTR_SIZE, type Attributes } from "../../src/core/ssh/sftp/message/attributes.ts";
import { OPEN_CREATE, OPEN_EXCLUSIVE, OPEN_TRUNCATE } from "../../src/core/ssh/sftp/message/file.ts";
import { Entry } from "../../src/core/ssh/sftp/message/reply.ts";
import { Uint64 } from "../../src/core/wire/uint64.ts";

const [ENOENT, EBADF, EEXIST, ENOTDIR, EISDIR, EINVAL, EFBIG, ENOTEMPTY, ELOOP] = [2, 9, 17, 20, 21, 22, 27, 39, 40];

type Node = { kind: "file"; data: Buffer; mode: number } | { kind: "folder" } | { kind: "link"; target: string };

/** Bytes that a file may have. */
const FILE_LIMIT = 1 << 20;
/** Names in one piece of a listing. */
const LISTED = 3;

const name = (path: Uint8Array): string => Buffer.from(path).toString("latin1");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

export class MemoryFileSystem extends FileSystem {
  /** By paths from the root; the root is "". */
  readonly nodes = new Map<string, Node>([["", { kind: "folder" }]]);
  readonly lines: string[] = [];
  /** Open files and folders, and how far a folder was listed. */
  readonly openFiles = new Map<number, { path: string; listed: number }>();
  private next = 1;

  makeFile(path: string, content: string): void {
    this.nodes.set(path, { kind: "file", data: Buffer.from(content), mode: 0o644 });
  }

  private absolute(path: Uint8Array): string {
    const text = name(path);
    return (text.startsWith("/") ? text : `/${text}`).replace(/\/+$/, "");
  }

  /** The node and its own path, links followed; or the errno. */
  private find(path: string, follow = true, links = 0): [string, Node] | number {
    if (links > 8) return ELOOP;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (path !== "" && this.nodes.get(parent)?.kind !== "folder") return this.nodes.has(parent) ? ENOTDIR : ENOENT;
    const node = this.nodes.get(path);
    if (node === undefined) return ENOENT;
    if (node.kind !== "link" || !follow) return [path, node];
    return this.find(this.absolute(Buffer.from(node.target)), true, links + 1);
  }

  private enter(path: string): number {
    this.openFiles.set(this.next, { path, listed: 0 });
    return this.next++;
  }

  private fileOf(number: number): (Node & { kind: "file" }) | null {
    const node = this.nodes.get(this.openFiles.get(number)?.path ?? "none");
    return node?.kind === "file" ? node : null;
  }

  open(path: Uint8Array, flags: number, mode: number): number {
    const where = this.absolute(path);
    const found = this.find(where);
    if (found === ENOENT && flags & OPEN_CREATE) {
      const parent = this.find(where.slice(0, where.lastIndexOf("/")));
      if (typeof parent === "number") return -parent;
      this.nodes.set(where, { kind: "file", data: Buffer.alloc(0), mode });
      return this.enter(where);
    }
    if (typeof found === "number") return -found;
    if (flags & OPEN_EXCLUSIVE) return -EEXIST;
    if (found[1].kind !== "file") return -EISDIR;
    if (flags & OPEN_TRUNCATE) found[1].data = Buffer.alloc(0);
    return this.enter(found[0]);
  }

  openFolder(path: Uint8Array): number {
    const found = this.find(this.absolute(path));
    if (typeof found === "number") return -found;
    return found[1].kind === "folder" ? this.enter(found[0]) : -ENOTDIR;
  }

  close(file: number): number {
    if (!this.openFiles.delete(file)) throw new Error("closed twice");
    return 0;
  }

  read(file: number, offset: Uint64, out: Uint8Array): number {
    const node = this.fileOf(file);
    if (node === null) return -EBADF;
    if (offset.high > 0x7fffffff) return -EINVAL;
    if (offset.high > 0) return 0;
    const part = node.data.subarray(offset.low, offset.low + out.length);
    out.set(part);
    return part.length;
  }

  write(file: number, offset: Uint64, data: Uint8Array): number {
    const node = this.fileOf(file);
    if (node === null) return -EBADF;
    if (offset.high > 0 || offset.low + data.length > FILE_LIMIT) return -EFBIG;
    const larger = Buffer.alloc(Math.max(node.data.length, data.length === 0 ? 0 : offset.low + data.length));
    node.data.copy(larger);
    if (data.length > 0) larger.set(data, offset.low);
    node.data = larger;
    return 0;
  }

  list(folder: number, entries: Entry[]): number {
    const open = this.openFiles.get(folder)!;
    const inside = [...this.nodes.keys()].filter(
      (path) => path !== "" && path.slice(0, path.lastIndexOf("/")) === open.path,
    );
    for (const path of inside.slice(open.listed, open.listed + LISTED)) {
      const entry = new Entry();
      entry.name = bytes(path.slice(path.lastIndexOf("/") + 1));
      this.describe(this.nodes.get(path)!, entry.attributes);
      entries.push(entry);
    }
    open.listed += LISTED;
    return entries.length;
  }

  private describe(node: Node, attributes: Attributes): void {
    attributes.flags = ATTR_ALL;
    attributes.size = new Uint64(0, node.kind === "file" ? node.data.length : 0);
    attributes.permissions = node.kind === "file" ? 0o100000 | node.mode : node.kind === "folder" ? 0o40755 : 0o120777;
    attributes.links = 1;
  }

  look(path: Uint8Array, follow: boolean, attributes: Attributes): number {
    const found = this.find(this.absolute(path), follow);
    if (typeof found === "number") return -found;
    this.describe(found[1], attributes);
    return 0;
  }

  lookAt(file: number, attributes: Attributes): number {
    this.describe(this.nodes.get(this.openFiles.get(file)!.path) ?? { kind: "folder" }, attributes);
    return 0;
  }

  private apply(node: Node | undefined, attributes: Attributes): number {
    if (node?.kind !== "file") return -EINVAL;
    if (attributes.has(ATTR_SIZE)) {
      if (attributes.size.high > 0 || attributes.size.low > FILE_LIMIT) return -EFBIG;
      const data = Buffer.alloc(attributes.size.low);
      node.data.copy(data);
      node.data = data;
    }
    if (attributes.has(ATTR_PERMISSIONS)) node.mode = attributes.permissions & 0o7777;
    return 0;
  }

  change(path: Uint8Array, follow: boolean, attributes: Attributes): number {
    const found = this.find(this.absolute(path), follow);
    return typeof found === "number" ? -found : this.apply(found[1], attributes);
  }

  changeOpen(file: number, attributes: Attributes): number {
    return this.apply(this.nodes.get(this.openFiles.get(file)!.path), attributes);
  }

  remove(path: Uint8Array): number {
    const found = this.find(this.absolute(path), false);
    if (typeof found === "number") return -found;
    if (found[1].kind === "folder") return -EISDIR;
    this.nodes.delete(found[0]);
    return 0;
  }

  makeFolder(path: Uint8Array): number {
    return this.add(path, { kind: "folder" });
  }

  private add(path: Uint8Array, node: Node): number {
    const where = this.absolute(path);
    const found = this.find(where, false);
    if (found !== ENOENT) return typeof found === "number" ? -found : -EEXIST;
    if (typeof this.find(where.slice(0, where.lastIndexOf("/"))) === "number") return -ENOENT;
    this.nodes.set(where, node);
    return 0;
  }

  removeFolder(path: Uint8Array): number {
    const found = this.find(this.absolute(path), false);
    if (typeof found === "number") return -found;
    if (found[1].kind !== "folder") return -ENOTDIR;
    if ([...this.nodes.keys()].some((other) => other.startsWith(`${found[0]}/`))) return -ENOTEMPTY;
    this.nodes.delete(found[0]);
    return 0;
  }

  rename(from: Uint8Array, to: Uint8Array, replace: boolean): number {
    const [old, next] = [this.absolute(from), this.absolute(to)];
    const found = this.find(old, false);
    if (typeof found === "number") return -found;
    if (found[1].kind === "folder") return -EINVAL;
    if (this.nodes.has(next) && !replace) return -EEXIST;
    if (this.nodes.get(next)?.kind === "folder") return -EISDIR;
    this.nodes.delete(old);
    this.nodes.set(next, found[1]);
    return 0;
  }

  link(path: Uint8Array, to: Uint8Array): number {
    const found = this.find(this.absolute(path), false);
    return typeof found === "number" ? -found : this.add(to, found[1]);
  }

  makeLink(target: Uint8Array, path: Uint8Array): number {
    return this.add(path, { kind: "link", target: name(target) });
  }

  readLink(path: Uint8Array, out: Uint8Array): number {
    const found = this.find(this.absolute(path), false);
    if (typeof found === "number") return -found;
    if (found[1].kind !== "link") return -EINVAL;
    out.set(bytes(found[1].target));
    return found[1].target.length;
  }

  sync(): number {
    return 0;
  }

  statistics(_path: Uint8Array, out: FileSystemStatistics): number {
    out.nameLimit = new Uint64(0, 255);
    return 0;
  }

  statisticsOf(_file: number, out: FileSystemStatistics): number {
    return this.statistics(bytes(""), out);
  }

  copy(): number {
    return 0;
  }

  startFolder(): Uint8Array {
    return bytes("/");
  }

  homeOf(user: Uint8Array): Uint8Array {
    return user.length === 0 ? bytes("/home") : bytes("");
  }

  userName(id: number): Uint8Array {
    return bytes(id === 0 ? "root" : id === 1 ? "x".repeat(256) : "");
  }

  groupName(id: number): Uint8Array {
    return this.userName(id);
  }

  time(): number {
    return 1_800_000_000;
  }

  errorText(errno: number): string {
    return `error ${errno}`;
  }

  logs(): boolean {
    return true;
  }

  log(message: string): void {
    this.lines.push(message);
  }
}
