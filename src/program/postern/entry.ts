/**
 * postern: every program in one executable. It is the one that it was called by, or `postern NAME`, where the names'
 * usual prefix may be left out.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { isText, printable } from "../../core/bytes/text.ts";
import { useKernels } from "../../core/crypto/kernels.ts";
import { VERSION } from "../../core/version.ts";
import { commandLine } from "../../linux/arguments.ts";
import { baseName } from "../../linux/path.ts";
import { NativeKernels } from "../../native/kernels.ts";
import { Convert } from "../convert/convert.ts";
import { KeyConvert } from "../convert/keyconvert.ts";
import { MakeKey } from "../makekey/makekey.ts";
import { print, printError } from "../print.ts";
import { PrintKey } from "../printkey/printkey.ts";
import { Program, run, step, USAGE } from "../program.ts";
import { SFTP_SERVER, SftpServerProgram } from "../sftp-server/sftp-server.ts";
import { NONE_SERVER, Sshd } from "../sshd/sshd.ts";
export { step };

class Entry {
  name: string;
  /** The name behind `postern`, beside the full one. */
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

const entries: Entry[] = [
  new Entry("tinysshd", "sshd", "the SSH server", (words: Uint8Array[]): Program => new Sshd("tinysshd", words)),
  new Entry(
    NONE_SERVER,
    "noneauthd",
    "the same for one user and one command, without authentication",
    (words: Uint8Array[]): Program => new Sshd(NONE_SERVER, words),
  ),
  new Entry(
    SFTP_SERVER,
    "sftp",
    "files for SFTP clients, started by an SSH server",
    (words: Uint8Array[]): Program => new SftpServerProgram(words),
  ),
  new Entry("tinysshd-makekey", "makekey", "makes a host key", (words: Uint8Array[]): Program => new MakeKey(words)),
  new Entry(
    "tinysshd-printkey",
    "printkey",
    "prints a host key",
    (words: Uint8Array[]): Program => new PrintKey(words),
  ),
  new Entry(
    "tinyssh-convert",
    "convert",
    "host keys from OpenSSH's form, and to it",
    (words: Uint8Array[]): Program => new Convert(words),
  ),
  new Entry(
    "tinyssh-keyconvert",
    "keyconvert",
    "host keys from OpenSSH's form, into a folder that may be there",
    (words: Uint8Array[]): Program => new KeyConvert(words),
  ),
];

function list(): string {
  let text = "usage: postern PROGRAM [words]\nEach program also answers when the executable is called by its name.\n\n";
  for (let i = 0; i < entries.length; i++) {
    text += "  " + entries[i].short.padEnd(14, " ") + entries[i].name.padEnd(22, " ") + entries[i].about + "\n";
  }
  return text;
}

/** Says what there is to say where no program was named. */
class List extends Program {
  private word: Uint8Array;

  constructor(word: Uint8Array) {
    super();
    this.word = word;
  }

  step(): i32 {
    if (isText(this.word, "--help")) return print(list());
    if (isText(this.word, "--version")) return print("postern " + VERSION + "\n");
    printError(this.word.length > 0 ? "postern: unknown program " + printable(this.word) + "\n" + list() : list());
    return USAGE;
  }
}

function find(name: Uint8Array): Entry | null {
  for (let i = 0; i < entries.length; i++) {
    if (isText(name, entries[i].name) || isText(name, entries[i].short)) return entries[i];
  }
  return null;
}

/** The program that `words`, the whole command line, ask for. */
function choose(words: Uint8Array[]): Program {
  const own = words.length > 0 ? baseName(words[0]) : EMPTY;
  const called = find(own);
  if (called != null) return called.make(words.slice(1));
  const first = words.length > 1 ? words[1] : EMPTY;
  const named = find(first);
  return named != null ? named.make(words.slice(2)) : new List(first);
}

export function start(): void {
  useKernels(new NativeKernels());
  run(choose(commandLine()));
}
