/** SSH_MSG_USERAUTH_BANNER, RFC 4252 section 5.4: a server that has something to say before anybody logs in. */
import { EMPTY } from "../bytes/bytes.ts";
import { UserauthBanner } from "./message/authentication.ts";
import { encoded } from "./message/message.ts";
import { USERAUTH_REQUEST } from "./message/number.ts";
import { ServerOptions } from "./server.ts";
import { Transport } from "./transport/transport.ts";

/** Options of such a server, for one connection: the first attempt to log in is answered with the banner, and then as usual. */
export class BannerOptions extends ServerOptions {
  /** UTF-8, with lines that end in CRLF; nothing is sent if it is empty. */
  banner: Uint8Array = EMPTY;

  override greet(message: Uint8Array, transport: Transport): void {
    if (this.banner.length == 0 || (message[0] as i32) != USERAUTH_REQUEST) return;
    const banner = new UserauthBanner();
    banner.text = this.banner;
    this.banner = EMPTY;
    transport.send(encoded(banner));
  }
}
