/**
 * The metadata of LUKS version 2: JSON ("LUKS2 On-Disk Format Specification" 1.1.2, section 3), as far as the limits of
 * luks-limits.ts concern it.
 *
 * On purpose: no offsets are checked, and nothing else on which cryptsetup fails by itself; disks on which encryption is
 * being put on or taken off are refused, since part of them isn't encrypted.
 */
import { decimalWithin, isText, printable } from "../bytes/text.ts";
import { JSON_OBJECT, JSON_STRING, JsonValue, parseJson } from "../json/json.ts";
import { argonFault, cipherFault, iterationsFault, keyBytesFault } from "./luks-limits.ts";

/** LUKS2_KEYSLOTS_MAX of cryptsetup. */
const MOST_KEY_SLOTS: i32 = 32;

/** What a reader of the header must know (config.requirements.mandatory), and is known here. */
const REQUIREMENTS: string[] = [
  "online-reencrypt",
  "online-reencrypt-v2",
  "online-reencrypt-v3",
  "online-reencrypt-v4",
  "inline-hw-tags",
];

/** What is wrong with the metadata; empty if nothing is. */
export function metadataFault(text: Uint8Array): string {
  const metadata = parseJson(text);
  if (metadata == null || metadata.kind != JSON_OBJECT) return "its metadata are no strict JSON";
  let fault = requirementsFault(metadata);
  if (fault.length == 0) fault = keySlotsFault(metadata.list("keyslots"), tokenSlots(metadata.list("tokens")));
  if (fault.length == 0) fault = segmentsFault(metadata.list("segments"));
  const digests = metadata.list("digests");
  for (let i = 0; i < digests.length && fault.length == 0; i++) fault = digestFault(digests[i]);
  return fault;
}

function requirementsFault(metadata: JsonValue): string {
  const config = metadata.member("config");
  if (config == null) return "its metadata have no config";
  const requirements = config.member("requirements");
  if (requirements == null) return "";
  const mandatory = requirements.list("mandatory");
  for (let i = 0; i < mandatory.length; i++) {
    const known = mandatory[i].kind == JSON_STRING && isOneOf(mandatory[i].text, REQUIREMENTS);
    if (!known) return "it has a requirement that isn't known: " + printable(mandatory[i].text.subarray(0, 64));
  }
  return "";
}

/** A bit for each key slot that a token names: its key is random, so that its derivation may cost little. */
function tokenSlots(tokens: JsonValue[]): u32 {
  let slots: u32 = 0;
  for (let i = 0; i < tokens.length; i++) {
    const names = tokens[i].list("keyslots");
    for (let j = 0; j < names.length; j++) slots |= slotBit(names[j].text);
  }
  return slots;
}

function slotBit(name: Uint8Array): u32 {
  const number = decimalWithin(name, 0, name.length);
  return number < 0 || number >= MOST_KEY_SLOTS ? 0 : (((1 << number) >>> 0) as u32);
}

function keySlotsFault(slots: JsonValue[], ofTokens: u32): string {
  let passable = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    const type = slot.string("type");
    if (isText(type, "reencrypt")) continue; // where an interrupted reencryption stands; nothing that opens
    let fault = "it is of an unknown type, " + printable(type.subarray(0, 64));
    if (isText(type, "luks2")) fault = keySlotFault(slot, (slotBit(slot.name) & ofTokens) == 0);
    if (fault.length > 0) return "key slot " + printable(slot.name) + ": " + fault;
    passable++;
  }
  return passable == 0 ? "it has no key slot" : "";
}

function keySlotFault(slot: JsonValue, passphrase: bool): string {
  let fault = keyBytesFault(slot.number("key_size"));
  const area = slot.member("area");
  const kdf = slot.member("kdf");
  if (area == null || kdf == null) return "it is incomplete";
  if (fault.length == 0) fault = cipherFault(area.string("encryption"));
  if (fault.length == 0) fault = keyBytesFault(area.number("key_size"));
  if (fault.length > 0) return fault;
  const type = kdf.string("type");
  if (isText(type, "pbkdf2")) return iterationsFault(kdf.number("iterations"), passphrase);
  if (isText(type, "argon2i") || isText(type, "argon2id")) return argonFault(kdf.number("memory"), kdf.number("time"));
  return "its key derivation isn't known: " + printable(type.subarray(0, 64));
}

function segmentsFault(segments: JsonValue[]): string {
  if (segments.length == 0) return "it has no encrypted segment";
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (!isText(segment.string("type"), "crypt")) return "part of it is not encrypted";
    const fault = cipherFault(segment.string("encryption"));
    if (fault.length > 0) return fault;
  }
  return "";
}

function digestFault(digest: JsonValue): string {
  if (!isText(digest.string("type"), "pbkdf2")) return "its digest is of an unknown type";
  return iterationsFault(digest.number("iterations"), false);
}

function isOneOf(text: Uint8Array, known: string[]): bool {
  for (let i = 0; i < known.length; i++) {
    if (isText(text, known[i])) return true;
  }
  return false;
}
