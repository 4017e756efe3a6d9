/**
 * systemd's emergency mode in an initramfs. It is where a boot ends whose root device took longer than 90 seconds to
 * appear, as it does if its passphrase comes late. Disks can still be opened there, but nothing goes on by itself.
 */
import { concat, EMPTY } from "../../core/bytes/bytes.ts";
import { ascii, startsWithText } from "../../core/bytes/text.ts";
import { outputOf } from "../../linux/command-output.ts";
import { readFile } from "../../linux/file.ts";
import { programPath } from "../../linux/program-path.ts";
import { Root } from "./root.ts";

/** COMMAND_LINE_SIZE of Linux. */
const COMMAND_LINE_LIMIT: i32 = 4096;
const OUTPUT_LIMIT: i32 = 4096;
const MILLISECONDS: f64 = 10000;

/** What `root=` names, and the folders of udev's links to what they are. */
const PREFIXES: string[] = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "/dev/"];
const FOLDERS: string[] = [
  "/dev/disk/by-uuid/",
  "/dev/disk/by-label/",
  "/dev/disk/by-partuuid/",
  "/dev/disk/by-partlabel/",
  "/dev/",
];

/** True if the boot has stopped. */
export function isEmergency(root: Root): bool {
  if (!root.has(ascii("/etc/initrd-release")) || !root.has(ascii("/run/systemd/system"))) return false;
  return systemctl(["is-active", "emergency.target"]);
}

/** Has the boot go on. False if systemd doesn't want to. */
export function resumeBoot(): bool {
  return systemctl(["start", "--no-block", "initrd.target"]);
}

function systemctl(words: string[]): bool {
  const line = [programPath(ascii("systemctl"))];
  for (let i = 0; i < words.length; i++) line.push(ascii(words[i]));
  return line[0].length > 0 && outputOf(line, OUTPUT_LIMIT, MILLISECONDS) != null;
}

/** True if the root device is there, or nobody knows which that is. */
export function isRootThere(root: Root): bool {
  const line = readFile(root.to("/proc/cmdline"), COMMAND_LINE_LIMIT).bytes;
  const device = rootDevice(line);
  return device.length == 0 || root.has(device);
}

/** The path of the root device that the kernel's command line names; EMPTY if it names none that udev has a link for. */
function rootDevice(line: Uint8Array): Uint8Array {
  let device = EMPTY;
  let start = 0;
  for (let at = 0; at <= line.length; at++) {
    if (at < line.length && line[at] > 32) continue;
    const word = line.subarray(start, at);
    if (startsWithText(word, "root=")) device = linkOf(word.subarray(5));
    start = at + 1;
  }
  return device;
}

function linkOf(name: Uint8Array): Uint8Array {
  for (let i = 0; i < PREFIXES.length; i++) {
    if (startsWithText(name, PREFIXES[i])) return concat(ascii(FOLDERS[i]), name.subarray(PREFIXES[i].length));
  }
  return EMPTY;
}
