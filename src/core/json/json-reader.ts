/**
 * Reads JSON (RFC 8259) as it comes, without building anything: whoever reads says what it expects, and passes over the
 * rest.
 *
 * A reader never throws. What is not as it must be makes it `bad`, and it yields nothing from then on. Left out on purpose:
 * escapes in strings, which stay as they are, and numbers other than small whole ones.
 */
import { EMPTY } from "../bytes/bytes.ts";
import { decimalWithin } from "../bytes/text.ts";

const QUOTE: i32 = 34;
const COMMA: i32 = 44;
const COLON: i32 = 58;
const OPEN_LIST: i32 = 91;
const BACKSLASH: i32 = 92;
const CLOSE_LIST: i32 = 93;
const OPEN_OBJECT: i32 = 123;
const CLOSE_OBJECT: i32 = 125;

/** How deep what is passed over may be nested. */
const DEPTH_LIMIT: i32 = 32;

export class JsonReader {
  bad: bool = false;
  /** Of the member that `member` has come to. */
  name: Uint8Array = EMPTY;
  private text: Uint8Array;
  private at: i32 = 0;
  /** Nothing was read yet of the list or object that was opened last. */
  private fresh: bool = false;
  private depth: i32 = 0;

  constructor(text: Uint8Array) {
    this.text = text;
  }

  /** True if all was as it had to be, and nothing but blanks is left. */
  ok(): bool {
    this.peek();
    return !this.bad && this.at == this.text.length;
  }

  /** Goes into an object: `while (json.member())` then comes to each of its members. */
  object(): void {
    this.expect(OPEN_OBJECT);
    this.fresh = true;
  }

  /** Goes into a list: `while (json.element())` then comes to each of its values. */
  list(): void {
    this.expect(OPEN_LIST);
    this.fresh = true;
  }

  /** True if there is another member: `name` is its name, and its value is next. */
  member(): bool {
    if (!this.another(CLOSE_OBJECT)) return false;
    this.name = this.string();
    this.expect(COLON);
    return !this.bad;
  }

  /** True if there is another value. */
  element(): bool {
    return this.another(CLOSE_LIST);
  }

  /** A string as it stands there: a view. */
  string(): Uint8Array {
    this.expect(QUOTE);
    const start = this.at;
    while (this.at < this.text.length && (this.text[this.at] as i32) != QUOTE) {
      this.at += (this.text[this.at] as i32) == BACKSLASH ? 2 : 1;
    }
    if (this.at >= this.text.length) this.bad = true;
    if (this.bad) return EMPTY;
    this.at++;
    return this.text.subarray(start, this.at - 1);
  }

  /** A whole number of up to nine digits; -1, and bad, if it isn't one. */
  number(): i32 {
    const word = this.word();
    const number = decimalWithin(word, 0, word.length);
    if (number < 0) this.bad = true;
    return number;
  }

  /** Passes over a value. */
  skip(): void {
    const next = this.peek();
    this.depth++;
    if (this.depth > DEPTH_LIMIT) this.bad = true;
    if (next == OPEN_OBJECT) {
      this.object();
      while (this.member()) this.skip();
    } else if (next == OPEN_LIST) {
      this.list();
      while (this.element()) this.skip();
    } else if (next == QUOTE) this.string();
    else if (this.word().length == 0) this.bad = true;
    this.depth--;
  }

  /** A number, or a literal. */
  private word(): Uint8Array {
    this.peek();
    const start = this.at;
    while (this.at < this.text.length && isOfWord(this.text[this.at] as i32)) this.at++;
    return this.text.subarray(start, this.at);
  }

  private another(close: i32): bool {
    const next = this.peek();
    if (this.bad) return false;
    const fresh = this.fresh;
    this.fresh = false;
    if (next == close) {
      this.at++;
      return false;
    }
    if (!fresh) this.expect(COMMA);
    return !this.bad;
  }

  private expect(character: i32): void {
    if (this.peek() == character) this.at++;
    else this.bad = true;
  }

  /** The next character that isn't blank; -1 at the end. */
  private peek(): i32 {
    while (this.at < this.text.length && isBlank(this.text[this.at] as i32)) this.at++;
    return this.at < this.text.length && !this.bad ? (this.text[this.at] as i32) : -1;
  }
}

function isBlank(character: i32): bool {
  return character == 32 || (character >= 9 && character <= 13);
}

/** Letters, digits, and what numbers are written with. */
function isOfWord(character: i32): bool {
  const letter = character | 32;
  if (letter >= 97 && letter <= 122) return true;
  return (character >= 48 && character <= 57) || character == 43 || character == 45 || character == 46;
}
