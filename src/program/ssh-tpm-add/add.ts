/**
 * ssh-tpm-add: adds TPM keys to their agent, and does what users of ssh-add expect beside that. It needs no TPM, asks for
 * no PIN, and reads nothing that is secret.
 *
 * The options from `-l` on are ssh-add's and not ssh-tpm-agent's, and so is their exit status 2 where there is no agent.
 */
import { printable } from "../../core/bytes/text.ts";
import { parseDuration } from "../../core/duration.ts";
import { within } from "../../linux/path.ts";
import { AgentConnection } from "../agent-connection.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { log } from "../log.ts";
import { Command, Option } from "../options.ts";
import { FAILURE, Program, SUCCESS, USAGE } from "../program.ts";
import { agentSocket, keyFolder } from "../tpm/places.ts";
import { listKeys } from "../tpm/key-list.ts";
import { addKey, Addition, isAbsent } from "./addition.ts";
import { lockAgent, removeAll, removeKey, testKey, unlockAgent } from "./key-care.ts";

export const ADD: string = "ssh-tpm-add";

/** What is added where no file is named. */
const DEFAULT_NAMES: string[] = ["id_ecdsa.tpm", "id_rsa.tpm"];

const LIFETIME_LIMIT: f64 = 4294967295;

const command: Command = new Command(
  ADD,
  "[options] [file ...]",
  "Adds TPM keys to their agent; by default those in ~/.ssh, id_ecdsa.tpm and id_rsa.tpm.",
  [
    new Option("c", "", "", "a person has to confirm each use of the keys"),
    new Option("t", "", "LIFE", "the agent is to forget the keys after LIFE: seconds, or 10m, 1h30m"),
    new Option("q", "", "", "say nothing when all goes well"),
    new Option("l", "", "", "list the agent's keys by their fingerprints"),
    new Option("L", "", "", "list the agent's keys as lines for authorized_keys"),
    new Option("d", "", "", "remove keys from the agent, by the public keys beside the files"),
    new Option("D", "", "", "remove all keys from the agent"),
    new Option("x", "", "", "lock the agent with a passphrase"),
    new Option("X", "", "", "unlock the agent"),
    new Option("T", "", "", "test whether the agent signs with the keys whose public halves are in the files"),
  ],
);

export class Add extends Program {
  private words: Uint8Array[];
  private addition: Addition = new Addition();
  /** The letter of what is to be done in place of adding; empty if nothing is. */
  private task: string = "";
  private quiet: bool = false;
  private files: Uint8Array[] = new Array<Uint8Array>();

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = ADD;
    const outcome = this.read(new GoCommandLine(command, this.words));
    if (outcome >= 0) return goStatus(outcome);
    const socket = agentSocket();
    const agent = new AgentConnection(socket);
    if (agent.error == 0) return goStatus(this.work(agent));
    log.fatal("unable to reach the agent at " + printable(socket), agent.error);
    return goStatus(this.task.length > 0 ? USAGE : FAILURE);
  }

  private read(line: GoCommandLine): i32 {
    while (line.next()) {
      if (line.option == "c") this.addition.confirm = line.on;
      else if (line.option == "t") this.addition.lifetime = lifetimeOf(line);
      else if (line.option == "q") this.quiet = line.on;
      else if (line.on) this.take(line);
    }
    const filesWanted = this.task.length == 0 || this.task == "d" || this.task == "T";
    if (!filesWanted) line.atMost(0);
    this.files = line.operands;
    return line.outcome(this.task == "T" ? 1 : 0);
  }

  private take(line: GoCommandLine): void {
    if (this.task.length > 0 && this.task != line.option) {
      line.wrong("-" + this.task + " and -" + line.option + " exclude each other");
    }
    this.task = line.option;
  }

  private work(agent: AgentConnection): i32 {
    if (this.task == "l" || this.task == "L") return listKeys(agent, this.task == "l");
    if (this.task == "D") return removeAll(agent, this.quiet);
    if (this.task == "x") return lockAgent(agent, this.quiet);
    if (this.task == "X") return unlockAgent(agent, this.quiet);
    if (this.files.length == 0) return this.withDefaults(agent);
    let status = SUCCESS;
    for (let i = 0; i < this.files.length; i++) {
      if (this.withFile(agent, this.files[i]) != SUCCESS) status = FAILURE;
    }
    return status;
  }

  private withFile(agent: AgentConnection, file: Uint8Array): i32 {
    if (this.task == "d") return removeKey(agent, file, this.quiet);
    if (this.task == "T") return testKey(agent, file);
    return addKey(agent, file, this.addition, this.quiet);
  }

  /** Those default files that are there. */
  private withDefaults(agent: AgentConnection): i32 {
    const folder = keyFolder();
    if (folder.length == 0) return log.fatal("unable to tell where your keys are: HOME is not set");
    let status = SUCCESS;
    let found = 0;
    for (let i = 0; i < DEFAULT_NAMES.length; i++) {
      const file = within(folder, DEFAULT_NAMES[i]);
      if (isAbsent(file)) continue;
      found++;
      if (this.withFile(agent, file) != SUCCESS) status = FAILURE;
    }
    if (found > 0) return status;
    return log.fatal("there is no key in " + printable(folder) + ": neither " + DEFAULT_NAMES.join(" nor "));
  }
}

function lifetimeOf(line: GoCommandLine): u32 {
  const seconds = parseDuration(line.value, LIFETIME_LIMIT);
  if (seconds > 0) return seconds as u32;
  line.expected("a time, such as 90, 10m or 1h30m");
  return 0;
}
