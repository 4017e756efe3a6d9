/** postern: every program in one executable. */
import { useKernels } from "../../core/crypto/kernels.ts";
import { commandLine } from "../../linux/arguments.ts";
import { NativeKernels } from "../../native/kernels.ts";
import { Convert } from "../convert/convert.ts";
import { KeyConvert } from "../convert/keyconvert.ts";
import { MakeKey } from "../makekey/makekey.ts";
import { choose, Entry } from "../multi-call.ts";
import { INITRAMFS, Initramfs } from "../postern-initramfs/initramfs.ts";
import { Seal } from "../postern-seal/seal.ts";
import { SEAL } from "../postern-seal/settings.ts";
import { Unseal, UNSEAL } from "../postern-unseal/unseal.ts";
import { PrintKey } from "../printkey/printkey.ts";
import { Program, run, step } from "../program.ts";
import { SFTP_SERVER, SftpServerProgram } from "../sftp-server/sftp-server.ts";
import { tpmPrograms } from "../ssh-tpm/programs.ts";
import { NONE_SERVER, Sshd } from "../sshd/sshd.ts";
import { UNLOCK } from "../unlock/settings.ts";
import { Unlock } from "../unlock/unlock.ts";
export { step };

const entries: Entry[] = [
  new Entry("tinysshd", "sshd", "the SSH server", (words: Uint8Array[]): Program => new Sshd("tinysshd", words)),
  new Entry(
    NONE_SERVER,
    "noneauthd",
    "the same for one user and one command, without authentication",
    (words: Uint8Array[]): Program => new Sshd(NONE_SERVER, words),
  ),
  new Entry(
    SFTP_SERVER,
    "sftp",
    "files for SFTP clients, started by an SSH server",
    (words: Uint8Array[]): Program => new SftpServerProgram(words),
  ),
  new Entry("tinysshd-makekey", "makekey", "makes a host key", (words: Uint8Array[]): Program => new MakeKey(words)),
  new Entry(
    "tinysshd-printkey",
    "printkey",
    "prints a host key",
    (words: Uint8Array[]): Program => new PrintKey(words),
  ),
  new Entry(
    "tinyssh-convert",
    "convert",
    "host keys from OpenSSH's form, and to it",
    (words: Uint8Array[]): Program => new Convert(words),
  ),
  new Entry(
    "tinyssh-keyconvert",
    "keyconvert",
    "host keys from OpenSSH's form, into a folder that may be there",
    (words: Uint8Array[]): Program => new KeyConvert(words),
  ),
  new Entry(SEAL, "seal", "seals secrets for this machine's TPM", (words: Uint8Array[]): Program => new Seal(words)),
  new Entry(UNSEAL, "unseal", "opens what was sealed", (words: Uint8Array[]): Program => new Unseal(words)),
  new Entry(
    UNLOCK,
    "unlock",
    "gives disks their passphrase at boot",
    (words: Uint8Array[]): Program => new Unlock(words),
  ),
  new Entry(
    INITRAMFS,
    "initramfs",
    "puts an SSH server into an initramfs",
    (words: Uint8Array[]): Program => new Initramfs(words),
  ),
];

export function start(): void {
  useKernels(new NativeKernels());
  run(choose("postern", entries.concat(tpmPrograms), commandLine()));
}
