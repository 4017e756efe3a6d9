/** What response codes of a TPM are called, what they are about, and what a person can do. */
import { toHex } from "../bytes/hex.ts";
import { putUint32 } from "../wire/writer.ts";
import {
  AUTH_FAIL,
  BAD_AUTH,
  COMMAND_CODE,
  CONTEXT_GAP,
  CURVE,
  GARBLED,
  HANDLE,
  HASH,
  HIERARCHY,
  HIERARCHY_AUTH,
  INITIALIZE,
  INTEGRITY,
  LOCKOUT,
  NO_ANSWER,
  OBJECT_HANDLES,
  OBJECT_MEMORY,
  OTHER_PARENT,
  POLICY_FAIL,
  RETRY,
  SCHEME,
  SESSION_HANDLES,
  SESSION_MEMORY,
  TESTING,
  TICKET,
  UNKNOWN_POLICY,
  UNSUITABLE,
  VALUE,
  YIELDED,
  kindOf,
} from "./response-code.ts";

class Meaning {
  code: u32;
  name: string;
  advice: string;

  constructor(code: u32, name: string, advice: string) {
    this.code = code;
    this.name = name;
    this.advice = advice;
  }
}

const meanings: Meaning[] = [
  new Meaning(NO_ANSWER, "the TPM does not answer", ""),
  new Meaning(GARBLED, "the TPM's answer is no valid one", "something between it and this program may be changing it"),
  new Meaning(UNSUITABLE, "the parent key is of an unsupported kind", "it must be ECC P-256 or RSA, named by SHA-256"),
  new Meaning(
    OTHER_PARENT,
    "the TPM's storage key is not the one that the key was made under",
    "this is another TPM, it was cleared, or something sits between it and this program",
  ),
  new Meaning(HIERARCHY_AUTH, "TPM_RC_BAD_AUTH of the hierarchy", "no or a wrong password: -o asks for the password"),
  new Meaning(UNKNOWN_POLICY, "the key's policy has conditions that this program can't meet", ""),
  new Meaning(INITIALIZE, "TPM_RC_INITIALIZE", "the TPM was not started: the firmware or the kernel should have"),
  new Meaning(
    0x101,
    "TPM_RC_FAILURE",
    "the TPM has failed at it; if it fails at everything, the machine needs a restart",
  ),
  new Meaning(0x120, "TPM_RC_DISABLED", "the hierarchy is turned off in the firmware"),
  new Meaning(0x12d, "TPM_RC_UPGRADE", "the TPM is in the midst of a firmware update"),
  new Meaning(0x12f, "TPM_RC_AUTH_UNAVAILABLE", "the key can be used by its policy alone"),
  new Meaning(COMMAND_CODE, "TPM_RC_COMMAND_CODE", "this TPM does not have the command"),
  new Meaning(CONTEXT_GAP, "TPM_RC_CONTEXT_GAP", "sessions that others keep must be used or flushed first"),
  new Meaning(
    OBJECT_MEMORY,
    "TPM_RC_OBJECT_MEMORY",
    "other programs keep objects loaded: use /dev/tpmrm0, or flush them",
  ),
  new Meaning(
    SESSION_MEMORY,
    "TPM_RC_SESSION_MEMORY",
    "other programs keep sessions loaded: use /dev/tpmrm0, or flush them",
  ),
  new Meaning(0x904, "TPM_RC_MEMORY", "other programs use the TPM's memory up"),
  new Meaning(SESSION_HANDLES, "TPM_RC_SESSION_HANDLES", "other programs keep sessions: flush them"),
  new Meaning(OBJECT_HANDLES, "TPM_RC_OBJECT_HANDLES", "other programs keep objects loaded: flush them"),
  new Meaning(YIELDED, "TPM_RC_YIELDED", "the TPM is busy"),
  new Meaning(0x909, "TPM_RC_CANCELED", "somebody has cancelled the command"),
  new Meaning(TESTING, "TPM_RC_TESTING", "the TPM is testing itself"),
  new Meaning(0x920, "TPM_RC_NV_RATE", "the TPM protects its memory from wear: try later"),
  new Meaning(
    LOCKOUT,
    "TPM_RC_LOCKOUT",
    "too many wrong PINs: wait, or reset it with: tpm2_dictionarylockout --clear-lockout",
  ),
  new Meaning(RETRY, "TPM_RC_RETRY", "the TPM is busy"),
  new Meaning(0x923, "TPM_RC_NV_UNAVAILABLE", "the TPM's memory can't be written now"),
  new Meaning(0x081, "TPM_RC_ASYMMETRIC", "this TPM does not have the algorithm"),
  new Meaning(0x082, "TPM_RC_ATTRIBUTES", "the object does not allow this"),
  new Meaning(HASH, "TPM_RC_HASH", "this TPM does not have the hash"),
  new Meaning(VALUE, "TPM_RC_VALUE", "a value is out of range, or this TPM does not support it"),
  new Meaning(HIERARCHY, "TPM_RC_HIERARCHY", "the hierarchy is turned off, or isn't the right one"),
  new Meaning(0x087, "TPM_RC_KEY_SIZE", "this TPM does not have keys of that size"),
  new Meaning(0x08a, "TPM_RC_TYPE", "the key is of the wrong type"),
  new Meaning(HANDLE, "TPM_RC_HANDLE", "there is nothing at that handle"),
  new Meaning(AUTH_FAIL, "TPM_RC_AUTH_FAIL", "wrong PIN or password"),
  new Meaning(SCHEME, "TPM_RC_SCHEME", "the key or the TPM does not do this kind of signature"),
  new Meaning(0x095, "TPM_RC_SIZE", "a value has the wrong size"),
  new Meaning(0x09a, "TPM_RC_INSUFFICIENT", "a value is cut short"),
  new Meaning(
    POLICY_FAIL,
    "TPM_RC_POLICY_FAIL",
    "the key's policy is not met: the machine's state (PCRs) is not the one that it is bound to",
  ),
  new Meaning(
    INTEGRITY,
    "TPM_RC_INTEGRITY",
    "it was made under another parent: by another TPM, or before this one was cleared",
  ),
  new Meaning(TICKET, "TPM_RC_TICKET", "a ticket isn't this TPM's, or from before a restart"),
  new Meaning(BAD_AUTH, "TPM_RC_BAD_AUTH", "wrong PIN or password"),
  new Meaning(CURVE, "TPM_RC_CURVE", "this TPM does not have the curve"),
  new Meaning(0x0a7, "TPM_RC_ECC_POINT", "a point isn't on its curve"),
  new Meaning(0x0a4, "TPM_RC_PP", "somebody has to be present at the machine"),
];

/** E.g. "TPM_RC_VALUE, parameter 2: a value is out of range (0x2c4)". */
export function describe(code: u32): string {
  const kind = kindOf(code);
  let name = "";
  let advice = "";
  for (let i = 0; i < meanings.length && name.length == 0; i++) {
    if (meanings[i].code != kind) continue;
    name = meanings[i].name;
    advice = meanings[i].advice;
  }
  if (name.length == 0) name = "the TPM refuses";
  if (kind != code) name += position(code);
  if (advice.length > 0) name += ": " + advice;
  return code > 0xffff ? name : name + " (0x" + digits(code) + ")";
}

/** In hexadecimal digits, without leading zeros. */
function digits(code: u32): string {
  const bytes = new Uint8Array(4);
  putUint32(bytes, 0, code);
  let text = toHex(bytes);
  while (text.startsWith("0")) text = text.substring(1);
  return text;
}

/** Which part of the command a format-one code is about (Part 2, 6.6.2). */
function position(code: u32): string {
  const number = (code >>> 8) & 15;
  if ((code & 0x40) != 0) return `, parameter ${number}`;
  if (number >= 8) return `, session ${number - 8}`;
  return number > 0 ? `, handle ${number}` : "";
}
