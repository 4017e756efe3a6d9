/** Keys on their way into the agent: each file as it is, and once more with the certificate beside it. */
import { printable } from "../../core/bytes/text.ts";
import { SUCCESS as DONE } from "../../core/ssh/agent/message.ts";
import { isCertificate } from "../../core/ssh/agent/certified-key.ts";
import { SEALED, TPM_KEY_FILE_BYTES, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { ENOENT } from "../../linux/errno.ts";
import { readFile } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { AgentConnection } from "../agent-connection.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { SUCCESS } from "../program.ts";
import { AddTpmKey } from "../tpm/agent-requests.ts";
import { certificatePath } from "../tpm/key-names.ts";
import { PublicKeyFile } from "../tpm/public-key-file.ts";

/** What all keys of one command line are added with. */
export class Addition {
  /** Seconds; 0 for ever. */
  lifetime: u32 = 0;
  confirm: bool = false;
}

/** True if nothing has this path. */
export function isAbsent(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, true) == -ENOENT;
}

/** Adds the key in `path`. Returns the exit status; what went wrong is logged. */
export function addKey(agent: AgentConnection, path: Uint8Array, addition: Addition, quiet: bool): i32 {
  const name = printable(path);
  const contents = readFile(path, TPM_KEY_FILE_BYTES);
  if (contents.error < 0) return log.fatal("unable to read " + name, contents.error);
  const file = TpmKeyFile.parse(contents.bytes);
  if (file.fault.length == 0 && file.type == SEALED) file.fault = "it holds sealed data, not a key";
  if (file.fault.length > 0) return log.fatal("unable to add " + name + ": " + file.fault);

  const request = new AddTpmKey();
  request.file = contents.bytes;
  request.lifetime = addition.lifetime;
  request.confirm = addition.confirm;
  if (!isDone(agent.ask(request))) return refused(name);
  const comment = " (" + printable(file.description) + ")\n";
  const status = quiet ? SUCCESS : print("Identity added: " + name + comment);
  if (status != SUCCESS) return status;

  const certificate = certificatePath(path);
  if (isAbsent(certificate)) return SUCCESS;
  const certificateName = printable(certificate);
  const found = PublicKeyFile.read(certificate);
  if (found.error < 0) return log.fatal("unable to read " + certificateName, found.error);
  if (!isCertificate(found.blob)) return log.fatal("unable to add " + certificateName + ": it holds no certificate");
  request.certificate = found.blob;
  if (!isDone(agent.ask(request))) return refused(certificateName);
  return quiet ? SUCCESS : print("Certificate added: " + certificateName + comment);
}

export function isDone(answer: Uint8Array): bool {
  return answer.length == 1 && (answer[0] as i32) == DONE;
}

function refused(name: string): i32 {
  return log.fatal("the agent refuses " + name + "; if it is ssh-tpm-agent, its log says why");
}
