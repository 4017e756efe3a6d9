/**
 * A program that takes as many megabytes of memory as its argument says, piece by piece, and keeps them all; or, with
 * another argument, loads or stores at the address that this is.
 */
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

/** An access with the largest offset that the build lets through. */
const LARGEST_OFFSET: usize = (1 << 20) - 16;

class Trespass extends Program {
  step(): i32 {
    const words = commandLine();
    const address = parseInt(String.UTF8.decode(words[2].buffer)) as usize;
    if (words[1][0] == 108) return load<u64>(address, LARGEST_OFFSET) as i32; // l for load
    store<u64>(address, 1, LARGEST_OFFSET);
    return SUCCESS;
  }
}

export function start(): void {
  if (commandLine().length == 2) run(new Hoard());
  else run(new Trespass());
}
