/**
 * What the SSH server of an initramfs is to be: the variables of mkinitcpio's sd-tinyssh hook with the meaning that they have
 * there, and Postern's own beside them, from a file (settings-file.ts) and from the environment, which goes first: there they
 * are if mkinitcpio.conf sets them. One that is empty counts as not set.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, decimalWithin, isText, printable, startsWithText } from "../../core/bytes/text.ts";
import { Setting, SETTINGS_BYTES, SettingsFile } from "../../core/initramfs/settings-file.ts";
import { variable } from "../../linux/arguments.ts";
import { ENOENT } from "../../linux/errno.ts";
import { readFile } from "../../linux/file.ts";
import { log } from "../log.ts";

const KEYDIR: string = "/etc/tinyssh/sshkeydir";
const AUTHORIZED_KEYS: string = "/root/.ssh/authorized_keys";
const DEFAULT_PORT: i32 = 22;
const LARGEST_PORT: i32 = 65535;

/** Bytes of a command: a line of a unit file has room for far more, and nobody types as much. */
const COMMAND_LIMIT: i32 = 16384;

const COMMAND_NAME: string = "SD_TINYSSH_COMMAND";
const SCRIPT_NAME: string = "SD_TINYSSH_SCRIPT";
const LOGIN_NAME: string = "POSTERN_LOGIN";
const REMOTE_COMMANDS_NAME: string = "POSTERN_REMOTE_COMMANDS";
const KEEP_NAME: string = "POSTERN_KEEP_PASSPHRASE";
const NAMES: string[] = [
  COMMAND_NAME,
  SCRIPT_NAME,
  "SD_TINYSSH_PORT",
  "SD_TINYSSH_KEYDIR",
  "SD_TINYSSH_AUTHORIZED_KEYS",
  LOGIN_NAME,
  REMOTE_COMMANDS_NAME,
  "POSTERN_FALLBACK",
  KEEP_NAME,
];

export class Configuration {
  /** Runs in place of the shell; EMPTY if there is none. */
  command: Uint8Array = EMPTY;
  /** A file that the login shell reads; EMPTY if there is none. */
  script: Uint8Array = EMPTY;
  port: i32 = DEFAULT_PORT;
  keydir: Uint8Array = ascii(KEYDIR);
  /** Somebody has named the folder of the keys: no others will do. */
  hasOwnKeydir: bool = false;
  authorizedKeys: Uint8Array = ascii(AUTHORIZED_KEYS);
  /** A login is for `postern unlock`, unless there is a command or a script. */
  unlocks: bool = true;
  /** Clients may have commands run of their own choice: unless it is said, where nobody has chosen one. */
  remoteCommands: bool = true;
  /** Beside a sealed key there has to be one that isn't. */
  fallback: bool = true;
  /** The real system gets the passphrase that systemd keeps for other disks. */
  keepsPassphrase: bool = false;
  private saysLogin: bool = false;
  private saysRemoteCommands: bool = false;
  /** Something was wrong, and was logged. */
  private failed: bool = false;

  /** Null if it can't be had, and why is logged. `path`: of the file, which `isOptional` if nobody has named it. */
  static read(path: Uint8Array, isOptional: bool): Configuration | null {
    const contents = readFile(path, SETTINGS_BYTES);
    if (contents.error < 0 && !(isOptional && contents.error == -ENOENT)) {
      log.fatal("unable to read " + printable(path), contents.error);
      return null;
    }
    const name = printable(path);
    const file = SettingsFile.parse(contents.bytes);
    const configuration = new Configuration();
    if (file.fault.length > 0) configuration.fail(name + `:${file.line}`, file.fault);
    for (let i = 0; i < file.settings.length; i++) configuration.takeFrom(name, file.settings[i]);
    for (let i = 0; i < NAMES.length; i++) {
      const value = variable(NAMES[i]);
      if (value != null) configuration.take("environment", NAMES[i], value);
    }
    configuration.finish(name);
    return configuration.failed ? null : configuration;
  }

  private finish(file: string): void {
    const hasScript = this.script.length > 0;
    const hasCommand = this.command.length > 0;
    if (hasCommand && hasScript) this.exclude(file, COMMAND_NAME, SCRIPT_NAME);
    if (hasCommand && this.saysLogin) this.exclude(file, COMMAND_NAME, LOGIN_NAME);
    if (hasScript && this.saysLogin && this.unlocks) this.exclude(file, SCRIPT_NAME, LOGIN_NAME + "=unlock");
    if (hasCommand || hasScript) this.unlocks = false;
    if (!this.saysRemoteCommands) this.remoteCommands = !hasCommand;
    const isFree: bool = !hasCommand && !hasScript && !this.unlocks;
    if (isFree && !this.remoteCommands) this.exclude(file, LOGIN_NAME + "=shell", REMOTE_COMMANDS_NAME + "=no");
  }

  private exclude(file: string, one: string, other: string): void {
    this.fail(file, one + " and " + other + " exclude each other");
  }

  private takeFrom(file: string, setting: Setting): void {
    const place = file + `:${setting.line}`;
    if (!NAMES.includes(setting.name)) this.fail(place, "unknown setting " + setting.name);
    else if (!isInEnvironment(setting.name)) this.take(place, setting.name, setting.value);
  }

  private take(place: string, name: string, value: Uint8Array): void {
    if (value.length == 0) return;
    if (name == COMMAND_NAME) this.takeCommand(place, value);
    else if (name == SCRIPT_NAME) this.script = this.path(place, name, value);
    else if (name == "SD_TINYSSH_PORT") this.takePort(place, value);
    else if (name == "SD_TINYSSH_AUTHORIZED_KEYS") this.authorizedKeys = this.path(place, name, value);
    else if (name == LOGIN_NAME) this.takeLogin(place, value);
    else if (name == REMOTE_COMMANDS_NAME) this.takeRemoteCommands(place, value);
    else if (name == "POSTERN_FALLBACK") this.fallback = this.choice(place, name, value, "yes", "no");
    else if (name == KEEP_NAME) this.keepsPassphrase = this.choice(place, name, value, "yes", "no");
    else {
      this.keydir = this.path(place, name, value);
      this.hasOwnKeydir = true;
    }
  }

  private takeCommand(place: string, value: Uint8Array): void {
    this.command = value;
    if (value.length > COMMAND_LIMIT) this.fail(place, COMMAND_NAME + ` has more than ${COMMAND_LIMIT} bytes`);
  }

  private takeLogin(place: string, value: Uint8Array): void {
    this.unlocks = this.choice(place, LOGIN_NAME, value, "unlock", "shell");
    this.saysLogin = true;
  }

  private takeRemoteCommands(place: string, value: Uint8Array): void {
    this.remoteCommands = this.choice(place, REMOTE_COMMANDS_NAME, value, "yes", "no");
    this.saysRemoteCommands = true;
  }

  private takePort(place: string, value: Uint8Array): void {
    this.port = value[0] == 48 ? 0 : decimalWithin(value, 0, value.length);
    if (this.port < 1 || this.port > LARGEST_PORT)
      this.fail(place, "SD_TINYSSH_PORT " + printable(value) + `: not a number from 1 to ${LARGEST_PORT}`);
  }

  private path(place: string, name: string, value: Uint8Array): Uint8Array {
    if (!startsWithText(value, "/")) this.fail(place, name + " " + printable(value) + ": not an absolute path");
    return value;
  }

  private choice(place: string, name: string, value: Uint8Array, yes: string, no: string): bool {
    const isYes = isText(value, yes);
    if (!isYes && !isText(value, no)) this.fail(place, name + " " + printable(value) + ": not " + yes + " or " + no);
    return isYes;
  }

  private fail(place: string, what: string): void {
    log.fatal(place + ": " + what);
    this.failed = true;
  }
}

function isInEnvironment(name: string): bool {
  const value = variable(name);
  return value != null && value.length > 0;
}
