/** What tinysshd can be told: TinySSH's options with TinySSH's meanings, and long ones beside them. */
import { copyOf, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, startsWithText } from "../../core/bytes/text.ts";
import { ServerOptions } from "../../core/ssh/server.ts";
import { InternetAddress } from "../../linux/internet-address.ts";
import { log, NORMAL, QUIET, TRACING } from "../log.ts";
import { KeyFiles } from "./authority.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { AdmissionOptions } from "./admission-options.ts";
import { BUILT_IN_SFTP } from "./built-in-sftp.ts";
import { addServiceOptions, readServiceOption } from "./service-options.ts";

/** TinySSH's limit; one more is refused here, where TinySSH forgets it silently. */
const SUBSYSTEMS_LIMIT: i32 = 64;
/** Addresses of one listener. */
const ADDRESSES_LIMIT: i32 = 64;

const EQUALS: u8 = 61;
export const MILLISECONDS: f64 = 1000;
/** What a number on the command line may be at most: far above any use, and exact in every type it goes to. */
export const NUMBER_LIMIT: f64 = 1e15;

/** A name that clients may ask for, and the command that it stands for; none if that is empty. */
export class Subsystem {
  name: Uint8Array;
  command: Uint8Array;

  constructor(name: Uint8Array, command: Uint8Array) {
    this.name = name;
    this.command = command;
  }
}

function serverOptions(): Option[] {
  const options: Option[] = [
    new Option("q", "", "", "no messages"),
    new Option("Q", "", "", "fatal errors only (default)"),
    new Option("v", "", "", "more messages; again: more still"),
    new Option("o", "", "", "accepted, and without effect"),
    new Option("O", "", "", "accepted, and without effect"),
    new Option("s", "", "", "state-of-the-art key exchange (default)"),
    new Option("S", "", "", "no state-of-the-art key exchange: post-quantum alone"),
    new Option("p", "", "", "post-quantum key exchange (default)"),
    new Option("P", "", "", "no post-quantum key exchange"),
    new Option("l", "", "", "messages to syslog"),
    new Option("L", "", "", "messages to standard error (default)"),
    new Option("x", "", "name=command", "a subsystem; sftp is built in unless this names it; up to 64 of them"),
    new Option("e", "", "command", "run this in place of the shell, and nothing else"),
    new Option("", "listen", "ADDRESS:PORT", "accept connections there; may be repeated"),
    new Option("", "authorized-keys", "FILE", "users' keys, if not in ~/.ssh; %u: the user's name, %h: the home"),
    new Option("", "network-user", "NAME", "whose the process is that talks to a client (default nobody)"),
    new Option("", "login-timeout", "SECONDS", "time to log in (default 60)"),
    new Option("", "keepalive", "SECONDS", "silence after which a client is asked for a sign of life; 0: never"),
    new Option("", "keepalive-count", "N", "questions without an answer that end a connection"),
    new Option("", "idle-timeout", "SECONDS", "silence of all sessions that ends a connection; 0: none does (default)"),
  ];
  addServiceOptions(options);
  AdmissionOptions.addTo(options);
  return options;
}

export class SshdOptions {
  /** The folder with the host keys. */
  keydir: Uint8Array = EMPTY;
  /** The socket of an agent with host keys; empty if there is none. */
  hostKeyAgent: Uint8Array = EMPTY;
  server: ServerOptions = new ServerOptions();
  subsystems: Subsystem[] = new Array<Subsystem>();
  /** Runs in place of the shell; empty if there is none. */
  customProgram: Uint8Array = EMPTY;
  /** Where to listen; none for a single connection on standard input and output. */
  addresses: InternetAddress[] = new Array<InternetAddress>();
  keyFiles: KeyFiles = new KeyFiles();
  /** Whose the network processes are, if the server is root's; empty for nobody. */
  networkUser: Uint8Array = EMPTY;
  /** What is forwarded, if the key permits it too. */
  tcpForwarding: bool = false;
  agentForwarding: bool = false;
  syslog: bool = false;
  admission: AdmissionOptions = new AdmissionOptions();

  command(name: string): Command {
    return new Command(
      name,
      "[options] keydir",
      "An SSH server for one connection on standard input and output, or a listener.",
      serverOptions(),
    );
  }

  /** What is run where neither the key nor the client names something; null for the user's shell. */
  login(): Uint8Array | null {
    return null;
  }

  /** What is run for a client that names `command`. */
  instead(command: Uint8Array): Uint8Array {
    return command;
  }

  /** Reads a command line, and sets up the log as it says. Negative, or the exit status if there is nothing to serve. */
  read(line: CommandLine): i32 {
    while (line.next()) {
      if (line.option.length == 1) this.letter(line);
      else this.word(line);
    }
    const transport = this.server.transport;
    if (!transport.stateOfTheArt && !transport.postQuantum) line.wrong("-S and -P together leave no key exchange");
    this.subsystems.push(new Subsystem(ascii("sftp"), ascii(BUILT_IN_SFTP)));
    const outcome = line.outcome(1);
    if (outcome < 0) this.keydir = line.operands[0];
    return outcome;
  }

  private letter(line: CommandLine): void {
    const transport = this.server.transport;
    if (line.option == "q") log.verbosity = QUIET;
    else if (line.option == "Q") log.verbosity = NORMAL;
    else if (line.option == "v") log.verbosity += log.verbosity < TRACING ? 1 : 0;
    else if (line.option == "s") transport.stateOfTheArt = true;
    else if (line.option == "S") transport.stateOfTheArt = false;
    else if (line.option == "p") transport.postQuantum = true;
    else if (line.option == "P") transport.postQuantum = false;
    else if (line.option == "l") this.syslog = true;
    else if (line.option == "L") this.syslog = false;
    else if (line.option == "x") this.addSubsystem(line);
    else if (line.option == "e") this.customProgram = line.value;
  }

  protected word(line: CommandLine): void {
    if (line.option == "listen") this.addAddress(line);
    else if (line.option == "authorized-keys") this.chooseKeysFile(line);
    else if (line.option == "network-user") this.networkUser = line.value;
    else if (line.option == "login-timeout") this.server.loginTimeout = line.number(1, NUMBER_LIMIT) * MILLISECONDS;
    else if (line.option == "keepalive") this.server.keepaliveInterval = line.number(0, NUMBER_LIMIT) * MILLISECONDS;
    else if (line.option == "idle-timeout") this.server.idleTimeout = line.number(0, NUMBER_LIMIT) * MILLISECONDS;
    else if (line.option == "keepalive-count")
      this.server.keepaliveLimit = Math.min(line.number(1, NUMBER_LIMIT), 1e9) as i32;
    else if (!readServiceOption(line, this)) this.admission.read(line);
  }

  private addSubsystem(line: CommandLine): void {
    const equals = line.value.indexOf(EQUALS);
    if (equals < 1) {
      line.expected("name=command");
    } else if (this.subsystems.length == SUBSYSTEMS_LIMIT) {
      line.wrong(`more than ${SUBSYSTEMS_LIMIT} subsystems`);
    } else {
      const name = copyOf(line.value, 0, equals);
      this.subsystems.push(new Subsystem(name, line.value.subarray(equals + 1)));
    }
  }

  private addAddress(line: CommandLine): void {
    const address = InternetAddress.parse(line.value);
    if (address == null) {
      line.expected("ADDRESS:PORT; say 192.0.2.1:22, [2001:db8::1]:22 or *:22");
    } else if (this.addresses.length == ADDRESSES_LIMIT) {
      line.wrong(`more than ${ADDRESSES_LIMIT} addresses`);
    } else {
      this.addresses.push(address);
    }
  }

  private chooseKeysFile(line: CommandLine): void {
    this.keyFiles.authorizedKeys = line.value;
    if (startsWithText(line.value, "/") || startsWithText(line.value, "%h/")) return;
    line.expected("a path that begins with / or %h/");
  }
}
