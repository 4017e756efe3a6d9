/**
 * Response codes (TPM 2.0 Part 2, 6.6), and what of them a program has to tell apart. What they say to a person is in
 * response-meaning.ts.
 *
 * Beside the TPM's own there are some for what can go wrong before it answers; they lie where the TPM has none.
 */
export const SUCCESS: u32 = 0;
/** The TPM gives no answer: it was never there, or has gone. */
export const NO_ANSWER: u32 = 0xf0000001;
/** What it answers is no response, or was changed on its way. */
export const GARBLED: u32 = 0xf0000002;
/** A key is of a kind that this program can't share a secret with. */
export const UNSUITABLE: u32 = 0xf0000003;

/** The parent key isn't the one that it was. */
export const OTHER_PARENT: u32 = 0xf0000004;
/** The policy has conditions that this program can't meet. */
export const UNKNOWN_POLICY: u32 = 0xf0000005;
/** What makes a primary key has said that the hierarchy's password is missing, or wrong. */
export const HIERARCHY_AUTH: u32 = 0xf0000006;

export const INITIALIZE: u32 = 0x100;
export const COMMAND_CODE: u32 = 0x143;
export const CONTEXT_GAP: u32 = 0x901;
export const OBJECT_MEMORY: u32 = 0x902;
export const SESSION_MEMORY: u32 = 0x903;
export const SESSION_HANDLES: u32 = 0x905;
export const OBJECT_HANDLES: u32 = 0x906;
export const YIELDED: u32 = 0x908;
export const TESTING: u32 = 0x90a;
export const REFERENCE_H0: u32 = 0x910;
export const REFERENCE_S6: u32 = 0x91e;
export const LOCKOUT: u32 = 0x921;
export const RETRY: u32 = 0x922;

/** Format-one codes, without their position. */
export const VALUE: u32 = 0x084;
export const HIERARCHY: u32 = 0x085;
export const HANDLE: u32 = 0x08b;
export const AUTH_FAIL: u32 = 0x08e;
export const SCHEME: u32 = 0x092;
export const SIGNATURE: u32 = 0x09b;
export const POLICY_FAIL: u32 = 0x09d;
export const INTEGRITY: u32 = 0x09f;
export const TICKET: u32 = 0x0a0;
export const BAD_AUTH: u32 = 0x0a2;
export const HASH: u32 = 0x083;
export const CURVE: u32 = 0x0a6;

const FORMAT_ONE: u32 = 0x080;

/** The code without its position, in the form of the constants above. */
export function kindOf(code: u32): u32 {
  return (code & FORMAT_ONE) != 0 && code < 0x1000 ? code & 0x0bf : code;
}

/** True if what was authorized with was wrong. */
export function isWrongAuth(code: u32): bool {
  const kind = kindOf(code);
  return kind == AUTH_FAIL || kind == BAD_AUTH;
}

/** True if the TPM no longer has what was loaded into it: it was reset, or someone has flushed it. */
export function isLost(code: u32): bool {
  if (code == INITIALIZE || code == GARBLED || kindOf(code) == HANDLE) return true;
  return code >= REFERENCE_H0 && code <= REFERENCE_S6;
}

/** True if there is no place in the TPM for one more object or session. */
export function isFull(code: u32): bool {
  return code == OBJECT_MEMORY || code == SESSION_MEMORY || code == SESSION_HANDLES || code == OBJECT_HANDLES;
}
