/** What is changed in a key's file: its PIN, or what was approved of for it. */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { IMPORTABLE, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { log } from "../log.ts";
import { print, printError } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { approve } from "./approval.ts";
import { openPrivateKey, readPrivateFile, readTpmKey } from "./key-files.ts";
import { exists, rewrite, SECRET_SUFFIX, withSuffix } from "./key-output.ts";
import { changePin, isUncounted, wrongPinsLeft } from "./pin-change.ts";
import { Task } from "./task.ts";

export class ChangedPin extends Task {
  run(): i32 {
    const settings = this.settings;
    const usual = withSuffix(this.usualPath(), SECRET_SUFFIX);
    const path = existing(this.fileOr("Enter file in which the key is", usual));
    const file = readTpmKey(path);
    if (file == null) return FAILURE;
    if (file.type == IMPORTABLE) return log.fatal("the key was wrapped for a TPM: --import takes it in first");
    print("Key has comment '" + printable(file.description) + "'\n");
    let before = settings.oldPin;
    if (before == null) before = file.emptyAuth ? EMPTY : this.questions.secret("Enter old passphrase: ");
    if (before == null) return FAILURE;
    let after = settings.newPin;
    if (after == null) {
      after = this.questions.newPin("Enter new passphrase (empty for no passphrase): ", "Enter same passphrase: ");
    }
    if (after == null) return FAILURE;
    if (!this.dares(file)) return FAILURE;
    const fault = changePin(this.holder, file, before, after);
    const uncounted = after.length > 0 && isUncounted(file);
    wipe(before);
    wipe(after);
    if (fault.length > 0) return log.fatal(fault);
    const status = rewrite(path, file);
    if (status != SUCCESS) return status;
    if (uncounted)
      printError(
        "The key was made without a PIN: the TPM does not count wrong ones for it, so they can be tried out.\n",
      );
    return print("Your identification has been saved with the new passphrase.\n");
  }

  /** A wrong PIN that would lock the TPM, for all keys that have one, is tried only after a yes. */
  private dares(file: TpmKeyFile): bool {
    if (file.emptyAuth || isUncounted(file) || wrongPinsLeft(this.holder) != 1) return true;
    return this.questions.isYes("If the old passphrase is wrong, the TPM will be locked for a while.\nTry it (y/n)? ");
  }
}

export class Approval extends Task {
  run(): i32 {
    const settings = this.settings;
    const path = existing(settings.file!);
    const file = readTpmKey(path);
    if (file == null) return FAILURE;
    const bytes = readPrivateFile(settings.source);
    if (bytes == null) return FAILURE;
    const key = openPrivateKey(settings.source, bytes, settings.oldPin, this.questions);
    wipe(bytes);
    if (key == null) return FAILURE;
    const found = this.takePolicy();
    const fault = found ? approve(file, key, this.policy!, this.commentOr(EMPTY)) : "";
    key.wipe();
    if (!found) return FAILURE;
    if (fault.length > 0) return log.fatal(fault);
    const status = rewrite(path, file);
    if (status != SUCCESS) return status;
    return print("Approved of the machine's present state for " + printable(path) + "\n");
  }
}

/** The file that is meant: with .tpm, if there is such a one. */
function existing(path: Uint8Array): Uint8Array {
  const longer = withSuffix(path, SECRET_SUFFIX);
  return exists(longer) ? longer : path;
}
