/**
 * The files that an initramfs will have, by the kernel's rules for unpacking it (init/initramfs.c): a later entry takes the
 * place of an earlier one, unless that is a folder with something in it; an entry whose folder isn't there is lost; paths
 * go through symbolic links. The kernel has made two folders before: default_cpio_list of its own usr/.
 *
 * Names are compared as text that can be printed. Two that differ in other bytes alone are one here: none of those that
 * anything is known about has such a byte.
 */
import { copyOf, EMPTY } from "../bytes/bytes.ts";
import { printable } from "../bytes/text.ts";
import { CpioEntry, CpioVisitor, PATH_BYTES, TYPE_FILE, TYPE_FOLDER, TYPE_LINK, TYPE_MASK } from "./cpio.ts";

/** Symbolic links in a row: as many as the kernel follows. */
const LINKS_LIMIT: i32 = 40;
/** Entries in all: an image with every module and all firmware has some ten thousand. */
const ENTRIES_LIMIT: i32 = 65536;
/** Bytes of all names, and of where links lead: 64 for each of so many entries. */
const NAMES_LIMIT: i32 = 4194304;
/** Bytes of all contents that are kept. */
const CONTENTS_LIMIT: i32 = 16777216;
/** Folders within each other: an image has a dozen. */
const DEPTH_LIMIT: i32 = 64;
/** Bytes of each file that are looked at. */
const BEGINNING: i32 = 64;

const WRITABLE: u32 = 0o022;
const EXECUTABLE: u32 = 0o111;
const OTHERS: u32 = 0o077;

export class ArchiveNode {
  /** What it is called in the folder `parent`, which the root has in itself. */
  name: string;
  parent: ArchiveNode | null;
  /** Folders above it. */
  depth: i32;
  /** Type and permissions. */
  mode: u32 = 0;
  owner: u32 = 0;
  size: u32 = 0;
  /** Of a file: all of it, if it was to be kept. */
  content: Uint8Array = EMPTY;
  /** Of a symbolic link: where it leads. */
  target: string = "";
  /** A file that begins like a private key. */
  isPrivateKey: bool = false;
  /** The names in a folder. */
  names: string[] = new Array<string>();
  private children: Map<string, ArchiveNode> | null = null;

  constructor(name: string, parent: ArchiveNode | null, mode: u32) {
    this.name = name;
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.mode = mode;
    if (this.isFolder()) this.children = new Map<string, ArchiveNode>();
  }

  isFolder(): bool {
    return (this.mode & TYPE_MASK) == TYPE_FOLDER;
  }

  isFile(): bool {
    return (this.mode & TYPE_MASK) == TYPE_FILE;
  }

  isLink(): bool {
    return (this.mode & TYPE_MASK) == TYPE_LINK;
  }

  isProgram(): bool {
    return this.isFile() && (this.mode & EXECUTABLE) != 0;
  }

  /** Nobody but root can change it. */
  isRoots(): bool {
    return this.owner == 0 && (this.mode & WRITABLE) == 0;
  }

  /** Nobody but root can read it. */
  isSecret(): bool {
    return this.owner == 0 && (this.mode & OTHERS) == 0;
  }

  /** From the root on, without a slash in front. */
  path(): string {
    const parent = this.parent;
    if (parent == null) return this.name;
    const above = parent.path();
    return above.length > 0 ? above + "/" + this.name : this.name;
  }

  child(name: string): ArchiveNode | null {
    const children = this.children;
    if (children == null || !children.has(name)) return null;
    return children.get(name) as ArchiveNode;
  }

  put(name: string, node: ArchiveNode): void {
    const children = this.children!;
    if (!children.has(name)) this.names.push(name);
    children.set(name, node);
  }
}

/** An image's files. Those that unpack it say which contents are to be kept. */
export abstract class Archive extends CpioVisitor {
  root: ArchiveNode = new ArchiveNode("", null, TYPE_FOLDER | 0o755);
  /** Why it can't be looked at; empty if it can. */
  fault: string = "";
  /** The first entry whose folder isn't there: the kernel loses it. Empty if there is none. */
  lost: string = "";
  private entries: i32 = 0;
  private nameBytes: i32 = 0;
  private contentBytes: i32 = 0;
  /** Where the current entry belongs: null if it is lost. */
  private folder: ArchiveNode | null = null;
  private name: string = "";
  private limit: i32 = 0;
  /** Files with several names, in this archive. */
  private linked: Map<string, ArchiveNode> = new Map<string, ArchiveNode>();

  constructor() {
    super();
    this.root.put("dev", new ArchiveNode("dev", this.root, TYPE_FOLDER | 0o755));
    this.root.put("root", new ArchiveNode("root", this.root, TYPE_FOLDER | 0o700));
  }

  /** Of how many bytes a file at `path`, without a slash in front, may be to be kept as a whole. */
  abstract limitOf(path: string): i32;

  bytesOf(entry: CpioEntry): i32 {
    this.locate(printable(entry.name));
    const type = entry.mode & TYPE_MASK;
    this.limit = 0;
    if (type == TYPE_LINK) return PATH_BYTES;
    const folder = this.folder;
    if (type != TYPE_FILE || folder == null || !isName(this.name)) return 0;
    const above = folder.path();
    const limit = this.limitOf(above.length > 0 ? above + "/" + this.name : this.name);
    if (entry.size > (limit as u32)) return BEGINNING;
    this.limit = limit;
    return limit > BEGINNING ? limit : BEGINNING;
  }

  take(entry: CpioEntry): void {
    this.entries++;
    this.nameBytes += entry.name.length;
    if ((entry.mode & TYPE_MASK) == TYPE_LINK) this.nameBytes += entry.content.length;
    if (this.entries > ENTRIES_LIMIT || this.nameBytes > NAMES_LIMIT) this.fault = "the archive has too many entries";
    const folder = this.folder;
    if (this.fault.length > 0) return;
    if (folder == null) {
      if (this.lost.length == 0) this.lost = printable(entry.name);
      return;
    }
    const node = this.node(folder, entry);
    if (node == null) return;
    node.mode = entry.mode;
    node.owner = entry.owner;
    if (node.isLink()) node.target = printable(entry.content);
    if (node.isFile()) this.fill(node, entry);
  }

  end(): void {
    this.linked = new Map<string, ArchiveNode>();
  }

  /** What `path` leads to, symbolic links followed; null if there is nothing. */
  find(path: string): ArchiveNode | null {
    let node = this.root;
    let rest = path;
    let links = 0;
    while (rest.length > 0) {
      if (!node.isFolder()) return null;
      const slash = rest.indexOf("/");
      const name = slash < 0 ? rest : rest.substring(0, slash);
      rest = slash < 0 ? "" : rest.substring(slash + 1);
      if (name.length == 0 || name == ".") continue;
      if (name == "..") {
        const parent = node.parent;
        if (parent != null) node = parent;
        continue;
      }
      const next = node.child(name);
      if (next == null) return null;
      if (!next.isLink()) {
        node = next;
        continue;
      }
      links++;
      if (links > LINKS_LIMIT) return null;
      if (next.target.startsWith("/")) node = this.root;
      rest = rest.length > 0 ? next.target + "/" + rest : next.target;
    }
    return node;
  }

  /** Finds the folder that the entry `name` belongs to. */
  private locate(name: string): void {
    let end = name.length;
    while (end > 0 && name.charCodeAt(end - 1) == 47) end--;
    const slash = name.lastIndexOf("/", end - 1);
    this.name = name.substring(slash + 1, end);
    const folder = slash > 0 ? this.find(name.substring(0, slash)) : this.root;
    this.folder = folder != null && folder.isFolder() ? folder : null;
  }

  /** The node that an entry is about, a new one unless it is there already; null if the kernel could not make it. */
  private node(folder: ArchiveNode, entry: CpioEntry): ArchiveNode | null {
    const type = entry.mode & TYPE_MASK;
    if (!isName(this.name) && (type != TYPE_FOLDER || this.name == "..")) return null;
    if (!isName(this.name)) return this.root;
    const existing = folder.child(this.name);
    if (existing != null && existing.isFolder()) {
      if (type == TYPE_FOLDER) return existing;
      if (existing.names.length > 0) return null;
    }
    if (folder.depth >= DEPTH_LIMIT) {
      this.fault = "the archive has too many folders within each other";
      return null;
    }
    const isLinked: bool = entry.links > 1 && type == TYPE_FILE;
    const identity = isLinked ? `${entry.major}:${entry.minor}:${entry.inode}` : "";
    let node = new ArchiveNode(this.name, folder, entry.mode);
    if (isLinked && this.linked.has(identity)) node = this.linked.get(identity) as ArchiveNode;
    else if (isLinked) this.linked.set(identity, node);
    folder.put(this.name, node);
    return node;
  }

  private fill(node: ArchiveNode, entry: CpioEntry): void {
    if (entry.size == 0 && node.size > 0) return; // another name of a file whose content is there
    node.size = entry.size;
    node.isPrivateKey = beginsLikePrivateKey(entry.content);
    node.content = EMPTY;
    if (this.limit == 0) return;
    this.contentBytes += entry.content.length;
    if (this.contentBytes > CONTENTS_LIMIT) this.fault = "the files that have to be looked at are too large";
    else node.content = copyOf(entry.content, 0, entry.content.length);
  }
}

/** True for what something in a folder can be called. */
function isName(name: string): bool {
  return name.length > 0 && name != "." && name != "..";
}

/** True for PEM's `-----BEGIN ... PRIVATE KEY-----` (RFC 7468), of whatever kind. */
function beginsLikePrivateKey(bytes: Uint8Array): bool {
  const text = printable(bytes.length > BEGINNING ? bytes.subarray(0, BEGINNING) : bytes);
  return text.startsWith("-----BEGIN ") && text.indexOf("PRIVATE KEY-----") > 0;
}
