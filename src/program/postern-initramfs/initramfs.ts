/** postern-initramfs: puts an SSH server into an initramfs. What it makes is a tree of files; the hooks in boot/ add it. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, isText } from "../../core/bytes/text.ts";
import { ownExecutable } from "../../linux/folder.ts";
import { parentOf, trimmed } from "../../linux/path.ts";
import { log } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { CONTINUE, Program, run } from "../program.ts";
import { builderOn, builderOption } from "./builder.ts";
import { Check } from "./check.ts";
import { Stage } from "./stage.ts";

export const INITRAMFS: string = "postern-initramfs";

/** Where `make install` puts what goes into images, from the folder of the programs on. */
const EXECUTABLE: string = "/../lib/postern/postern-boot";

const overview: Command = new Command(
  INITRAMFS,
  "stage|check [words]",
  "Puts an SSH server into an initramfs, and says whether one can log in to it. Both words have a --help of their own.",
  [],
);

const command: Command = new Command(
  INITRAMFS + " stage",
  "--for mkinitcpio|dracut|initramfs-tools [options] DIR",
  "Makes the folder DIR with all that an initramfs needs for people to log in by SSH, or says why they could not.",
  [
    builderOption(),
    new Option("", "config", "FILE", "the settings (default /etc/postern/initramfs.conf)"),
    new Option("", "image", "DIR", "what the builder has put into the image already: it is looked through"),
    new Option("", "cmdline", "FILE", "the kernel's command line at boot (repeatable; default this system's)"),
    new Option("", "executable", "FILE", "what goes into the image (default ../lib/postern/postern-boot)"),
    new Option("", "tpm", "NAME", "which TPM opens a sealed host key for a trial (default /dev/tpmrm0)"),
    new Option("", "root", "DIR", "the system that the settings, keys and authorized_keys are of (default /)"),
  ],
);

export class Initramfs extends Program {
  private words: Uint8Array[];

  constructor(words: Uint8Array[]) {
    super();
    this.words = words;
  }

  step(): i32 {
    log.program = INITRAMFS;
    const first = this.words.length > 0 ? this.words[0] : EMPTY;
    if (isText(first, "stage")) return stage(this.words.slice(1));
    if (!isText(first, "check")) return misused(this.words);
    run(new Check(this.words.slice(1), besideThisOne()));
    return CONTINUE;
  }
}

/** Says what there is, if that was asked for. */
function misused(words: Uint8Array[]): i32 {
  const line = new CommandLine(overview, words);
  while (line.next());
  const outcome = line.outcome(0);
  return outcome >= 0 ? outcome : overview.misused("the first word has to be stage or check");
}

function stage(words: Uint8Array[]): i32 {
  const line = new CommandLine(command, words);
  const stage = new Stage();
  while (line.next()) read(line, stage);
  line.atMost(1);
  const outcome = line.outcome(1);
  if (outcome >= 0) return outcome;
  if (stage.builder.length == 0) return command.misused("--for says what the image is built by");
  if (stage.executable.length == 0) stage.executable = besideThisOne();
  return stage.write(line.operands[0]);
}

function read(line: CommandLine, stage: Stage): void {
  if (line.option == "for") stage.builder = builderOn(line);
  else if (line.option == "config") stage.configurationFile = line.value;
  else if (line.option == "image") stage.image = trimmed(line.value);
  else if (line.option == "cmdline") stage.commandLines.push(line.value);
  else if (line.option == "executable") stage.executable = line.value;
  else if (line.option == "tpm") stage.tpm = line.value;
  else if (line.option == "root") stage.root.folder = trimmed(line.value);
}

function besideThisOne(): Uint8Array {
  const own = ownExecutable();
  return own == null ? EMPTY : concat(parentOf(own), ascii(EXECUTABLE));
}
