/**
 * What a login is granted. Whoever decides on logins makes it, perhaps in another process: hence its form as bytes.
 */
import { copyOf, equal } from "../../bytes/bytes.ts";
import { isText, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";

/** Permissions. */
export const TERMINAL: u32 = 1;
export const PORT_FORWARDING: u32 = 2;
export const AGENT_FORWARDING: u32 = 4;

/** OpenSSH's limit on permitopen directives. */
export const DESTINATIONS_LIMIT: u32 = 4096;

/** Where forwarded connections may lead. */
export class Destination {
  /** A name or an address, compared as text; `*` for any. */
  host: Uint8Array;
  /** 0 for any. */
  port: u32;

  constructor(host: Uint8Array, port: u32) {
    this.host = host;
    this.port = port;
  }
}

export class Grant {
  /** All that there is. `credential`: see there. */
  static ofAll(credential: string): Grant {
    const grant = new Grant();
    grant.permissions = TERMINAL | PORT_FORWARDING | AGENT_FORWARDING;
    grant.credential = credential;
    return grant;
  }

  /** TERMINAL, PORT_FORWARDING, AGENT_FORWARDING. */
  permissions: u32 = 0;
  /** Runs whatever the client asks for; null if nothing is forced. */
  command: Uint8Array | null = null;
  /** Where forwarded connections may lead; anywhere if there is none. */
  destinations: Destination[] = new Array<Destination>();
  /** By what: for the log. Algorithm and fingerprint, and who is behind a certificate. */
  credential: string = "";

  permits(permission: u32): bool {
    return (this.permissions & permission) != 0;
  }

  /** True if a connection may be forwarded there. The name counts as it is written, as with OpenSSH. */
  leadsTo(host: Uint8Array, port: u32): bool {
    const destinations = this.destinations;
    let isListed: bool = destinations.length == 0;
    for (let i = 0; i < destinations.length && !isListed; i++) {
      const listed = destinations[i];
      const isHost: bool = isText(listed.host, "*") || equal(listed.host, host);
      isListed = isHost && (listed.port == 0 || listed.port == port);
    }
    return isListed && this.permits(PORT_FORWARDING);
  }

  encode(w: Writer): void {
    const command = this.command;
    w.uint32(this.permissions);
    w.boolean(command != null);
    if (command != null) w.string(command);
    w.uint32(this.destinations.length as u32);
    for (let i = 0; i < this.destinations.length; i++) {
      w.string(this.destinations[i].host);
      w.uint32(this.destinations[i].port);
    }
    w.text(this.credential);
  }

  /** The reader is bad, or has something left, if this is not what `encode` wrote. */
  static decode(r: Reader): Grant {
    const grant = new Grant();
    grant.permissions = r.uint32();
    if (r.boolean()) grant.command = own(r.string());
    const destinations = r.uint32();
    if (destinations > DESTINATIONS_LIMIT) r.bad = true;
    for (let i: u32 = 0; i < destinations && !r.bad; i++) {
      const host = own(r.string());
      grant.destinations.push(new Destination(host, r.uint32()));
    }
    grant.credential = printable(r.string());
    return grant;
  }
}

function own(bytes: Uint8Array): Uint8Array {
  return copyOf(bytes, 0, bytes.length);
}
