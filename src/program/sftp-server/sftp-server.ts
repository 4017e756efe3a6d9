/**
 * sftp-server: files for an SFTP client on standard input and output, as OpenSSH's program of that name.
 *
 * Left out on purpose of its options: lists of requests (-p, -P, -Q), and the facility of the log (-f).
 */
import { RealPath } from "../../core/ssh/sftp/real-path.ts";
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText, printable } from "../../core/bytes/text.ts";
import { accountNamed } from "../../linux/accounts.ts";
import { variable } from "../../linux/arguments.ts";
import { STDIN, STDOUT } from "../../linux/descriptor.ts";
import { ENOSYS } from "../../linux/errno.ts";
import { IdNames } from "../../linux/id-names.ts";
import { forbidTracing } from "../../linux/process.ts";
import { ignoreBrokenPipes } from "../../linux/signals.ts";
import { openStandardDescriptors } from "../../linux/standard-descriptors.ts";
import { Tree } from "../../linux/tree.ts";
import { effectiveUser, setUmask } from "../../linux/user.ts";
import { DEBUGGING, log, NORMAL, QUIET, TRACING, VERBOSE } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { print } from "../print.ts";
import { CONTINUE, Program } from "../program.ts";
import { SyslogSink } from "../syslog-sink.ts";
import { LinuxFileSystem } from "./linux-file-system.ts";
import { SftpLoop } from "./sftp-loop.ts";

export const SFTP_SERVER: string = "sftp-server";

const command: Command = new Command(
  SFTP_SERVER,
  "[options]",
  "An SFTP server on standard input and output, to be started by an SSH server.",
  [
    new Option("R", "", "", "nothing can be changed"),
    new Option("d", "", "folder", "start there, not where the program was started"),
    new Option("", "root", "FOLDER", "nothing outside of it can be reached; paths start there"),
    new Option("u", "", "umask", "permissions that new files don't get, in octal"),
    new Option("e", "", "", "messages to standard error, not to syslog"),
    new Option("l", "", "level", "QUIET, FATAL, ERROR (default), INFO, VERBOSE, DEBUG"),
    new Option("h", "", "", "print this"),
  ],
);

/** OpenSSH's levels; what clients do is told from INFO on. */
const LEVELS: string[] = ["QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3"];
const VERBOSITIES: i32[] = [QUIET, NORMAL, VERBOSE, DEBUGGING, DEBUGGING, TRACING, TRACING, TRACING, TRACING];

export class SftpServerProgram extends Program {
  /** The user's home folder, if this is a part of an SSH server, whose log it then shares; else null. */
  home: Uint8Array | null = null;
  private words: Uint8Array[];
  private loop: SftpLoop | null = null;
  private readOnly: bool = false;
  private start: Uint8Array = EMPTY;
  private root: Uint8Array = EMPTY;
  private toSyslog: bool = true;
  private help: bool = false;

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    const loop = this.loop;
    return loop == null ? this.begin() : loop.step();
  }

  private begin(): i32 {
    const home = this.home;
    if (home == null) {
      log.program = command.name;
      log.verbosity = VERBOSE;
    }
    const line = new CommandLine(command, this.words);
    while (line.next()) this.take(line);
    line.atMost(0);
    const outcome = line.outcome(0);
    if (outcome >= 0) return outcome;
    if (this.help) return print(command.help());
    if (this.toSyslog && home == null) log.sink = new SyslogSink(command.name);
    openStandardDescriptors();
    ignoreBrokenPipes();
    forbidTracing();

    const tree = new Tree();
    const confined = this.root.length == 0 ? 0 : tree.confine(this.root);
    if (confined == -ENOSYS) {
      return log.fatal("--root needs openat2(2), which Linux has since 5.6, and /proc: nothing is served without them");
    }
    if (confined < 0) return log.fatal("--root " + printable(this.root), confined);
    const files = new LinuxFileSystem(tree, home == null ? ownHome() : home);
    if (this.start.length > 0) {
      const start = new RealPath(files, this.start);
      const entered = start.error < 0 ? start.error : tree.startIn(start.path);
      if (entered < 0) return log.fatal("-d " + printable(this.start), entered);
    }
    this.loop = new SftpLoop(files, this.readOnly, STDIN, STDOUT);
    return CONTINUE;
  }

  private take(line: CommandLine): void {
    if (line.option == "R") this.readOnly = true;
    else if (line.option == "d") this.start = line.value;
    else if (line.option == "root") this.root = line.value;
    else if (line.option == "u") takeUmask(line);
    else if (line.option == "e") this.toSyslog = false;
    else if (line.option == "l") takeLevel(line);
    else if (line.option == "h") this.help = true;
    if (line.value.length == 0 && (line.option == "d" || line.option == "root")) line.wrong("the folder has no name");
  }
}

function takeUmask(line: CommandLine): void {
  let mask = line.value.length == 0 ? -1 : 0;
  for (let i = 0; i < line.value.length && mask >= 0 && mask <= 0o777; i++) {
    const digit = line.value[i] as i32;
    mask = digit >= 48 && digit < 56 ? mask * 8 + digit - 48 : -1;
  }
  if (mask < 0 || mask > 0o777) line.wrong("-u " + printable(line.value) + ": not an octal number up to 777");
  else setUmask(mask);
}

function takeLevel(line: CommandLine): void {
  for (let i = 0; i < LEVELS.length; i++) {
    if (isText(line.value, LEVELS[i])) {
      log.verbosity = VERBOSITIES[i];
      return;
    }
  }
  line.wrong("-l " + printable(line.value) + ": no such level");
}

/** The home folder of the user that this process is. */
function ownHome(): Uint8Array {
  const account = accountNamed(new IdNames("/etc/passwd").of(effectiveUser()));
  if (account != null) return account.home;
  const home = variable("HOME");
  return home == null ? EMPTY : home;
}
