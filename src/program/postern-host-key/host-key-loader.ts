/**
 * postern-host-key: in an initramfs, once per boot, puts the server's host key where the server looks for it. The key is
 * sealed; if it can't be opened, the fallback key takes its place, if there is one, and why is kept for who logs in: a
 * machine whose firmware was changed is still to be reached.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { CREDENTIAL_TEXT_BYTES } from "../../core/credential/credential.ts";
import { TPM_FAILURE } from "../../core/credential/fault.ts";
import { stateDifference } from "../../core/credential/state-difference.ts";
import { Unsealing } from "../../core/credential/unsealing.ts";
import { keyPairFault } from "../../core/ssh/key/key-folder.ts";
import { ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { PCR_LIST_BYTES, PcrValues } from "../../core/tpm/pcr-values.ts";
import { now, sleep } from "../../linux/clock.ts";
import { ENOENT } from "../../linux/errno.ts";
import { makeFolders, readFile, remove, writeFileAtOnce } from "../../linux/file.ts";
import { within } from "../../linux/path.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { LinuxKeySource } from "../credential/linux-key-source.ts";
import { log, VERBOSE } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { FAILURE, Program, SUCCESS } from "../program.ts";

export const HOST_KEY: string = "postern-host-key";

/** In the folder of a sealed key: what PCRs held when the image was built. */
export const PCR_FILE: string = "pcr-values";
/** In the folder of the server's keys: a word on why it has the fallback key, for who logs in. */
export const BANNER_FILE: string = "banner";

const FOLDER_MODE: i32 = 0o700;
const FILE_MODE: i32 = 0o600;
const MOST_SECONDS: f64 = 600;
/**
 * What a command of the TPM may take, in seconds. The slowest one, which makes a primary key, takes some; who waits for the
 * fallback key is not to wait for what the kernel allows.
 */
const ANSWER_SECONDS: f64 = 60;
/** Between two looks for the TPM, in milliseconds. */
const PAUSE: f64 = 50;
/** What is read of a key's file at most. */
const READ_LIMIT: i32 = 4096;

const command: Command = new Command(
  HOST_KEY,
  "[options] SEALED KEYDIR",
  "Opens the host key in the folder SEALED into the folder KEYDIR, for the server to use.",
  [
    new Option("", "fallback", "DIR", "the folder of the key to take if the sealed one can't be opened"),
    new Option("", "remove", "KEYDIR", "remove KEYDIR with the key in it, and do nothing else"),
    new Option("", "tpm", "NAME", "which TPM (default /dev/tpmrm0)"),
    new Option("", "wait", "SECONDS", "how long to wait for the TPM to appear (default 0)"),
    new Option("", "answer", "SECONDS", `how long a command of the TPM may take (default ${ANSWER_SECONDS as i32})`),
  ],
);

export class HostKeyLoader extends Program {
  private words: Uint8Array[];
  private fallback: Uint8Array = EMPTY;
  private removed: Uint8Array = EMPTY;
  private tpm: Uint8Array = EMPTY;
  private patience: f64 = 0;
  private answer: f64 = ANSWER_SECONDS * 1000;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    log.verbosity = VERBOSE;
    const line = new CommandLine(command, this.words);
    while (line.next()) {
      if (line.option == "fallback") this.fallback = line.value;
      else if (line.option == "remove") this.removed = line.value;
      else if (line.option == "tpm") this.tpm = line.value;
      else if (line.option == "wait") this.patience = line.number(0, MOST_SECONDS) * 1000;
      else if (line.option == "answer") this.answer = line.number(1, MOST_SECONDS) * 1000;
    }
    const operands = this.removed.length > 0 ? 0 : 2;
    line.atMost(operands);
    const outcome = line.outcome(operands);
    if (outcome >= 0) return outcome;
    return operands == 0 ? take(this.removed) : this.load(line.operands[0], line.operands[1]);
  }

  private load(sealed: Uint8Array, target: Uint8Array): i32 {
    if (take(target) != SUCCESS) return FAILURE; // what an earlier run has left
    const result = makeFolders(target, FOLDER_MODE);
    if (result < 0) return log.fatal("unable to create directory " + printable(target), result);
    const source = new LinuxKeySource(this.tpm, EMPTY);
    source.link.device.timeout = this.answer;
    const end = now() + this.patience;
    while (source.tpm() == null && now() < end) sleep(PAUSE);
    const reason = unseal(sealed, target, source);
    if (reason.length == 0) return SUCCESS;
    const what = "unable to open the sealed host key: " + reason;
    if (this.fallback.length == 0) {
      take(target);
      return log.fatal(what);
    }
    log.warning(what);
    writeFileAtOnce(within(target, BANNER_FILE), ascii(banner(reason)), FILE_MODE, true);
    const secret = readFile(within(this.fallback, ed25519.secretFile), READ_LIMIT).bytes;
    const fault = put(this.fallback, target, secret);
    wipe(secret);
    return fault.length > 0 ? log.fatal("unable to use the fallback key: " + fault) : SUCCESS;
  }
}

/** Takes away what `load` has put into a folder. Returns the exit status. */
function take(folder: Uint8Array): i32 {
  remove(within(folder, ed25519.secretFile), false);
  remove(within(folder, ed25519.publicFile), false);
  remove(within(folder, BANNER_FILE), false);
  const result = remove(folder, true);
  const isGone: bool = result >= 0 || result == -ENOENT;
  return isGone ? SUCCESS : log.fatal("unable to remove " + printable(folder), result);
}

/** Lines end as on the wire. */
function banner(reason: string): string {
  const caution = "This is the fallback host key, which whoever has had this machine's boot files has, too.\r\n";
  return "The sealed host key could not be opened: " + reason + ".\r\n" + caution;
}

/** Empty, or why there is no key. */
function unseal(folder: Uint8Array, target: Uint8Array, source: LinuxKeySource): string {
  const text = readFile(within(folder, ed25519.secretFile), CREDENTIAL_TEXT_BYTES);
  const unsealing = new Unsealing(source);
  const credential = unsealing.open(text.bytes, ascii(ed25519.secretFile), wallClock().time(), false);
  if (credential == null) return refusal(unsealing, folder, source);
  const fault = put(folder, target, credential.data);
  credential.wipe();
  return fault;
}

function refusal(unsealing: Unsealing, folder: Uint8Array, source: LinuxKeySource): string {
  if (unsealing.fault == TPM_FAILURE) return source.describe(unsealing.code);
  const tpm = source.tpm();
  if (tpm == null || unsealing.pcrs == 0) return unsealing.words;
  const kept = PcrValues.parse(readFile(within(folder, PCR_FILE), PCR_LIST_BYTES).bytes);
  const difference = stateDifference(tpm, kept, unsealing.pcrs);
  return difference.length > 0 ? unsealing.words + "; " + difference : unsealing.words;
}

/** Writes the pair of `secret` and the public key in `folder`; empty, or why it can't be had. */
function put(folder: Uint8Array, target: Uint8Array, secret: Uint8Array): string {
  const publicKey = readFile(within(folder, ed25519.publicFile), READ_LIMIT).bytes;
  const fault = keyPairFault(ed25519, publicKey, secret);
  if (fault.length > 0) return fault;
  let result = writeFileAtOnce(within(target, ed25519.secretFile), secret, FILE_MODE, true);
  if (result >= 0) result = writeFileAtOnce(within(target, ed25519.publicFile), publicKey, FILE_MODE, true);
  return result < 0 ? "unable to write to " + printable(target) : "";
}
