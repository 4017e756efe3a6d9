/** No SFTP in an initramfs: who asks for it is refused, and the log says so. */
import { isText, startsWithText } from "../../core/bytes/text.ts";
import { Account } from "../../linux/accounts.ts";
import { log } from "../log.ts";
import { Program } from "../program.ts";

export const BUILT_IN_SFTP: string = "internal-sftp";

export function isBuiltInSftp(command: Uint8Array): bool {
  return isText(command, BUILT_IN_SFTP) || startsWithText(command, BUILT_IN_SFTP + " ");
}

export function builtInSftp(_command: Uint8Array, _account: Account): Program | null {
  log.warning("sftp: refused: this build is without it");
  return null;
}
