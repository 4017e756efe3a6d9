/**
 * postern-unseal: opens a credential in systemd's format, and says precisely why it can't. It is small, for an initramfs has
 * it; what makes credentials is postern-seal.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { CREDENTIAL_TEXT_BYTES, isName } from "../../core/credential/credential.ts";
import { NO_HOST_SECRET, OTHER_STATE, TPM_FAILURE } from "../../core/credential/fault.ts";
import { stateDifference } from "../../core/credential/state-difference.ts";
import { Unsealing } from "../../core/credential/unsealing.ts";
import { PCR_LIST_BYTES, PcrValues } from "../../core/tpm/pcr-values.ts";
import { readFile } from "../../linux/file.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { FileLine, nameOf, readOperand, writeOperand } from "../credential/files.ts";
import { LinuxKeySource } from "../credential/linux-key-source.ts";
import { log } from "../log.ts";
import { Command, Option } from "../options.ts";
import { FAILURE, Program } from "../program.ts";

export const UNSEAL: string = "postern-unseal";

const command: Command = new Command(
  UNSEAL,
  "[options] INPUT [OUTPUT]",
  "Opens a credential that postern-seal or systemd-creds has sealed; - is standard input or output.",
  [
    new Option("", "name", "NAME", "what it is to be used as (default INPUT's name); empty: as anything"),
    new Option("", "signature", "FILE", "signed states of the machine (default where systemd looks)"),
    new Option("", "pcr-values", "FILE", "what PCRs held when it was sealed: to say which differ"),
    new Option("", "allow-null", "", "also what was sealed with no key, and may be anybody's"),
    new Option("", "force", "", "replace OUTPUT if it is there"),
    new Option("", "tpm", "NAME", "which TPM (default /dev/tpmrm0)"),
  ],
);

export class Unseal extends Program {
  private words: Uint8Array[];
  private input: Uint8Array = EMPTY;
  private output: Uint8Array = EMPTY;
  private name: Uint8Array | null = null;
  private signatures: Uint8Array = EMPTY;
  private pcrValues: Uint8Array = EMPTY;
  private tpm: Uint8Array = EMPTY;
  private allowNull: bool = false;
  private force: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const outcome = this.read(new FileLine(command, this.words));
    if (outcome >= 0) return outcome;
    const text = readOperand(this.input, CREDENTIAL_TEXT_BYTES);
    if (text.error < 0) return FAILURE;
    const source = new LinuxKeySource(this.tpm, this.signatures);
    const unsealing = new Unsealing(source);
    const given = this.name;
    const name = given == null ? nameOf(this.input) : given;
    const credential = unsealing.open(text.bytes, name, wallClock().time(), this.allowNull);
    if (credential == null) {
      log.fatal("unable to unseal " + printable(this.input) + ": " + this.reason(unsealing, source));
      return unsealing.fault;
    }
    const status = writeOperand(this.output, credential.data, this.force);
    credential.wipe();
    return status;
  }

  private read(line: FileLine): i32 {
    while (line.next()) {
      if (line.option == "name") this.name = line.value;
      else if (line.option == "signature") this.signatures = line.value;
      else if (line.option == "pcr-values") this.pcrValues = line.value;
      else if (line.option == "allow-null") this.allowNull = true;
      else if (line.option == "force") this.force = true;
      else if (line.option == "tpm") this.tpm = line.value;
      if (line.option == "name" && line.value.length > 0 && !isName(line.value)) line.expected("a credential's name");
    }
    line.atMost(2);
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;
    this.input = line.operands[0];
    this.output = line.operands.length > 1 ? line.operands[1] : ascii("-");
    return outcome;
  }

  private reason(unsealing: Unsealing, source: LinuxKeySource): string {
    const fault = unsealing.fault;
    if (fault == TPM_FAILURE) return source.describe(unsealing.code);
    if (fault == NO_HOST_SECRET) return unsealing.words + ": " + printable(LinuxKeySource.hostSecretPath());
    if (fault != OTHER_STATE || this.pcrValues.length == 0 || unsealing.pcrs == 0) return unsealing.words;
    const kept = PcrValues.parse(readFile(this.pcrValues, PCR_LIST_BYTES).bytes);
    const difference = stateDifference(source.tpm()!, kept, unsealing.pcrs);
    return difference.length > 0 ? unsealing.words + "; " + difference : unsealing.words;
  }
}
