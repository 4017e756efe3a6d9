/**
 * Which message a client may send when: the one place that knows. What is not listed is unknown.
 *
 * RFC 4253 section 7.1 says it for the key exchange, section 10 and RFC 4252 section 6 for authentication, RFC 8308
 * section 2.4 for EXT_INFO. Strict key exchange (OpenSSH's PROTOCOL section 1.10) narrows it: until the first NEWKEYS
 * nothing is let through but the key exchange itself.
 *
 * Two rules are ours: a client does not ask for new keys before it is authenticated (OpenSSH's server refuses that too), and
 * sends EXT_INFO only where RFC 8308 puts it. One is not enforced: once connected, a client may go on with the connection
 * within a rekeying, which RFC 4253 section 7.1 forbids but asyncssh 2.10 does and OpenSSH's server takes. It does no harm:
 * up to its NEWKEYS the old keys protect what the client sends.
 */
import * as number from "../message/number.ts";

/** Before the client's first NEWKEYS. */
export const UNPROTECTED: i32 = 1;
/** The packet right after it. */
export const PROTECTED: i32 = 2;
export const AUTHENTICATING: i32 = 4;
export const CONNECTED: i32 = 8;

/** No key exchange is under way, or it was we who asked for it and the client has not heard yet. */
export const AWAIT_KEXINIT: i32 = 1;
export const AWAIT_INIT: i32 = 2;
export const AWAIT_NEWKEYS: i32 = 4;

const PHASES: i32 = UNPROTECTED | PROTECTED | AUTHENTICATING | CONNECTED;
const STAGES: i32 = AWAIT_KEXINIT | AWAIT_INIT | AWAIT_NEWKEYS;

/** What `judge` says. */
export const ALLOWED: i32 = 0;
/** Too late to matter: dropped without a word. */
export const IGNORED: i32 = 1;
/** To be answered with UNIMPLEMENTED, RFC 4253 section 11.4. */
export const UNKNOWN: i32 = 2;
/** A violation of the protocol. */
export const REFUSED: i32 = 3;

/** One range of message numbers: in which phases, and at which stages of a key exchange, it is allowed. */
class Rule {
  first: i32;
  last: i32;
  phases: i32;
  stages: i32;

  constructor(first: i32, last: i32, phases: i32, stages: i32) {
    this.first = first;
    this.last = last;
    this.phases = phases;
    this.stages = stages;
  }
}

const rules: Rule[] = [
  new Rule(number.CHANNEL_OPEN, number.CHANNEL_FAILURE, CONNECTED, STAGES), // the most frequent first
  new Rule(number.DISCONNECT, number.DEBUG, PHASES, STAGES),
  new Rule(number.SERVICE_REQUEST, number.SERVICE_REQUEST, PROTECTED | AUTHENTICATING, AWAIT_KEXINIT),
  new Rule(number.EXT_INFO, number.EXT_INFO, PROTECTED, AWAIT_KEXINIT),
  new Rule(number.KEXINIT, number.KEXINIT, UNPROTECTED | CONNECTED, AWAIT_KEXINIT),
  new Rule(number.NEWKEYS, number.NEWKEYS, UNPROTECTED | CONNECTED, AWAIT_NEWKEYS),
  new Rule(number.KEX_ECDH_INIT, number.KEX_ECDH_INIT, UNPROTECTED | CONNECTED, AWAIT_INIT),
  new Rule(number.USERAUTH_REQUEST, number.USERAUTH_REQUEST, PROTECTED | AUTHENTICATING, AWAIT_KEXINIT),
  new Rule(number.GLOBAL_REQUEST, number.REQUEST_FAILURE, CONNECTED, STAGES),
  new Rule(number.PING, number.PING, PROTECTED | AUTHENTICATING | CONNECTED, STAGES),
];

/**
 * Whether the message `message` may come in `phase` at `stage`, each one of the constants above. `strict`: both sides
 * have agreed on strict key exchange.
 */
export function judge(message: i32, phase: i32, stage: i32, strict: bool): i32 {
  const bare = phase == UNPROTECTED;
  if (bare && strict && message > number.DISCONNECT && message < number.KEXINIT) return REFUSED;
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    if (message < rule.first || message > rule.last) continue;
    if ((phase & rule.phases) != 0 && (stage & rule.stages) != 0) return ALLOWED;
    // RFC 4252 section 5.1: requests that were under way when authentication succeeded
    if (message == number.USERAUTH_REQUEST && phase == CONNECTED && stage == AWAIT_KEXINIT) return IGNORED;
    return REFUSED;
  }
  // In a key exchange, and before the first keys, a peer has no business to try something new.
  return bare || stage != AWAIT_KEXINIT ? REFUSED : UNKNOWN;
}
