/**
 * The root device that a kernel command line names, as systemd's fstab-generator understands it: bootparam(7),
 * systemd-fstab-generator(8).
 *
 * systemd waits 90 seconds for it, and then stops the boot: nobody has typed a passphrase by then. Only for
 * `/dev/mapper/NAME` its cryptsetup-generator says that the wait has no end, and dracut says so for all.
 */
import { concat, EMPTY } from "../bytes/bytes.ts";
import { ascii, holdsText, isText, startsWithText } from "../bytes/text.ts";
import { Writer } from "../wire/writer.ts";
import { escapeOf, isAlphanumeric, unitNameOf } from "./unit-text.ts";

const BLANK: u8 = 32;
const DOUBLE_QUOTE: u8 = 34;
const SINGLE_QUOTE: u8 = 39;
const EQUALS: u8 = 61;

/** Tags that stand for devices, and where udev has these. */
const TAGS: string[] = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="];
const FOLDERS: string[] = ["by-uuid/", "by-label/", "by-partuuid/", "by-partlabel/"];
/** What udev leaves as it is in the name of a link, beside letters and digits. */
const HARMLESS: string = "#+-.:=@_";

/** The option by which somebody has said how long to wait. */
const TIMEOUT_OPTION: string = "x-systemd.device-timeout=";

export class RootDevice {
  /** What `root=` says; EMPTY if there is none. */
  root: Uint8Array = EMPTY;
  /** Somebody has said how long to wait. */
  hasTimeout: bool = false;

  /** `commandLine`: as in /proc/cmdline. Of several `root=` the last one counts. */
  static of(commandLine: Uint8Array): RootDevice {
    const device = new RootDevice();
    let at = 0;
    while (at < commandLine.length) {
      while (at < commandLine.length && isGap(commandLine[at])) at++;
      const start = at;
      let quoted = false;
      while (at < commandLine.length && (quoted || !isGap(commandLine[at]))) {
        if (commandLine[at] == DOUBLE_QUOTE) quoted = !quoted;
        at++;
      }
      device.read(withoutQuotes(commandLine.subarray(start, at)));
    }
    return device;
  }

  private read(word: Uint8Array): void {
    const value = word.subarray(word.indexOf(EQUALS) + 1);
    if (startsWithText(word, "root=")) this.root = value;
    else if (startsWithText(word, "rootflags=") && holdsText(value, TIMEOUT_OPTION)) this.hasTimeout = true;
  }

  /** The device for which systemd would not wait as long as it takes; EMPTY if there is none. */
  impatient(): Uint8Array {
    if (this.hasTimeout) return EMPTY;
    for (let i = 0; i < TAGS.length; i++) {
      if (!startsWithText(this.root, TAGS[i])) continue;
      const value = unquoted(this.root.subarray(TAGS[i].length));
      return value.length == 0 ? EMPTY : concat(ascii("/dev/disk/" + FOLDERS[i]), encoded(value));
    }
    const isDevice: bool = startsWithText(this.root, "/dev/") && !startsWithText(this.root, "/dev/mapper/");
    return isDevice && this.root.length > 5 && !isText(this.root, "/dev/nfs") ? this.root : EMPTY;
  }
}

/** The device unit that stands for `path`, which is absolute. */
export function deviceUnit(path: Uint8Array): Uint8Array {
  return concat(unitNameOf(path), ascii(".device"));
}

function isGap(byte: u8): bool {
  return byte <= BLANK;
}

function withoutQuotes(word: Uint8Array): Uint8Array {
  const w = new Writer(word.length);
  for (let i = 0; i < word.length; i++) if (word[i] != DOUBLE_QUOTE) w.byte(word[i]);
  return w.written();
}

/** fstab(5) lets the values of tags be quoted. */
function unquoted(value: Uint8Array): Uint8Array {
  const last = value.length - 1;
  return last > 0 && value[0] == SINGLE_QUOTE && value[last] == SINGLE_QUOTE ? value.subarray(1, last) : value;
}

/** A tag's value as in the name of udev's link; what isn't ASCII is taken to be UTF-8, which stays. */
function encoded(value: Uint8Array): Uint8Array {
  const w = new Writer(value.length * 2);
  for (let i = 0; i < value.length; i++) {
    const byte = value[i];
    if (byte >= 128 || isAlphanumeric(byte) || HARMLESS.includes(String.fromCharCode(byte))) w.byte(byte);
    else w.raw(escapeOf(value, i));
  }
  return w.written();
}
