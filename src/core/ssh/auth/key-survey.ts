/**
 * What of an authorized_keys file can let anybody in: told ahead of any attempt to log in, for who builds an image that
 * this file is the only way into. What authorized-keys.ts does with a line there is what is told of it here; the types of
 * keys are those that the server of an image takes.
 */
import { excerpt } from "../../bytes/text.ts";
import { KeyLines, optionsEnd, skipBlanks } from "../key/key-lines.ts";
import { parsePublicKey } from "../key/key-types.image.ts";
import { Reader } from "../../wire/reader.ts";
import { parseKeyOptions } from "./key-options.ts";

/** Lines of which is said why they let nobody in. */
const REFUSALS_LIMIT: i32 = 64;

export class KeySurvey {
  /** Keys, and authorities, by which somebody may log in. */
  usable: i32 = 0;
  /** Why lines let nobody in: those that hold a key of whatever kind, and those that hold none. */
  refusals: string[] = new Array<string>();

  /** `time`: seconds since 1970, for keys that have expired. */
  constructor(file: Uint8Array, time: f64) {
    const lines = new KeyLines(file);
    while (lines.next()) {
      const refusal = refusalOf(lines.line, time);
      if (refusal.length == 0) this.usable++;
      else this.refuse(lines.number, refusal);
    }
    if (lines.failed) this.refuse(lines.number, "too long: nothing from here on counts");
  }

  private refuse(line: i32, why: string): void {
    if (this.refusals.length < REFUSALS_LIMIT) this.refusals.push(`line ${line}: ` + why);
  }
}

function refusalOf(line: Uint8Array, time: f64): string {
  let start = 0;
  let blob = blobAt(line, 0);
  if (blob == null) {
    start = optionsEnd(line);
    blob = blobAt(line, skipBlanks(line, start));
  }
  if (blob == null) return "no key, or one that is damaged";
  if (parsePublicKey(blob) == null)
    return "a key of type " + excerpt(new Reader(blob).string()) + ", which is not taken";
  const options = parseKeyOptions(line.subarray(0, start));
  if (options.error.length > 0) return options.error;
  if (options.principals != null && !options.isAuthority) return "principals= without cert-authority";
  return time > options.expiry ? "expired" : "";
}

/** The key at `at`, as on the wire. */
function blobAt(line: Uint8Array, at: i32): Uint8Array | null {
  const lines = new KeyLines(line.subarray(at));
  return lines.next() ? lines.blob() : null;
}
