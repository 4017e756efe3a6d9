/** A program that leaves garbage behind at every step, far more in all than there is memory, and keeps a few things. */
import { ascii } from "../../src/core/bytes/text.ts";
import { STDOUT, writeAll } from "../../src/linux/descriptor.ts";
import { readFile } from "../../src/linux/file.ts";
import { CONTINUE, FAILURE, Program, SUCCESS, run, step } from "../../src/program/program.ts";

export { step };

const STEPS: i32 = 20_000;
const KEPT: i32 = 100;
/** Bytes of the largest piece of garbage; pieces of all sizes up to it alternate. */
const LARGEST: i32 = 65_536;

class Piece {
  label: string;
  bytes: Uint8Array;

  constructor(number: i32, length: i32) {
    this.label = `piece ${number}`;
    this.bytes = new Uint8Array(length);
    this.bytes.fill(number as u8);
  }

  isWhole(number: i32): bool {
    if (this.label != `piece ${number}`) return false;
    for (let i = 0; i < this.bytes.length; i++) {
      if ((this.bytes[i] as i32) != (number & 255)) return false;
    }
    return true;
  }
}

class Litter extends Program {
  private steps: i32 = 0;
  private kept: Piece[] = new Array<Piece>();

  step(): i32 {
    const number = this.steps++;
    const piece = new Piece(number & 255, (number * 7919) % LARGEST);
    if (!piece.isWhole(number & 255)) return FAILURE;
    if (number < KEPT) this.kept.push(new Piece(number, number));
    else if (!this.kept[number % KEPT].isWhole(number % KEPT)) return FAILURE;
    return number == STEPS ? report() : CONTINUE;
  }
}

/** Prints what the kernel says of this process, the most memory that it ever used among it. */
function report(): i32 {
  return writeAll(STDOUT, readFile(ascii("/proc/self/status"), 16384).bytes) < 0 ? FAILURE : SUCCESS;
}

export function start(): void {
  run(new Litter());
}
