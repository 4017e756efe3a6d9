/** Where the TPM programs look when nobody says otherwise: ssh-tpm-agent's places, by its environment variables. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { variable } from "../../linux/arguments.ts";
import { within } from "../../linux/path.ts";

/** Where the agent of the host keys listens, and any agent whose user has no folder for such things. */
export const MACHINE_SOCKET: string = "/var/tmp/ssh-tpm-agent.sock";

/** The environment variable `name`; one that is empty counts as not set, and is EMPTY either way. */
export function setting(name: string): Uint8Array {
  const value = variable(name);
  return value == null ? EMPTY : value;
}

/** The agent's socket: `$SSH_TPM_AUTH_SOCK`, or the one in `$XDG_RUNTIME_DIR`, or the machine's. */
export function agentSocket(): Uint8Array {
  const chosen = setting("SSH_TPM_AUTH_SOCK");
  if (chosen.length > 0) return chosen;
  const folder = setting("XDG_RUNTIME_DIR");
  return folder.length > 0 ? within(folder, "ssh-tpm-agent.sock") : ascii(MACHINE_SOCKET);
}

/** The folder of the user's keys, `~/.ssh`; EMPTY if it isn't known whose home that is. */
export function keyFolder(): Uint8Array {
  const home = setting("HOME");
  return home.length > 0 ? within(home, ".ssh") : home;
}
