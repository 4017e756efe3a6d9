/** The environment for a program that is started: our own, but for some variables. */
import { concat } from "../core/bytes/bytes.ts";
import { ascii, startsWithText } from "../core/bytes/text.ts";
import { environment } from "../linux/arguments.ts";

/** Our environment with `names` set to `values`; where that is null, not set at all. */
export function changedEnvironment(names: string[], values: (Uint8Array | null)[]): Uint8Array[] {
  const changed = new Array<Uint8Array>();
  const own = environment();
  for (let i = 0; i < own.length; i++) {
    let kept = true;
    for (let k = 0; k < names.length; k++) {
      if (startsWithText(own[i], names[k] + "=")) kept = false;
    }
    if (kept) changed.push(own[i]);
  }
  for (let k = 0; k < names.length; k++) {
    const value = values[k];
    if (value != null) changed.push(concat(ascii(names[k] + "="), value));
  }
  return changed;
}
