/** The manual pages and the help texts speak of the same options. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../src/native/build.ts";
import { Workshop } from "../support/side-by-side.ts";

const workshop = new Workshop("postern");
after(() => workshop.remove());

/** tinysshnoneauthd's page says that its options are tinysshd's. */
const pages: [program: string, page: string][] = [
  ["tinysshd", "tinysshd.8"],
  ["tinysshnoneauthd", "tinysshd.8"],
  ["tinysshd-makekey", "tinysshd-makekey.8"],
  ["tinysshd-printkey", "tinysshd-printkey.8"],
  ["tinyssh-convert", "tinyssh-convert.1"],
  ["tinyssh-keyconvert", "tinyssh-keyconvert.1"],
  ["sftp-server", "sftp-server.8"],
  ["ssh-tpm-add", "ssh-tpm-add.1"],
  ["ssh-tpm-agent", "ssh-tpm-agent.1"],
  ["ssh-tpm-hostkeys", "ssh-tpm-hostkeys.1"],
  ["ssh-tpm-keygen", "ssh-tpm-keygen.1"],
  ["postern-seal", "postern-seal.1"],
  ["postern-unseal", "postern-unseal.1"],
  ["postern-unlock", "postern-unlock.8"],
];

const GENERAL = ["-h", "--help", "--version"];

/** The options at the beginnings of a help text's lines. `words` go ahead of --help. */
function helped(program: string, ...words: string[]): string[] {
  const text = execFileSync(workshop.ours(program), [...words, "--help"], { encoding: "utf8" });
  const heads = [...text.matchAll(/^ {2,}(-.*?)(?: {2,}| [A-Z]|$)/gm)].map((match) => match[1]!);
  return heads.flatMap((head) => head.match(/(?<![\w-])--?[a-zA-Z][a-z-]*/g) ?? []);
}

/** The options that a page has items or a synopsis for; letters may be bundled there. */
function described(page: string): string[] {
  const source = readFileSync(join(root, "docs/man", page), "utf8");
  const lines = source.split("\n").filter((line) => /^\.(It|Op|Fl) /.test(line));
  return lines.flatMap((line) => {
    const long = [...line.matchAll(/\bFl Fl ([a-z-]+)/g)].map((match) => `--${match[1]}`);
    const short = [...line.replace(/\bFl Fl [a-z-]+/g, "").matchAll(/\bFl ([a-zA-Z]+)/g)];
    return [...long, ...short.flatMap((match) => [...match[1]!].map((letter) => `-${letter}`))];
  });
}

for (const [program, page] of pages) {
  test(`${program} --help and ${page}`, () => {
    const options = (all: string[]): string[] => [...new Set(all)].filter((one) => !GENERAL.includes(one)).toSorted();
    assert.ok(options(helped(program)).length > 0 || program === "tinysshd-printkey");
    assert.deepEqual(options(described(page)), options(helped(program)));
  });
}

test("postern-initramfs stage and check --help, and postern-initramfs.8", () => {
  const source = readFileSync(join(root, "docs/man/postern-initramfs.8"), "utf8");
  for (const word of ["stage", "check"]) {
    const section = source.split(`.Ss Options of ${word}\n`)[1]!.split(/^\.S[sh] /m)[0]!;
    const items = [...section.matchAll(/^\.It Fl Fl ([a-z-]+)/gm)].map((match) => `--${match[1]}`);
    const options = helped("postern-initramfs", word).filter((one) => !GENERAL.includes(one));
    assert.deepEqual(items, options, word);
  }
});
