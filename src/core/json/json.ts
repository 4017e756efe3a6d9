/**
 * JSON (RFC 8259), as strict as it can be read: for metadata that a stranger may have written and another program is
 * going to read as well, so that whatever the two could take differently is refused.
 *
 * On purpose: names with escapes are refused, and so is a name that an object has twice; strings stay as they are
 * written, so that one with an escape equals nothing that it is compared with; numbers are whole ones.
 */
import { EMPTY, equal } from "../bytes/bytes.ts";
import { decimalWithin, isText } from "../bytes/text.ts";

export const JSON_OBJECT: i32 = 1;
export const JSON_ARRAY: i32 = 2;
export const JSON_STRING: i32 = 3;
/** A number, true, false or null. */
export const JSON_WORD: i32 = 4;

/** Arrays and objects within each other: json-c, which cryptsetup uses, takes 32. */
const MOST_LEVELS: i32 = 16;
/** Values in all. The metadata of 32 key slots have some 700, and as many tokens fewer. */
const MOST_VALUES: i32 = 2048;
/** Bytes of a name: each is compared with all before it. */
const LONGEST_NAME: i32 = 64;

/** What may stand behind a backslash; the digits of a `u` are not looked at. */
const ESCAPES: string = '"\\/bfnrtu';

const QUOTE: i32 = 34;
const COMMA: i32 = 44;
const COLON: i32 = 58;
const BACKSLASH: i32 = 92;

export class JsonValue {
  /** One of the constants above. */
  kind: i32;
  /** Of an object's member. */
  name: Uint8Array = EMPTY;
  /** What is between a string's quotes, or the letters of a word: a view. */
  text: Uint8Array = EMPTY;
  /** Of an object or an array. */
  members: JsonValue[] = new Array<JsonValue>();

  constructor(kind: i32) {
    this.kind = kind;
  }

  /** The member `name`; null if there is none, or this is no object. */
  member(name: string): JsonValue | null {
    for (let i = 0; this.kind == JSON_OBJECT && i < this.members.length; i++) {
      if (isText(this.members[i].name, name)) return this.members[i];
    }
    return null;
  }

  /** The members of the object or array `name`; none if there is no such thing. */
  list(name: string): JsonValue[] {
    const value = this.member(name);
    return value == null ? new Array<JsonValue>() : value.members;
  }

  /** The string `name`; EMPTY if there is none. */
  string(name: string): Uint8Array {
    const value = this.member(name);
    return value != null && value.kind == JSON_STRING ? value.text : EMPTY;
  }

  /** The number `name`, which is below 10^9 and not negative; -1 if there is none. */
  number(name: string): i32 {
    const value = this.member(name);
    return value != null && value.kind == JSON_WORD ? decimalWithin(value.text, 0, value.text.length) : -1;
  }
}

/** What `text` says, as a whole; null if it is not of the form above. */
export function parseJson(text: Uint8Array): JsonValue | null {
  const parser = new Parser(text);
  const value = parser.value(MOST_LEVELS);
  return parser.bad || parser.left() > 0 ? null : value;
}

class Parser {
  bad: bool = false;
  private text: Uint8Array;
  private at: i32 = 0;
  private values: i32 = 0;

  constructor(text: Uint8Array) {
    this.text = text;
  }

  /** Bytes behind the blanks that come next. */
  left(): i32 {
    this.skipBlanks();
    return this.text.length - this.at;
  }

  /** The next value, with at most `levels` of objects and arrays in it; of no meaning if the text is bad. */
  value(levels: i32): JsonValue {
    this.skipBlanks();
    this.values++;
    if (this.values > MOST_VALUES) this.bad = true;
    const first = this.peek();
    if (first == 123) return this.group(new JsonValue(JSON_OBJECT), 125, levels);
    if (first == 91) return this.group(new JsonValue(JSON_ARRAY), 93, levels);
    const value = new JsonValue(first == QUOTE ? JSON_STRING : JSON_WORD);
    value.text = first == QUOTE ? this.string() : this.word();
    return value;
  }

  private group(value: JsonValue, end: i32, levels: i32): JsonValue {
    this.at++;
    if (levels == 0) this.bad = true;
    let more: bool = !this.take(end);
    while (more && !this.bad) {
      const name = value.kind == JSON_OBJECT ? this.name(value) : EMPTY;
      if (this.bad) break;
      const member = this.value(levels - 1);
      member.name = name;
      value.members.push(member);
      more = this.take(COMMA);
      if (!more) this.need(end);
    }
    return value;
  }

  private name(object: JsonValue): Uint8Array {
    this.skipBlanks();
    const name = this.string();
    this.need(COLON);
    if (name.length > LONGEST_NAME || name.includes(BACKSLASH as u8)) this.bad = true;
    for (let i = 0; i < object.members.length && !this.bad; i++) {
      if (equal(object.members[i].name, name)) this.bad = true;
    }
    return name;
  }

  /** What is between two quotes. */
  private string(): Uint8Array {
    if (this.peek() != QUOTE) {
      this.bad = true;
      return EMPTY;
    }
    const start = ++this.at;
    let c = this.peek();
    while (c != QUOTE && !this.bad) {
      if (c < 32) this.bad = true; // the end of the text, too
      this.at++;
      if (c == BACKSLASH && !this.takeEscape()) this.bad = true;
      c = this.peek();
    }
    return this.bad ? EMPTY : this.text.subarray(start, this.at++);
  }

  private takeEscape(): bool {
    const c = this.peek();
    this.at++;
    return c > 0 && ESCAPES.includes(String.fromCharCode(c));
  }

  /** A whole number, true, false or null. */
  private word(): Uint8Array {
    const start = this.at;
    let c = this.peek();
    while (c == 45 || (c >= 48 && c <= 57) || (c >= 97 && c <= 122)) {
      this.at++;
      c = this.peek();
    }
    const word = this.text.subarray(start, this.at);
    if (!isText(word, "true") && !isText(word, "false") && !isText(word, "null") && !isNumber(word)) this.bad = true;
    return word;
  }

  private peek(): i32 {
    return this.at < this.text.length ? (this.text[this.at] as i32) : -1;
  }

  private take(c: i32): bool {
    this.skipBlanks();
    if (this.peek() != c) return false;
    this.at++;
    return true;
  }

  private need(c: i32): void {
    if (!this.take(c)) this.bad = true;
  }

  private skipBlanks(): void {
    let c = this.peek();
    while (c == 32 || c == 9 || c == 10 || c == 13) {
      this.at++;
      c = this.peek();
    }
  }
}

function isNumber(word: Uint8Array): bool {
  const start = word.length > 0 && word[0] == 45 ? 1 : 0;
  if (word.length == start || (word[start] == 48 && word.length > start + 1)) return false;
  for (let i = start; i < word.length; i++) {
    if (word[i] < 48 || word[i] > 57) return false;
  }
  return true;
}
