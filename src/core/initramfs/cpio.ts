/**
 * The cpio archives that an initramfs is made of, read as they come, piece by piece: formats "newc" (070701) and "crc"
 * (070702), as Linux reads them (Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c). Any number
 * of archives may follow each other, with zeros between them, and between their entries, too.
 *
 * Left out on purpose: the other formats of cpio, which the kernel refuses as well, and the sums of "crc", which it
 * ignores. Stricter than the kernel: numbers are of eight digits; names have one NUL, at their end, and are no longer than a
 * path can be; an archive has an end.
 */
import { hexDigit } from "../bytes/hex.ts";
import { EMPTY } from "../bytes/bytes.ts";
import { isText, printable, startsWithText } from "../bytes/text.ts";

/** Types of files in `mode`: stat(2). */
export const TYPE_MASK: u32 = 0o170000;
export const TYPE_FOLDER: u32 = 0o040000;
export const TYPE_FILE: u32 = 0o100000;
export const TYPE_LINK: u32 = 0o120000;

const HEADER_BYTES: i32 = 110;
/** PATH_MAX, which counts the NUL: the kernel makes nothing of a longer one. */
export const PATH_BYTES: i32 = 4096;
const TRAILER: string = "TRAILER!!!";

/** Where fields of the header are: of eight hexadecimal digits each, behind the magic number's six. */
const INODE: i32 = 6;
const MODE: i32 = 14;
const OWNER: i32 = 22;
const GROUP: i32 = 30;
const LINKS: i32 = 38;
const SIZE: i32 = 54;
const MAJOR: i32 = 62;
const MINOR: i32 = 70;
const NAME_SIZE: i32 = 94;

/** What is being read. */
const NOTHING: i32 = 0;
const HEADER: i32 = 1;
const NAME: i32 = 2;
const CONTENT: i32 = 3;

const DIGIT_ZERO: u8 = 48;

/** One entry of an archive. */
export class CpioEntry {
  /** As it is in the archive, without the NUL. */
  name: Uint8Array = EMPTY;
  /** Type and permissions. */
  mode: u32 = 0;
  owner: u32 = 0;
  group: u32 = 0;
  /** Names that the file has; the same numbers then tell which entries are of one file. */
  links: u32 = 0;
  inode: u32 = 0;
  major: u32 = 0;
  minor: u32 = 0;
  /** Bytes of the content. */
  size: u32 = 0;
  /** As much of it as was asked for: a view, valid while `take` runs. */
  content: Uint8Array = EMPTY;
}

/** To whom entries are shown. */
export abstract class CpioVisitor {
  /** How many bytes of the entry's content are needed: what is above its size doesn't matter. */
  abstract bytesOf(entry: CpioEntry): i32;
  /** The entry was read. */
  abstract take(entry: CpioEntry): void;
  /** An archive was read to its end. */
  abstract end(): void;
}

export class CpioReader {
  /** What is wrong with the archives; empty if nothing is. Nothing is read from there on. */
  fault: string = "";
  /** Archives that were read to their ends. */
  archives: i32 = 0;
  private visitor: CpioVisitor;
  private entry: CpioEntry = new CpioEntry();
  private part: i32 = NOTHING;
  /** In an archive: its end has not come yet. */
  private isWithin: bool = false;
  /** What is collected of the part, and how much of that is there. */
  private buffer: Uint8Array = new Uint8Array(PATH_BYTES);
  private wanted: i32 = 0;
  private length: i32 = 0;
  /** Bytes between what is collected and the next part. */
  private skipped: f64 = 0;
  /** Bytes that were read. */
  private position: f64 = 0;

  constructor(visitor: CpioVisitor) {
    this.visitor = visitor;
  }

  /** Reads on. Returns how many of `bytes` were taken: all, unless there is a fault, or something that is no archive. */
  push(bytes: Uint8Array): i32 {
    let at = 0;
    while (at < bytes.length && this.fault.length == 0) {
      if (this.part != NOTHING) {
        at += this.collect(bytes, at);
      } else if (bytes[at] == 0) {
        at++;
        this.position++;
      } else if (bytes[at] == DIGIT_ZERO && this.position % 4 == 0) {
        this.begin(HEADER, HEADER_BYTES, 0);
      } else {
        break;
      }
    }
    return at;
  }

  /** The bytes have come to their end, or something else follows that is no archive. */
  finish(): void {
    if (this.part != NOTHING || this.isWithin) this.fail("the archive has no end: it was cut short");
  }

  /** Gets ready for the bytes of another source, which count from 0 on. */
  restart(): void {
    this.position = 0;
  }

  private fail(what: string): void {
    if (this.fault.length == 0) this.fault = what;
  }

  /** `skipped`: bytes between this part and the next one. */
  private begin(part: i32, wanted: i32, skipped: f64): void {
    this.part = part;
    this.wanted = wanted;
    this.length = 0;
    this.skipped = skipped;
    if (wanted > this.buffer.length) this.buffer = new Uint8Array(wanted);
  }

  /** Takes what belongs to the current part from `start` on; returns how much that was. */
  private collect(bytes: Uint8Array, start: i32): i32 {
    const missing = this.wanted - this.length;
    const there = bytes.length - start;
    const kept = missing < there ? missing : there;
    this.buffer.set(bytes.subarray(start, start + kept), this.length);
    this.length += kept;
    const left: f64 = (there - kept) as f64;
    const dropped = this.length < this.wanted ? 0 : this.skipped < left ? this.skipped : left;
    this.skipped -= dropped;
    this.position += (kept as f64) + dropped;
    if (this.length == this.wanted && this.skipped == 0) this.finishPart();
    return kept + (dropped as i32);
  }

  private finishPart(): void {
    const collected = this.buffer.subarray(0, this.wanted);
    if (this.part == HEADER) this.readHeader(collected);
    else if (this.part == NAME) this.readName(collected);
    else this.readContent(collected);
  }

  private readHeader(header: Uint8Array): void {
    const isKnown: bool = startsWithText(header, "070701") || startsWithText(header, "070702");
    if (!isKnown || !isAllDigits(header)) {
      const after = this.entry.name.length > 0 ? " behind " + printable(this.entry.name) : "";
      this.fail("there is no entry of a cpio archive (newc)" + after);
      return;
    }
    const entry = this.entry;
    entry.inode = field(header, INODE);
    entry.mode = field(header, MODE);
    entry.owner = field(header, OWNER);
    entry.group = field(header, GROUP);
    entry.links = field(header, LINKS);
    entry.size = field(header, SIZE);
    entry.major = field(header, MAJOR);
    entry.minor = field(header, MINOR);
    const nameBytes = field(header, NAME_SIZE);
    if (nameBytes < 1 || nameBytes > (PATH_BYTES as u32))
      this.fail("an entry of the archive has a name that is too long");
    else this.begin(NAME, nameBytes as i32, padding((HEADER_BYTES as u32) + nameBytes) as f64);
    this.isWithin = true;
  }

  private readName(name: Uint8Array): void {
    const last = name.length - 1;
    if (name.indexOf(0) != last) {
      this.fail("an entry of the archive has a name without an end");
      return;
    }
    const entry = this.entry;
    entry.name = name.slice(0, last);
    const size = entry.size;
    const needed = isText(entry.name, TRAILER) ? 0 : this.visitor.bytesOf(entry);
    const wanted: i32 = (needed as f64) < (size as f64) ? needed : (size as i32);
    this.begin(CONTENT, wanted, (size as f64) - (wanted as f64) + (padding(size) as f64));
    // No byte may follow that would have it finished.
    if (wanted == 0 && this.skipped == 0) this.finishPart();
  }

  private readContent(content: Uint8Array): void {
    this.part = NOTHING;
    if (isText(this.entry.name, TRAILER)) {
      this.isWithin = false;
      this.archives++;
      this.visitor.end();
      return;
    }
    this.entry.content = content;
    this.visitor.take(this.entry);
    this.entry.content = EMPTY;
  }
}

/** Zeros up to the next multiple of four. */
function padding(size: u32): u32 {
  return (4 - (size & 3)) & 3;
}

function isAllDigits(header: Uint8Array): bool {
  for (let i = INODE; i < header.length; i++) if (hexDigit(header[i] as i32) < 0) return false;
  return true;
}

function field(header: Uint8Array, at: i32): u32 {
  let value: u32 = 0;
  for (let i = 0; i < 8; i++) value = ((value << 4) | (hexDigit(header[at + i] as i32) as u32)) >>> 0;
  return value;
}
