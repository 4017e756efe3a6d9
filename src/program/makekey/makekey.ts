/**
 * tinysshd-makekey: makes a folder with a new host key, as TinySSH's does; on request with keys of other kinds as
 * well, or those alone in a folder that is there.
 *
 * None of these is made by default: ssh-ed25519 serves every client there is, and the post-quantum key, which clients use
 * only where they were told to, is still of a draft's form.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { KeyKind } from "../../core/ssh/key/key-kind.ts";
import { ed25519, mldsa44Ed25519, nistp256 } from "../../core/ssh/key/key-kinds.ts";
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
    new Option("", "ecdsa", "", "an ecdsa-sha2-nistp256 key as well; if keydir is there, add it"),
    new Option("", "post-quantum", "", "a post-quantum key as well; if keydir is there, add it"),
  ],
);

export class MakeKey extends Program {
  private words: Uint8Array[];
  private others: KeyKind[] = new Array<KeyKind>();

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const line = new CommandLine(command, this.words);
    while (line.next()) {
      if (line.option == "ecdsa") this.add(nistp256);
      else if (line.option == "post-quantum") this.add(mldsa44Ed25519);
      else log.verbosity = line.option == "q" ? QUIET : NORMAL;
    }
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;

    const keydir = line.operands[0];
    const adding = this.others.length > 0 && new FileStatus().ofPath(keydir, true) >= 0;
    const keys = new Array<PrivateKey>();
    if (!adding) keys.push(newKey(ed25519));
    for (let i = 0; i < this.others.length; i++) keys.push(newKey(this.others[i]));
    let status = adding ? SUCCESS : createKeyFolder(keydir, keys);
    for (let i = 0; i < keys.length; i++) {
      if (adding && status == SUCCESS) status = putKeyFiles(keydir, keydir, keys[i], false);
      // On standard error: TinySSH's program prints nothing, and what reads its output must go on finding nothing.
      if (status == SUCCESS && log.verbosity > QUIET) printError(describeKey(keys[i], keydir));
      keys[i].wipe();
    }
    return status;
  }

  private add(kind: KeyKind): void {
    if (!this.others.includes(kind)) this.others.push(kind);
  }
}

function newKey(kind: KeyKind): PrivateKey {
  const seed = new Uint8Array(kind.seedBytes);
  fillRandom(seed);
  const key = new PrivateKey(kind, kind.fromSeed(seed), EMPTY);
  wipe(seed);
  return kind.isSound(key.secretKey) ? key : newKey(kind);
}
