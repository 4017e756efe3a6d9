/**
 * The host keys of a key folder: TinySSH's, those of other kinds that were made, and certificates over them
 * (`NAME-cert.pub`, as ssh-keygen names it). With an agent also those keys of it whose public halves lie in the folder
 * (`NAME.pub`): which keys are a server's is for its folder to say, as in OpenSSH, and not for whoever fills an agent; and
 * that is so while the agent is away, too. Last come those in the folder `next`, of which clients are told.
 *
 * Only public halves are read at the start. For each signature a process of its own reads the secret key, signs and
 * ends: the secret never is in a process that parses what comes from the network.
 */
import { copyOf, EMPTY, equal, wipe } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { HostKey } from "../../core/ssh/environment.ts";
import { publicKeyFault } from "../../core/ssh/key/key-folder.ts";
import { KeyKind, SIGNING_RANDOM_BYTES } from "../../core/ssh/key/key-kind.ts";
import { ed25519, keyKinds } from "../../core/ssh/key/key-kinds.ts";
import { ENOENT } from "../../linux/errno.ts";
import { Errand } from "../../linux/errand.ts";
import { readFile } from "../../linux/file.ts";
import { within } from "../../linux/path.ts";
import { fillRandom } from "../../linux/random.ts";
import { log } from "../log.ts";
import { addAgentKey, reportAbsence } from "./agent-host-key.ts";
import { addCertificate } from "./certified-host-key.ts";
import { READ_LIMIT, UNREADABLE } from "./public-key-line.ts";

/** The folder in the key folder with keys for later: those of an algorithm that has a key already are not used yet. */
const NEXT: string = "next";
/** How long reading the key and signing may take, in milliseconds. */
const SIGN_TIMEOUT: f64 = 30000;

/** Signs one message with the secret key of a folder. */
class Signing extends Errand {
  private kind: KeyKind;
  private folder: Uint8Array;
  private key: Uint8Array;
  private message: Uint8Array;

  constructor(kind: KeyKind, folder: Uint8Array, key: Uint8Array, message: Uint8Array) {
    super();
    this.kind = kind;
    this.folder = folder;
    this.key = key;
    this.message = message;
  }

  run(): Uint8Array {
    const path = within(this.folder, this.kind.secretFile);
    const secret = readFile(path, READ_LIMIT);
    if (secret.error < 0) {
      log.fatal("unable to read secret key from file " + printable(path), secret.error);
      return EMPTY;
    }
    const bytes = secret.bytes;
    if (bytes.length != this.kind.secretBytes || !equal(this.kind.publicKey(bytes), this.key)) {
      wipe(bytes);
      log.fatal("secret key in file " + printable(path) + " does not belong to the public key beside it");
      return EMPTY;
    }
    const random = new Uint8Array(SIGNING_RANDOM_BYTES);
    fillRandom(random);
    const signature = this.kind.sign(bytes, this.message, random);
    wipe(random);
    wipe(bytes);
    return signature;
  }
}

class FolderHostKey extends HostKey {
  private kind: KeyKind;
  private folder: Uint8Array;
  private key: Uint8Array;

  constructor(kind: KeyKind, folder: Uint8Array, key: Uint8Array) {
    super();
    this.kind = kind;
    this.folder = folder;
    this.key = key;
  }

  algorithm(): string {
    return this.kind.type;
  }

  publicKey(): Uint8Array {
    return this.kind.blob(this.key);
  }

  sign(message: Uint8Array): Uint8Array | null {
    const signing = new Signing(this.kind, this.folder, this.key, message);
    const signature = signing.answer(this.kind.signatureBytes, SIGN_TIMEOUT);
    if (signing.error < 0) log.warning("unable to start a process for a signature", signing.error);
    return signature == null ? null : this.kind.signatureBlob(signature);
  }
}

/**
 * The host keys in `folder`: none if there is no key, or something that can't be used, and the log says why.
 * `agent`: the path of an agent's socket; empty if there is none.
 */
export function hostKeysIn(folder: Uint8Array, agent: Uint8Array): HostKey[] {
  const keys = new Array<HostKey>();
  if (!addKeys(keys, folder, agent) || !addKeys(keys, within(folder, NEXT), agent)) return [];
  if (keys.length == 0) {
    const path = printable(within(folder, ed25519.publicFile));
    log.fatal("unable to read public key from file " + path + ": make a key with tinysshd-makekey", -ENOENT);
  }
  if (agent.length > 0) reportAbsence(agent);
  return keys;
}

/** False, and logged, if something in `folder` can't be used. */
function addKeys(keys: HostKey[], folder: Uint8Array, agent: Uint8Array): bool {
  for (let i = 0; i < keyKinds.length; i++) {
    const kind = keyKinds[i];
    const first = keys.length;
    if (!addOwn(keys, kind, folder)) return false;
    if (agent.length > 0 && !addAgentKey(keys, first, kind, folder, agent)) return false;
    if (!addCertificate(keys, first, within(folder, kind.file + "-cert.pub"))) return false;
  }
  return true;
}

/** The key of which the folder has the secret half too. */
function addOwn(keys: HostKey[], kind: KeyKind, folder: Uint8Array): bool {
  const path = within(folder, kind.publicFile);
  const file = readFile(path, READ_LIMIT);
  if (file.error == -ENOENT) return true;
  const unable = UNREADABLE + printable(path);
  const fault = file.error < 0 ? "" : publicKeyFault(kind, file.bytes);
  if (file.error < 0) log.fatal(unable, file.error);
  else if (fault.length > 0) log.fatal(unable + ": " + fault);
  else keys.push(new FolderHostKey(kind, folder, copyOf(file.bytes, 0, file.bytes.length)));
  return file.error >= 0 && fault.length == 0;
}
