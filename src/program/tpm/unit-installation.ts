/**
 * Puts systemd's units where systemd looks for them, for packages under `$DESTDIR` and `$PREFIX`.
 *
 * What is there is never touched: it may be somebody's own. All other files are written, each as a whole.
 */
import { concat } from "../../core/bytes/bytes.ts";
import { ascii, printable, startsWithText } from "../../core/bytes/text.ts";
import { EEXIST } from "../../linux/errno.ts";
import { makeFolders, writeFileAtOnce } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { ownExecutable } from "../../linux/folder.ts";
import { parentOf, within } from "../../linux/path.ts";
import { effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { FAILURE, SUCCESS } from "../program.ts";
import { setting } from "./places.ts";
import { systemUnits, Unit, userUnits } from "./units.ts";

const AGENT: string = "ssh-tpm-agent";
const DEFAULT_PREFIX: string = "/usr";
const FOLDER_MODE: i32 = 0o755;
const FILE_MODE: i32 = 0o644;

/** Installs a user's units: for all users if `everybody`, or if root does it. Returns the exit status. */
export function installUserUnits(everybody: bool): i32 {
  const folder = everybody || effectiveUser() == 0 ? underPrefix("/lib/systemd/user") : ownUnits();
  if (folder.length == 0) return log.fatal("unable to tell where the units go: HOME is not set");
  const programs = programFolder();
  if (programs.length == 0) return FAILURE;
  return install(folder, userUnits(programs), "systemctl --user enable --now ssh-tpm-agent.socket");
}

/** Installs the units of the machine's host keys. Returns the exit status. */
export function installSystemUnits(): i32 {
  const programs = programFolder();
  if (programs.length == 0) return FAILURE;
  const folder = underPrefix("/lib/systemd/system");
  return install(folder, systemUnits(programs), "systemctl enable --now ssh-tpm-agent.socket");
}

/** Writes a file that must not be there yet, and says so; one that is there is left as it is. Returns the exit status. */
export function installFile(path: Uint8Array, text: string): i32 {
  const result = writeFileAtOnce(path, ascii(text), FILE_MODE, false);
  if (result == -EEXIST) return print(printable(path) + " exists: left as it is\n");
  if (result < 0) return log.fatal("unable to install " + printable(path), result);
  return print("Installed " + printable(path) + "\n");
}

/** `$DESTDIR`, then `path`. */
export function underDestination(path: string): Uint8Array {
  return concat(setting("DESTDIR"), ascii(path));
}

function underPrefix(path: string): Uint8Array {
  return concat(concat(setting("DESTDIR"), prefix()), ascii(path));
}

function prefix(): Uint8Array {
  const chosen = setting("PREFIX");
  return chosen.length > 0 ? chosen : ascii(DEFAULT_PREFIX);
}

/** Where systemd looks for units that are the user's own; EMPTY if that isn't known. */
function ownUnits(): Uint8Array {
  const configuration = setting("XDG_CONFIG_HOME");
  if (configuration.length > 0) return within(configuration, "systemd/user");
  const home = setting("HOME");
  return home.length > 0 ? within(home, ".config/systemd/user") : home;
}

function install(folder: Uint8Array, units: Unit[], advice: string): i32 {
  const result = makeFolders(folder, FOLDER_MODE);
  if (result < 0) return log.fatal("unable to create directory " + printable(folder), result);
  for (let i = 0; i < units.length; i++) {
    const status = installFile(within(folder, units[i].name), units[i].text);
    if (status != SUCCESS) return status;
  }
  return print("Enable with: " + advice + "\n");
}

/**
 * The folder of the programs, for the units: that of `$TEMPLATE_BINARY`, the agent's path. Without it, where this
 * program is, unless it is a package that is being made. Empty, and logged why, if the units could not work.
 */
function programFolder(): string {
  const named = setting("TEMPLATE_BINARY");
  const destined = setting("DESTDIR").length > 0;
  const own = named.length == 0 && !destined ? ownExecutable() : null;
  let agent = named;
  if (own != null) agent = within(parentOf(own), AGENT);
  if (agent.length == 0 || (own != null && !isThere(agent))) agent = within(within(prefix(), "bin"), AGENT);
  const name = printable(agent);
  if (!isPlain(agent)) {
    log.fatal("unable to name " + name + " in a unit: not an absolute path of letters, digits and . _ + - alone");
    return "";
  }
  if (!destined && !isThere(agent)) {
    log.fatal("there is no " + name + "; TEMPLATE_BINARY may say where the agent is");
    return "";
  }
  return printable(parentOf(agent));
}

function isThere(path: Uint8Array): bool {
  return new FileStatus().ofPath(path, true) >= 0;
}

/** True for an absolute path in which nothing means something else to systemd. */
function isPlain(path: Uint8Array): bool {
  if (!startsWithText(path, "/")) return false;
  for (let i = 0; i < path.length; i++) {
    const c = path[i] as i32;
    const letter = (c | 32) >= 97 && (c | 32) <= 122;
    // + - . / and digits, and _
    if (!letter && (c < 43 || c > 57 || c == 44) && c != 95) return false;
  }
  return true;
}
