/** Where connections come from, as far as limits go, and what is held against whom. */
import { Penalties } from "../../core/admission/penalties.ts";
import { Throttle } from "../../core/admission/throttle.ts";
import { copyOf } from "../../core/bytes/bytes.ts";
import { lookUp, PRESENT } from "../../core/ssh/auth/address-list.ts";
import { Event } from "../../core/ssh/event.ts";
import { hostText } from "../../core/ip-address.ts";
import { now } from "../../linux/clock.ts";
import { InternetAddress } from "../../linux/internet-address.ts";
import { log } from "../log.ts";
import { AdmissionOptions } from "./admission-options.ts";
import { CRASHED, LOGGED_IN, NOT_TRIED, REFUSED, TIMED_OUT } from "./outcome.ts";

/** Lines about refusals in each period of so many milliseconds. */
const REFUSALS: i32 = 10;
const REFUSALS_PERIOD: f64 = 10_000;

/** The other side of a connection. */
export class Client {
  /** Null if the connection is none of the internet's. */
  address: InternetAddress | null;
  /** All that come from there have limits and penalties together. */
  source: string;

  constructor(address: InternetAddress | null, source: string) {
    this.address = address;
    this.source = source;
  }

  text(): string {
    const address = this.address;
    return address == null ? "unknown" : address.text();
  }

  /** An event for the log that concerns the client. */
  event(name: string, words: string): Event {
    const event = new Event(name, words);
    const address = this.address;
    if (address != null) event.tell("remote", address.host()).tell("port", `${address.port}`);
    return event;
  }
}

export class Admission {
  private options: AdmissionOptions;
  private penalties: Penalties;
  private throttle: Throttle = new Throttle(REFUSALS, REFUSALS_PERIOD);

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.penalties = new Penalties(options.penalties);
  }

  clientAt(address: InternetAddress | null): Client {
    return new Client(address, address == null ? "unknown" : this.sourceOf(address.address()));
  }

  /** True if too little time has passed since what the client's source has done. */
  isPunished(client: Client): bool {
    return this.penalties.left(client.source, now()) > 0;
  }

  /** Takes note of how a login of the client's has ended. */
  judge(client: Client, outcome: i32): void {
    const address = client.address;
    if (!this.options.punishes || address == null) return;
    if (outcome == LOGGED_IN) {
      this.penalties.forgive(client.source);
      return;
    }
    if (this.options.exempt.length > 0 && lookUp(this.options.exempt, address.address(), false) == PRESENT) return;
    const time = now();
    if (!this.penalties.add(client.source, this.penaltyFor(outcome), time)) return;
    const seconds = `${(this.penalties.left(client.source, time) / 1000) as i32}`;
    const event = client.event("penalty", client.source + " is refused for " + seconds + " s: " + misdeed(outcome));
    log.event(event.tell("source", client.source).tell("seconds", seconds).tell("reason", misdeed(outcome)));
  }

  /** One line about a connection that was `what` (turned away, ended), unless there are too many of them. */
  reportRefusal(client: Client, what: string, reason: string): void {
    if (!this.throttle.allows(now())) return;
    const missed = this.throttle.missed;
    this.throttle.missed = 0;
    const others = missed == 0 ? "" : ` (and ${missed} more like it before)`;
    const event = client.event("refuse", "connection from " + client.text() + " " + what + ": " + reason + others);
    log.event(event.tell("reason", reason).tell("missed", `${missed}`));
  }

  private penaltyFor(outcome: i32): f64 {
    const penalties = this.options.penalties;
    if (outcome == CRASHED) return penalties.crash;
    if (outcome == REFUSED) return penalties.refusal;
    if (outcome == TIMED_OUT) return penalties.timeout;
    return outcome == NOT_TRIED ? penalties.silence : 0;
  }

  /** `192.0.2.1`, `2001:db8::/64`. */
  private sourceOf(address: Uint8Array): string {
    const network = copyOf(address, 0, address.length);
    const bits = network.length == 4 ? this.options.bitsOfIPv4 : this.options.bitsOfIPv6;
    for (let i = bits; i < network.length * 8; i++) {
      network[i >> 3] = ((network[i >> 3] as i32) & ~(128 >> (i & 7))) as u8;
    }
    return bits == network.length * 8 ? hostText(network) : hostText(network) + `/${bits}`;
  }
}

function misdeed(outcome: i32): string {
  if (outcome == CRASHED) return "a crash";
  if (outcome == REFUSED) return "logins refused";
  return outcome == TIMED_OUT ? "no login in time" : "no attempt to log in";
}
