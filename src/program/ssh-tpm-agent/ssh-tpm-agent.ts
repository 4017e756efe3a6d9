/** ssh-tpm-agent: an SSH agent for keys in the TPM, as ssh-tpm-agent 0.9 is one, and for others. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { Agent } from "../../core/ssh/agent/agent.ts";
import { Constraints } from "../../core/ssh/agent/constraints.ts";
import { PinCache } from "../../core/ssh/agent/pin-cache.ts";
import { hideMemory } from "../../linux/confinement.ts";
import { setNonBlocking } from "../../linux/descriptor.ts";
import { ENOENT } from "../../linux/errno.ts";
import { LockedPage } from "../../linux/locked-memory.ts";
import { programPath } from "../../linux/program-path.ts";
import { ignoreBrokenPipes, SignalQueue } from "../../linux/signals.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { isListening } from "../../linux/socket.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { DEBUGGING, log, VERBOSE } from "../log.ts";
import { print } from "../print.ts";
import { collectEvery, CONTINUE, FAILURE, Program, run } from "../program.ts";
import { inheritedSockets } from "../inherited-sockets.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { installUserUnits } from "../tpm/unit-installation.ts";
import { Questions } from "../ssh-tpm-keygen/questions.ts";
import { HierarchySigner } from "../tpm/hierarchy-signer.ts";
import { setting } from "../tpm/places.ts";
import { AgentLoop } from "./agent-loop.ts";
import { AgentPath } from "./agent-path.ts";
import { serveCommand, serveShell } from "./company.ts";
import { KeyFiles } from "./key-files.ts";
import { LinuxAgentHost } from "./linux-agent-host.ts";
import { AgentOptions, command, NO_SHELL } from "./options.ts";

/** A signature takes three steps and leaves 10 kB behind. What an agent occupies, it occupies for days. */
const STEPS_PER_COLLECTION: i32 = 8;

export class SshTpmAgent extends Program {
  private words: Uint8Array[];
  private options: AgentOptions = new AgentOptions();
  private path: AgentPath = new AgentPath();
  private ownerPassword: Uint8Array = EMPTY;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    openStandardDescriptors();
    return goStatus(this.begin());
  }

  private begin(): i32 {
    log.program = command.name;
    log.verbosity = VERBOSE;
    const options = this.options;
    const outcome = options.read(new GoCommandLine(command, this.words));
    if (outcome >= 0) return outcome;
    if (options.printSocket) return print(printable(options.socket) + "\n");
    if (options.installUserUnits) return installUserUnits(options.installSystem);
    if (options.verbose) log.verbosity = DEBUGGING;
    const program = options.words.length > 0 ? programPath(options.words[0]) : EMPTY;
    if (program.length == 0 && options.words.length > 0) {
      return log.fatal("unable to run " + printable(options.words[0]), ENOENT);
    }
    if (options.hierarchy != 0 && options.ownerPassword && !this.askOwner()) return FAILURE;
    ignoreBrokenPipes();
    const signals = SignalQueue.open(); // before there is anything to be removed at the end
    if (!this.listen()) return FAILURE;
    let status = CONTINUE;
    if (options.shell != NO_SHELL) status = serveShell(options.shell, options.socket);
    else if (program.length > 0) status = serveCommand(program, options.words, options.socket);
    return status >= 0 ? status : this.start(signals);
  }

  /** Takes the socket that the service manager has opened, or makes one. */
  private listen(): bool {
    const inherited = inheritedSockets();
    if (inherited.length == 0) return this.path.take(this.options.socket);
    if (!isListening(inherited[0])) {
      log.fatal("what the service manager has opened is no socket that listens");
      return false;
    }
    setNonBlocking(inherited[0]);
    this.path.listener = inherited[0];
    return true;
  }

  /** Has the owner's password before there is anybody to be served: the keys of a hierarchy are listed from the start. */
  private askOwner(): bool {
    const password = new Questions().secret("Enter owner password: ");
    if (password != null) this.ownerPassword = password;
    return password != null;
  }

  /** False, and logged, if the keys of the hierarchy can't be had. */
  private addHierarchy(agent: Agent, holder: KeyHolder): bool {
    const password = this.ownerPassword;
    if (password.length > 0) {
      agent.pins.keep(agent.host.owner, password, agent.host.now());
      holder.workspace.ownerPassword = password; // which is wiped there
    }
    for (let i = 0; i < 2; i++) {
      const signer = HierarchySigner.make(holder, this.options.hierarchy, i == 1);
      if (signer == null || !agent.add(signer, EMPTY, new Constraints())) return false;
    }
    return true;
  }

  private start(signals: SignalQueue): i32 {
    const options = this.options;
    hideMemory();
    const page = new LockedPage();
    if (page.error < 0) log.warning("the memory for PINs can't be kept out of swap space", page.error);
    const holder = KeyHolder.of(options.tpm);
    const pins = new PinCache(options.cache ? page.bytes : EMPTY, options.pinTimeout);
    const agent = new Agent(new LinuxAgentHost(holder), pins);
    const keyFiles = options.load && options.keyFolder.length > 0 ? new KeyFiles(options.keyFolder, agent) : null;
    holder.asksOwner = options.ownerPassword;
    holder.givenPassword = setting("SSH_TPM_AGENT_OWNER_PASSWORD");
    if (options.hierarchy != 0 && !this.addHierarchy(agent, holder)) {
      this.path.leave();
      return FAILURE;
    }
    if (keyFiles != null) keyFiles.load();
    const path = this.path.path;
    log.info("listening " + (path.length > 0 ? "at " + printable(path) : "on an inherited socket"));
    collectEvery(STEPS_PER_COLLECTION);
    run(new AgentLoop(agent, holder, this.path, signals, keyFiles, options.proxies));
    return CONTINUE;
  }
}
