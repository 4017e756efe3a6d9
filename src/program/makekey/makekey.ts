/** tinysshd-makekey: makes a folder with a new host key, as TinySSH's does. */
import { wipe } from "../../core/bytes/bytes.ts";
import { publicHalf, SEED_BYTES, secretKeyFromSeed } from "../../core/ssh/key/ed25519.ts";
import { fillRandom } from "../../linux/random.ts";
import { createKeyFolder, describeKey } from "../key-folder.ts";
import { log, NORMAL, QUIET } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { printError } from "../print.ts";
import { Program, SUCCESS } from "../program.ts";

const command: Command = new Command(
  "tinysshd-makekey",
  "[-qQ] keydir",
  "Makes the folder keydir, which must not exist, with a new ssh-ed25519 host key.",
  [
    new Option("q", "", "", "no messages, and no fingerprint"),
    new Option("Q", "", "", "print errors, and the new key's fingerprint (default)"),
  ],
);

export class MakeKey extends Program {
  private words: Uint8Array[];

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const line = new CommandLine(command, this.words);
    while (line.next()) log.verbosity = line.option == "q" ? QUIET : NORMAL;
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;

    const seed = new Uint8Array(SEED_BYTES);
    fillRandom(seed);
    const secretKey = secretKeyFromSeed(seed);
    wipe(seed);
    const keydir = line.operands[0];
    const status = createKeyFolder(keydir, secretKey);
    // On standard error: TinySSH's program prints nothing, and what reads its output must go on finding nothing.
    if (status == SUCCESS && log.verbosity > QUIET) printError(describeKey(publicHalf(secretKey), keydir));
    wipe(secretKey);
    return status;
  }
}
