/**
 * Lists of addresses: `from=` in authorized_keys, with patterns and negation (ssh_config(5), PATTERNS), and
 * `source-address` in certificates, with networks alone (PROTOCOL.certkeys).
 *
 * An entry is an address, or a network such as `192.0.2.0/24`; or, where patterns are allowed, text in which `*` stands for
 * any characters and `?` for one, compared with the address as text. Names of hosts are not looked up, so that patterns of
 * names match nothing: whoever holds the reverse zone of an address would decide otherwise.
 *
 * Where OpenSSH takes a bad network for a pattern that nothing matches, the list is malformed here: with a `!` in front,
 * it would have let in what was to be kept out.
 */
import { matches } from "../../bytes/pattern.ts";
import { ascii, decimalWithin, lowerCase } from "../../bytes/text.ts";
import { hostText, parseAddress } from "../../ip-address.ts";

const COMMA: u8 = 44;
const SLASH: u8 = 47;
const EXCLAMATION: u8 = 33;

export const MALFORMED: i32 = -1;
export const ABSENT: i32 = 0;
export const PRESENT: i32 = 1;

/** What `list` says of `address`, of 4 or 16 bytes; of an unknown one (none) no list says anything. */
export function lookUp(list: Uint8Array, address: Uint8Array, patterns: bool): i32 {
  let found = ABSENT;
  let at = 0;
  while (at <= list.length) {
    const comma = list.indexOf(COMMA, at);
    const end = comma < 0 ? list.length : comma;
    const negated = patterns && at < end && list[at] == EXCLAMATION;
    const relation = relate(list.subarray(negated ? at + 1 : at, end), address, patterns);
    if (relation == MALFORMED) return MALFORMED;
    if (relation == PRESENT && negated) return ABSENT;
    if (relation == PRESENT) found = PRESENT;
    at = end + 1;
  }
  return found;
}

/** What one entry says. */
function relate(entry: Uint8Array, address: Uint8Array, patterns: bool): i32 {
  if (entry.length == 0) return MALFORMED;
  const slash = entry.indexOf(SLASH);
  const network = parseAddress(slash < 0 ? entry : entry.subarray(0, slash));
  if (network == null) {
    if (!patterns || slash >= 0) return MALFORMED;
    return address.length > 0 && matches(ascii(hostText(address)), lowerCase(entry)) ? PRESENT : ABSENT;
  }
  const bits = network.length * 8;
  const prefix = slash < 0 ? bits : decimalWithin(entry, slash + 1, entry.length);
  if (prefix < 0 || prefix > bits || !isZeroFrom(network, prefix)) return MALFORMED;
  return isWithin(address, network, prefix) ? PRESENT : ABSENT;
}

function bit(address: Uint8Array, index: i32): i32 {
  return ((address[index >> 3] as i32) >> (7 - (index & 7))) & 1;
}

/** True if no bit is set behind the prefix: a network with one is a mistake. */
function isZeroFrom(network: Uint8Array, prefix: i32): bool {
  for (let i = prefix; i < network.length * 8; i++) {
    if (bit(network, i) != 0) return false;
  }
  return true;
}

function isWithin(address: Uint8Array, network: Uint8Array, prefix: i32): bool {
  if (address.length != network.length) return false;
  for (let i = 0; i < prefix; i++) {
    if (bit(address, i) != bit(network, i)) return false;
  }
  return true;
}
