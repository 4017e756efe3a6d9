/** Builds the tree that an initramfs's SSH server needs, once everything that would keep people out was looked for. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, printable, startsWithText } from "../../core/bytes/text.ts";
import { KeySurvey } from "../../core/ssh/auth/key-survey.ts";
import { ed25519 } from "../../core/ssh/key/key-kinds.ts";
import { Contents, readFile } from "../../linux/file.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { log } from "../log.ts";
import { PCR_FILE } from "../postern-host-key/host-key-loader.ts";
import { printError } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { AUTHORIZED_KEYS_BYTES } from "../sshd/authorized-keys-file.ts";
import { Root } from "../unlock/root.ts";
import { INITRAMFS_TOOLS, MKINITCPIO } from "./builder.ts";
import { Configuration } from "./configuration.ts";
import { HostKey, warn } from "./host-key.ts";
import { OtherContents } from "./other-contents.ts";
import { FolderView } from "./image-view.ts";
import { COMMAND_LINE_LIMIT, Patience } from "./patience.ts";
import { FORGET_SERVICE, HOST_KEY_SERVICE, PROGRAM, SERVE, SERVICE, SOCKET, UNITS, WANTS } from "./staged-names.ts";
import { PROGRAM_MODE, PUBLIC_MODE, SECRET_MODE, SECRET_PROGRAM_MODE, StagedTree } from "./staged-tree.ts";
import { StartUp } from "./start-up.ts";

/** What a login is for, if nobody has said it. */
const DEFAULT_COMMAND: string = "exec /usr/bin/postern unlock";

const EXECUTABLE_LIMIT: i32 = 16777216;
const EXECUTABLE_START: string = "\x7fELF";
const SCRIPT_LIMIT: i32 = 1048576;

export class Stage {
  builder: string = "";
  configurationFile: Uint8Array = EMPTY;
  /** The folder of the image as it is so far; EMPTY if that isn't known. */
  image: Uint8Array = EMPTY;
  executable: Uint8Array = EMPTY;
  /** Files with kernel command lines; none: the usual ones. */
  commandLines: Uint8Array[] = new Array<Uint8Array>();
  tpm: Uint8Array = EMPTY;
  root: Root = new Root();
  private authorizedKeys: Uint8Array = EMPTY;
  private script: Uint8Array = EMPTY;
  private program: Uint8Array = EMPTY;
  /** Root's home in the image, without a slash in front. */
  private home: string = "root";
  private passwd: Uint8Array = EMPTY;

  /** Writes the folder `path`, or nothing at all. Returns the exit status; what went wrong is logged. */
  write(path: Uint8Array): i32 {
    const named = this.configurationFile.length > 0;
    const file = named ? this.configurationFile : this.root.to("/etc/postern/initramfs.conf");
    const configuration = Configuration.read(file, !named);
    if (configuration == null) return FAILURE;
    // Each is to be heard of, so that one look is enough to put all of them right.
    let isGood: bool = this.readAuthorizedKeys(configuration);
    if (!this.readFiles(configuration)) isGood = false;
    if (!this.checkImage(configuration.port)) isGood = false;
    const key = HostKey.choose(configuration, this.root, this.tpm);
    if (key == null) return FAILURE;
    const status = isGood ? this.writeTree(new StagedTree(path), configuration, key) : FAILURE;
    if (status == SUCCESS) this.report(configuration, key);
    key.wipe();
    return status;
  }

  private readAuthorizedKeys(configuration: Configuration): bool {
    const path = this.root.at(configuration.authorizedKeys);
    const contents = read(path, AUTHORIZED_KEYS_BYTES);
    if (contents.error < 0) return false;
    const survey = new KeySurvey(contents.bytes, wallClock().time());
    for (let i = 0; i < survey.refusals.length; i++)
      warn(printable(path) + ": nobody gets in by " + survey.refusals[i]);
    if (survey.usable == 0) log.fatal(printable(path) + ": no key in it lets anybody in");
    this.authorizedKeys = contents.bytes;
    return survey.usable > 0;
  }

  private readFiles(configuration: Configuration): bool {
    const program = read(this.executable, EXECUTABLE_LIMIT);
    this.program = program.bytes;
    let isGood: bool = program.error >= 0 && startsWithText(program.bytes, EXECUTABLE_START);
    if (program.error >= 0 && !isGood) log.fatal(printable(this.executable) + " is no executable");
    if (configuration.script.length > 0) {
      const script = read(this.root.at(configuration.script), SCRIPT_LIMIT);
      this.script = script.bytes;
      if (script.error < 0) isGood = false;
    }
    for (let i = 0; i < this.commandLines.length; i++) {
      if (read(this.commandLines[i], COMMAND_LINE_LIMIT).error < 0) isGood = false;
    }
    return isGood;
  }

  private checkImage(port: i32): bool {
    if (this.image.length == 0) return true;
    const folder = new FolderView(this.image);
    if (!folder.has("")) {
      log.fatal("there is no folder " + printable(this.image));
      return false;
    }
    const image = new OtherContents(folder, port);
    this.home = printable(image.home);
    this.passwd = image.passwd;
    if (image.fault.length > 0) log.fatal(image.fault);
    else if (image.clashes) log.fatal(`port ${port} is taken: ` + image.otherServer + " is in the image, too");
    else if (image.otherServer.length > 0)
      warn("another SSH server, " + image.otherServer + `, is in the image: both must not have port ${port}`);
    return image.fault.length == 0 && !image.clashes;
  }

  private writeTree(tree: StagedTree, configuration: Configuration, key: HostKey): i32 {
    const isSealed = key.sealed.length > 0;
    const fallback = key.fallback;
    const login = configuration.unlocks ? ascii(DEFAULT_COMMAND) : configuration.command;
    const startUp = new StartUp(configuration.port, login, configuration.remoteCommands, isSealed, fallback != null);
    tree.file(PROGRAM, this.program, PROGRAM_MODE);
    tree.file("etc/postern/authorized_keys", this.authorizedKeys, SECRET_MODE);
    if (isSealed) writeSealed(tree, key);
    else writeBare(tree, key, "etc/postern/keys");
    if (fallback != null) writeBare(tree, fallback, "etc/postern/fallback");
    if (this.passwd.length > 0) tree.file("etc/passwd", this.passwd, PUBLIC_MODE);
    if (this.home.length > 0) tree.secretFolder(this.home); // without which nobody can log in
    if (this.script.length > 0)
      tree.file(this.home + (this.home.length > 0 ? "/.profile" : ".profile"), this.script, SECRET_MODE);
    if (this.builder == INITRAMFS_TOOLS) tree.file(SERVE, startUp.script(), SECRET_PROGRAM_MODE);
    else this.writeUnits(tree, startUp, configuration.keepsPassphrase);
    return tree.publish();
  }

  private writeUnits(tree: StagedTree, startUp: StartUp, keepsPassphrase: bool): void {
    tree.file(UNITS + SOCKET, startUp.socket(), PUBLIC_MODE);
    tree.file(UNITS + SERVICE, startUp.service(), PUBLIC_MODE); // systemd complains of others, at each connection
    tree.link(WANTS + SOCKET, "../" + SOCKET);
    if (startUp.sealed) {
      tree.file(UNITS + HOST_KEY_SERVICE, startUp.hostKeyService(), PUBLIC_MODE);
      tree.link(WANTS + HOST_KEY_SERVICE, "../" + HOST_KEY_SERVICE);
    }
    if (!keepsPassphrase) {
      tree.file(UNITS + FORGET_SERVICE, startUp.forgetService(), PUBLIC_MODE);
      tree.link(WANTS + FORGET_SERVICE, "../" + FORGET_SERVICE);
    }
    if (this.builder == MKINITCPIO) this.writePatience(tree); // dracut sees to it by itself
  }

  /** Has systemd wait for the root device until somebody has typed a passphrase. */
  private writePatience(tree: StagedTree): void {
    const patience = Patience.ofFiles(this.commandLines, this.root);
    for (let i = 0; i < patience.units.length; i++) {
      const path = UNITS + patience.units[i] + ".d/50-postern.conf";
      tree.file(path, ascii("[Unit]\nJobRunningTimeoutSec=infinity\n"), PUBLIC_MODE);
    }
    if (patience.isNamed) return;
    warn("no root= is known (--cmdline): unless it will be /dev/mapper/..., systemd waits for it for 90 seconds only;");
    warn("rootflags=x-systemd.device-timeout=0 on the kernel's command line has it wait for a passphrase.");
  }

  private report(configuration: Configuration, key: HostKey): void {
    const fallback = key.fallback;
    printError(log.program + `: port ${configuration.port}, host key ` + key.describe() + "\n");
    if (fallback != null) printError(log.program + ": fallback host key " + fallback.describe() + "\n");
  }
}

function writeBare(tree: StagedTree, key: HostKey, folder: string): void {
  tree.secretFolder(folder);
  tree.file(folder + "/" + ed25519.publicFile, key.publicKey, PUBLIC_MODE);
  tree.file(folder + "/" + ed25519.secretFile, key.secretKey, SECRET_MODE);
}

function writeSealed(tree: StagedTree, key: HostKey): void {
  const folder = "etc/postern/sealed";
  tree.secretFolder(folder);
  tree.file(folder + "/" + ed25519.publicFile, key.publicKey, PUBLIC_MODE);
  tree.file(folder + "/" + ed25519.secretFile, key.sealed, SECRET_MODE);
  if (key.pcrValues.length > 0) tree.file(folder + "/" + PCR_FILE, key.pcrValues, PUBLIC_MODE);
}

/** All of a file; the error is logged. */
function read(path: Uint8Array, limit: i32): Contents {
  const contents = readFile(path, limit);
  if (contents.error < 0) log.fatal("unable to read " + printable(path), contents.error);
  return contents;
}
