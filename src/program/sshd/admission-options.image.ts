/** Limits of a listener in an initramfs, which nobody chooses. */
import { CommandLine, Option } from "../options.ts";

/** Connections at once. */
export const CONNECTIONS_LIMIT: i32 = 1024;

export class AdmissionOptions {
  startups: i32 = 100;
  startupsPerSource: i32 = 0;

  static addTo(_options: Option[]): void {}

  read(_line: CommandLine): void {}
}
