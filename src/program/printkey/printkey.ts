/** tinysshd-printkey: prints the public keys of a key folder, as TinySSH's does. */
import { ascii, printable } from "../../core/bytes/text.ts";
import { publicKeyFault } from "../../core/ssh/key/key-folder.ts";
import { keyKinds } from "../../core/ssh/key/key-kinds.ts";
import { ENOENT } from "../../linux/errno.ts";
import { readFile } from "../../linux/file.ts";
import { changeFolder } from "../../linux/process.ts";
import { log } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { print } from "../print.ts";
import { Program, SUCCESS } from "../program.ts";

const command: Command = new Command(
  "tinysshd-printkey",
  "keydir",
  "Prints the public keys in the folder keydir, in the form of authorized_keys and known_hosts.",
  new Array<Option>(),
);

/** What is read of the file at most. */
const READ_LIMIT: i32 = 4096;

export class PrintKey extends Program {
  private words: Uint8Array[];

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const line = new CommandLine(command, this.words);
    line.next(); // none is known: any but --help and --version is refused
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;

    const keydir = printable(line.operands[0]);
    const entered = changeFolder(line.operands[0]);
    if (entered < 0) return log.fatal("unable to chdir to directory " + keydir, entered);
    let lines = "";
    for (let i = 0; i < keyKinds.length; i++) {
      const kind = keyKinds[i];
      const publicKey = readFile(ascii(kind.publicFile), READ_LIMIT);
      if (publicKey.error == -ENOENT) continue; // no key of this kind, which is not an error
      const unable = "unable to read public key from file " + keydir + "/" + kind.publicFile;
      if (publicKey.error < 0) return log.fatal(unable, publicKey.error);
      const fault = publicKeyFault(kind, publicKey.bytes);
      if (fault.length > 0) return log.fatal(unable + ": " + fault);
      lines += kind.line(publicKey.bytes) + "\n";
    }
    return lines.length > 0 ? print(lines) : SUCCESS;
  }
}
