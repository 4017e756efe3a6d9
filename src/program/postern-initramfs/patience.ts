/**
 * What kernel command lines say: which root devices systemd would not wait for until somebody has typed a passphrase
 * (root-device.ts), and whether there is an address.
 */
import { holdsText, printable, startsWithText } from "../../core/bytes/text.ts";
import { deviceUnit, RootDevice } from "../../core/initramfs/root-device.ts";
import { readFile } from "../../linux/file.ts";
import { Root } from "../unlock/root.ts";

export const COMMAND_LINE_LIMIT: i32 = 65536;

/** Where the kernel's command line is, if nobody says it. */
const USUAL: string[] = ["/etc/kernel/cmdline", "/proc/cmdline"];

export class Patience {
  /** The units of those devices, none of them twice. */
  units: string[] = new Array<string>();
  /** A command line has named some root device. */
  isNamed: bool = false;
  /** A command line has `ip=`, by which initramfs-tools, dracut and systemd have addresses. */
  asksForAddress: bool = false;

  /** `commandLines`: files; none: those of the system. */
  static ofFiles(commandLines: Uint8Array[], root: Root): Patience {
    const patience = new Patience();
    for (let i = 0; i < commandLines.length; i++) patience.read(commandLines[i]);
    for (let i = 0; commandLines.length == 0 && i < USUAL.length; i++) patience.read(root.to(USUAL[i]));
    return patience;
  }

  private read(path: Uint8Array): void {
    this.add(readFile(path, COMMAND_LINE_LIMIT).bytes);
  }

  /** One more command line. */
  add(line: Uint8Array): void {
    const device = RootDevice.of(line);
    if (asksForAddress(line)) this.asksForAddress = true;
    if (device.root.length > 0) this.isNamed = true;
    const impatient = device.impatient();
    if (impatient.length == 0) return;
    const unit = printable(deviceUnit(impatient));
    if (!this.units.includes(unit)) this.units.push(unit);
  }
}

/** True for a kernel command line, or lines of it, with `ip=`. */
export function asksForAddress(line: Uint8Array): bool {
  return startsWithText(line, "ip=") || holdsText(line, " ip=") || holdsText(line, "\nip=");
}
