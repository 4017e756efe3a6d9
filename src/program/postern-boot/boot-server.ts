/**
 * tinysshd in an initramfs, which can be told more: a login there is for one thing, most of the time, and a host key that isn't
 * the usual one has to be explained before anybody types a passphrase.
 */
import { ascii } from "../../core/bytes/text.ts";
import { BannerOptions } from "../../core/ssh/banner.ts";
import { readFile } from "../../linux/file.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { SshdOptions } from "../sshd/options.ts";
import { Sshd } from "../sshd/sshd.ts";

/** Bytes of a banner: a page. */
const BANNER_LIMIT: i32 = 4096;
/** What the user's shell runs in place of a client's command. */
const REFUSAL: string = "echo 'postern: no commands are taken here: log in without one' >&2; exit 1";

export class BootServer extends Sshd {
  constructor(words: Uint8Array[]) {
    super("tinysshd", words);
    this.options = new BootServerOptions();
  }
}

class BootServerOptions extends SshdOptions {
  private loginCommand: Uint8Array | null = null;
  private takesCommands: bool = true;
  private banner: BannerOptions = new BannerOptions();

  constructor() {
    super();
    this.server = this.banner;
  }

  override command(name: string): Command {
    const command = super.command(name);
    const options = command.options;
    options.push(new Option("", "login", "COMMAND", "run this where neither the key nor the client names a command"));
    options.push(new Option("", "no-commands", "", "refuse commands and subsystems that clients name"));
    options.push(new Option("", "banner", "FILE", "show this, if it is there, to who is about to log in"));
    return command;
  }

  override login(): Uint8Array | null {
    return this.loginCommand;
  }

  override instead(command: Uint8Array): Uint8Array {
    return this.takesCommands ? command : ascii(REFUSAL);
  }

  protected override word(line: CommandLine): void {
    if (line.option == "login") this.loginCommand = line.value;
    else if (line.option == "no-commands") this.takesCommands = false;
    else if (line.option == "banner") this.banner.banner = readFile(line.value, BANNER_LIMIT).bytes;
    else super.word(line);
  }
}
