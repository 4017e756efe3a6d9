/** ssh-tpm-agent: an SSH agent for keys in the TPM, as ssh-tpm-agent 0.9 is one, and for others. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { Agent } from "../../core/ssh/agent/agent.ts";
import { PinCache } from "../../core/ssh/agent/pin-cache.ts";
import { hideMemory } from "../../linux/confinement.ts";
import { setNonBlocking } from "../../linux/descriptor.ts";
import { LockedPage } from "../../linux/locked-memory.ts";
import { ignoreBrokenPipes, SignalQueue } from "../../linux/signals.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { isListening } from "../../linux/socket.ts";
import { GoCommandLine, goStatus } from "../go-options.ts";
import { DEBUGGING, log, VERBOSE } from "../log.ts";
import { print } from "../print.ts";
import { CONTINUE, Program, run } from "../program.ts";
import { inheritedSockets } from "../inherited-sockets.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { installUserUnits } from "../tpm/unit-installation.ts";
import { AgentLoop } from "./agent-loop.ts";
import { AgentPath } from "./agent-path.ts";
import { serveCommand, serveShell } from "./company.ts";
import { KeyFiles } from "./key-files.ts";
import { LinuxAgentHost } from "./linux-agent-host.ts";
import { AgentOptions, command, NO_SHELL } from "./options.ts";

export class SshTpmAgent extends Program {
  private words: Uint8Array[];
  private options: AgentOptions = new AgentOptions();
  private path: AgentPath = new AgentPath();

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
    if (!this.listen()) return log.fatal("no socket");
    const status = this.meetCompany();
    return status >= 0 ? status : this.start();
  }

  /** Takes the socket that the service manager has opened, or makes one. */
  private listen(): bool {
    const inherited = inheritedSockets();
    if (inherited.length == 0) return this.path.take(this.options.socket);
    if (!isListening(inherited[0])) return false;
    setNonBlocking(inherited[0]);
    this.path.listener = inherited[0];
    return true;
  }

  private meetCompany(): i32 {
    const options = this.options;
    if (options.shell != NO_SHELL) return serveShell(options.shell, options.socket);
    return options.words.length > 0 ? serveCommand(options.words, options.socket) : CONTINUE;
  }

  private start(): i32 {
    const options = this.options;
    hideMemory();
    ignoreBrokenPipes();
    const signals = SignalQueue.open();
    const page = new LockedPage();
    if (page.error < 0) log.warning("the memory for PINs can't be kept out of swap space", page.error);
    const holder = KeyHolder.of(options.tpm);
    const pins = new PinCache(options.cache ? page.bytes : EMPTY, options.pinTimeout);
    const agent = new Agent(new LinuxAgentHost(holder), pins);
    const keyFiles = options.load && options.keyFolder.length > 0 ? new KeyFiles(options.keyFolder, agent) : null;
    if (keyFiles != null) keyFiles.load();
    const path = this.path.path;
    log.info("listening " + (path.length > 0 ? "at " + printable(path) : "on an inherited socket"));
    run(new AgentLoop(agent, holder, this.path, signals, keyFiles, options.proxies));
    return CONTINUE;
  }
}
