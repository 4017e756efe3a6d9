/**
 * Several programs in one executable. It is the one that it was called by, or that the first word names, where a usual
 * prefix of the names may be left out.
 */
import { EMPTY } from "../core/bytes/bytes.ts";
import { isText, printable } from "../core/bytes/text.ts";
import { VERSION } from "../core/version.ts";
import { baseName } from "../linux/path.ts";
import { print, printError } from "./print.ts";
import { Program, USAGE } from "./program.ts";

export class Entry {
  name: string;
  /** The name behind that of the executable, beside the full one. */
  short: string;
  about: string;
  make: (words: Uint8Array[]) => Program;

  constructor(name: string, short: string, about: string, make: (words: Uint8Array[]) => Program) {
    this.name = name;
    this.short = short;
    this.about = about;
    this.make = make;
  }
}

/** The program that `words`, the whole command line, ask for. `executable`: what all of them are in. */
export function choose(executable: string, entries: Entry[], words: Uint8Array[]): Program {
  const own = words.length > 0 ? baseName(words[0]) : EMPTY;
  const called = find(entries, own);
  if (called != null) return called.make(words.slice(1));
  const first = words.length > 1 ? words[1] : EMPTY;
  const named = find(entries, first);
  return named != null ? named.make(words.slice(2)) : new List(executable, entries, first);
}

function find(entries: Entry[], name: Uint8Array): Entry | null {
  for (let i = 0; i < entries.length; i++) {
    if (isText(name, entries[i].name) || isText(name, entries[i].short)) return entries[i];
  }
  return null;
}

/** Says what there is to say where no program was named. */
class List extends Program {
  private executable: string;
  private entries: Entry[];
  private word: Uint8Array;

  constructor(executable: string, entries: Entry[], word: Uint8Array) {
    super();
    this.executable = executable;
    this.entries = entries;
    this.word = word;
  }

  step(): i32 {
    if (isText(this.word, "--help")) return print(this.list());
    if (isText(this.word, "--version")) return print(this.executable + " " + VERSION + "\n");
    const unknown = this.executable + ": unknown program " + printable(this.word) + "\n";
    printError(this.word.length > 0 ? unknown + this.list() : this.list());
    return USAGE;
  }

  private list(): string {
    let text = "usage: " + this.executable + " PROGRAM [words]\n";
    text += "Each program also answers when the executable is called by its name.\n\n";
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      text += "  " + entry.short.padEnd(14, " ") + entry.name.padEnd(22, " ") + entry.about + "\n";
    }
    return text;
  }
}
