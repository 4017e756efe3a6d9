/** ssh-tpm-agent's command line: the original's options, and some more. */
import { EMPTY, equal } from "../../core/bytes/bytes.ts";
import { parseDuration } from "../../core/duration.ts";
import { GoCommandLine } from "../go-options.ts";
import { Command, Option } from "../options.ts";
import { HIERARCHIES, hierarchyNamed } from "../tpm/handle-names.ts";
import { agentSocket, keyFolder } from "../tpm/places.ts";

/** What the environment is printed for. */
export const NO_SHELL: i32 = 0;
export const BOURNE_SHELL: i32 = 1;
export const C_SHELL: i32 = 2;

/** Of --pin-timeout: some thirty years. */
const MOST_SECONDS: f64 = 1000000000;

export const command: Command = new Command(
  "ssh-tpm-agent",
  "[options] [command [words]]",
  "Signs with SSH keys that are in the TPM, or with others, for programs that ask it as ssh-agent.",
  [
    new Option("l", "", "PATH", "listen there (default: $SSH_TPM_AUTH_SOCK, or in $XDG_RUNTIME_DIR)"),
    new Option("A", "", "PATH", "pass on to this agent what is not for our keys; may be repeated"),
    new Option("", "print-socket", "", "print the socket's path, and end"),
    new Option("", "key-dir", "PATH", "load the TPM keys in this folder and below (default: ~/.ssh)"),
    new Option("", "no-load", "", "load no keys"),
    new Option("o", "owner-password", "", "ask for the owner's password when it is needed"),
    new Option("", "no-cache", "", "remember no PINs"),
    new Option("", "pin-timeout", "TIME", "forget a PIN that long after it was typed (default: never)"),
    new Option("", "hierarchy", "NAME", "use the keys of a hierarchy: " + HIERARCHIES),
    new Option("", "tpm", "NAME", "the TPM, e.g. /dev/tpmrm0 or swtpm:path=SOCKET (default: $POSTERN_TPM)"),
    new Option("s", "", "", "go into the background, and print the environment for sh"),
    new Option("c", "", "", "the same for csh"),
    new Option("d", "", "", "log more"),
    new Option("", "install-user-units", "", "install the user's systemd units, and end"),
    new Option("", "install-system", "", "with the former: for all users"),
  ],
);

export class AgentOptions {
  socket: Uint8Array = EMPTY;
  proxies: Uint8Array[] = new Array<Uint8Array>();
  printSocket: bool = false;
  keyFolder: Uint8Array = EMPTY;
  load: bool = true;
  ownerPassword: bool = false;
  cache: bool = true;
  /** Milliseconds. */
  pinTimeout: f64 = Infinity;
  /** TPM_RH; 0 for none. */
  hierarchy: u32 = 0;
  tpm: Uint8Array = EMPTY;
  /** NO_SHELL, BOURNE_SHELL or C_SHELL. */
  shell: i32 = NO_SHELL;
  verbose: bool = false;
  installUserUnits: bool = false;
  installSystem: bool = false;
  /** A program to be run with the agent, and its words; none if empty. */
  words: Uint8Array[] = new Array<Uint8Array>();

  /** An exit status if that was all, else CONTINUE. */
  read(line: GoCommandLine): i32 {
    while (line.next()) this.take(line);
    this.words = line.operands;
    if (this.words.length > 0 && this.shell != NO_SHELL) line.wrong("-s and -c go without a command");
    if (this.socket.length == 0) this.socket = agentSocket();
    if (this.keyFolder.length == 0) this.keyFolder = keyFolder();
    for (let i = 0; i < this.proxies.length; i++) {
      if (equal(this.proxies[i], this.socket)) line.wrong("-A is the agent's own socket");
    }
    return line.outcome(0);
  }

  private take(line: GoCommandLine): void {
    const option = line.option;
    if (option == "l") this.socket = line.value;
    else if (option == "A") this.addProxy(line.value);
    else if (option == "print-socket") this.printSocket = line.on;
    else if (option == "key-dir") this.keyFolder = line.value;
    else if (option == "no-load") this.load = !line.on;
    else if (option == "owner-password") this.ownerPassword = line.on;
    else if (option == "no-cache") this.cache = !line.on;
    else if (option == "pin-timeout") this.takeTimeout(line);
    else if (option == "hierarchy") this.takeHierarchy(line);
    else if (option == "tpm") this.tpm = line.value;
    else if (option == "s") this.shell = line.on ? BOURNE_SHELL : NO_SHELL;
    else if (option == "c") this.shell = line.on ? C_SHELL : NO_SHELL;
    else if (option == "d") this.verbose = line.on;
    else if (option == "install-user-units") this.installUserUnits = line.on;
    else if (option == "install-system") this.installSystem = line.on;
  }

  private takeTimeout(line: GoCommandLine): void {
    this.pinTimeout = parseDuration(line.value, MOST_SECONDS) * 1000;
    if (this.pinTimeout <= 0) line.expected("a time, such as 90, 10m or 1h30m");
  }

  private takeHierarchy(line: GoCommandLine): void {
    this.hierarchy = hierarchyNamed(line.value);
    if (this.hierarchy == 0) line.expected(HIERARCHIES);
  }

  /** Agents that are named twice are asked once. */
  private addProxy(path: Uint8Array): void {
    for (let i = 0; i < this.proxies.length; i++) {
      if (equal(this.proxies[i], path)) return;
    }
    this.proxies.push(path);
  }
}
