/**
 * Name-lists, RFC 4251 section 5: names separated by commas. They stay bytes as on the wire; names are looked up in place.
 */
import { isText } from "../bytes/text.ts";

/** Goes through the names of a list, in order. */
export class NameList {
  private list: Uint8Array;
  private at: i32 = 0;
  /** The name that `next` found: a view of the list. */
  name: Uint8Array;

  constructor(list: Uint8Array) {
    this.list = list;
    this.name = list.subarray(0, 0);
  }

  /** True if there was one more name, an empty one included: an empty list has none. */
  next(): bool {
    const list = this.list;
    const start = this.at;
    if (start > list.length || list.length == 0) return false;
    let end = start;
    while (end < list.length && list[end] != 44) end++;
    this.name = list.subarray(start, end);
    this.at = end + 1;
    return true;
  }
}

/** True if the list holds `name` as a whole name. */
export function holdsName(list: Uint8Array, name: string): bool {
  const names = new NameList(list);
  while (names.next()) {
    if (isText(names.name, name)) return true;
  }
  return false;
}

/** Index in `names` of the first name of `list` that is there at all, or -1: `list` has the say in the order. */
export function firstCommon(list: Uint8Array, names: string[]): i32 {
  const wanted = new NameList(list);
  while (wanted.next()) {
    for (let i = 0; i < names.length; i++) {
      if (isText(wanted.name, names[i])) return i;
    }
  }
  return -1;
}

/** True if the first name of `list` is `name`. */
export function startsWithName(list: Uint8Array, name: string): bool {
  const names = new NameList(list);
  return names.next() && isText(names.name, name);
}
