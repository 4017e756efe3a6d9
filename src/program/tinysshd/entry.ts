/** tinysshd: the server with its key tools and its SFTP server alone, as small as it goes. Which of them it is, its name says. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText } from "../../core/bytes/text.ts";
import { useKernels } from "../../core/crypto/kernels.ts";
import { commandLine } from "../../linux/arguments.ts";
import { baseName } from "../../linux/path.ts";
import { NativeKernels } from "../../native/kernels.ts";
import { MakeKey } from "../makekey/makekey.ts";
import { PrintKey } from "../printkey/printkey.ts";
import { Program, run, step } from "../program.ts";
import { SFTP_SERVER, SftpServerProgram } from "../sftp-server/sftp-server.ts";
import { NONE_SERVER, Sshd } from "../sshd/sshd.ts";
export { step };

/** Any other name is the server's, as in TinySSH: there are installations that call it something else. */
function choose(name: Uint8Array, words: Uint8Array[]): Program {
  if (isText(name, "tinysshd-makekey")) return new MakeKey(words);
  if (isText(name, "tinysshd-printkey")) return new PrintKey(words);
  if (isText(name, SFTP_SERVER)) return new SftpServerProgram(words);
  return new Sshd(isText(name, NONE_SERVER) ? NONE_SERVER : "tinysshd", words);
}

export function start(): void {
  useKernels(new NativeKernels());
  const words = commandLine();
  run(choose(words.length > 0 ? baseName(words[0]) : EMPTY, words.slice(1)));
}
