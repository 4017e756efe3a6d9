/** A program that takes as many megabytes of memory as its argument says, piece by piece, and keeps them all. */
import { commandLine } from "../../src/linux/arguments.ts";
import { Program, run, step, SUCCESS } from "../../src/program/program.ts";

export { step };

const PIECE: i32 = 100_000;
const PIECES_PER_MEGABYTE: i32 = 10;

class Hoard extends Program {
  private kept: Uint8Array[] = new Array<Uint8Array>();

  step(): i32 {
    const megabytes = parseInt(String.UTF8.decode(commandLine()[1].buffer)) as i32;
    while (this.kept.length < megabytes * PIECES_PER_MEGABYTE) this.kept.push(new Uint8Array(PIECE));
    return SUCCESS;
  }
}

export function start(): void {
  run(new Hoard());
}
