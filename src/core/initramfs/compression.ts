/** By what an archive of an initramfs can be compressed: the kernel's list (lib/decompress.c), told by the first bytes. */
import { hexDigit } from "../bytes/hex.ts";

/** Bytes that tell. */
export const MAGIC_BYTES: i32 = 4;

export class Compression {
  /** The program that undoes it, by its name. */
  program: string;
  /** What the program is told, to read standard input and to write standard output. */
  options: string;
  private magic: string;

  constructor(program: string, options: string, magic: string) {
    this.program = program;
    this.options = options;
    this.magic = magic;
  }

  begins(bytes: Uint8Array): bool {
    for (let i = 0; i < this.magic.length; i += 2) {
      const at = i >> 1;
      const value = (hexDigit(this.magic.charCodeAt(i)) << 4) | hexDigit(this.magic.charCodeAt(i + 1));
      if (at >= bytes.length || (bytes[at] as i32) != value) return false;
    }
    return true;
  }
}

const compressions: Compression[] = [
  new Compression("zstd", "-dcq", "28b52ffd"),
  new Compression("gzip", "-dc", "1f8b"),
  new Compression("xz", "-dc", "fd377a58"),
  new Compression("lz4", "-dcq", "02214c18"),
  new Compression("bzip2", "-dc", "425a68"),
  new Compression("lzop", "-dc", "894c5a4f"),
  new Compression("xz", "-dc --format=lzma", "5d0000"),
];

/** Null if what begins with `bytes` isn't compressed, or by something that the kernel does not know. */
export function compressionOf(bytes: Uint8Array): Compression | null {
  for (let i = 0; i < compressions.length; i++) if (compressions[i].begins(bytes)) return compressions[i];
  return null;
}
