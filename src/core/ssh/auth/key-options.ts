/**
 * The options in front of a key in authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
 *
 * What can't be honoured makes the whole line void: an unknown option, and `environment=`, for without what was meant for
 * it a forced command might do something else. What only limits a thing that this server doesn't have is checked and
 * passed over: `tunnel=`, `permitlisten=`, `X11-forwarding`, `user-rc`.
 *
 * Left out on purpose: names of services in place of ports, and local time. A time without `Z` is in the machine's zone,
 * which this server doesn't know: it counts as come when it has come in the first place on Earth, never later than meant.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { decimalWithin, excerpt, isText, isTextWithin, lowerCase } from "../../bytes/text.ts";
import { dayOf, daysIn } from "../../timestamp.ts";
import { ABSENT, lookUp } from "./address-list.ts";
import { AGENT_FORWARDING, Destination, DESTINATIONS_LIMIT, PORT_FORWARDING, TERMINAL } from "./grant.ts";
import { LoginOptions, RESTRICTED, WITHOUT_TOUCH, WITHOUT_VERIFICATION } from "./login-options.ts";

const QUOTE: i32 = 34;
const ASTERISK: i32 = 42;
const COMMA: i32 = 44;
const COLON: u8 = 58;
const EQUALS: i32 = 61;
const OPENING_BRACKET: i32 = 91;
const BACKSLASH: i32 = 92;
const CLOSING_BRACKET: u8 = 93;
const CAPITAL_Z: i32 = 90;
const SMALL_Z: i32 = 122;

/** How far ahead of UTC the first time zone is, in seconds. */
const FIRST_ZONE: f64 = 14 * 3600;
const LARGEST_PORT: i32 = 65535;

/** What a line, or a certificate, may permit. */
class Permission {
  name: string;
  /** 0 for what this server doesn't have. */
  bit: u32;

  constructor(name: string, bit: u32) {
    this.name = name;
    this.bit = bit;
  }
}

const permissions: Permission[] = [
  new Permission("pty", TERMINAL),
  new Permission("port-forwarding", PORT_FORWARDING),
  new Permission("agent-forwarding", AGENT_FORWARDING),
  new Permission("x11-forwarding", 0),
  new Permission("user-rc", 0),
];

/** An option that has a value. */
class Setting {
  name: string;
  apply: (value: Uint8Array, options: LoginOptions) => void;

  constructor(name: string, apply: (value: Uint8Array, options: LoginOptions) => void) {
    this.name = name;
    this.apply = apply;
  }
}

const settings: Setting[] = [
  new Setting("command", setCommand),
  new Setting("from", setFrom),
  new Setting("principals", setPrincipals),
  new Setting("expiry-time", setExpiry),
  new Setting("permitopen", addDestination),
  new Setting("permitlisten", checkListener),
  new Setting("tunnel", checkTunnel),
  new Setting("environment", refuseEnvironment),
];

/** The bit of the permission called `name` from `start` on; -1 if there is none. */
export function permissionNamed(name: Uint8Array, start: i32): i32 {
  for (let i = 0; i < permissions.length; i++) {
    if (start <= name.length && isTextWithin(name, start, name.length, permissions[i].name)) {
      return permissions[i].bit as i32;
    }
  }
  return -1;
}

/** `text`: from the beginning of the line up to the first blank outside of quotes. */
export function parseKeyOptions(text: Uint8Array): LoginOptions {
  const options = new LoginOptions(RESTRICTED | WITHOUT_VERIFICATION);
  let at = 0;
  while (at < text.length && options.error.length == 0) {
    let end = at;
    while (end < text.length && (text[end] as i32) != COMMA && (text[end] as i32) != EQUALS) end++;
    const name = lowerCase(text.subarray(at, end));
    if (end < text.length && (text[end] as i32) == EQUALS) {
      const value = quoted(text, end + 1);
      end += 1 + value.length;
      if (value.length == 0) options.fail(excerpt(name) + "= without a value in double quotes");
      else if (end < text.length && (text[end] as i32) != COMMA) options.fail("no comma behind " + excerpt(name) + "=");
      else readSetting(name, unquoted(value), options);
    } else if (name.length > 0) {
      readFlag(name, options); // like OpenSSH, nothing between two commas is nothing
    }
    at = end + 1;
  }
  return options;
}

/** The quoted text at `at`, with its quotes; EMPTY if there is none. */
function quoted(text: Uint8Array, at: i32): Uint8Array {
  if (at >= text.length || (text[at] as i32) != QUOTE) return EMPTY;
  let end = at + 1;
  while (end < text.length && (text[end] as i32) != QUOTE) end += isEscape(text, end) ? 2 : 1;
  return end < text.length ? text.subarray(at, end + 1) : EMPTY;
}

/** True for `\"`, the one escape that there is. */
function isEscape(text: Uint8Array, at: i32): bool {
  return (text[at] as i32) == BACKSLASH && at + 1 < text.length && (text[at + 1] as i32) == QUOTE;
}

/** What is between the quotes, without escapes. */
function unquoted(value: Uint8Array): Uint8Array {
  const plain = new Uint8Array(value.length);
  let length = 0;
  for (let i = 1; i < value.length - 1; i++) {
    if (isEscape(value, i)) i++;
    plain[length] = value[i];
    length++;
  }
  return copyOf(plain, 0, length);
}

function readFlag(name: Uint8Array, options: LoginOptions): void {
  const negative = name.length > 3 && isTextWithin(name, 0, 3, "no-");
  const start = negative ? 3 : 0;
  const permission = permissionNamed(name, start);
  if (permission >= 0) options.permit(permission as u32, !negative);
  else if (isText(name, "restrict")) options.permit(RESTRICTED, false);
  else if (isText(name, "cert-authority")) options.isAuthority = true;
  else if (isTextWithin(name, start, name.length, "touch-required")) options.permit(WITHOUT_TOUCH, negative);
  else if (isTextWithin(name, start, name.length, "verify-required")) options.permit(WITHOUT_VERIFICATION, negative);
  else options.fail("unknown option " + excerpt(name));
}

function readSetting(name: Uint8Array, value: Uint8Array, options: LoginOptions): void {
  for (let i = 0; i < settings.length; i++) {
    if (!isText(name, settings[i].name)) continue;
    settings[i].apply(value, options);
    return;
  }
  options.fail("unknown option " + excerpt(name) + "=");
}

function setCommand(value: Uint8Array, options: LoginOptions): void {
  if (options.command != null) options.fail("command= twice");
  options.command = value;
}

function setFrom(value: Uint8Array, options: LoginOptions): void {
  if (options.from != null) options.fail("from= twice");
  if (lookUp(value, EMPTY, true) < ABSENT) options.fail("from= is malformed");
  options.from = value;
}

function setPrincipals(value: Uint8Array, options: LoginOptions): void {
  if (options.principals != null) options.fail("principals= twice");
  options.principals = value;
}

/** Of several the earliest counts. */
function setExpiry(value: Uint8Array, options: LoginOptions): void {
  const time = parseTime(value);
  if (time < 0) options.fail("expiry-time= is not YYYYMMDD[HHMM[SS]][Z]");
  options.expiry = Math.min(options.expiry, time);
}

/** Seconds since 1970; negative if `text` isn't `YYYYMMDD[HHMM[SS]]`, with `Z` behind it for UTC. */
function parseTime(text: Uint8Array): f64 {
  const last = text.length > 0 ? (text[text.length - 1] as i32) : 0;
  const universal = last == CAPITAL_Z || last == SMALL_Z;
  const length = universal ? text.length - 1 : text.length;
  if (length != 8 && length != 12 && length != 14) return -1;
  const year = decimalWithin(text, 0, 4);
  const month = decimalWithin(text, 4, 6);
  const day = decimalWithin(text, 6, 8);
  const hours = length > 8 ? decimalWithin(text, 8, 10) : 0;
  const minutes = length > 8 ? decimalWithin(text, 10, 12) : 0;
  const seconds = length > 12 ? decimalWithin(text, 12, 14) : 0;
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return -1;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return -1;
  const time = (dayOf(year, month, day) as f64) * 86400 + ((hours * 3600 + minutes * 60 + seconds) as f64);
  return universal ? time : Math.max(time - FIRST_ZONE, 0);
}

function addDestination(value: Uint8Array, options: LoginOptions): void {
  const destination = parseDestination(value);
  if (destination == null) options.fail("permitopen= is not HOST:PORT");
  else if ((options.destinations.length as u32) == DESTINATIONS_LIMIT) options.fail("too many of permitopen=");
  else options.destinations.push(destination);
}

/** `HOST:PORT`, `[ADDRESS]:PORT`; either may be `*`. */
function parseDestination(value: Uint8Array): Destination | null {
  const bracket = value.length > 0 && (value[0] as i32) == OPENING_BRACKET ? value.indexOf(CLOSING_BRACKET) : 0;
  const colon = bracket < 0 ? -1 : value.indexOf(COLON, bracket);
  if (colon < 0 || (bracket > 0 && colon != bracket + 1)) return null;
  const host = bracket > 0 ? value.subarray(1, bracket) : value.subarray(0, colon);
  const port = parsePort(value, colon + 1);
  return host.length == 0 || port < 0 ? null : new Destination(host, port as u32);
}

/** 0 for `*`; -1 if it is none. */
function parsePort(value: Uint8Array, start: i32): i32 {
  if (value.length == start + 1 && (value[start] as i32) == ASTERISK) return 0;
  const port = decimalWithin(value, start, value.length);
  return port < 1 || port > LARGEST_PORT ? -1 : port;
}

/** As permitopen=, or a port alone. */
function checkListener(value: Uint8Array, options: LoginOptions): void {
  const wrong = value.indexOf(COLON) < 0 ? parsePort(value, 0) < 0 : parseDestination(value) == null;
  if (wrong) options.fail("permitlisten= is not [HOST:]PORT");
}

function checkTunnel(value: Uint8Array, options: LoginOptions): void {
  if (decimalWithin(value, 0, value.length) < 0 && !isText(value, "any"))
    options.fail("tunnel= is not a number or any");
}

function refuseEnvironment(_value: Uint8Array, options: LoginOptions): void {
  options.fail("environment= is not supported");
}
