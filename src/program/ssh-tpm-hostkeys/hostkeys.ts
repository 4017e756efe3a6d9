/**
 * ssh-tpm-hostkeys: lists the host keys that the machine's agent holds, and sets the machine up to use them: systemd's
 * units, and a piece of sshd's configuration.
 */
import { ascii, printable } from "../../core/bytes/text.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { within } from "../../linux/path.ts";
import { AgentConnection } from "../agent-connection.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { log } from "../log.ts";
import { Command, Option } from "../options.ts";
import { print } from "../print.ts";
import { Program, SUCCESS } from "../program.ts";
import { MACHINE_SOCKET } from "../tpm/places.ts";
import { listKeys } from "../tpm/key-list.ts";
import { installFile, installSystemUnits, underDestination } from "../tpm/unit-installation.ts";

const SSHD_CONFIGURATION: string = "/etc/ssh/sshd_config.d";
const SSHD_FILE: string = "10-ssh-tpm-agent.conf";
const SSHD_TEXT: string = `# Host keys in the TPM, by their agent. sshd offers these, and no longer those that it offers by default.
HostKeyAgent ${MACHINE_SOCKET}
HostKey /etc/ssh/ssh_tpm_host_ecdsa_key.pub
HostKey /etc/ssh/ssh_tpm_host_rsa_key.pub
`;

export const HOSTKEYS: string = "ssh-tpm-hostkeys";

const command: Command = new Command(
  HOSTKEYS,
  "[options]",
  "Lists the host keys that the agent at " + MACHINE_SOCKET + " holds.",
  [
    new Option("", "install-system-units", "", "install systemd's units of that agent"),
    new Option("", "install-sshd-config", "", "have sshd use these keys: " + SSHD_CONFIGURATION + "/" + SSHD_FILE),
  ],
);

export class HostKeys extends Program {
  private words: Uint8Array[];
  private units: bool = false;
  private configuration: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = command.name;
    const outcome = this.read(new GoCommandLine(command, this.words));
    return goStatus(outcome >= 0 ? outcome : this.work());
  }

  private read(line: GoCommandLine): i32 {
    while (line.next()) {
      if (line.option == "install-system-units") this.units = line.on;
      else if (line.option == "install-sshd-config") this.configuration = line.on;
    }
    line.atMost(0);
    return line.outcome(0);
  }

  private work(): i32 {
    if (!this.units && !this.configuration) return list();
    const status = this.units ? installSystemUnits() : SUCCESS;
    return status == SUCCESS && this.configuration ? installConfiguration() : status;
  }
}

function installConfiguration(): i32 {
  const folder = underDestination(SSHD_CONFIGURATION);
  const found = new FileStatus().ofPath(folder, true);
  if (found < 0) return log.fatal("unable to configure sshd: no " + printable(folder), found);
  const status = installFile(within(folder, SSHD_FILE), SSHD_TEXT);
  return status == SUCCESS ? print("Restart sshd for it to take effect.\n") : status;
}

function list(): i32 {
  const agent = new AgentConnection(ascii(MACHINE_SOCKET));
  if (agent.error == 0) return listKeys(agent, false);
  return log.fatal("unable to reach the agent at " + MACHINE_SOCKET, agent.error);
}
