/**
 * The line that stands for a file in a listing, as `ls -l` prints it: draft-ietf-secsh-filexfer-02 section 7 wants it
 * for people. Times are UTC: the server knows no time zone.
 */
import { concat } from "../../bytes/bytes.ts";
import { ascii, printable } from "../../bytes/text.ts";
import { timestamp } from "../../timestamp.ts";
import { FileSystem } from "./file-system.ts";
import { Attributes } from "./message/attributes.ts";

/** Letters for the types of files by the upper four bits of their mode: FIFO, device, folder, ... (inode(7)). */
const TYPES: string = "?pc?d?b?-?l?s???";
const MONTHS: string = "JanFebMarAprMayJunJulAugSepOctNovDec";

const SECONDS_PER_DAY: u32 = 86400;
/** Up to this age, in seconds, a file is shown with the time of day; beyond with the year: half a year. */
const RECENT: f64 = 15768000;

/** `drwxr-sr-x` */
function modeText(mode: u32): string {
  let text = TYPES.charAt(((mode >>> 12) & 15) as i32);
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = (mode >>> shift) & 7;
    const special = ((mode >>> (9 + shift / 3)) & 1) != 0;
    text += (bits & 4) != 0 ? "r" : "-";
    text += (bits & 2) != 0 ? "w" : "-";
    if (!special) text += (bits & 1) != 0 ? "x" : "-";
    else if (shift == 0) text += (bits & 1) != 0 ? "t" : "T";
    else text += (bits & 1) != 0 ? "s" : "S";
  }
  return text;
}

/** `Nov  2 23:59`, or `Nov  2  2024` */
function dateText(seconds: u32, now: f64): string {
  const time = seconds % SECONDS_PER_DAY;
  const day = (seconds - time) / SECONDS_PER_DAY;
  const text = timestamp(day as i32, time as i32, 0); // 2024-11-02T23:59:00.000Z
  const month = (text.charCodeAt(5) - 48) * 10 + text.charCodeAt(6) - 48;
  const dayOfMonth = text.charCodeAt(8) == 48 ? " " + text.substring(9, 10) : text.substring(8, 10);
  const age = now - (seconds as f64);
  const rest = age >= 0 && age < RECENT ? text.substring(11, 16) : " " + text.substring(0, 4);
  return MONTHS.substring(month * 3 - 3, month * 3) + " " + dayOfMonth + " " + rest;
}

/** An owner's name, or else the number, in a column. */
function ownerText(name: Uint8Array, id: u32): string {
  return (name.length > 0 ? printable(name) : `${id}`).padEnd(8, " ");
}

/** The line for the file `name`. */
export function longName(files: FileSystem, name: Uint8Array, attributes: Attributes, now: f64): Uint8Array {
  const links = `${attributes.links}`.padStart(3, " ");
  const user = ownerText(files.userName(attributes.user), attributes.user);
  const group = ownerText(files.groupName(attributes.group), attributes.group);
  const size = attributes.size.text().padStart(8, " ");
  const mode = modeText(attributes.permissions);
  const date = dateText(attributes.modified, now);
  return concat(ascii(`${mode}  ${links} ${user} ${group} ${size} ${date} `), name);
}
