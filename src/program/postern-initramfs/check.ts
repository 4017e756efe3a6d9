/**
 * Says of an image that was written whether anybody can log in to it, by which host key, on which port and by how many
 * keys, and what keeps them out.
 *
 * Left out on purpose: shadow(5), which the server doesn't ask; unsealing, which `stage` has tried.
 */
import { EMPTY, equal } from "../../core/bytes/bytes.ts";
import { holdsText, printable, startsWithText } from "../../core/bytes/text.ts";
import { readFile } from "../../linux/file.ts";
import { trimmed } from "../../linux/path.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { print } from "../print.ts";
import { CONTINUE, Program, SUCCESS } from "../program.ts";
import { Root } from "../unlock/root.ts";
import { builderOn, builderOption, DRACUT } from "./builder.ts";
import { ExaminedArchive } from "./examined-archive.ts";
import { Findings } from "./findings.ts";
import { ImageHostKey } from "./image-host-key.ts";
import { ImageLogins } from "./image-logins.ts";
import { ImageModules } from "./image-modules.ts";
import { ImageNetwork } from "./image-network.ts";
import { ImageReader } from "./image-reader.ts";
import { ImageSecrets } from "./image-secrets.ts";
import { ImageStart } from "./image-start.ts";
import { ArchiveView } from "./image-view.ts";
import { Patience } from "./patience.ts";
import { FOLDER, PROGRAM, UNITS } from "./staged-names.ts";

const EXECUTABLE_LIMIT: i32 = 16777216;
/** The beginning of programs: elf(5). */
const ELF: string = "\x7fELF";

const command: Command = new Command(
  "postern-initramfs check",
  "[options] IMAGE",
  "Says whether anybody can log in to an initramfs that was written, and if not, why.",
  [
    builderOption(),
    new Option(
      "",
      "cmdline",
      "FILE",
      "the kernel's command line at boot (repeatable; default the image's own, or this system's)",
    ),
    new Option("", "executable", "FILE", "what should be in the image (default ../lib/postern/postern-boot)"),
    new Option("", "root", "DIR", "the system that the image is for (default /)"),
    new Option("", "optional", "", "an image that has nothing of Postern's is fine"),
  ],
);

export class Check extends Program {
  private words: Uint8Array[];
  private builder: string = "";
  private commandLines: Uint8Array[] = new Array<Uint8Array>();
  private executable: Uint8Array;
  private root: Root = new Root();
  private optional: bool = false;
  private image: Uint8Array = EMPTY;
  private archive: ExaminedArchive = new ExaminedArchive();
  private findings: Findings = new Findings("");
  private reader: ImageReader | null = null;

  /** `executable`: what is usually in images; EMPTY if that isn't known. */
  constructor(words: Uint8Array[], executable: Uint8Array) {
    super();
    this.words = words;
    this.executable = executable;
  }

  step(): i32 {
    const reader = this.reader;
    if (reader == null) return this.begin();
    if (!reader.done) {
      reader.step();
      return CONTINUE;
    }
    return this.findings.status == SUCCESS ? this.judge(reader) : this.findings.status;
  }

  private begin(): i32 {
    const line = new CommandLine(command, this.words);
    while (line.next()) {
      if (line.option == "for") this.builder = builderOn(line);
      else if (line.option == "cmdline") this.commandLines.push(line.value);
      else if (line.option == "executable") this.executable = line.value;
      else if (line.option == "root") this.root.folder = trimmed(line.value);
      else if (line.option == "optional") this.optional = true;
    }
    line.atMost(1);
    const outcome = line.outcome(1);
    if (outcome >= 0) return outcome;
    this.image = line.operands[0];
    this.findings = new Findings(printable(this.image));
    this.reader = new ImageReader(this.image, this.archive, this.findings);
    return CONTINUE;
  }

  /** `reader`: has read all of it. */
  private judge(reader: ImageReader): i32 {
    const archive = this.archive;
    const findings = this.findings;
    const image = new ArchiveView(archive);
    if (this.optional && !image.has(PROGRAM) && !image.has(FOLDER)) return SUCCESS;
    if (archive.lost.length > 0)
      findings.warn(archive.lost + " is lost: its folder is not in the image, or comes after it");
    this.checkProgram();
    const key = new ImageHostKey(archive, findings);
    const start = new ImageStart(archive, image, findings, this.builder, key.isSealed);
    const logins = new ImageLogins(archive, image, findings, start.port);
    const modules = new ImageModules(archive, this.root);
    const patience = this.patience(reader.commandLine);
    modules.checkInterfaces(findings);
    if (key.isSealed) modules.checkTpm(findings, key.hasFallback);
    const network = new ImageNetwork(image, findings);
    if (start.isSystemd) network.checkSystemd(modules, patience.asksForAddress);
    else network.checkInitramfsTools();
    const waits: bool = this.builder == DRACUT || image.has("lib/dracut");
    if (start.isSystemd && !waits) this.checkPatience(patience);
    new ImageSecrets(findings).check(archive.root);
    if (reader.isPublic && key.isBare)
      findings.warn("it has a host key in it that is not sealed, and everybody can read it: chmod 600");
    if (findings.status != SUCCESS) return findings.status;
    const keys = logins.usable == 1 ? "1 key" : `${logins.usable} keys`;
    return print(printable(this.image) + `: root can log in on port ${start.port}, by ` + keys + "\n" + key.text);
  }

  /** `built`: the command line that is in the image itself. */
  private patience(built: Uint8Array): Patience {
    if (this.commandLines.length > 0 || built.length == 0) return Patience.ofFiles(this.commandLines, this.root);
    const patience = new Patience();
    patience.add(built);
    return patience;
  }

  private checkProgram(): void {
    const program = this.archive.find(PROGRAM);
    if (program == null) this.findings.fault("it has no " + PROGRAM);
    else if (!program.isProgram()) this.findings.fault(PROGRAM + " is no program");
    else if (!startsWithText(program.content, ELF)) this.findings.fault(PROGRAM + " is damaged");
    else if (!program.isRoots()) this.findings.warn(PROGRAM + " can be changed by others than root");
    if (this.findings.status != SUCCESS || this.executable.length == 0) return;
    const installed = readFile(this.executable, EXECUTABLE_LIMIT);
    const path = printable(this.executable);
    if (installed.error < 0) this.findings.warn(PROGRAM + " can't be compared: there is no " + path);
    else if (!equal(installed.bytes, program!.content))
      this.findings.warn(PROGRAM + " is not what " + path + " is: it was built before that was");
  }

  /** A drop-in has systemd wait for the root device, unless dracut does. */
  private checkPatience(patience: Patience): void {
    for (let i = 0; i < patience.units.length; i++) {
      const folder = UNITS + patience.units[i] + ".d";
      const names = new ArchiveView(this.archive).names(folder);
      let waits = false;
      for (let j = 0; j < names.length; j++) {
        const file = this.archive.find(folder + "/" + names[j]);
        if (file != null && holdsText(file.content, "TimeoutSec=infinity")) waits = true;
      }
      if (!waits)
        this.findings.warn(
          "systemd would wait for " + patience.units[i] + " for 90 seconds only: " + folder + " is missing",
        );
    }
  }
}
