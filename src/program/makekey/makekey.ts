/**
 * tinysshd-makekey: makes a folder with a new host key, as TinySSH's does; on request with a post-quantum key as well, or
 * that alone in a folder that is there.
 *
 * That key is not made by default: clients use it only where they were told to, and its form is still a draft's.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { KeyKind } from "../../core/ssh/key/key-kind.ts";
import { ed25519, mldsa44Ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { PrivateKey } from "../../core/ssh/key/private-key.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { fillRandom } from "../../linux/random.ts";
import { createKeyFolder, describeKey, putKeyFiles } from "../key-folder.ts";
import { log, NORMAL, QUIET } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { printError } from "../print.ts";
import { Program, SUCCESS } from "../program.ts";

const command: Command = new Command(
  "tinysshd-makekey",
  "[options] keydir",
  "Makes the folder keydir, which must not exist, with a new ssh-ed25519 host key.",
  [
    new Option("q", "", "", "no messages, and no fingerprint"),
    new Option("Q", "", "", "print errors, and the new key's fingerprint (default)"),
    new Option("", "post-quantum", "", "a post-quantum key as well; if keydir is there, add it"),
  ],
);

export class MakeKey extends Program {
  private words: Uint8Array[];
  private postQuantum: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const line = new CommandLine(command, this.words);
    while (line.next()) {
      if (line.option == "post-quantum") this.postQuantum = true;
      else log.verbosity = line.option == "q" ? QUIET : NORMAL;
    }
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;

    const keydir = line.operands[0];
    const adding = this.postQuantum && new FileStatus().ofPath(keydir, true) >= 0;
    const keys = new Array<PrivateKey>();
    if (!adding) keys.push(newKey(ed25519));
    if (this.postQuantum) keys.push(newKey(mldsa44Ed25519));
    const status = adding ? putKeyFiles(keydir, keydir, keys[0], false) : createKeyFolder(keydir, keys);
    for (let i = 0; i < keys.length; i++) {
      // On standard error: TinySSH's program prints nothing, and what reads its output must go on finding nothing.
      if (status == SUCCESS && log.verbosity > QUIET) printError(describeKey(keys[i], keydir));
      keys[i].wipe();
    }
    return status;
  }
}

function newKey(kind: KeyKind): PrivateKey {
  const seed = new Uint8Array(kind.seedBytes);
  fillRandom(seed);
  const key = new PrivateKey(kind, kind.fromSeed(seed), EMPTY);
  wipe(seed);
  return key;
}
