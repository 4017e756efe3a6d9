/** What the command line of ssh-tpm-keygen asks for. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText, printable } from "../../core/bytes/text.ts";
import { RH_OWNER } from "../../core/tpm/constants.ts";
import { parsePcrs } from "../../core/tpm/pcr-selection.ts";
import { GoCommandLine } from "../go-options.ts";
import { Command, Option } from "../options.ts";
import { HIERARCHIES, hierarchyNamed, parentNamed } from "../tpm/handle-names.ts";
import { fit } from "./questions.ts";

/** What is to be done. */
export const CREATE: i32 = 0;
export const CHANGE_PIN: i32 = 1;
export const IMPORT: i32 = 2;
export const WRAP: i32 = 3;
export const HOST_KEYS: i32 = 4;
export const PRINT: i32 = 5;
export const SUPPORTED: i32 = 6;
export const STATUS: i32 = 7;
export const APPROVE: i32 = 8;

export const KEYGEN: string = "ssh-tpm-keygen";

export const command: Command = new Command(
  KEYGEN,
  "[options]",
  "Makes SSH keys that a TPM keeps: in files that are of no use to any other machine.",
  [
    new Option("t", "", "TYPE", "what to make: ecdsa (default) or rsa"),
    new Option("b", "", "BITS", "how large: ecdsa 256 (default), 384, 521; rsa 2048 (default), 3072, 4096"),
    new Option("f", "", "FILE", "the new key's file, without .tpm; of -p, the key's; of -A, a folder before /etc/ssh"),
    new Option("C", "", "COMMENT", "the comment (default user@host)"),
    new Option("N", "", "PIN", "the new PIN; an empty one is none"),
    new Option("p", "", "", "change the PIN of the key in -f"),
    new Option("P", "", "PIN", "the old PIN, or the passphrase of the key to be imported"),
    new Option("I", "import", "FILE", "seal a private key of OpenSSH or OpenSSL, or one that was wrapped for this TPM"),
    new Option("", "wrap", "FILE", "wrap a private key for another TPM, on which --import takes it"),
    new Option("", "wrap-with", "FILE", "the other TPM's storage root key: PEM, or as tpm2-tools write it"),
    new Option("A", "", "", "make the host keys that are missing, in /etc/ssh"),
    new Option("", "hierarchy", "NAME", `with -A, a hierarchy's own keys: ${HIERARCHIES}`),
    new Option("", "parent-handle", "NAME", "what the key is kept under: a hierarchy, or a handle such as 0x81000001"),
    new Option("o", "owner-password", "", "ask for the hierarchy's password"),
    new Option("", "pcrs", "LIST", "the key works while these PCRs, e.g. 0+7, are as they are now"),
    new Option("", "policy-key", "FILE", "the key works in states of the machine that the holder of this key approves"),
    new Option("", "approve", "FILE", "approve of the --pcrs as they are now, for the key in -f, by this private key"),
    new Option("", "print-pubkey", "FILE", "print a key's line for authorized_keys"),
    new Option("", "supported", "", "list the kinds of keys that the TPM can make"),
    new Option("", "status", "", "say what the TPM is, and what can be done with it"),
    new Option("", "tpm", "NAME", "which TPM: a device, or swtpm:path=SOCKET or the like (default /dev/tpmrm0)"),
  ],
);

export class Settings {
  task: i32 = CREATE;
  isRsa: bool = false;
  /** 0: the usual size. */
  bits: i32 = 0;
  /** Null: not given. */
  file: Uint8Array | null = null;
  comment: Uint8Array | null = null;
  newPin: Uint8Array | null = null;
  oldPin: Uint8Array | null = null;
  /** What the task is about: a file's path. */
  source: Uint8Array = EMPTY;
  wrapWith: Uint8Array = EMPTY;
  /** 0: none was named. */
  hierarchy: u32 = 0;
  parent: u32 = RH_OWNER;
  parentGiven: bool = false;
  asksPassword: bool = false;
  pcrs: u32 = 0;
  policyKey: Uint8Array = EMPTY;
  tpm: Uint8Array | null = null;
  /** What can't be done of what was asked for; empty if it all can. */
  fault: string = "";

  /** Reads all options. What isn't one, or lacks its value, is kept in `line`, for its `outcome`. */
  read(line: GoCommandLine): void {
    while (line.next()) this.take(line);
    line.atMost(0);
    this.check();
  }

  private take(line: GoCommandLine): void {
    const option = line.option;
    const value = line.value;
    if (option == "t") this.takeType(value);
    else if (option == "b") this.bits = line.number(1, 65535) as i32;
    else if (option == "f") this.file = value;
    else if (option == "C") this.comment = value;
    else if (option == "N") this.newPin = value;
    else if (option == "P") this.oldPin = value;
    else if (option == "p") this.does(CHANGE_PIN, EMPTY, line);
    else if (option == "import") this.does(IMPORT, value, line);
    else if (option == "wrap") this.does(WRAP, value, line);
    else if (option == "wrap-with") this.wrapWith = value;
    else if (option == "A") this.does(HOST_KEYS, EMPTY, line);
    else if (option == "print-pubkey") this.does(PRINT, value, line);
    else if (option == "supported") this.does(SUPPORTED, EMPTY, line);
    else if (option == "status") this.does(STATUS, EMPTY, line);
    else if (option == "approve") this.does(APPROVE, value, line);
    else if (option == "policy-key") this.policyKey = value;
    else if (option == "tpm") this.tpm = value;
    else if (option == "owner-password") this.asksPassword = line.on;
    else if (option == "pcrs") {
      this.pcrs = parsePcrs(value);
      if (this.pcrs == 0) this.refuse(option, value, "a list of PCRs from 0 to 23, such as 0+7");
    } else if (option == "hierarchy") {
      this.hierarchy = hierarchyNamed(value);
      if (this.hierarchy == 0) this.refuse(option, value, "one of " + HIERARCHIES);
    } else {
      this.parent = parentNamed(value);
      this.parentGiven = true;
      if (this.parent == 0)
        this.refuse(option, value, "one of " + HIERARCHIES + ", or a persistent handle such as 0x81000001");
    }
  }

  private does(task: i32, source: Uint8Array, line: GoCommandLine): void {
    if (!line.on) return;
    if (this.task != CREATE && this.task != task) this.wrong("only one thing can be done at a time");
    this.task = task;
    this.source = source;
  }

  private takeType(value: Uint8Array): void {
    this.isRsa = isText(value, "rsa");
    if (!this.isRsa && !isText(value, "ecdsa")) this.refuse("t", value, "ecdsa or rsa, which are what a TPM can hold");
  }

  private refuse(option: string, value: Uint8Array, wanted: string): void {
    this.wrong((option.length == 1 ? "-" : "--") + option + " " + printable(value) + ": not " + wanted);
  }

  /** The first fault counts. */
  private wrong(fault: string): void {
    if (this.fault.length == 0) this.fault = fault;
  }

  private check(): void {
    if (this.bits == 0) this.bits = this.isRsa ? 2048 : 256;
    const bits = this.bits;
    if (this.isRsa && bits != 2048 && bits != 3072 && bits != 4096) this.wrong("rsa keys have 2048, 3072 or 4096 bits");
    if (!this.isRsa && bits != 256 && bits != 384 && bits != 521) this.wrong("ecdsa keys have 256, 384 or 521 bits");
    if (this.task == WRAP && this.wrapWith.length == 0) this.wrong("--wrap needs --wrap-with");
    if (this.task == WRAP && this.file == null) this.wrong("--wrap needs -f, the file to be made");
    if (this.task != WRAP && this.wrapWith.length > 0) this.wrong("--wrap-with goes with --wrap");
    if (this.task != HOST_KEYS && this.hierarchy != 0)
      this.wrong("--hierarchy goes with -A; for other keys it is --parent-handle");
    if (this.task == APPROVE && (this.pcrs == 0 || this.file == null)) this.wrong("--approve needs --pcrs and -f");
    const makes = this.task == CREATE || this.task == HOST_KEYS;
    if (this.policyKey.length > 0 && !makes) this.wrong("--policy-key is for new keys");
    if (this.pcrs != 0 && !makes && this.task != APPROVE) this.wrong("--pcrs is for new keys");
    if (this.pcrs != 0 && this.policyKey.length > 0) this.wrong("--pcrs and --policy-key exclude each other");
    if (this.hierarchy != 0 && (this.pcrs != 0 || this.policyKey.length > 0))
      this.wrong("the keys of a hierarchy have no policy");
  }

  /** False if a PIN that was given is longer than a TPM takes; that is logged. */
  pinsFit(): bool {
    const newPin = this.newPin;
    if (newPin != null && fit(newPin) == null) return false;
    const oldPin = this.oldPin;
    return oldPin == null || this.task == IMPORT || fit(oldPin) != null;
  }
}
