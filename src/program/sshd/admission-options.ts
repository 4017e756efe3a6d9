/**
 * How many may connect at once, and what is held against whom: OpenSSH's MaxStartups, PerSourceMaxStartups,
 * PerSourceNetBlockSize, PerSourcePenalties and PerSourcePenaltyExemptList, by options of a listener.
 */
import { PenaltyOptions } from "../../core/admission/penalties.ts";
import { EMPTY } from "../../core/bytes/bytes.ts";
import { decimalWithin, isText, startsWithText } from "../../core/bytes/text.ts";
import { lookUp, MALFORMED } from "../../core/ssh/auth/address-list.ts";
import { CommandLine, Option } from "../options.ts";

/** Connections of one listener at once. */
export const CONNECTIONS_LIMIT: i32 = 1024;
/** Seconds of a penalty at most: a day. */
const PENALTY_LIMIT: i32 = 86_400;

const COMMA: u8 = 44;
const COLON: u8 = 58;
const MILLISECONDS: f64 = 1000;

export class AdmissionOptions {
  /** Connections on which nobody has logged in: at once, and at once from one source; 0: no limit of its own. */
  startups: i32 = 100;
  startupsPerSource: i32 = 0;
  /** Bits of an address that tell one source from another. Of IPv6, whoever has one address has a /64 as a rule. */
  bitsOfIPv4: i32 = 32;
  bitsOfIPv6: i32 = 64;
  penalties: PenaltyOptions = new PenaltyOptions();
  /** Penalties are imposed. */
  punishes: bool = true;
  /** A list of addresses on which none are. */
  exempt: Uint8Array = EMPTY;

  static addTo(options: Option[]): void {
    options.push(new Option("", "max-startups", "N", "connections without a login at once (default 100)"));
    options.push(
      new Option("", "max-startups-per-source", "N", "the same for each source; 0: no such limit (default)"),
    );
    options.push(new Option("", "source-bits", "N:N", "what tells sources apart, of IPv4 and IPv6 (default 32:64)"));
    options.push(new Option("", "penalties", "off|NAME:SECONDS,...", "how long who misbehaves is refused"));
    options.push(new Option("", "penalty-exempt", "ADDRESS[/BITS],...", "who is not"));
  }

  /** Takes the current option if it is one of these. */
  read(line: CommandLine): void {
    if (line.option == "max-startups") this.startups = line.number(1, CONNECTIONS_LIMIT as f64) as i32;
    else if (line.option == "max-startups-per-source")
      this.startupsPerSource = line.number(0, CONNECTIONS_LIMIT as f64) as i32;
    else if (line.option == "source-bits") this.chooseBits(line);
    else if (line.option == "penalties") this.choosePenalties(line);
    else if (line.option == "penalty-exempt") this.exemptAll(line);
  }

  private chooseBits(line: CommandLine): void {
    const colon = line.value.indexOf(COLON);
    this.bitsOfIPv4 = decimalWithin(line.value, 0, colon);
    this.bitsOfIPv6 = decimalWithin(line.value, colon + 1, line.value.length);
    const isWell = this.bitsOfIPv4 >= 0 && this.bitsOfIPv4 <= 32 && this.bitsOfIPv6 >= 0 && this.bitsOfIPv6 <= 128;
    if (!isWell) line.expected("two numbers up to 32 and 128, as in 32:64");
  }

  private choosePenalties(line: CommandLine): void {
    const list = line.value;
    this.punishes = !isText(list, "off");
    let at = 0;
    while (this.punishes && at <= list.length) {
      const comma = list.indexOf(COMMA, at);
      const end = comma < 0 ? list.length : comma;
      if (!this.setPenalty(list.subarray(at, end))) {
        line.expected("off, nor a list like authfail:5,min:15");
        return;
      }
      at = end + 1;
    }
  }

  /** OpenSSH's names. */
  private setPenalty(entry: Uint8Array): bool {
    const colon = entry.indexOf(COLON);
    const seconds = decimalWithin(entry, colon + 1, entry.length);
    if (colon < 0 || seconds < 0 || seconds > PENALTY_LIMIT) return false;
    const time = (seconds as f64) * MILLISECONDS;
    const penalties = this.penalties;
    if (startsWithText(entry, "crash:")) penalties.crash = time;
    else if (startsWithText(entry, "authfail:")) penalties.refusal = time;
    else if (startsWithText(entry, "noauth:")) penalties.silence = time;
    else if (startsWithText(entry, "grace-exceeded:")) penalties.timeout = time;
    else if (startsWithText(entry, "min:")) penalties.minimum = time;
    else if (startsWithText(entry, "max:")) penalties.maximum = time;
    else return false;
    return true;
  }

  private exemptAll(line: CommandLine): void {
    this.exempt = line.value;
    if (lookUp(line.value, EMPTY, false) != MALFORMED) return;
    line.expected("addresses or networks such as 192.0.2.0/24");
  }
}
