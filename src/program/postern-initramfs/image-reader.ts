/**
 * Reads an image, or that in a unified kernel image: archives that are not compressed, as of microcode, then one that is, up to the end, by the system's
 * program for it. No more than a piece of it is in memory at a time.
 *
 * Left out: what follows a compressed archive, which no builder of images makes.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { Archive } from "../../core/initramfs/archive.ts";
import { Compression, compressionOf, MAGIC_BYTES } from "../../core/initramfs/compression.ts";
import { CpioReader } from "../../core/initramfs/cpio.ts";
import { isUefiProgram, sectionOf } from "../../core/initramfs/unified-kernel.ts";
import { close, O_NONBLOCK, O_RDONLY } from "../../linux/descriptor.ts";
import { open } from "../../linux/file.ts";
import { readAt } from "../../linux/file-content.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { FilteredFile } from "../../linux/filtered-file.ts";
import { programPath } from "../../linux/program-path.ts";
import { Findings } from "./findings.ts";

const PIECE: i32 = 65536;
/** Bytes of what comes out of a compressed archive: ten times the largest image. */
const UNPACKED_LIMIT: f64 = 4294967296;

export class ImageReader {
  /** There is no more to read. */
  done: bool = false;
  /** Anybody on the machine can read the image. */
  isPublic: bool = false;
  /** The kernel's command line in a unified kernel image; EMPTY if there is none. */
  commandLine: Uint8Array = EMPTY;
  private archive: Archive;
  private findings: Findings;
  private reader: CpioReader;
  private file: i32;
  private at: i64 = 0;
  private end: i64 = 0;
  private filter: FilteredFile | null = null;
  /** By whom it is unpacked. */
  private program: string = "";
  private unpacked: f64 = 0;
  private piece: Uint8Array = new Uint8Array(PIECE);

  constructor(path: Uint8Array, archive: Archive, findings: Findings) {
    this.archive = archive;
    this.findings = findings;
    this.reader = new CpioReader(archive);
    this.file = open(path, O_RDONLY | O_NONBLOCK); // a FIFO is not waited for
    const status = new FileStatus();
    const error = this.file < 0 ? this.file : status.ofDescriptor(this.file);
    if (error < 0) {
      this.fail("unable to read it", error);
    } else if (!status.isRegular()) {
      this.fail("it is no file");
    } else {
      this.end = status.size();
      this.isPublic = (status.mode() & 0o044) != 0;
    }
  }

  /** Reads on. */
  step(): void {
    if (this.filter != null) this.readFiltered();
    else this.readFile();
    if (this.reader.fault.length > 0) this.fail(this.reader.fault);
    else if (this.archive.fault.length > 0) this.fail(this.archive.fault);
  }

  private fail(what: string, errno: i32 = 0): void {
    if (!this.done) this.findings.fault(what, errno);
    this.finish();
  }

  private finish(): void {
    const filter = this.filter;
    if (filter != null) filter.close();
    this.filter = null;
    close(this.file);
    this.file = -1;
    this.done = true;
  }

  private readFile(): void {
    const left = this.end - this.at;
    const piece = left < (PIECE as i64) ? this.piece.subarray(0, left as i32) : this.piece;
    const n = left > 0 ? readAt(this.file, this.at, piece) : 0;
    if (n < 0) {
      this.fail("unable to read it", n);
      return;
    }
    if (this.at == 0 && isUefiProgram(piece)) {
      this.enter(piece.subarray(0, n));
      return;
    }
    const taken = this.reader.push(this.piece.subarray(0, n));
    this.at += taken as i64;
    if (n == 0) this.conclude();
    else if (taken < n && this.reader.fault.length == 0) this.begin();
  }

  /** Goes on with the initramfs in a unified kernel image. `headers`: its beginning. */
  private enter(headers: Uint8Array): void {
    const initramfs = sectionOf(headers, ".initrd");
    if (initramfs == null) {
      this.fail("it is a program for UEFI, with no initramfs in it");
      return;
    }
    this.at = initramfs.offset as i64;
    const end = this.at + (initramfs.length as i64);
    if (end < this.end) this.end = end;
    const line = sectionOf(headers, ".cmdline");
    if (line == null) return;
    const room = new Uint8Array(line.length < (PIECE as f64) ? (line.length as i32) : PIECE);
    const n = readAt(this.file, line.offset as i64, room);
    this.commandLine = room.subarray(0, n < 0 ? 0 : n);
  }

  /** The end of all archives. */
  private conclude(): void {
    this.reader.finish();
    if (this.reader.fault.length > 0) return;
    if (this.reader.archives == 0) this.fail("there is no archive in it");
    else this.finish();
  }

  /** What follows is no entry of an archive: an archive that is compressed, or nothing that is known. */
  private begin(): void {
    this.reader.finish();
    if (this.reader.fault.length > 0) return;
    const magic = this.piece.subarray(0, MAGIC_BYTES);
    const n = readAt(this.file, this.at, magic);
    const compression = compressionOf(magic.subarray(0, n < 0 ? 0 : n));
    if (compression != null) this.unpack(compression);
    else if (this.reader.archives == 0)
      this.fail("it is no image: neither a cpio archive nor compressed as the kernel knows it");
    else this.leave();
  }

  private unpack(compression: Compression): void {
    this.program = compression.program;
    const path = programPath(ascii(compression.program));
    if (path.length == 0) {
      this.fail("it can't be read without the program " + compression.program + ", which is not installed");
      return;
    }
    const options = compression.options.split(" ");
    const words: Uint8Array[] = [path];
    for (let i = 0; i < options.length; i++) words.push(ascii(options[i]));
    const filter = new FilteredFile(words, this.file, this.at, this.end);
    this.filter = filter;
    this.reader.restart();
    if (filter.error < 0) this.fail("unable to run " + printable(path), filter.error);
  }

  private readFiltered(): void {
    const filter = this.filter!;
    const n = filter.read(this.piece);
    if (n <= 0) {
      const status = filter.close();
      this.filter = null;
      if (n < 0 || status != 0) this.fail("it is damaged, or more follows it: " + this.program + " can't unpack it");
      else this.conclude();
      return;
    }
    const taken = this.reader.push(this.piece.subarray(0, n));
    this.unpacked += n as f64;
    if (this.unpacked > UNPACKED_LIMIT) this.fail("it is too large when it is unpacked");
    else if (taken < n && this.reader.fault.length == 0) this.leave();
  }

  /** The kernel, too, keeps what it has unpacked, and goes on. */
  private leave(): void {
    this.reader.finish();
    if (this.reader.fault.length > 0) return;
    this.findings.warn("something follows the archive that the kernel makes nothing of");
    this.finish();
  }
}
