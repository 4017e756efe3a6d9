/**
 * The conditions of a login and what it permits: options of a line of authorized_keys, or of a certificate, or of both
 * together.
 */
import { Destination, PORT_FORWARDING, AGENT_FORWARDING, TERMINAL } from "./grant.ts";
import { ABSENT, lookUp, PRESENT } from "./address-list.ts";
import { equal } from "../../bytes/bytes.ts";

/** Permissions beside those of a grant: a security key's signature counts without a touch, or without PIN or finger. */
export const WITHOUT_TOUCH: u32 = 1 << 16;
export const WITHOUT_VERIFICATION: u32 = 1 << 17;

/** All permissions of a grant: what `restrict` takes away. */
export const RESTRICTED: u32 = TERMINAL | PORT_FORWARDING | AGENT_FORWARDING;

export class LoginOptions {
  /** Why the options can't be honoured; empty if they can. */
  error: string = "";
  /** Those of a grant, and the two above. */
  permissions: u32 = 0;
  /** Runs whatever the client asks for; null if nothing is forced. */
  command: Uint8Array | null = null;
  /** The key is a certification authority's. */
  isAuthority: bool = false;
  /** Whom a certificate may speak for, with commas between; null: the user. */
  principals: Uint8Array | null = null;
  /** Where the client may be, see `lookUp`: with patterns, and without. Null: anywhere. */
  from: Uint8Array | null = null;
  networks: Uint8Array | null = null;
  /** The last second at which it holds, counted from 1970. */
  expiry: f64 = Infinity;
  /** Where forwarded connections may lead; anywhere if there is none. */
  destinations: Destination[] = new Array<Destination>();

  constructor(permissions: u32) {
    this.permissions = permissions;
  }

  permits(permission: u32): bool {
    return (this.permissions & permission) != 0;
  }

  permit(permission: u32, yes: bool): void {
    this.permissions = yes ? this.permissions | permission : this.permissions & ~permission;
  }

  /** Keeps the first thing that is wrong. */
  fail(error: string): void {
    if (this.error.length == 0) this.error = error;
  }

  /** Why a login from there and then is against the conditions; empty if it isn't. */
  refusal(address: Uint8Array, time: f64): string {
    const from = this.from;
    const networks = this.networks;
    if (this.error.length > 0) return this.error;
    if (time > this.expiry) return "expired";
    const patterns = from == null ? PRESENT : lookUp(from, address, true);
    const certified = networks == null ? PRESENT : lookUp(networks, address, false);
    if (patterns < ABSENT) return "from= is malformed";
    if (certified < ABSENT) return "source-address is malformed";
    if (patterns == ABSENT) return "not from an address that from= admits";
    return certified == ABSENT ? "not from an address that source-address admits" : "";
  }

  /** Takes on the options of a certificate: what both permit is permitted, what either demands is demanded. */
  combine(certified: LoginOptions): void {
    const command = this.command;
    const other = certified.command;
    this.permissions &= certified.permissions;
    if (command == null) this.command = other;
    else if (other != null && !equal(command, other)) this.fail("the certificate forces another command");
  }
}
