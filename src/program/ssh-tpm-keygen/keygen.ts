/**
 * ssh-tpm-keygen: SSH keys that a TPM keeps, made, taken in, wrapped for another TPM, and shown. It has the options,
 * questions and files of ssh-tpm-agent's program of that name; where it is different, its manual page says so.
 *
 * What can be done without a TPM is done without one: printing a public key, and wrapping.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { hideMemory } from "../../linux/confinement.ts";
import { STDOUT, writeAll } from "../../linux/descriptor.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { log } from "../log.ts";
import { FAILURE, Program, SUCCESS } from "../program.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { Approval, ChangedPin } from "./changed-keys.ts";
import { ImportedKey, WrappedKey } from "./imported-keys.ts";
import { readTpmKey } from "./key-files.ts";
import { publicKeyOf, publicLine } from "./key-output.ts";
import { NewHostKeys, NewKey } from "./new-keys.ts";
import { Questions } from "./questions.ts";
import {
  APPROVE,
  CHANGE_PIN,
  command,
  HOST_KEYS,
  IMPORT,
  PRINT,
  Settings,
  STATUS,
  SUPPORTED,
  WRAP,
} from "./settings.ts";
import { showStatus, showSupported } from "./status.ts";
import { Task } from "./task.ts";

export class Keygen extends Program {
  private words: Uint8Array[];
  private settings: Settings = new Settings();
  private questions: Questions = new Questions();
  private holder: KeyHolder;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
    this.holder = KeyHolder.of(EMPTY);
  }

  step(): i32 {
    openStandardDescriptors(); // or a key's file would become what is printed to
    hideMemory();
    log.program = command.name;
    const line = new GoCommandLine(command, this.words);
    this.settings.read(line);
    const outcome = line.outcome(0);
    if (outcome >= 0) return goStatus(outcome);
    if (this.settings.fault.length > 0) return goStatus(log.fatal(this.settings.fault));
    if (!this.settings.pinsFit()) return goStatus(FAILURE);
    const tpm = this.settings.tpm;
    if (tpm != null) this.holder = KeyHolder.of(tpm);
    const status = this.work();
    this.holder.close();
    wipe(this.holder.workspace.ownerPassword);
    return goStatus(status);
  }

  private work(): i32 {
    const settings = this.settings;
    if (settings.asksPassword && !this.askOwnerPassword()) return FAILURE;
    if (settings.task == PRINT) return printKey(settings.source);
    if (settings.task == SUPPORTED) return showSupported(this.holder);
    return settings.task == STATUS ? showStatus(this.holder) : this.task().run();
  }

  private task(): Task {
    const settings = this.settings;
    const questions = this.questions;
    const holder = this.holder;
    if (settings.task == WRAP) return new WrappedKey(settings, questions, holder);
    if (settings.task == HOST_KEYS) return new NewHostKeys(settings, questions, holder);
    if (settings.task == CHANGE_PIN) return new ChangedPin(settings, questions, holder);
    if (settings.task == APPROVE) return new Approval(settings, questions, holder);
    if (settings.task == IMPORT) return new ImportedKey(settings, questions, holder);
    return new NewKey(settings, questions, holder);
  }

  private askOwnerPassword(): bool {
    const password = this.questions.secret("Enter owner password: ");
    if (password == null) return false;
    this.holder.workspace.ownerPassword = password;
    return true;
  }
}

/** Prints the line for authorized_keys. */
function printKey(path: Uint8Array): i32 {
  const file = readTpmKey(path);
  const key = file != null ? publicKeyOf(file) : null;
  if (file == null || key == null) return FAILURE;
  const result = writeAll(STDOUT, publicLine(key, file.description)); // the comment may be in any writing
  return result < 0 ? log.fatal("unable to write output", result) : SUCCESS;
}
