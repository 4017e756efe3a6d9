/**
 * What an authorized_keys file grants to an attempt to log in (sshd(8), AUTHORIZED_KEYS FILE FORMAT): the first line that
 * lists the key, or the certificate's authority, and whose options admit the attempt, decides. A line whose options can't
 * be honoured is void, never read as if it had none.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { KeyEntry, KeyLines, optionsEnd, skipBlanks } from "../key/key-lines.ts";
import { PublicKey } from "../key/public-key.ts";
import { Grant } from "./grant.ts";
import { LoginAttempt } from "./login-attempt.ts";

/** Lines of which is said why they grant nothing. */
const REFUSALS_LIMIT: i32 = 16;

export class AuthorizedKeys {
  /** Why lines that list the key, or the authority, grant nothing. */
  refusals: string[] = new Array<string>();
  /** A line is too long: nothing from there on counts. */
  failed: bool = false;
  private file: Uint8Array;

  constructor(file: Uint8Array) {
    this.file = file;
  }

  grant(attempt: LoginAttempt): Grant | null {
    const entry = new KeyEntry(attempt.proof.credential.listed());
    const lines = new KeyLines(this.file);
    while (lines.next()) {
      const line = lines.line;
      let options = EMPTY;
      if (!entry.isAt(line, 0)) {
        const end = optionsEnd(line);
        if (!entry.isAt(line, skipBlanks(line, end))) continue;
        options = line.subarray(0, end);
      }
      const grant = attempt.byLine(options);
      if (grant != null) return grant;
      if (attempt.refusal.length > 0 && this.refusals.length < REFUSALS_LIMIT) {
        this.refusals.push(`line ${lines.number}: ` + attempt.refusal);
      }
    }
    this.failed = lines.failed;
    return null;
  }
}

/** True if `file`, which has no options, lists `key`. */
export function lists(file: Uint8Array, key: PublicKey): bool {
  const entry = new KeyEntry(key);
  const lines = new KeyLines(file);
  while (lines.next()) {
    if (entry.isAt(lines.line, 0)) return true;
  }
  return false;
}
