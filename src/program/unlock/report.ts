/** What `postern unlock` says of disks: a line for a person, or JSON for a program. */
import { printable } from "../../core/bytes/text.ts";
import { jsonMember } from "../log.ts";
import { Disk, FAILED, GIVEN_UP, OPEN, REFUSED, STATES, TIMED_OUT, WRONG } from "./disk.ts";

/** A line of the list. */
export function listLine(disk: Disk): string {
  let line = printable(disk.name) + "  " + printable(disk.device) + "  asked for by " + disk.asker;
  if (disk.again) line += ", an answer was wrong";
  if (disk.state == REFUSED) line += "\n  will not be answered: " + disk.reason;
  return line + "\n";
}

/** A line on what has become of a disk. */
export function outcomeLine(disk: Disk): string {
  let text = "";
  if (disk.state == OPEN) text = "open";
  else if (disk.state == WRONG) text = "wrong passphrase";
  else if (disk.state == GIVEN_UP) text = "wrong passphrase, or it can't be opened: " + disk.reason;
  else if (disk.state == REFUSED) text = "not answered: " + disk.reason;
  else if (disk.state == FAILED) text = disk.reason;
  else if (disk.state == TIMED_OUT) text = "nothing came of it in time";
  return printable(disk.name) + ": " + text + "\n";
}

/** All disks as a JSON array, a line each. */
export function jsonOf(disks: Disk[]): string {
  let text = "[";
  for (let i = 0; i < disks.length; i++) {
    const disk = disks[i];
    text += (i == 0 ? "\n{" : ",\n{") + jsonMember("disk", printable(disk.name));
    text += "," + jsonMember("device", printable(disk.device)) + "," + jsonMember("asker", disk.asker);
    text += "," + jsonMember("state", STATES[disk.state]) + "," + jsonMember("reason", disk.reason);
    text += ',"again":' + (disk.again ? "true" : "false") + "}";
  }
  return text + (disks.length == 0 ? "]\n" : "\n]\n");
}
