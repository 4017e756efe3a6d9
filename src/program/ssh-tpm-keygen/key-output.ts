/**
 * The two files of a key, FILE.tpm and FILE.pub: asked about where they exist, written whole or not at all, and shown.
 * Nothing is replaced without a yes.
 */
import { concat, EMPTY, equal } from "../../core/bytes/bytes.ts";
import { ascii, isTextWithin, printable } from "../../core/bytes/text.ts";
import { fingerprint } from "../../core/ssh/key/fingerprint.ts";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { makeFolder, readFile, writeFileAtOnce } from "../../linux/file.ts";
import { parentOf } from "../../linux/path.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { sshKeyOf } from "../tpm/ssh-forms.ts";
import { Questions } from "./questions.ts";

export const SECRET_SUFFIX: string = ".tpm";
export const PUBLIC_SUFFIX: string = ".pub";

const SECRET_MODE: i32 = 0o600;
const PUBLIC_MODE: i32 = 0o644;
const FOLDER_MODE: i32 = 0o700;
/** A line with the longest key that a TPM has, and a comment as long. */
const PUBLIC_BYTES: i32 = 65536;

/** The comment may hold any bytes but line ends, which would make a second line of it. */
export function publicLine(key: PlainPublicKey, comment: Uint8Array): Uint8Array {
  const line = concat(ascii(key.line() + (comment.length > 0 ? " " : "")), comment);
  for (let i = 0; i < line.length; i++) if (line[i] < 32) line[i] = 63;
  return concat(line, ascii("\n"));
}

export function withSuffix(path: Uint8Array, suffix: string): Uint8Array {
  return concat(path, ascii(suffix));
}

/** `path` without .tpm at its end. */
export function withoutSuffix(path: Uint8Array): Uint8Array {
  const start = path.length - SECRET_SUFFIX.length;
  return start > 0 && isTextWithin(path, start, path.length, SECRET_SUFFIX) ? path.subarray(0, start) : path;
}

export function exists(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, false) >= 0;
}

/** Makes the folder of a file, unless it is there: what goes wrong shows when the file is written. */
export function makeFolderOf(path: Uint8Array): void {
  const folder = parentOf(path);
  if (!exists(folder)) makeFolder(folder, FOLDER_MODE);
}

export class KeyOutput {
  private base: Uint8Array;
  private replacesSecret: bool = false;
  private replacesPublic: bool = false;

  /** `base`: the path, without .tpm. */
  constructor(base: Uint8Array) {
    this.base = base;
  }

  /** Asks whether a key file that exists may be replaced; false if not. */
  mayWriteSecret(questions: Questions): bool {
    const path = withSuffix(this.base, SECRET_SUFFIX);
    this.replacesSecret = exists(path);
    return !this.replacesSecret || mayReplace(path, questions);
  }

  /**
   * Asks the same of both files. `line`: what FILE.pub will hold, if that is known by now: a file that holds this key
   * already is left as it is.
   */
  mayWrite(questions: Questions, line: Uint8Array): bool {
    if (!this.mayWriteSecret(questions)) return false;
    const path = withSuffix(this.base, PUBLIC_SUFFIX);
    this.replacesPublic = exists(path) && !isSameLine(path, line);
    return !this.replacesPublic || mayReplace(path, questions);
  }

  /** Writes the key file alone, and says so. Returns the exit status; what went wrong is logged. */
  writeSecret(file: TpmKeyFile): i32 {
    const path = withSuffix(this.base, SECRET_SUFFIX);
    const result = writeFileAtOnce(path, file.encode(), SECRET_MODE, this.replacesSecret);
    if (result < 0) return log.fatal("unable to write " + printable(path), result);
    return print("Your identification has been saved in " + printable(path) + "\n");
  }

  /** Writes FILE.pub, unless it has its content already, and shows the key. */
  writePublic(key: PlainPublicKey, comment: Uint8Array): i32 {
    const path = withSuffix(this.base, PUBLIC_SUFFIX);
    const line = publicLine(key, comment);
    if (!exists(path) || !isSameLine(path, line)) {
      const result = writeFileAtOnce(path, line, PUBLIC_MODE, this.replacesPublic);
      if (result < 0) return log.fatal("unable to write " + printable(path), result);
      print("Your public key has been saved in " + printable(path) + "\n");
    }
    return print("The key fingerprint is:\n" + fingerprint(key.blob()) + " " + printable(comment) + "\n");
  }

  /** Both. The key comes first: of that, `--print-pubkey` makes the other at any time. */
  write(file: TpmKeyFile): i32 {
    const key = publicKeyOf(file);
    if (key == null) return FAILURE;
    const status = this.writeSecret(file);
    return status == SUCCESS ? this.writePublic(key, file.description) : status;
  }
}

function mayReplace(path: Uint8Array, questions: Questions): bool {
  return questions.isYes(printable(path) + " already exists.\nOverwrite (y/n)? ");
}

/** Writes a key file anew with what was changed in it. Returns the exit status; what went wrong is logged. */
export function rewrite(path: Uint8Array, file: TpmKeyFile): i32 {
  const result = writeFileAtOnce(path, file.encode(), SECRET_MODE, true);
  return result < 0 ? log.fatal("unable to write " + printable(path), result) : SUCCESS;
}

/** The SSH key of a file; null if it has none, and that is logged. */
export function publicKeyOf(file: TpmKeyFile): PlainPublicKey | null {
  const area = PublicArea.decode(file.publicArea);
  const key = area != null ? sshKeyOf(area) : null;
  if (key == null) log.fatal("the file holds no key of a kind that SSH has");
  return key;
}

/** True if the file holds the same key, whatever its comment: the line up to the second blank. */
function isSameLine(path: Uint8Array, line: Uint8Array): bool {
  const content = readFile(path, PUBLIC_BYTES).bytes;
  return line.length > 0 && equal(keyIn(content), keyIn(line));
}

function keyIn(line: Uint8Array): Uint8Array {
  const first = line.indexOf(32);
  if (first < 0) return EMPTY;
  let end = first + 1;
  while (end < line.length && line[end] > 32) end++;
  return line.subarray(0, end);
}
