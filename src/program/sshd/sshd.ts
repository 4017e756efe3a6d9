/**
 * tinysshd and tinysshnoneauthd: an SSH server that takes TinySSH's place.
 *
 * Started by inetd, tcpserver or systemd it serves the one connection on standard input and output. With --listen, or
 * with listening sockets from systemd, it accepts connections itself, a process for each. As root it serves every user;
 * as an ordinary user, that user alone.
 *
 * A connection has two processes: the monitor, with the rights that the server was started with, and the network
 * process, with none. docs/decisions has the reasons, docs/threat-model.md what each of them can do to us.
 */
import { FATAL, HostKey } from "../../core/ssh/environment.ts";
import { setNonBlocking, STDIN, STDOUT } from "../../linux/descriptor.ts";
import { exit } from "../../linux/process.ts";
import { SignalQueue, ignoreBrokenPipes } from "../../linux/signals.ts";
import { isListening, prepareConnection } from "../../linux/socket.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";
import { CommandLine } from "../options.ts";
import { CONTINUE, FAILURE, Program } from "../program.ts";
import { SystemAuthority } from "./authority.ts";
import { reportConnection } from "./connection-events.ts";
import { ConnectionLoop } from "./connection-loop.ts";
import { randomName } from "./environment.ts";
import { hostKeysIn } from "./host-key-folder.ts";
import { inheritedSockets } from "../inherited-sockets.ts";
import { Listener } from "./listener.ts";
import { SshdOptions } from "./options.ts";
import { MonitorLink, NetworkEnvironment } from "./monitor-link.ts";
import { MonitorLoop } from "./monitor-loop.ts";
import { Peer } from "./peer.ts";
import { Sandbox } from "./sandbox.ts";
import { MONITOR, Separation } from "./separation.ts";
import { SyslogSink } from "../syslog-sink.ts";

/** The server that lets its own user in without proof. */
export const NONE_SERVER: string = "tinysshnoneauthd";

/** Without them no end of a child would be noticed. */
const NO_SIGNALS: string = "unable to receive signals";

export class Sshd extends Program {
  private name: string;
  private words: Uint8Array[];
  protected options: SshdOptions = new SshdOptions();
  private hostKeys: HostKey[] = new Array<HostKey>();
  private authority: SystemAuthority;
  private listener: Listener | null = null;
  /** In a connection's processes: the monitor or the network process. */
  private connection: Program | null = null;
  private sandbox: Sandbox | null = null;

  /** `name`: `tinysshd` or NONE_SERVER. */
  constructor(name: string, words: Uint8Array[]) {
    super();
    this.name = name;
    this.words = words;
    this.authority = new SystemAuthority(name == NONE_SERVER);
  }

  step(): i32 {
    const connection = this.connection;
    if (connection != null) return connection.step();
    const listener = this.listener;
    if (listener == null) return this.start();
    const status = listener.step();
    if (listener.connection >= 0) {
      this.listener = null;
      const peer = Peer.ofSocket(listener.connection);
      return this.serve(listener.connection, listener.connection, listener.outcome, peer);
    }
    return status;
  }

  /** Reads the options and the host key, and begins to listen or to serve. */
  private start(): i32 {
    log.program = this.name;
    const options = this.options;
    const outcome = options.read(new CommandLine(options.command(this.name), this.words));
    if (outcome >= 0) return outcome;
    this.authority.files = options.keyFiles;
    if (options.syslog) log.sink = new SyslogSink(this.name);
    const refusal = this.name == NONE_SERVER ? this.refuseNone() : CONTINUE;
    if (refusal >= 0) return refusal;
    this.hostKeys = hostKeysIn(options.keydir, options.hostKeyAgent);
    if (this.hostKeys.length == 0) return FAILURE;
    openStandardDescriptors();
    ignoreBrokenPipes();
    this.sandbox = Sandbox.prepare(options.networkUser);
    if (this.sandbox == null) return FAILURE;
    const inherited = inheritedSockets();
    if (inherited.length == 1 && !isListening(inherited[0])) {
      return this.serve(inherited[0], inherited[0], -1, Peer.ofSocket(inherited[0]));
    }
    if (options.addresses.length > 0 || inherited.length > 0) return this.listen(inherited);
    return this.serve(STDIN, STDOUT, -1, Peer.ofInherited(STDIN));
  }

  /** A server that asks for no proof gives its user a chosen program and nothing else, and never to root. */
  private refuseNone(): i32 {
    if (this.options.customProgram.length == 0) return log.fatal("rejecting to run without -e customprogram");
    return effectiveUser() == 0 ? log.fatal("rejecting to run under UID=0") : CONTINUE;
  }

  private listen(inherited: i32[]): i32 {
    const signals = SignalQueue.open();
    if (signals.descriptor < 0) return log.fatal(NO_SIGNALS, signals.descriptor);
    const listener = new Listener(signals, this.options.admission);
    const addresses = this.options.addresses;
    for (let i = 0; i < inherited.length; i++) {
      if (!isListening(inherited[i])) return log.fatal(`inherited descriptor ${inherited[i]} is no listening socket`);
      listener.add(inherited[i]);
    }
    for (let i = 0; i < addresses.length; i++) {
      if (!listener.listen(addresses[i])) return FAILURE;
    }
    this.listener = listener;
    return CONTINUE;
  }

  /** Begins with one connection: afterwards this process is one of two. FAILURE, and logged, if that can't be. */
  private serve(input: i32, output: i32, outcome: i32, peer: Peer): i32 {
    const remote = peer.remoteAddress();
    if (remote != null) this.authority.client = remote.address();
    log.session = randomName();
    this.options.server.transport.comment = log.session;
    reportConnection(peer);
    const signals = SignalQueue.open();
    if (signals.descriptor < 0) return log.fatal(NO_SIGNALS, signals.descriptor);
    setNonBlocking(input);
    setNonBlocking(output);
    prepareConnection(input);
    const separation = Separation.begin(input, output, this.sandbox!);
    if (separation.network < 0) return log.fatal("unable to start the network process", separation.network);
    this.connection =
      separation.network == 0 ? this.network(separation) : this.monitor(separation, outcome, peer, signals);
    return CONTINUE;
  }

  private monitor(separation: Separation, outcome: i32, peer: Peer, signals: SignalQueue): Program {
    return new MonitorLoop(separation, outcome, peer, this.options, this.hostKeys, this.authority, signals);
  }

  private network(separation: Separation): Program {
    const link = new MonitorLink(MONITOR);
    if (separation.breach.length > 0) {
      new NetworkEnvironment(link).log(FATAL, "sandbox: unable to have " + separation.breach);
      exit(FAILURE);
    }
    return this.conversation(link);
  }

  /** What the network process does. */
  protected conversation(link: MonitorLink): Program {
    return new ConnectionLoop(link, this.options, this.hostKeys);
  }
}
