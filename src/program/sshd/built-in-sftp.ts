/**
 * SFTP by this very program: subsystem `sftp` unless -x says otherwise, under the name that OpenSSH has for the same.
 *
 * It runs in the session's process without the user's shell, which would be asked in vain: it could not start a part of
 * us. A shell that keeps its user from something would then be gone round. So there is SFTP for those whose shell is known
 * to let them do as they like, and for nobody else; a command that -x names is run by the shell, whichever that is.
 */
import { isText, printable, startsWithText } from "../../core/bytes/text.ts";
import { Account } from "../../linux/accounts.ts";
import { baseName } from "../../linux/path.ts";
import { log } from "../log.ts";
import { Program } from "../program.ts";
import { SftpServerProgram } from "../sftp-server/sftp-server.ts";

/** As a command of -x, or of an option `command` in authorized_keys; options of sftp-server(8) may follow. */
export const BUILT_IN_SFTP: string = "internal-sftp";

/** Shells that restrict nobody. */
const SHELLS: string[] = ["sh", "ash", "bash", "dash", "zsh", "fish", "ksh", "ksh93", "mksh", "csh", "tcsh"];

const BLANK: u8 = 32;

export function isBuiltInSftp(command: Uint8Array): bool {
  return isText(command, BUILT_IN_SFTP) || startsWithText(command, BUILT_IN_SFTP + " ");
}

/** True if whoever has this shell may do whatever the system lets them. */
function isOrdinaryShell(shell: Uint8Array): bool {
  const name = baseName(shell);
  for (let i = 0; i < SHELLS.length; i++) {
    if (isText(name, SHELLS[i])) return true;
  }
  return false;
}

/** What `command` stands for, as the account; null, and logged, if there must be none. Its words have blanks between them, and no quotes. */
export function builtInSftp(command: Uint8Array, account: Account): Program | null {
  if (!isOrdinaryShell(account.shell)) {
    log.warning("sftp: refused: the shell " + printable(account.shell) + " may not want it; see -x in tinysshd(8)");
    return null;
  }
  const words = new Array<Uint8Array>();
  let rest = command.subarray(BUILT_IN_SFTP.length);
  while (rest.length > 0) {
    const blank = rest.indexOf(BLANK);
    const end = blank < 0 ? rest.length : blank;
    if (end > 0) words.push(rest.subarray(0, end));
    rest = rest.subarray(blank < 0 ? end : end + 1);
  }
  const program = new SftpServerProgram(words);
  program.home = account.home;
  return program;
}
