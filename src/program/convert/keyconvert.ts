/**
 * tinyssh-keyconvert: the same conversion under the name and with the options of the tool that several initramfs hooks
 * call. It may add a key to a folder that is there, and replaces one where `--force` says so.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { toBase64 } from "../../core/bytes/base64.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { PrivateKey } from "../../core/ssh/key/private-key.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { createKeyFolder, describeKey, putKeyFiles } from "../key-folder.ts";
import { jsonMember, log } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { print, printError } from "../print.ts";
import { FAILURE, Program, SUCCESS } from "../program.ts";
import { readOpenSsh } from "./openssh-file.ts";
import { Passphrases } from "./passphrase.ts";

const DEFAULT_FOLDER: string = "/etc/tinyssh/sshkeydir";

const command: Command = new Command(
  "tinyssh-keyconvert",
  "[options] -k KEY | KEY",
  "Writes an OpenSSH private key to a key folder.",
  [
    new Option("k", "key", "KEY", "the OpenSSH private key file"),
    new Option("d", "dir", "DIR", "the key folder (default " + DEFAULT_FOLDER + ")"),
    new Option("f", "force", "", "replace a key that is in the folder already"),
    new Option("j", "json", "", "print the key, its secret half too, as JSON"),
    new Option("n", "dry-run", "", "write nothing"),
    new Option("v", "verbose", "", "print the fingerprint"),
    new Option("", "passphrase-stdin", "", "the passphrase is the first line of standard input"),
    new Option("h", "", "", "the same as --help"),
  ],
);

export class KeyConvert extends Program {
  private words: Uint8Array[];
  private key: Uint8Array = EMPTY;
  private folder: Uint8Array = ascii(DEFAULT_FOLDER);
  private force: bool = false;
  private json: bool = false;
  private dryRun: bool = false;
  private verbose: bool = false;
  private passphraseFromInput: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const outcome = this.read(new CommandLine(command, this.words));
    if (outcome >= 0) return outcome;
    const key = readOpenSsh(this.key, new Passphrases(this.passphraseFromInput));
    if (key == null) return FAILURE;
    const status = this.write(key);
    key.wipe();
    return status;
  }

  private read(line: CommandLine): i32 {
    while (line.next()) {
      if (line.option == "key") this.key = line.value;
      else if (line.option == "dir") this.folder = line.value;
      else if (line.option == "force") this.force = true;
      else if (line.option == "json") this.json = true;
      else if (line.option == "dry-run") this.dryRun = true;
      else if (line.option == "verbose") this.verbose = true;
      else if (line.option == "passphrase-stdin") this.passphraseFromInput = true;
      else if (line.option == "h") return print(command.help());
    }
    const named = this.key.length > 0;
    line.atMost(named ? 0 : 1);
    const outcome = line.outcome(named ? 0 : 1);
    if (outcome < 0 && !named) this.key = line.operands[0];
    return outcome;
  }

  private write(key: PrivateKey): i32 {
    if (!this.dryRun) {
      const isThere = new FileStatus().ofPath(this.folder, true) >= 0;
      const status = isThere
        ? putKeyFiles(this.folder, this.folder, key, this.force)
        : createKeyFolder(this.folder, [key]);
      if (status != SUCCESS) return status;
    }
    if (this.verbose) printError(describeKey(key, key.comment));
    return this.json ? print(asJson(key)) : SUCCESS;
  }
}

/** The fields of the tool that had this name first. */
function asJson(key: PrivateKey): string {
  const fields = [jsonMember("type", key.kind.type)];
  if (key.kind == ed25519) fields.push(jsonMember("curve", "ed25519"));
  fields.push(jsonMember("public", printable(toBase64(key.publicKey()))));
  fields.push(jsonMember("secret", printable(toBase64(key.secretKey))));
  fields.push(jsonMember("comment", printable(key.comment)));
  return "{\n  " + fields.join(",\n  ") + "\n}\n";
}
