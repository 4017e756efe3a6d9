/** postern-initramfs: puts an SSH server into an initramfs. What it makes is a tree of files; the hooks in boot/ add it. */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, isText, printable } from "../../core/bytes/text.ts";
import { ownExecutable } from "../../linux/folder.ts";
import { parentOf, trimmed } from "../../linux/path.ts";
import { log } from "../log.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { Program } from "../program.ts";
import { DRACUT, INITRAMFS_TOOLS, MKINITCPIO, Stage } from "./stage.ts";

export const INITRAMFS: string = "postern-initramfs";

/** Where `make install` puts what goes into images, from the folder of the programs on. */
const EXECUTABLE: string = "/../lib/postern/postern-boot";

const command: Command = new Command(
  INITRAMFS,
  "stage --for mkinitcpio|dracut|initramfs-tools [options] DIR",
  "Makes the folder DIR with all that an initramfs needs for people to log in by SSH, or says why they could not.",
  [
    new Option("", "for", "BUILDER", "what the image is built by: mkinitcpio, dracut or initramfs-tools"),
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
    const isStage: bool = this.words.length > 0 && isText(this.words[0], "stage");
    const line = new CommandLine(command, isStage ? this.words.slice(1) : this.words);
    const stage = new Stage();
    while (line.next()) read(line, stage);
    line.atMost(1);
    const outcome = line.outcome(isStage ? 1 : 0);
    if (outcome >= 0) return outcome;
    if (!isStage) return command.misused("the first word has to be stage");
    if (stage.builder.length == 0) return command.misused("--for says what the image is built by");
    if (stage.executable.length == 0) stage.executable = besideThisOne();
    return stage.write(line.operands[0]);
  }
}

function read(line: CommandLine, stage: Stage): void {
  if (line.option == "for") {
    stage.builder = printable(line.value);
    const isKnown: bool = stage.builder == MKINITCPIO || stage.builder == DRACUT || stage.builder == INITRAMFS_TOOLS;
    if (!isKnown) line.expected("mkinitcpio, dracut or initramfs-tools");
  } else if (line.option == "config") stage.configurationFile = line.value;
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
