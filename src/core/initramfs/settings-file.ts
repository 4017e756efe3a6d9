/**
 * Files of settings: lines `NAME=value` that a shell would read the same, with single and double quotes, backslashes and
 * comments as POSIX has them (Shell Command Language, section 2.2). Nothing is run or expanded: where a shell would, with
 * `$` or a backtick say, the file is refused, for it was meant for something else.
 */
import { copyOf, EMPTY } from "../bytes/bytes.ts";
import { printable } from "../bytes/text.ts";

/** Bytes of a file: far above any use. */
export const SETTINGS_BYTES: i32 = 65536;
/** A name is an identifier that somebody has to type. */
const NAME_LIMIT: i32 = 64;

/** A shell would make it part of the value, where nobody sees it. */
const FOREIGN_END: string = "a carriage return, as in files of Windows: lines have to end without it";

const NUL: u8 = 0;
const TAB: i32 = 9;
const LINE_FEED: i32 = 10;
const CARRIAGE_RETURN: i32 = 13;
const BLANK: i32 = 32;
const DOUBLE_QUOTE: i32 = 34;
const HASH: i32 = 35;
const DOLLAR: i32 = 36;
const AMPERSAND: i32 = 38;
const SINGLE_QUOTE: i32 = 39;
const OPENING: i32 = 40;
const CLOSING: i32 = 41;
const SEMICOLON: i32 = 59;
const LESS: i32 = 60;
const EQUALS: i32 = 61;
const GREATER: i32 = 62;
const BACKSLASH: i32 = 92;
const UNDERSCORE: i32 = 95;
const BACKTICK: i32 = 96;
const BAR: i32 = 124;
const TILDE: i32 = 126;
/** What `peek` says at the end. */
const END: i32 = -1;

export class Setting {
  name: string;
  value: Uint8Array;
  /** Where it is set, from 1 on. */
  line: i32;

  constructor(name: string, value: Uint8Array, line: i32) {
    this.name = name;
    this.value = value;
    this.line = line;
  }
}

export class SettingsFile {
  settings: Setting[] = new Array<Setting>();
  /** What is wrong; empty if nothing is. Then there are no settings. */
  fault: string = "";
  /** The line that `fault` is about. */
  line: i32 = 1;
  private file: Uint8Array;
  private at: i32 = 0;
  /** The value that is being read: never longer than the file. */
  private value: Uint8Array;
  private length: i32 = 0;

  private constructor(file: Uint8Array) {
    this.file = file;
    this.value = new Uint8Array(file.length);
  }

  /** `file`: the whole content, of up to SETTINGS_BYTES. */
  static parse(file: Uint8Array): SettingsFile {
    const settings = new SettingsFile(file);
    const nul = file.indexOf(NUL);
    if (file.length > SETTINGS_BYTES) settings.fail("the file is too long");
    else if (nul >= 0) settings.fail("the file is no text");
    while (settings.fault.length == 0 && settings.peek() != END) settings.readLine();
    if (settings.fault.length > 0) settings.settings = new Array<Setting>();
    return settings;
  }

  private peek(): i32 {
    return this.at < this.file.length ? (this.file[this.at] as i32) : END;
  }

  private fail(fault: string): void {
    if (this.fault.length == 0) this.fault = fault;
  }

  private skipBlanks(): void {
    while (this.peek() == BLANK || this.peek() == TAB) this.at++;
  }

  private readLine(): void {
    this.skipBlanks();
    if (this.peek() != HASH && this.peek() != LINE_FEED && this.peek() != END) this.readSetting();
    this.skipBlanks();
    if (this.peek() == HASH) while (this.peek() != LINE_FEED && this.peek() != END) this.at++;
    if (this.peek() == LINE_FEED) {
      this.at++;
      if (this.fault.length == 0) this.line++;
    } else if (this.peek() != END) {
      this.fail("more than one word: a value with blanks in it has to be in quotes");
    }
  }

  private readSetting(): void {
    const start = this.at;
    while (isNameByte(this.peek(), this.at > start)) this.at++;
    const end = this.at;
    if (end == start || end - start > NAME_LIMIT || this.peek() != EQUALS) {
      this.fail(this.peek() == CARRIAGE_RETURN ? FOREIGN_END : "this is no NAME=value");
      return;
    }
    this.at++;
    const line = this.line;
    const name = printable(this.file.subarray(start, end));
    for (let i = 0; i < this.settings.length; i++) {
      if (this.settings[i].name == name) this.fail(name + ` is set a second time, after line ${this.settings[i].line}`);
    }
    this.length = 0;
    this.readValue();
    if (this.fault.length > 0) return;
    const value = this.length > 0 ? copyOf(this.value, 0, this.length) : EMPTY;
    this.settings.push(new Setting(name, value, line));
  }

  private readValue(): void {
    if (this.peek() == TILDE) this.fail("a shell would replace ~: it has to be in quotes");
    while (this.fault.length == 0) {
      const byte = this.peek();
      if (byte == END || byte == LINE_FEED || byte == BLANK || byte == TAB) return;
      this.at++;
      if (byte == SINGLE_QUOTE) this.readQuoted(SINGLE_QUOTE);
      else if (byte == DOUBLE_QUOTE) this.readQuoted(DOUBLE_QUOTE);
      else if (byte == BACKSLASH) this.readEscape();
      else if (isExpansion(byte) || isOperator(byte)) this.fail(meant(byte, "quotes"));
      else if (byte == CARRIAGE_RETURN) this.fail(FOREIGN_END);
      else this.take(byte);
    }
  }

  private take(byte: i32): void {
    this.value[this.length] = byte as u8;
    this.length++;
  }

  /** A backslash was read: what follows is meant, except that a line's end disappears with it. */
  private readEscape(): void {
    const byte = this.peek();
    if (byte == END) {
      this.fail("nothing follows the backslash");
      return;
    }
    this.at++;
    if (byte == LINE_FEED) this.line++;
    else this.take(byte);
  }

  /** A quote was read: up to the next one. */
  private readQuoted(quote: i32): void {
    const first = this.line;
    while (this.peek() != quote && this.fault.length == 0) {
      const byte = this.peek();
      this.at++;
      if (byte == END) {
        this.line = first;
        this.fail("the quote is never closed");
      } else if (quote == DOUBLE_QUOTE && byte == BACKSLASH && isEscapable(this.peek())) {
        this.readEscape();
      } else if (quote == DOUBLE_QUOTE && isExpansion(byte)) {
        this.fail(meant(byte, "single quotes"));
      } else {
        if (byte == LINE_FEED) this.line++;
        this.take(byte);
      }
    }
    this.at++;
  }
}

function isNameByte(byte: i32, isLater: bool): bool {
  const letter = byte | 32;
  if ((letter >= 97 && letter <= 122 && byte != END) || byte == UNDERSCORE) return true;
  return isLater && byte >= 48 && byte <= 57;
}

function isExpansion(byte: i32): bool {
  return byte == DOLLAR || byte == BACKTICK;
}

/** True for what ends a word in a shell, and more. */
function isOperator(byte: i32): bool {
  if (byte == AMPERSAND || byte == SEMICOLON || byte == BAR) return true;
  return byte == LESS || byte == GREATER || byte == OPENING || byte == CLOSING;
}

/** True for what a backslash works on within double quotes. */
function isEscapable(byte: i32): bool {
  return isExpansion(byte) || byte == DOUBLE_QUOTE || byte == BACKSLASH || byte == LINE_FEED;
}

function meant(byte: i32, quotes: string): string {
  return "a shell would not take " + String.fromCharCode(byte) + " as it is: it has to be in " + quotes;
}
