/**
 * Name-lists, RFC 4251 section 5: names separated by commas. They stay bytes as on the wire; names are looked up in place.
 */
import { isTextWithin } from "../bytes/text.ts";

const COMMA: u8 = 44;

/** Goes through the names of a list, in order. A hostile list has thousands: none is made an object. */
class Names {
  private list: Uint8Array;
  /** Where the name that `next` found begins, and ends. */
  private start: i32 = 0;
  private end: i32 = -1;

  constructor(list: Uint8Array) {
    this.list = list;
  }

  /** True if there was one more name, an empty one included: an empty list has none. */
  next(): bool {
    const list = this.list;
    if (this.end == list.length || list.length == 0) return false;
    this.start = this.end + 1;
    const comma = list.indexOf(COMMA, this.start);
    this.end = comma < 0 ? list.length : comma;
    return true;
  }

  is(name: string): bool {
    return isTextWithin(this.list, this.start, this.end, name);
  }
}

/** True if the list holds `name` as a whole name. */
export function holdsName(list: Uint8Array, name: string): bool {
  const names = new Names(list);
  while (names.next()) {
    if (names.is(name)) return true;
  }
  return false;
}

/** Index in `names` of the first name of `list` that is there at all, or -1: `list` has the say in the order. */
export function firstCommon(list: Uint8Array, names: string[]): i32 {
  const wanted = new Names(list);
  while (wanted.next()) {
    for (let i = 0; i < names.length; i++) {
      if (wanted.is(names[i])) return i;
    }
  }
  return -1;
}

/** True if the first name of `list` is `name`. */
export function startsWithName(list: Uint8Array, name: string): bool {
  const names = new Names(list);
  return names.next() && names.is(name);
}
