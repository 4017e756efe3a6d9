/**
 * postern-seal: seals a secret as a credential in the format of systemd-creds, which services take (LoadCredentialEncrypted=)
 * and postern-unseal opens: for this machine's TPM or another's, or for the secret that systemd keeps on the disk.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import {
  Credential,
  CREDENTIAL_BYTES,
  credentialKey,
  credentialText,
  encryptCredential,
} from "../../core/credential/credential.ts";
import { CredentialHeader } from "../../core/credential/header.ts";
import { kindOfKeys } from "../../core/credential/kind.ts";
import { SECRET_BYTES, sealFor, sealingPolicy, sealWith } from "../../core/credential/sealing.ts";
import { SigningKey } from "../../core/credential/signing-key.ts";
import { secretIn } from "../../core/credential/unsealing.ts";
import { pcrList } from "../../core/tpm/pcr-selection.ts";
import { PCR_LIST_BYTES, PcrValues } from "../../core/tpm/pcr-values.ts";
import { SUCCESS } from "../../core/tpm/response-code.ts";
import { Uint64 } from "../../core/wire/uint64.ts";
import { readFile, writeFileAtOnce } from "../../linux/file.ts";
import { fillRandom } from "../../linux/random.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { FileLine, readOperand, writeOperand } from "../credential/files.ts";
import { LinuxKeySource } from "../credential/linux-key-source.ts";
import { log } from "../log.ts";
import { printError } from "../print.ts";
import { FAILURE, Program } from "../program.ts";
import { readStorageRoot } from "../ssh-tpm-keygen/key-files.ts";
import { command, Settings } from "./settings.ts";

/** More than the PEM of any key that a TPM has. */
const KEY_FILE_BYTES: i32 = 8192;
const PCR_FILE_MODE: i32 = 0o644;

export class Seal extends Program {
  private words: Uint8Array[];
  private settings: Settings = new Settings();
  private source: LinuxKeySource = new LinuxKeySource(EMPTY, EMPTY);
  private signingKey: SigningKey | null = null;
  /** Its PEM, as the credential has it. */
  private publicKey: Uint8Array = EMPTY;
  private values: PcrValues = new PcrValues();

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const settings = this.settings;
    const outcome = settings.read(new FileLine(command, this.words));
    if (outcome >= 0) return outcome;
    this.source = new LinuxKeySource(settings.tpm, EMPTY);
    const input = readOperand(settings.input, CREDENTIAL_BYTES);
    if (input.error < 0) return FAILURE;
    const credential = new Credential();
    credential.name = settings.name;
    credential.data = input.bytes;
    credential.timestamp = inMicroseconds(wallClock().time());
    if (settings.notAfter < Infinity) credential.notAfter = inMicroseconds(settings.notAfter);
    const status = this.seal(credential);
    credential.wipe();
    return status;
  }

  private seal(credential: Credential): i32 {
    const settings = this.settings;
    const hostFile = settings.usesHost ? this.source.hostSecretFile() : EMPTY;
    const secret = new Uint8Array(SECRET_BYTES);
    let text = EMPTY;
    if (this.settleKeys(secretIn(hostFile)) && this.readSigningKey()) {
      text = this.encrypted(credential, secretIn(hostFile), secret);
    }
    wipe(hostFile);
    wipe(secret);
    if (text.length == 0) return FAILURE;
    const status = writeOperand(settings.output, text, settings.force);
    if (status != SUCCESS) return status;
    this.warn();
    return this.savePcrs();
  }

  /** Sees to it that there is what is to be used; with `auto`, uses what there is. False if that can't be. */
  private settleKeys(hostSecret: Uint8Array): bool {
    const settings = this.settings;
    if (settings.isAuto) {
      settings.usesHost = hostSecret.length > 0;
      settings.usesTpm = settings.wantsTpm || this.source.tpm() != null;
      if (settings.usesHost || settings.usesTpm) return true;
      log.fatal("there is neither a TPM nor systemd's host secret: " + this.source.describe(0));
      return false;
    }
    if (!settings.usesHost || hostSecret.length > 0) return true;
    const path = printable(LinuxKeySource.hostSecretPath());
    log.fatal("this machine has no secret to seal with, " + path + ": systemd-creds setup makes it");
    return false;
  }

  /** The file; EMPTY if it can't be made, and why is logged. `secret`: room for the one that the TPM keeps. */
  private encrypted(credential: Credential, hostSecret: Uint8Array, secret: Uint8Array): Uint8Array {
    const settings = this.settings;
    const header = new CredentialHeader(kindOfKeys(settings.usesHost, settings.usesTpm, this.signingKey != null));
    fillRandom(header.nonce);
    if (settings.usesTpm) {
      fillRandom(secret);
      if (!this.sealSecret(header, secret)) return EMPTY;
    }
    const key = credentialKey(hostSecret, settings.usesTpm ? secret : EMPTY);
    const text = credentialText(encryptCredential(header, credential, key));
    wipe(key);
    return text;
  }

  private readSigningKey(): bool {
    const path = this.settings.publicKey;
    if (path.length == 0 || !this.settings.usesTpm) return true;
    const file = readFile(path, KEY_FILE_BYTES);
    if (file.error < 0) log.fatal("unable to read " + printable(path), file.error);
    else {
      this.signingKey = SigningKey.parse(file.bytes);
      if (this.signingKey == null)
        log.fatal(
          printable(path) + ": no RSA public key in PEM, of 2048 to 4096 bits: systemd opens nothing for others",
        );
      else this.publicKey = file.bytes;
    }
    return this.signingKey != null;
  }

  private sealSecret(header: CredentialHeader, secret: Uint8Array): bool {
    const settings = this.settings;
    header.pcrs = settings.pcrs;
    if (!this.readPcrs()) return false;
    if (this.signingKey != null) {
      header.signedPcrs = settings.signedPcrs;
      header.publicKey = this.publicKey;
    }
    header.policy = sealingPolicy(header, this.values, this.signingKey);
    if (settings.otherRoot.length > 0) {
      const root = readStorageRoot(settings.otherRoot);
      if (root == null) return false;
      if (sealFor(root, header, secret, this.source.link)) return true;
      log.fatal(printable(settings.otherRoot) + ": no storage root key that anything can be sealed for");
      return false;
    }
    const tpm = this.source.tpm();
    const code = tpm == null ? 0 : sealWith(tpm, header, secret);
    if (tpm != null && code == SUCCESS) return true;
    log.fatal("unable to seal: " + this.source.describe(code));
    return false;
  }

  /** Comes by what the PCRs are to hold. */
  private readPcrs(): bool {
    const settings = this.settings;
    if (settings.pcrValues.length > 0) {
      const file = readFile(settings.pcrValues, PCR_LIST_BYTES);
      if (file.error < 0) log.fatal("unable to read " + printable(settings.pcrValues), file.error);
      else this.values = PcrValues.parse(file.bytes);
      if (file.error >= 0 && this.values.covers(settings.pcrs)) return true;
      if (file.error >= 0) log.fatal(printable(settings.pcrValues) + ": not all of PCR " + pcrList(settings.pcrs));
      return false;
    }
    if (settings.pcrs == 0) return true;
    const tpm = this.source.tpm();
    const code = tpm == null ? 0 : this.values.read(tpm, settings.pcrs);
    if (tpm != null && code == SUCCESS && this.values.covers(settings.pcrs)) return true;
    const why = tpm != null && code == SUCCESS ? "the TPM has no SHA-256 bank" : this.source.describe(code);
    log.fatal("unable to read PCR " + pcrList(settings.pcrs) + ": " + why);
    return false;
  }

  /** Says what may be unexpected of what was sealed. */
  private warn(): void {
    const settings = this.settings;
    let warning = "";
    if (!settings.usesHost && !settings.usesTpm) {
      warning = "sealed with no key: anybody can read it, and nobody can know whose it is";
    } else if (settings.usesTpm && settings.pcrs != 0 && this.values.areUntouched(settings.pcrs)) {
      warning = "nothing was measured into PCR " + pcrList(settings.pcrs) + ": it protects against no other start";
    } else if (settings.usesTpm && settings.pcrs == 0 && this.signingKey == null) {
      warning = "bound to no PCR: whatever starts on the machine can open it";
    }
    if (warning.length > 0) printError(command.name + ": warning: " + warning + "\n");
  }

  private savePcrs(): i32 {
    const path = this.settings.savedPcrs;
    if (path.length == 0) return SUCCESS;
    const text = this.values.text(this.settings.pcrs);
    const result = writeFileAtOnce(path, text, PCR_FILE_MODE, this.settings.force);
    return result < 0 ? log.fatal("unable to write " + printable(path), result) : SUCCESS;
  }
}

/** Seconds, in what credentials count. */
function inMicroseconds(seconds: f64): Uint64 {
  const count = (seconds as u64) * 1000000;
  return new Uint64((count >> 32) as u32, count as u32);
}
