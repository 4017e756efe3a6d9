/** What the tasks of ssh-tpm-keygen have in common: settings, somebody to ask, a TPM, and what follows from these. */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { NO_ANSWER } from "../../core/tpm/response-code.ts";
import { hostName } from "../../linux/host-name.ts";
import { IdNames } from "../../linux/id-names.ts";
import { within } from "../../linux/path.ts";
import { effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { keyFolder } from "../tpm/places.ts";
import { readPublicKey } from "./key-files.ts";
import { withoutSuffix } from "./key-output.ts";
import { KeyPolicy } from "./key-policy.ts";
import { Questions } from "./questions.ts";
import { Settings } from "./settings.ts";

const NEW_PIN: string = "Enter passphrase (empty for no passphrase): ";
const NEW_PIN_AGAIN: string = "Enter same passphrase again: ";

export abstract class Task {
  protected settings: Settings;
  protected questions: Questions;
  protected holder: KeyHolder;
  /** What `takePolicy` has found; null if nothing was asked for. */
  protected policy: KeyPolicy | null = null;

  constructor(settings: Settings, questions: Questions, holder: KeyHolder) {
    this.settings = settings;
    this.questions = questions;
    this.holder = holder;
  }

  /** Does it; returns the exit status. What went wrong is logged. */
  abstract run(): i32;

  /** What -f says, or what is answered. */
  protected fileOr(question: string, usual: Uint8Array): Uint8Array {
    const file = this.settings.file;
    if (file != null) return file;
    return this.questions.ask(question + " (" + printable(usual) + "): ", usual);
  }

  /** Where a key that comes from `source` goes. */
  protected target(source: Uint8Array): Uint8Array {
    const file = this.settings.file;
    return withoutSuffix(file == null ? source : file);
  }

  /** What -N says, or what is answered twice. */
  protected newPin(): Uint8Array | null {
    const given = this.settings.newPin;
    return given == null ? this.questions.newPin(NEW_PIN, NEW_PIN_AGAIN) : given;
  }

  protected usualPath(): Uint8Array {
    return within(keyFolder(), this.settings.isRsa ? "id_rsa" : "id_ecdsa");
  }

  /** What -C says, or else `own`, or else who makes the key, and where. */
  protected commentOr(own: Uint8Array): Uint8Array {
    const given = this.settings.comment;
    if (given != null) return given;
    if (own.length > 0) return own;
    const user = new IdNames("/etc/passwd").of(effectiveUser());
    return concat(concat(user, ascii("@")), hostName());
  }

  /** False if the new key is to be bound to something, and that can't be: it is logged. */
  protected takePolicy(): bool {
    const settings = this.settings;
    if (settings.policyKey.length > 0) {
      const key = readPublicKey(settings.policyKey, this.questions);
      if (key != null) this.policy = KeyPolicy.ofAuthority(key);
      return key != null;
    }
    if (settings.pcrs == 0) return true;
    if (this.holder.ready()) this.policy = KeyPolicy.ofPcrs(this.holder.workspace.tpm, settings.pcrs);
    if (this.policy == null) log.fatal("unable to read the PCRs: " + this.holder.describe(NO_ANSWER));
    return this.policy != null;
  }
}
