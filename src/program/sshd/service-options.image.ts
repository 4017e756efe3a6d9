/** None of them is known in an initramfs. */
import { CommandLine, Option } from "../options.ts";
import { SshdOptions } from "./options.ts";

export function addServiceOptions(_options: Option[]): void {}

export function readServiceOption(_line: CommandLine, _options: SshdOptions): bool {
  return false;
}
