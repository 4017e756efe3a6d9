/** What the TPM is, and what can be done with it: for people, and for whoever asks what is wrong. */
import { toHex } from "../../core/bytes/hex.ts";
import { printable } from "../../core/bytes/text.ts";
import {
  ENDORSEMENT_AUTH_SET,
  hasAlgorithm,
  hasCurve,
  IN_LOCKOUT,
  LOCKOUT_AUTH_SET,
  OWNER_AUTH_SET,
  PT_FAMILY,
  PT_FIRMWARE,
  PT_LOCKOUT_COUNTER,
  PT_MANUFACTURER,
  PT_PERMANENT,
  PT_REVISION,
  PT_VENDOR,
  readHandles,
  readProperties,
} from "../../core/tpm/capability.ts";
import { TestRsaParameters } from "../../core/tpm/command/machine.ts";
import { ReadPublic } from "../../core/tpm/command/object.ts";
import {
  ALG_SHA256,
  ALG_SHA384,
  ALG_SHA512,
  HANDLES_LOADED_SESSION,
  HANDLES_PERSISTENT,
  HANDLES_TRANSIENT,
  SRK_HANDLE,
} from "../../core/tpm/constants.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import { NO_ANSWER, SUCCESS } from "../../core/tpm/response-code.ts";
import { eccSigner } from "../../core/tpm/templates.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { isLikeStorageRoot } from "../../core/tpm/workspace.ts";
import { log } from "../log.ts";
import { print } from "../print.ts";
import { handleName } from "../tpm/handle-names.ts";
import { KeyHolder } from "../tpm/key-holder.ts";

const ECC_BITS: u32[] = [256, 384, 521];
const RSA_BITS: u32[] = [2048, 3072, 4096];

/** Prints the sizes that keys can have. */
export function showSupported(holder: KeyHolder): i32 {
  if (!holder.ready()) return log.fatal(holder.describe(NO_ANSWER));
  return print(supported(holder.workspace.tpm));
}

function supported(tpm: Tpm): string {
  let text = "ecdsa bit lengths:";
  for (let i = 0; i < ECC_BITS.length; i++) {
    if (hasCurve(tpm, eccSigner(ECC_BITS[i]).curve)) text += ` ${ECC_BITS[i]}`;
  }
  text += "\nrsa bit lengths:";
  for (let i = 0; i < RSA_BITS.length; i++) {
    if (tpm.run(new TestRsaParameters(RSA_BITS[i])) == SUCCESS) text += ` ${RSA_BITS[i]}`;
  }
  return text + "\n";
}

export function showStatus(holder: KeyHolder): i32 {
  if (!holder.ready()) return log.fatal(holder.describe(NO_ANSWER));
  const tpm = holder.workspace.tpm;
  const fixed = readProperties(tpm, PT_FAMILY, 16);
  if (fixed.length == 0) return log.fatal("the TPM does not say what it is: " + holder.describe(NO_ANSWER));
  let text = "TPM: " + words(fixed, PT_FAMILY, 1) + ` revision ${hundredths(fixed[PT_REVISION - PT_FAMILY])}`;
  text += ", " + words(fixed, PT_MANUFACTURER, 1) + " " + words(fixed, PT_VENDOR, 4);
  text += ", firmware " + firmware(fixed) + "\n";
  text += supported(tpm) + "hashes:" + hash(tpm, ALG_SHA256, "sha256");
  text += hash(tpm, ALG_SHA384, "sha384") + hash(tpm, ALG_SHA512, "sha512") + "\n";
  text += passwords(tpm) + lockout(tpm) + storageRootKey(holder) + inUse(tpm);
  return print(text + access(holder));
}

/** Text that properties hold, four characters each. */
function words(properties: u32[], first: u32, count: i32): string {
  const text = new Uint8Array(4 * count);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const word = properties[((first - PT_FAMILY) as i32) + i];
    for (let shift = 24; shift >= 0; shift -= 8) {
      const character = (word >>> shift) & 255;
      if (character == 0) continue;
      text[length] = character as u8;
      length++;
    }
  }
  return printable(text.subarray(0, length)).trim();
}

/** 138 is 1.38. */
function hundredths(value: u32): string {
  const rest = value % 100;
  return `${(value - rest) / 100}.` + (rest < 10 ? "0" : "") + `${rest}`;
}

/** Four numbers of 16 bits. */
function firmware(properties: u32[]): string {
  const first = properties[PT_FIRMWARE - PT_FAMILY];
  const second = properties[PT_FIRMWARE - PT_FAMILY + 1];
  return `${first >>> 16}.${first & 0xffff}.${second >>> 16}.${second & 0xffff}`;
}

function hash(tpm: Tpm, algorithm: u32, name: string): string {
  return hasAlgorithm(tpm, algorithm) ? " " + name : "";
}

function passwords(tpm: Tpm): string {
  const values = readProperties(tpm, PT_PERMANENT, 1);
  const bits = values.length == 0 ? 0 : values[0];
  let text = "";
  if ((bits & OWNER_AUTH_SET) != 0) text += " owner";
  if ((bits & ENDORSEMENT_AUTH_SET) != 0) text += " endorsement";
  if ((bits & LOCKOUT_AUTH_SET) != 0) text += " lockout";
  const passwords = "passwords:" + (text.length > 0 ? text : " none is set") + "\n";
  return (bits & IN_LOCKOUT) == 0
    ? passwords
    : passwords + "LOCKED OUT: too many wrong PINs; no key that has one can be used now\n";
}

/** The counter, its limit, and the seconds in which a wrong PIN is forgotten, and a lockout of the lockout. */
function lockout(tpm: Tpm): string {
  const values = readProperties(tpm, PT_LOCKOUT_COUNTER, 4);
  if (values.length < 4) return "";
  return (
    `wrong PINs: ${values[0]} of ${values[1]} allowed, one is forgotten every ${values[2]} seconds; ` +
    `a wrong lockout password after ${values[3]}\n`
  );
}

function storageRootKey(holder: KeyHolder): string {
  const command = new ReadPublic(SRK_HANDLE);
  const title = "storage root key: ";
  if (holder.workspace.tpm.run(command) != SUCCESS)
    return title + "none is kept at 0x81000001; it is made when it is needed\n";
  const area = PublicArea.decode(command.publicArea);
  if (area == null || !isLikeStorageRoot(area))
    return title + "0x81000001 is of another template, so it is made when it is needed\n";
  return title + "0x81000001, name " + toHex(command.name) + "\n";
}

function inUse(tpm: Tpm): string {
  const persistent = readHandles(tpm, HANDLES_PERSISTENT);
  let text = "persistent keys:" + (persistent.length == 0 ? " none" : "");
  for (let i = 0; i < persistent.length; i++) text += " " + handleName(persistent[i]);
  const objects = readHandles(tpm, HANDLES_TRANSIENT).length;
  return text + `\nloaded: ${objects} objects, ${readHandles(tpm, HANDLES_LOADED_SESSION).length} sessions\n`;
}

function access(holder: KeyHolder): string {
  return holder.link.device.isManaged
    ? "access: by the kernel's resource manager\n"
    : "access: by this program alone, while it runs\n";
}
