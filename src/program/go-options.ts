/**
 * Command lines as Go's `flag` package reads them, for the programs whose users know them so: declared by the same
 * table as the others, and with the same help.
 *
 * One dash or two before a name of any length, so that letters are not bundled; a value behind `=` or in the next
 * word. An option without a value is switched off by `=false`. The first other word ends the options; `--` does too,
 * and is dropped, but `-` is a word as any.
 */
import { EMPTY } from "../core/bytes/bytes.ts";
import { isText, printable } from "../core/bytes/text.ts";
import { CommandLine, Option } from "./options.ts";
import { FAILURE, USAGE } from "./program.ts";

const DASH: i32 = 45;
const EQUALS: u8 = 61;

/** What Go takes for true and false (strconv.ParseBool). */
const TRUE: string[] = ["true", "1", "t", "T", "TRUE", "True"];
const FALSE: string[] = ["false", "0", "f", "F", "FALSE", "False"];

/** The exit statuses that go with this grammar. */
const GO_FAILURE: i32 = 1;
const GO_USAGE: i32 = 2;

/** The exit status of a Go program that ended with `status`, one of program.ts. */
export function goStatus(status: i32): i32 {
  if (status == FAILURE) return GO_FAILURE;
  return status == USAGE ? GO_USAGE : status;
}

export class GoCommandLine extends CommandLine {
  /** False if the current option, one without a value, is switched off. */
  on: bool = true;

  next(): bool {
    if (this.error.length > 0 || this.asked.length > 0 || this.at == this.words.length) return false;
    const word = this.words[this.at];
    if (word.length < 2 || (word[0] as i32) != DASH) return this.end();
    this.at++;
    if (isText(word, "--")) return this.end();
    const text = word.subarray((word[1] as i32) == DASH ? 2 : 1);
    const equals = text.indexOf(EQUALS);
    const name = equals < 0 ? text : text.subarray(0, equals);
    if (isText(text, "h") || isText(text, "help") || isText(text, "version")) {
      this.asked = isText(text, "version") ? "version" : "help";
      return false;
    }
    const options = this.command.options;
    for (let i = 0; i < options.length && name.length > 0; i++) {
      if (!isText(name, options[i].short) && !isText(name, options[i].long)) continue;
      const value = equals < 0 ? EMPTY : text.subarray(equals + 1);
      if (options[i].value.length == 0) return this.switched(options[i], equals < 0, value);
      if (equals >= 0) return this.found(options[i], value);
      return this.foundWithNextWord(options[i], printable(word));
    }
    return this.refuse("unknown option " + printable(word));
  }

  outcome(least: i32): i32 {
    if (this.operands.length < least) this.wrong("missing operand");
    return super.outcome(this.operands.length); // what follows an operand is one, whatever it begins with
  }

  private switched(option: Option, bare: bool, value: Uint8Array): bool {
    this.found(option, EMPTY);
    this.on = bare || isOneOf(value, TRUE);
    if (this.on || isOneOf(value, FALSE)) return true;
    this.value = value;
    this.expected("true or false");
    return false;
  }
}

function isOneOf(value: Uint8Array, texts: string[]): bool {
  for (let i = 0; i < texts.length; i++) if (isText(value, texts[i])) return true;
  return false;
}
