/** The command line of `postern unlock`. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { trimmed } from "../../linux/path.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { Disk } from "./disk.ts";
import { Root } from "./root.ts";

export const UNLOCK: string = "postern-unlock";

/** Seconds that disks have to open, unless it is said. */
const DEFAULT_SECONDS: f64 = 60;
const MOST_SECONDS: f64 = 86400;

const command: Command = new Command(
  UNLOCK,
  "[options]",
  "Gives the passphrase of encrypted disks to what waits for it at boot. It is typed, or the first line of standard input.",
  [
    new Option("l", "list", "", "list the disks that wait, and do nothing"),
    new Option("", "json", "", "print the list, or what came of each disk, as JSON"),
    new Option("", "disk", "NAME", "only the disk of that name or device (repeatable); wait until it is asked for"),
    new Option("", "device", "DEV", "open the LUKS disk DEV, for which nobody asks, with cryptsetup"),
    new Option("", "name", "NAME", "with --device: what it will be called under /dev/mapper"),
    new Option("", "raw", "", "all of standard input is the passphrase, a line end too"),
    new Option("", "timeout", "SECONDS", `how long to wait (default ${DEFAULT_SECONDS as i32})`),
    new Option("", "no-header-check", "", "don't look at LUKS headers: DANGEROUS, a changed disk gets the passphrase"),
    new Option(
      "",
      "forget",
      "",
      "take what systemd's askers were answered out of the kernel's keyring, and do no more",
    ),
    new Option("", "root", "DIR", "for tests: the machine's files and sockets are below DIR"),
  ],
);

export class Settings {
  list: bool = false;
  json: bool = false;
  /** Names of the disks that are meant; none for all. */
  disks: Uint8Array[] = new Array<Uint8Array>();
  /** EMPTY unless it is opened directly. */
  device: Uint8Array = EMPTY;
  name: Uint8Array = EMPTY;
  raw: bool = false;
  milliseconds: f64 = DEFAULT_SECONDS * 1000;
  headerCheck: bool = true;
  forget: bool = false;
  root: Root = new Root();

  /** Reads the words; CONTINUE, or the exit status if everything is said. */
  read(words: Uint8Array[]): i32 {
    const line = new CommandLine(command, words);
    while (line.next()) {
      if (line.option == "list") this.list = true;
      else if (line.option == "json") this.json = true;
      else if (line.option == "disk") this.disks.push(line.value);
      else if (line.option == "device") this.device = line.value;
      else if (line.option == "name") this.name = line.value;
      else if (line.option == "raw") this.raw = true;
      else if (line.option == "timeout") this.milliseconds = line.number(0, MOST_SECONDS) * 1000;
      else if (line.option == "no-header-check") this.headerCheck = false;
      else if (line.option == "forget") this.forget = true;
      else if (line.option == "root") this.root.folder = trimmed(line.value);
    }
    if (this.device.length > 0 != this.name.length > 0) line.wrong("--device and --name go together");
    if (this.name.includes(47)) line.wrong("--name is the name of a file");
    if (this.device.length > 0 && (this.list || this.disks.length > 0)) {
      line.wrong("--device excludes --list and --disk");
    }
    line.atMost(0);
    return line.outcome(0);
  }

  /** True if `disk` is one of those that are meant. */
  means(disk: Disk): bool {
    for (let i = 0; i < this.disks.length; i++) {
      if (disk.isCalled(this.disks[i])) return true;
    }
    return this.disks.length == 0;
  }
}
