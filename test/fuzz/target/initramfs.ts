/** What an initramfs is made of. */
import { Archive } from "../../../src/core/initramfs/archive.ts";
import { CpioReader } from "../../../src/core/initramfs/cpio.ts";
import { sectionOf } from "../../../src/core/initramfs/unified-kernel.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** Paths that are looked up, in whatever there is. */
const PATHS: string[] = ["bin/sh", "etc/passwd", "a", "a/../b", "/"];
/** What is kept of each file. */
const KEPT: i32 = 4096;
/** Bytes of a piece: fewer than a header has. */
const PIECE: i32 = 100;

class FuzzedArchive extends Archive {
  limitOf(path: string): i32 {
    expect(path.length > 0 && !path.startsWith("/"), "a path from the root on");
    return KEPT;
  }
}

export class InitramfsArchives extends Target {
  constructor() {
    super("initramfs-archive");
  }

  run(input: Uint8Array, out: Writer): void {
    const archive = new FuzzedArchive();
    const reader = new CpioReader(archive);
    const taken = reader.push(input);
    expect(taken == input.length || reader.fault.length > 0 || input[taken] != 0, "zeros are taken");
    reader.finish();
    const pieces = new FuzzedArchive();
    const again = new CpioReader(pieces);
    let at = 0;
    let more = true;
    while (at < input.length && more) {
      const end = at + PIECE < input.length ? at + PIECE : input.length;
      const n = again.push(input.subarray(at, end));
      more = n == end - at;
      at += n;
    }
    again.finish();
    expect(at == taken && again.fault == reader.fault, "the same in pieces");
    out.text(reader.fault);
    out.text(archive.fault);
    out.text(archive.lost);
    out.uint32(reader.archives as u32);
    for (let i = 0; i < PATHS.length; i++) {
      const node = archive.find(PATHS[i]);
      const other = pieces.find(PATHS[i]);
      expect((node == null) == (other == null), "the same files in pieces");
      out.boolean(node != null);
      if (node == null) continue;
      expect(!node.isLink(), "links are followed");
      out.uint32(node.mode);
      out.text(node.path());
      out.string(node.content);
    }
  }
}

export class UnifiedKernels extends Target {
  constructor() {
    super("unified-kernel");
  }

  run(input: Uint8Array, out: Writer): void {
    const section = sectionOf(input, ".initrd");
    out.boolean(section != null);
    if (section == null) return;
    expect(section.offset >= 0 && section.length >= 0 && section.length <= 4294967295, "what a section is");
    out.uint32(section.offset as u32);
    out.uint32(section.length as u32);
  }
}
