/**
 * The addresses of a host: a number, an entry of /etc/hosts (hosts(5)), or what `getent` finds where the machine has it, which
 * asks DNS and whatever else there is.
 *
 * Left out on purpose: a resolver of our own, and zones of IPv6 (fe80::1%eth0).
 */
import { ascii, isText, lowerCase, startsWithText } from "../core/bytes/text.ts";
import { equal } from "../core/bytes/bytes.ts";
import { parseAddress } from "../core/ip-address.ts";
import { GETENT, GETENT_TIMEOUT, upTo } from "./accounts.ts";
import { outputOf } from "./command-output.ts";
import { close, O_RDONLY } from "./descriptor.ts";
import { open } from "./file.ts";
import { InternetAddress } from "./internet-address.ts";
import { Lines } from "./lines.ts";

const HOSTS: string = "/etc/hosts";
/** Bytes that getent may print: far more than the addresses that are tried. */
const OUTPUT_LIMIT: i32 = 65536;
/** Addresses of one host: as many as anybody would wait for. */
const ADDRESSES_LIMIT: i32 = 8;

const BLANK: u8 = 32;
const TAB: u8 = 9;
const NEWLINE: u8 = 10;
const HASH: u8 = 35;

/** The addresses of `host`, at `port`, in the order in which they should be tried; none if it isn't known. */
export function addressesOf(host: Uint8Array, port: i32): InternetAddress[] {
  const found = new Array<InternetAddress>();
  if (add(found, host, port) || !isHostName(host)) return found;
  const name = lowerCase(host);
  readHosts(found, name, port);
  if (found.length == 0) readGetent(found, name, port);
  // RFC 6761 section 6.3: it is known, whatever is not there.
  if (found.length == 0 && isText(name, "localhost")) {
    add(found, ascii("127.0.0.1"), port);
    add(found, ascii("::1"), port);
  }
  return found;
}

/** Adds the address that `text` is; false if it is none. */
function add(found: InternetAddress[], text: Uint8Array, port: i32): bool {
  const bytes = parseAddress(text);
  if (bytes == null) return false;
  if (found.length < ADDRESSES_LIMIT) found.push(InternetAddress.of(bytes, port));
  return true;
}

/** True for letters, digits, dots, underscores and, not in front, dashes: what is no option to getent. */
function isHostName(name: Uint8Array): bool {
  for (let i = 0; i < name.length; i++) {
    const c = name[i];
    const isLetter = (c | 32) >= 97 && (c | 32) <= 122;
    if (!isLetter && !(c >= 48 && c <= 57) && c != 46 && c != 95 && !(c == 45 && i > 0)) return false;
  }
  return true;
}

/** Lines of an address and its names, with blanks between them. */
function readHosts(found: InternetAddress[], name: Uint8Array, port: i32): void {
  const descriptor = open(ascii(HOSTS), O_RDONLY);
  if (descriptor < 0) return;
  const lines = new Lines(descriptor);
  while (lines.next()) {
    const words = upTo(lines.line, HASH);
    for (let i = 0; i < words.length; i++) if (words[i] == TAB) words[i] = BLANK;
    const address = upTo(words, BLANK);
    let rest = words;
    while (rest.length > 0) {
      const word = upTo(rest, BLANK);
      if (equal(lowerCase(word), name)) {
        add(found, address, port);
        break;
      }
      rest = rest.subarray(word.length < rest.length ? word.length + 1 : word.length);
    }
  }
  close(descriptor);
}

/** Lines of an address, blanks, and the type of socket: each address is there once for each of the types. */
function readGetent(found: InternetAddress[], name: Uint8Array, port: i32): void {
  const output = outputOf([ascii(GETENT), ascii("ahosts"), name], OUTPUT_LIMIT, GETENT_TIMEOUT);
  let rest = output == null ? name.subarray(0, 0) : output;
  while (rest.length > 0) {
    const line = upTo(rest, NEWLINE);
    const address = upTo(line, BLANK);
    let at = address.length;
    while (at < line.length && line[at] == BLANK) at++;
    if (startsWithText(line.subarray(at), "STREAM")) add(found, address, port);
    rest = rest.subarray(line.length < rest.length ? line.length + 1 : line.length);
  }
}
