/**
 * Command lines, declared as data: the same table reads the words and prints `--help`.
 *
 * The grammar is TinySSH's, with long options added to it. A word that begins with `-` is a bundle of single letters;
 * a letter with a value takes the rest of its word, or the next word. A word that begins with `--` is one long option,
 * its value behind `=` or in the next word. The first other word ends the options; so do `-` and `--`, which are
 * dropped. Every program has `--help` and `--version`.
 */
import { EMPTY } from "../core/bytes/bytes.ts";
import { isText, printable, startsWithText } from "../core/bytes/text.ts";
import { VERSION } from "../core/version.ts";
import { CONTINUE, USAGE } from "./program.ts";
import { print, printError } from "./print.ts";

/** One option. */
export class Option {
  /** The letter, or empty. */
  short: string;
  /** The word without its dashes, or empty. */
  long: string;
  /** What its value is called in the help; empty if it takes none. */
  value: string;
  help: string;

  constructor(short: string, long: string, value: string, help: string) {
    this.short = short;
    this.long = long;
    this.value = value;
    this.help = help;
  }

  /** By what a program tells its options apart: the long name, or the letter if there is none. */
  name(): string {
    return this.long.length > 0 ? this.long : this.short;
  }

  private spelling(): string {
    const value = this.value.length > 0 ? " " + this.value : "";
    if (this.long.length == 0) return "-" + this.short + value;
    return (this.short.length > 0 ? "-" + this.short + ", --" : "    --") + this.long + value;
  }

  helpLine(): string {
    const left = "  " + this.spelling();
    const gap = left.length < HELP_COLUMN ? left.padEnd(HELP_COLUMN, " ") : left + "\n" + "".padEnd(HELP_COLUMN, " ");
    return gap + this.help + "\n";
  }
}

const HELP_COLUMN: i32 = 30;

/** What a program is called, does, and takes. */
export class Command {
  name: string;
  /** What follows the name in the usage line, e.g. `[options] keydir`. */
  operands: string;
  /** One sentence. */
  about: string;
  options: Option[];

  constructor(name: string, operands: string, about: string, options: Option[]) {
    this.name = name;
    this.operands = operands;
    this.about = about;
    this.options = options;
  }

  usage(): string {
    return "usage: " + this.name + " " + this.operands + "\n";
  }

  help(): string {
    let text = this.usage() + this.about + "\n\n";
    for (let i = 0; i < this.options.length; i++) text += this.options[i].helpLine();
    text += new Option("", "help", "", "print this").helpLine();
    return text + new Option("", "version", "", "print the version").helpLine();
  }

  /** Says what is wrong with a command line; returns the exit status that goes with it. */
  misused(what: string): i32 {
    printError(this.name + ": " + what + "\n" + this.usage());
    return USAGE;
  }
}

/**
 * Reads one command line: `while (line.next())` yields its options in order, then `operands` holds the rest, then
 * `outcome` says whether the program is to go on.
 */
export class CommandLine {
  /** The current option's name, see Option.name. */
  option: string = "";
  /** The current option's value. */
  value: Uint8Array = EMPTY;
  /** The words behind the options, once `next` has said false. */
  operands: Uint8Array[] = new Array<Uint8Array>();
  protected command: Command;
  protected words: Uint8Array[];
  protected at: i32 = 0;
  /** Letters of the current bundle that are still to be read. */
  private bundle: Uint8Array = EMPTY;
  protected error: string = "";
  protected asked: string = "";

  /** `words`: without the program's own name. */
  constructor(command: Command, words: Uint8Array[]) {
    this.command = command;
    this.words = words;
  }

  /** Moves on to the next option; false at their end, or if something is wrong with them. */
  next(): bool {
    if (this.error.length > 0 || this.asked.length > 0) return false;
    if (this.bundle.length > 0) return this.letter();
    if (this.at == this.words.length) return false;
    const word = this.words[this.at];
    if (word.length == 0 || word[0] != 45) return this.end();
    this.at++;
    if (isText(word, "-") || isText(word, "--")) return this.end();
    if (word[1] == 45) return this.long(word.subarray(2));
    this.bundle = word.subarray(1);
    return this.letter();
  }

  /** Reports a wrong value of the current option. */
  wrong(what: string): void {
    if (this.error.length == 0) this.error = what;
  }

  /** The current option's value is not what it should be: `what` says what that is. */
  expected(what: string): void {
    const dashes = this.option.length == 1 ? "-" : "--";
    this.wrong(dashes + this.option + " " + printable(this.value) + ": not " + what);
  }

  /** The current option's value as a decimal number; reported, and `least`, unless it is from `least` to `most`. */
  number(least: f64, most: f64): f64 {
    let value: f64 = this.value.length == 0 ? -1 : 0;
    for (let i = 0; i < this.value.length && value >= 0 && value <= most; i++) {
      const digit = this.value[i] as i32;
      value = digit >= 48 && digit <= 57 ? value * 10 + ((digit - 48) as f64) : -1;
    }
    if (value >= least && value <= most) return value;
    this.expected(`a number from ${least as i32} to ${most as i64}`);
    return least;
  }

  /**
   * CONTINUE if the program is to go on; otherwise what there was to say is said, and this is the exit status.
   * `least`: how many operands it needs.
   */
  outcome(least: i32): i32 {
    if (this.asked == "help") return print(this.command.help());
    if (this.asked == "version") return print(this.command.name + " (postern) " + VERSION + "\n");
    if (this.error.length > 0) return this.command.misused(this.error);
    if (this.operands.length < least) return this.command.misused("missing operand");
    // TinySSH ignores further words. None of its users can have meant one of our long options by them.
    for (let i = least; i < this.operands.length; i++) {
      const word = this.operands[i];
      if (startsWithText(word, "--"))
        return this.command.misused(printable(word) + " comes too late: options go first");
    }
    return CONTINUE;
  }

  /** Refuses words behind the `most` operands that the program takes; to be called before `outcome`. */
  atMost(most: i32): void {
    if (this.operands.length > most) this.wrong("unexpected word: " + printable(this.operands[most]));
  }

  protected end(): bool {
    for (; this.at < this.words.length; this.at++) this.operands.push(this.words[this.at]);
    return false;
  }

  private letter(): bool {
    const letter = this.bundle.subarray(0, 1);
    this.bundle = this.bundle.subarray(1);
    const options = this.command.options;
    for (let i = 0; i < options.length; i++) {
      if (!isText(letter, options[i].short)) continue;
      if (options[i].value.length == 0) return this.found(options[i], EMPTY);
      const rest = this.bundle;
      this.bundle = EMPTY;
      if (rest.length > 0) return this.found(options[i], rest);
      return this.foundWithNextWord(options[i], "-" + options[i].short);
    }
    return this.refuse("unknown option -" + printable(letter));
  }

  private long(word: Uint8Array): bool {
    const equals = word.indexOf(61);
    const name = equals < 0 ? word : word.subarray(0, equals);
    const spelling = "--" + printable(name);
    if (isText(word, "help") || isText(word, "version")) {
      this.asked = printable(word);
      return false;
    }
    const options = this.command.options;
    for (let i = 0; i < options.length; i++) {
      if (name.length == 0 || !isText(name, options[i].long)) continue;
      if (options[i].value.length == 0) {
        return equals < 0 ? this.found(options[i], EMPTY) : this.refuse(spelling + " takes no value");
      }
      if (equals >= 0) return this.found(options[i], word.subarray(equals + 1));
      return this.foundWithNextWord(options[i], spelling);
    }
    return this.refuse("unknown option " + spelling);
  }

  protected found(option: Option, value: Uint8Array): bool {
    this.option = option.name();
    this.value = value;
    return true;
  }

  protected foundWithNextWord(option: Option, spelling: string): bool {
    if (this.at == this.words.length) return this.refuse(spelling + " needs a value: " + option.value);
    this.at++;
    return this.found(option, this.words[this.at - 1]);
  }

  protected refuse(error: string): bool {
    this.error = error;
    return false;
  }
}
