/**
 * tinyssh-convert: makes a key folder of an OpenSSH private key on standard input, as TinySSH's tool does. Beyond that
 * it reads encrypted keys, and goes the other way.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { KeyKind } from "../../core/ssh/key/key-kind.ts";
import { ed25519, mldsa44Ed25519, nistp256 } from "../../core/ssh/key/key-kinds.ts";
import { DEFAULT_ROUNDS, MOST_ROUNDS } from "../../core/ssh/key/envelope.ts";
import { PrivateKey } from "../../core/ssh/key/private-key.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { createKeyFolder, describeKey, readKeyFolder } from "../key-folder.ts";
import { log } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { printError } from "../print.ts";
import { FAILURE, Program, SUCCESS, USAGE } from "../program.ts";
import { readOpenSsh, writeOpenSsh } from "./openssh-file.ts";
import { Passphrases } from "./passphrase.ts";

const command: Command = new Command(
  "tinyssh-convert",
  "[options] keydir < openssh_private_key",
  "Makes the folder keydir, which must not exist, from an OpenSSH private key; or goes the other way.",
  [
    new Option("f", "file", "FILE", "read the OpenSSH key from FILE, not from standard input"),
    new Option("d", "directory", "DIR", "the same as keydir"),
    new Option("e", "export", "FILE", "write keydir's key to the new files FILE and FILE.pub, for OpenSSH"),
    new Option("", "ecdsa", "", "with --export: the ecdsa-sha2-nistp256 key"),
    new Option("", "post-quantum", "", "with --export: the post-quantum key, not the ssh-ed25519 one"),
    new Option("", "encrypt", "", "with --export: ask for a passphrase and encrypt FILE"),
    new Option("", "comment", "TEXT", "with --export: the key's comment"),
    new Option("", "rounds", "N", `with --encrypt: how costly a guess is (default ${DEFAULT_ROUNDS})`),
    new Option("", "passphrase-stdin", "", "the passphrase is the first line of standard input"),
    new Option("q", "quiet", "", "don't print the fingerprint"),
  ],
);

export class Convert extends Program {
  private words: Uint8Array[];
  private keydir: Uint8Array = EMPTY;
  private file: Uint8Array = EMPTY;
  private exported: Uint8Array = EMPTY;
  private comment: Uint8Array = EMPTY;
  private rounds: u32 = DEFAULT_ROUNDS;
  private kind: KeyKind = ed25519;
  private encrypt: bool = false;
  private passphraseFromInput: bool = false;
  private quiet: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const outcome = this.read(new CommandLine(command, this.words));
    if (outcome >= 0) return outcome;
    const passphrases = new Passphrases(this.passphraseFromInput);
    return this.exported.length > 0 ? this.toOpenSsh(passphrases) : this.toFolder(passphrases);
  }

  private read(line: CommandLine): i32 {
    while (line.next()) {
      if (line.option == "file") this.file = line.value;
      else if (line.option == "directory") this.keydir = line.value;
      else if (line.option == "export") this.exported = line.value;
      else if (line.option == "ecdsa") this.kind = nistp256;
      else if (line.option == "post-quantum") this.kind = mldsa44Ed25519;
      else if (line.option == "encrypt") this.encrypt = true;
      else if (line.option == "comment") this.comment = line.value;
      else if (line.option == "rounds") this.rounds = line.number(1, MOST_ROUNDS) as u32;
      else if (line.option == "passphrase-stdin") this.passphraseFromInput = true;
      else if (line.option == "quiet") this.quiet = true;
    }
    const exporting = this.exported.length > 0;
    if (exporting && this.file.length > 0) line.wrong("--file and --export exclude each other");
    if (!exporting && (this.encrypt || this.comment.length > 0)) line.wrong("--encrypt and --comment go with --export");
    if (!exporting && this.kind != ed25519) line.wrong("--ecdsa and --post-quantum go with --export");
    if (!exporting && this.passphraseFromInput && this.file.length == 0) {
      line.wrong("--passphrase-stdin needs --file: standard input can't be both");
    }
    const named = this.keydir.length > 0;
    line.atMost(named ? 0 : 1);
    const outcome = line.outcome(named ? 0 : 1);
    if (outcome < 0 && !named) this.keydir = line.operands[0];
    return outcome;
  }

  private toFolder(passphrases: Passphrases): i32 {
    // The status is that of TinySSH's tool.
    if (new FileStatus().ofPath(this.keydir, false) >= 0) {
      log.fatal("unable to create directory " + printable(this.keydir) + " (file already exists)");
      return USAGE;
    }
    const key = readOpenSsh(this.file, passphrases);
    if (key == null) return FAILURE;
    const status = createKeyFolder(this.keydir, [key]);
    this.describe(status, key);
    key.wipe();
    return status;
  }

  private toOpenSsh(passphrases: Passphrases): i32 {
    const key = readKeyFolder(this.keydir, this.kind);
    if (key == null) return FAILURE;
    key.comment = this.comment;
    const passphrase = this.encrypt ? passphrases.askNew("New passphrase: ") : EMPTY;
    let status = FAILURE;
    if (passphrase != null) {
      status = writeOpenSsh(this.exported, key, passphrase, this.rounds);
      wipe(passphrase);
      this.describe(status, key);
    }
    key.wipe();
    return status;
  }

  private describe(status: i32, key: PrivateKey): void {
    if (status == SUCCESS && !this.quiet) printError(describeKey(key, key.comment));
  }
}
