/** Who builds images. */
import { printable } from "../../core/bytes/text.ts";
import { CommandLine, Option } from "../options.ts";

export const MKINITCPIO: string = "mkinitcpio";
export const DRACUT: string = "dracut";
export const INITRAMFS_TOOLS: string = "initramfs-tools";

export function builderOption(): Option {
  return new Option("", "for", "BUILDER", "what the image is built by: mkinitcpio, dracut or initramfs-tools");
}

/** The value of the option that is current on a command line; complained of there if it is none of them. */
export function builderOn(line: CommandLine): string {
  const builder = printable(line.value);
  const isKnown: bool = builder == MKINITCPIO || builder == DRACUT || builder == INITRAMFS_TOOLS;
  if (!isKnown) line.expected("mkinitcpio, dracut or initramfs-tools");
  return builder;
}
