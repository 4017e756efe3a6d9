/**
 * The targets as a program: reads inputs, each behind the number of its target and its length (32 bits each), and writes
 * for each the SHA-256 of what the target tells of it. What does not hold ends the program, as any broken invariant does.
 */
import { useKernels } from "../../src/core/crypto/kernels.ts";
import { Reader } from "../../src/core/wire/reader.ts";
import { Writer } from "../../src/core/wire/writer.ts";
import { read, STDIN, STDOUT, writeAll } from "../../src/linux/descriptor.ts";
import { NativeKernels } from "../../src/native/kernels.ts";
import { CONTINUE, FAILURE, Program, run, step, SUCCESS } from "../../src/program/program.ts";
import { targets } from "./targets.ts";
import { TransparentKernels } from "./transparent-kernels.ts";

export { step };

const HEADER: i32 = 8;

class Player extends Program {
  private native: NativeKernels = new NativeKernels();
  private transparent: TransparentKernels = new TransparentKernels();
  private header: Uint8Array = new Uint8Array(HEADER);
  private digest: Uint8Array = new Uint8Array(32);
  private out: Writer = new Writer(65536);

  step(): i32 {
    if (!this.readAll(this.header)) return SUCCESS;
    const r = new Reader(this.header);
    const target = targets[r.uint32() as i32];
    const input = new Uint8Array(r.uint32() as i32);
    if (!this.readAll(input)) return FAILURE;
    if (target.transparent) useKernels(this.transparent);
    else useKernels(this.native);
    this.out.reset();
    target.run(input, this.out);
    this.native.sha256(this.digest, this.out.written());
    return writeAll(STDOUT, this.digest) < 0 ? FAILURE : CONTINUE;
  }

  /** False if the input has ended before. */
  private readAll(bytes: Uint8Array): bool {
    let at = 0;
    while (at < bytes.length) {
      const count = read(STDIN, bytes, at, bytes.length - at);
      if (count <= 0) return false;
      at += count;
    }
    return true;
  }
}

export function start(): void {
  run(new Player());
}
