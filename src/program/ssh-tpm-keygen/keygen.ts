/**
 * ssh-tpm-keygen: SSH keys that a TPM keeps, made, taken in, wrapped for another TPM, and shown. It has the options,
 * questions and files of ssh-tpm-agent's program of that name; where it is different, its manual page says so.
 *
 * What can be done without a TPM is done without one: printing a public key, and wrapping.
 */
import { concat, EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { IMPORTABLE } from "../../core/tpm/key-file.ts";
import { NO_ANSWER } from "../../core/tpm/response-code.ts";
import { eccSigner, rsaSigner } from "../../core/tpm/templates.ts";
import { hostName } from "../../linux/host-name.ts";
import { IdNames } from "../../linux/id-names.ts";
import { effectiveUser } from "../../linux/user.ts";
import { within } from "../../linux/path.ts";
import { writeFileAtOnce } from "../../linux/file.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { log } from "../log.ts";
import { print, printError } from "../print.ts";
import { FAILURE, Program, SUCCESS } from "../program.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { keyFolder } from "../tpm/places.ts";
import { approve } from "./approval.ts";
import { HostKeys } from "./host-keys.ts";
import { isTpmKey, openPrivateKey, readPrivateFile, readPublicKey, readStorageRoot, readTpmKey } from "./key-files.ts";
import { KeyMaker, wrappedFor } from "./key-making.ts";
import {
  exists,
  KeyOutput,
  makeFolderOf,
  publicKeyOf,
  publicLine,
  SECRET_SUFFIX,
  withoutSuffix,
  withSuffix,
} from "./key-output.ts";
import { KeyPolicy } from "./key-policy.ts";
import { changePin, isUncounted } from "./pin-change.ts";
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

const NEW_PIN: string = "Enter passphrase (empty for no passphrase): ";
const NEW_PIN_AGAIN: string = "Enter same passphrase again: ";

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
    log.program = command.name;
    const line = new GoCommandLine(command, this.words);
    this.settings.read(line);
    const outcome = line.outcome(0);
    if (outcome >= 0) return goStatus(outcome);
    if (!this.settings.pinsFit()) return goStatus(FAILURE);
    const tpm = this.settings.tpm;
    if (tpm != null) this.holder = KeyHolder.of(tpm);
    const status = this.work();
    this.holder.close();
    this.wipe();
    return goStatus(status);
  }

  private work(): i32 {
    const settings = this.settings;
    if (settings.asksPassword && !this.askOwnerPassword()) return FAILURE;
    if (settings.task == PRINT) return this.printKey();
    if (settings.task == SUPPORTED) return showSupported(this.holder);
    if (settings.task == STATUS) return showStatus(this.holder);
    if (settings.task == WRAP) return this.wrap();
    if (settings.task == HOST_KEYS) return this.makeHostKeys();
    if (settings.task == CHANGE_PIN) return this.changePin();
    if (settings.task == APPROVE) return this.approve();
    return settings.task == IMPORT ? this.import() : this.create();
  }

  private askOwnerPassword(): bool {
    const password = this.questions.secret("Enter owner password: ");
    if (password == null) return false;
    this.holder.workspace.ownerPassword = password;
    return true;
  }

  private create(): i32 {
    const settings = this.settings;
    print(`Generating a sealed public/private ${settings.isRsa ? "rsa" : "ecdsa"} key pair.\n`);
    const usual = this.usualPath();
    const path = this.fileOr("Enter file in which to save the key", usual);
    if (path == null) return FAILURE;
    const pin = this.newPin();
    if (pin == null) return FAILURE;
    const output = new KeyOutput(withoutSuffix(path));
    if (!output.mayWrite(this.questions, EMPTY)) return FAILURE;
    makeFolderOf(path);
    const policy = this.policy();
    if (policy == null && (settings.pcrs != 0 || settings.policyKey.length > 0)) return FAILURE;
    const maker = new KeyMaker(this.holder, settings.parent);
    const bits = settings.bits as u32;
    const file = maker.create(settings.isRsa ? rsaSigner(bits) : eccSigner(bits), pin, policy, this.comment());
    wipe(pin);
    return file == null ? log.fatal(maker.fault) : output.write(file);
  }

  /** What a new key is to be bound to; null if nothing was asked for, or if that failed, and then it is logged. */
  private policy(): KeyPolicy | null {
    const settings = this.settings;
    if (settings.policyKey.length > 0) {
      const key = readPublicKey(settings.policyKey, this.questions);
      return key != null ? KeyPolicy.ofAuthority(key) : null;
    }
    if (settings.pcrs == 0) return null;
    const policy = this.holder.ready() ? KeyPolicy.ofPcrs(this.holder.workspace.tpm, settings.pcrs) : null;
    if (policy == null) log.fatal("unable to read the PCRs: " + this.holder.describe(NO_ANSWER));
    return policy;
  }

  private import(): i32 {
    const settings = this.settings;
    const source = settings.source;
    const bytes = readPrivateFile(source);
    if (bytes == null) return FAILURE;
    const status = isTpmKey(bytes) ? this.importWrapped() : this.seal(bytes);
    wipe(bytes);
    return status;
  }

  private seal(bytes: Uint8Array): i32 {
    const source = this.settings.source;
    print("Sealing an existing public/private key pair.\n");
    const key = openPrivateKey(source, bytes, this.settings.oldPin, this.questions);
    if (key == null) return FAILURE;
    const comment = this.commentOr(key.comment);
    const line = publicLine(key.publicKey, comment);
    const pin = this.newPin();
    const output = new KeyOutput(this.target(source));
    let status = FAILURE;
    if (pin != null && output.mayWrite(this.questions, line)) {
      const maker = new KeyMaker(this.holder, this.settings.parent);
      const file = maker.take(key, pin, comment);
      status = file == null ? log.fatal(maker.fault) : output.write(file);
      wipe(pin);
    }
    key.wipe();
    return status;
  }

  private importWrapped(): i32 {
    const settings = this.settings;
    print("Importing a wrapped public/private key pair.\n");
    if (settings.newPin != null)
      return log.fatal("a wrapped key has its PIN already: import it, then change that with -p");
    const wrapped = readTpmKey(settings.source);
    if (wrapped == null) return FAILURE;
    if (wrapped.type != IMPORTABLE) return log.fatal(printable(settings.source) + " is a TPM's key already");
    if (settings.comment != null) wrapped.description = settings.comment!;
    if (settings.parentGiven) wrapped.parent = settings.parent;
    const key = publicKeyOf(wrapped);
    if (key == null) return FAILURE;
    const output = new KeyOutput(this.target(withoutSuffix(settings.source)));
    if (!output.mayWrite(this.questions, publicLine(key, wrapped.description))) return FAILURE;
    const maker = new KeyMaker(this.holder, wrapped.parent);
    const file = maker.unwrap(wrapped);
    return file == null ? log.fatal(maker.fault) : output.write(file);
  }

  private wrap(): i32 {
    const settings = this.settings;
    const bytes = readPrivateFile(settings.source);
    if (bytes == null) return FAILURE;
    const root = readStorageRoot(settings.wrapWith);
    const key = root != null ? openPrivateKey(settings.source, bytes, settings.oldPin, this.questions) : null;
    wipe(bytes);
    if (root == null || key == null) return FAILURE;
    print(`Wrapping an existing public/private ${key.publicKey.isRsa ? "rsa" : "ecdsa"} key pair for import.\n`);
    const comment = this.commentOr(key.comment);
    const output = new KeyOutput(this.target(EMPTY));
    if (!output.mayWrite(this.questions, publicLine(key.publicKey, comment))) return FAILURE;
    const given = settings.newPin;
    const pin = given == null ? EMPTY : given;
    const file = wrappedFor(root, key, pin, comment, settings.parent, this.holder);
    key.wipe();
    if (file == null)
      return log.fatal(printable(settings.wrapWith) + ": no storage root key that anything can be wrapped with");
    return output.writeSecret(file);
  }

  private makeHostKeys(): i32 {
    const settings = this.settings;
    const policy = this.policy();
    if (policy == null && (settings.pcrs != 0 || settings.policyKey.length > 0)) return FAILURE;
    const maker = new KeyMaker(this.holder, settings.parent);
    const prefix = settings.file;
    const keys = new HostKeys(maker, prefix == null ? EMPTY : prefix, this.comment());
    for (let kind = 0; kind < 2; kind++) {
      const isRsa = kind == 0;
      const hierarchy = settings.hierarchy;
      const status = hierarchy == 0 ? keys.make(isRsa, policy) : keys.show(isRsa, hierarchy, this.questions);
      if (status != SUCCESS) return status;
    }
    return SUCCESS;
  }

  private changePin(): i32 {
    const settings = this.settings;
    const named = this.fileOr("Enter file in which the key is", withSuffix(this.usualPath(), SECRET_SUFFIX));
    if (named == null) return FAILURE;
    const path = existing(named);
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
    const fault = changePin(this.holder, file, before, after);
    const uncounted = after.length > 0 && isUncounted(file);
    wipe(before);
    wipe(after);
    if (fault.length > 0) return log.fatal(fault);
    const result = writeFileAtOnce(path, file.encode(), 0o600, true);
    if (result < 0) return log.fatal("unable to write " + printable(path), result);
    if (uncounted)
      printError(
        "The key was made without a PIN: the TPM does not count wrong ones for it, so they can be tried out.\n",
      );
    return print("Your identification has been saved with the new passphrase.\n");
  }

  private approve(): i32 {
    const settings = this.settings;
    const path = existing(settings.file!);
    const file = readTpmKey(path);
    if (file == null) return FAILURE;
    const bytes = readPrivateFile(settings.source);
    if (bytes == null) return FAILURE;
    const key = openPrivateKey(settings.source, bytes, settings.oldPin, this.questions);
    wipe(bytes);
    if (key == null) return FAILURE;
    const policy = this.policy();
    const fault = policy == null ? "" : approve(file, key, policy, this.commentOr(EMPTY));
    key.wipe();
    if (policy == null) return FAILURE;
    if (fault.length > 0) return log.fatal(fault);
    const result = writeFileAtOnce(path, file.encode(), 0o600, true);
    if (result < 0) return log.fatal("unable to write " + printable(path), result);
    return print("Approved of the machine's present state for " + printable(path) + "\n");
  }

  private printKey(): i32 {
    const file = readTpmKey(this.settings.source);
    const key = file != null ? publicKeyOf(file) : null;
    if (file == null || key == null) return FAILURE;
    return print(printable(publicLine(key, file.description).subarray(0, -1)) + "\n");
  }

  /** What -f says, or what is answered; null if there is no answer. */
  private fileOr(question: string, usual: Uint8Array): Uint8Array | null {
    const file = this.settings.file;
    if (file != null) return file;
    return this.questions.ask(question + " (" + printable(usual) + "): ", usual);
  }

  /** Where a key that comes from `source` goes. */
  private target(source: Uint8Array): Uint8Array {
    const file = this.settings.file;
    return withoutSuffix(file == null ? source : file);
  }

  /** What -N says, or what is answered twice. */
  private newPin(): Uint8Array | null {
    const given = this.settings.newPin;
    return given == null ? this.questions.newPin(NEW_PIN, NEW_PIN_AGAIN) : given;
  }

  private usualPath(): Uint8Array {
    return within(keyFolder(), this.settings.isRsa ? "id_rsa" : "id_ecdsa");
  }

  private comment(): Uint8Array {
    return this.commentOr(EMPTY);
  }

  /** What -C says, or else `own`, or else who makes the key, and where. */
  private commentOr(own: Uint8Array): Uint8Array {
    const given = this.settings.comment;
    if (given != null) return given;
    if (own.length > 0) return own;
    const user = new IdNames("/etc/passwd").of(effectiveUser());
    return concat(concat(user, ascii("@")), hostName());
  }

  private wipe(): void {
    wipe(this.holder.workspace.ownerPassword);
  }
}

/** The file that is meant: with .tpm, if there is such a one. */
function existing(path: Uint8Array): Uint8Array {
  const longer = withSuffix(path, SECRET_SUFFIX);
  return exists(longer) ? longer : path;
}
