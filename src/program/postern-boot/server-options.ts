/**
 * What the server of an initramfs can be told beside the options of tinysshd(8): a login there is for one thing, most of the
 * time, and a host key that isn't the usual one has to be explained before anybody types a passphrase.
 */
import { ascii } from "../../core/bytes/text.ts";
import { UserauthBanner } from "../../core/ssh/message/authentication.ts";
import { encoded } from "../../core/ssh/message/message.ts";
import { readFile } from "../../linux/file.ts";
import { Command, CommandLine, Option } from "../options.ts";
import { SshdOptions } from "../sshd/options.ts";

/** Bytes of a banner: a page. */
const BANNER_LIMIT: i32 = 4096;
/** What the user's shell runs in place of a client's command. */
const REFUSAL: string = "echo 'postern: no commands are taken here: log in without one' >&2; exit 1";

export class BootServerOptions extends SshdOptions {
  override command(name: string): Command {
    const command = super.command(name);
    const options = command.options;
    options.push(new Option("", "login", "COMMAND", "run this where neither the key nor the client names a command"));
    options.push(new Option("", "no-commands", "", "refuse commands and subsystems that clients name"));
    options.push(new Option("", "banner", "FILE", "show this, if it is there, to who is about to log in"));
    return command;
  }

  protected override word(line: CommandLine): void {
    if (line.option == "login") {
      this.customProgram = line.value;
      this.isDefault = true;
    } else if (line.option == "no-commands") this.substitute = ascii(REFUSAL);
    else if (line.option == "banner") this.show(line.value);
    else super.word(line);
  }

  private show(path: Uint8Array): void {
    const banner = new UserauthBanner();
    banner.text = readFile(path, BANNER_LIMIT).bytes;
    if (banner.text.length > 0) this.server.banner = encoded(banner);
  }
}
