/** The programs for SSH keys in a TPM. */
import { Entry } from "../multi-call.ts";
import { Program } from "../program.ts";
import { Add, ADD } from "../ssh-tpm-add/add.ts";
import { SshTpmAgent } from "../ssh-tpm-agent/ssh-tpm-agent.ts";
import { HostKeys, HOSTKEYS } from "../ssh-tpm-hostkeys/hostkeys.ts";
import { Keygen } from "../ssh-tpm-keygen/keygen.ts";
import { KEYGEN } from "../ssh-tpm-keygen/settings.ts";

export const tpmPrograms: Entry[] = [
  new Entry(KEYGEN, "keygen", "makes keys that the TPM keeps", (words: Uint8Array[]): Program => new Keygen(words)),
  new Entry(
    "ssh-tpm-agent",
    "agent",
    "signs with them for programs that ask it",
    (words: Uint8Array[]): Program => new SshTpmAgent(words),
  ),
  new Entry(ADD, "add", "adds keys to that agent", (words: Uint8Array[]): Program => new Add(words)),
  new Entry(
    HOSTKEYS,
    "hostkeys",
    "lists the host keys of the machine's agent, and installs it",
    (words: Uint8Array[]): Program => new HostKeys(words),
  ),
];
