/**
 * The host key of an initramfs: sealed by the TPM, bare, or, where nobody has said which, the one of the machine's own SSH
 * server, in that order. Whatever would keep people out at boot is found here.
 */
import { EMPTY, equal, wipe } from "../../core/bytes/bytes.ts";
import { ascii, printable } from "../../core/bytes/text.ts";
import { CREDENTIAL_TEXT_BYTES, SealedCredential } from "../../core/credential/credential.ts";
import { TPM_FAILURE } from "../../core/credential/fault.ts";
import { Unsealing } from "../../core/credential/unsealing.ts";
import { PRIVATE_KEY_FILE_BYTES } from "../../core/ssh/key/envelope.ts";
import { fingerprint } from "../../core/ssh/key/fingerprint.ts";
import { keyPairFault } from "../../core/ssh/key/key-folder.ts";
import { ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { PrivateKeyFile } from "../../core/ssh/key/private-key-file.ts";
import { pcrList } from "../../core/tpm/pcr-selection.ts";
import { PcrValues } from "../../core/tpm/pcr-values.ts";
import { SUCCESS } from "../../core/tpm/response-code.ts";
import { Contents, readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { within } from "../../linux/path.ts";
import { effectiveUser } from "../../linux/user.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { LinuxKeySource } from "../credential/linux-key-source.ts";
import { log } from "../log.ts";
import { printError } from "../print.ts";
import { Root } from "../unlock/root.ts";
import { Configuration } from "./configuration.ts";

const SEALED_FILE: string = ".ed25519.sk.enc";
const MACHINE_KEY: string = "/etc/ssh/ssh_host_ed25519_key";
/** In the folder of the keys: the key that is used if the sealed one can't be opened. */
const FALLBACK: string = "fallback";
/** What is read of a bare key at most, so that a wrong length can be told. */
const READ_LIMIT: i32 = 4096;
const OTHERS: u32 = 0o077;

export class HostKey {
  publicKey: Uint8Array = EMPTY;
  /** The bare secret key; EMPTY if it is sealed. */
  secretKey: Uint8Array = EMPTY;
  /** The credential; EMPTY if it isn't sealed. */
  sealed: Uint8Array = EMPTY;
  /** What the PCRs that it is bound to held, as a list. */
  pcrValues: Uint8Array = EMPTY;
  /** Of a sealed key: the key to take instead if it can't be opened. */
  fallback: HostKey | null = null;
  /** The folder. */
  private path: Uint8Array;

  private constructor(path: Uint8Array) {
    this.path = path;
  }

  /** Null if there is none that will do, and why is logged. `tpm`: its name, for a trial. */
  static choose(configuration: Configuration, root: Root, tpm: Uint8Array): HostKey | null {
    const key = new HostKey(root.at(configuration.keydir));
    if (key.take(configuration, root, tpm)) return key;
    key.wipe();
    return null;
  }

  private take(configuration: Configuration, root: Root, tpm: Uint8Array): bool {
    if (isThere(within(this.path, SEALED_FILE))) return this.takeSealed(configuration, tpm);
    if (isThere(within(this.path, ed25519.secretFile))) return this.takeBare();
    const machines = root.to(MACHINE_KEY);
    if (!configuration.hasOwnKeydir && isThere(machines)) return this.convert(machines);
    const advice = ": make one with tinysshd-makekey, and seal it with postern-seal if there is a TPM";
    log.fatal(
      "missing SSH host key: no " + SEALED_FILE + " or " + ed25519.secretFile + " in " + printable(this.path) + advice,
    );
    return false;
  }

  describe(): string {
    return fingerprint(ed25519.blob(this.publicKey));
  }

  wipe(): void {
    wipe(this.secretKey);
    const other = this.fallback;
    if (other != null) wipe(other.secretKey);
  }

  private takeBare(): bool {
    const secret = readSecret(within(this.path, ed25519.secretFile), READ_LIMIT);
    this.secretKey = secret.bytes;
    if (secret.error < 0 || !this.takePublic()) return false;
    return this.isPair(secret.bytes);
  }

  private takePublic(): bool {
    const path = within(this.path, ed25519.publicFile);
    const contents = readFile(path, READ_LIMIT);
    if (contents.error < 0) log.fatal("unable to read " + printable(path), contents.error);
    this.publicKey = contents.bytes;
    return contents.error >= 0;
  }

  private isPair(secret: Uint8Array): bool {
    const fault = keyPairFault(ed25519, this.publicKey, secret);
    if (fault.length > 0) log.fatal("unable to use the key in " + printable(this.path) + ": " + fault);
    return fault.length == 0;
  }

  /** The warning is that of the original: whoever gets the image has the machine's key. */
  private convert(path: Uint8Array): bool {
    const text = readSecret(path, PRIVATE_KEY_FILE_BYTES);
    if (text.error < 0) return false;
    const file = PrivateKeyFile.parse(text.bytes);
    wipe(text.bytes);
    const unlocked = file.fault.length == 0 && !file.encrypted;
    const key = unlocked ? file.open(EMPTY) : null;
    const fault = file.encrypted ? "it is encrypted" : file.fault;
    file.wipe();
    if (key == null || key.kind != ed25519) {
      log.fatal("unable to convert " + printable(path) + ": " + (fault.length > 0 ? fault : "it is of another type"));
      return false;
    }
    this.secretKey = key.secretKey;
    this.publicKey = key.publicKey();
    warn("the host key of the running system, " + printable(path) + ", goes into the image, which is not encrypted:");
    warn("whoever can read it can pretend to be this machine. A key of its own is made by tinysshd-makekey.");
    return true;
  }

  private takeSealed(configuration: Configuration, tpm: Uint8Array): bool {
    const path = within(this.path, SEALED_FILE);
    const text = readFile(path, CREDENTIAL_TEXT_BYTES);
    if (text.error < 0) log.fatal("unable to read " + printable(path), text.error);
    if (text.error < 0 || !this.takePublic()) return false;
    this.sealed = text.bytes;
    if (configuration.fallback && !this.takeFallback()) return false;
    return this.isOpenable(path, new LinuxKeySource(tpm, EMPTY));
  }

  private takeFallback(): bool {
    const fallback = new HostKey(within(this.path, FALLBACK));
    const path = printable(fallback.path);
    if (!isThere(within(fallback.path, ed25519.secretFile))) {
      const advice = ": make one with tinysshd-makekey, or set POSTERN_FALLBACK=no to be locked out";
      log.fatal("no key for when the sealed one can't be opened in " + path + advice);
      return false;
    }
    this.fallback = fallback;
    if (!fallback.takeBare()) return false;
    const isOther = !equal(fallback.publicKey, this.publicKey);
    if (!isOther)
      log.fatal("the key in " + path + " is the sealed one, which it would give away: it has to be another");
    return isOther;
  }

  /** Opens it once, for a trial, and says on what that depends. */
  private isOpenable(path: Uint8Array, source: LinuxKeySource): bool {
    const unable = "unable to unseal " + printable(path) + ": ";
    const sealed = SealedCredential.parse(this.sealed);
    if (sealed != null && sealed.header.kind.usesHost) {
      log.fatal(
        unable + "its key is in a file of this system too, which is not there at boot: postern-seal makes another",
      );
      return false;
    }
    const unsealing = new Unsealing(source);
    const credential = unsealing.open(this.sealed, ascii(ed25519.secretFile), wallClock().time(), false);
    if (credential == null) {
      log.fatal(unable + (unsealing.fault == TPM_FAILURE ? source.describe(unsealing.code) : unsealing.words));
      return false;
    }
    const isPair = this.isPair(credential.data);
    credential.wipe();
    if (isPair && sealed!.header.kind.isSigned)
      warn("the host key is sealed to states that are signed: the kernel image has to bring the signatures of its own");
    if (isPair) this.explain(unsealing.pcrs, source);
    return isPair;
  }

  private explain(pcrs: u32, source: LinuxKeySource): void {
    const tpm = source.tpm();
    if (pcrs == 0 || tpm == null) return;
    const values = new PcrValues();
    if (values.read(tpm, pcrs) == SUCCESS) this.pcrValues = values.text(pcrs);
    const untouched = values.areUntouched(pcrs)
      ? ", none of which this machine has ever changed: they protect nothing"
      : "";
    warn("the host key is sealed to PCR " + pcrList(pcrs) + ": " + meaningOf(pcrs) + untouched);
  }
}

/** What makes PCRs differ: TCG PC Client Platform Firmware Profile, section 3.3.4, and systemd's registry of PCRs. */
function meaningOf(pcrs: u32): string {
  let changes = "";
  if ((pcrs & 0x0f) != 0) changes += ", the firmware or its settings";
  if ((pcrs & 0x30) != 0) changes += ", the boot loader or partitions";
  if ((pcrs & 0x4080) != 0) changes += ", Secure Boot's keys";
  if ((pcrs & 0x1b00) != 0) changes += ", the kernel, its command line or the initramfs";
  if (changes.length == 0) changes = ", what is measured there";
  return "it can't be opened any more after an update of" + changes.substring(1);
}

/** Said on standard error whatever the log's verbosity is: an image is built all the same. */
export function warn(what: string): void {
  printError(log.program + ": warning: " + what + "\n");
}

function isThere(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, false) >= 0;
}

/** All of a file that nobody but its owner, root or the one who asks, can read; otherwise an error, which is logged. */
function readSecret(path: Uint8Array, limit: i32): Contents {
  const status = new FileStatus();
  const result = status.ofPath(path, true);
  if (result < 0) {
    log.fatal("unable to read " + printable(path), result);
    return new Contents(EMPTY, result);
  }
  let fault = "";
  if (!status.isRegular()) fault = "it is no file";
  else if ((status.mode() & OTHERS) != 0) fault = "others have rights on it: chmod 600";
  else if (status.owner() != 0 && status.owner() != effectiveUser()) fault = "it belongs to somebody else";
  if (fault.length > 0) {
    log.fatal("unable to use " + printable(path) + ": " + fault);
    return new Contents(EMPTY, -1);
  }
  const contents = readFile(path, limit);
  if (contents.error < 0) log.fatal("unable to read " + printable(path), contents.error);
  return contents;
}
