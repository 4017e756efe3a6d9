import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { Credential } from "../key/credential.ts";
import { AuthorizedKeys, lists } from "./authorized-keys.ts";
import { KeyProof } from "./key-proof.ts";
import { LoginAttempt } from "./login-attempt.ts";

const key = ed25519Key();
const base64 = key.blob.toString("base64");
const entry = `${key.algorithm} ${base64}`;
const other = `${key.algorithm} ${ed25519Key().blob.toString("base64")}`;
const none = Buffer.alloc(0);

interface Outcome {
  granted: boolean;
  command: string | null;
  refusals: string[];
  failed: boolean;
}

function search(file: string, of = key): Outcome {
  const keys = new AuthorizedKeys(Buffer.from(file, "latin1"));
  const proof = new KeyProof(Buffer.from("user"), Credential.parse(of.blob)!, none, none);
  const grant = keys.grant(new LoginAttempt(proof, Buffer.of(192, 0, 2, 7), 1.8e9));
  const command = grant?.command ? Buffer.from(grant.command).toString("latin1") : null;
  return { granted: grant !== null, command, refusals: keys.refusals, failed: keys.failed };
}

const listed: Record<string, string> = {
  "the entry alone": entry,
  "the entry with its end of line": `${entry}\n`,
  "the entry with a carriage return": `${entry}\r\n`,
  "a comment behind a blank": `${entry} me@home`,
  "a comment behind a tab": `${entry}\tme@home`,
  "a NUL behind it": `${entry}\0whatever`,
  "blanks and tabs in front of it": ` \t ${entry}`,
  "two blanks between type and key": `${key.algorithm}  ${base64}\n`,
  "a tab between type and key": `${key.algorithm}\t${base64}\n`,
  "after comments and empty lines": `# keys\n\n  \n#${entry}\n${entry}\n`,
  "after other keys": `${other}\n${other} x\n${entry}\n${other}\n`,
  "options in front of it": `no-pty,no-port-forwarding ${entry} comment\n`,
  "options and many blanks": `  from="192.0.2.*" \t  ${entry}\n`,
  "after the same key with options that don't fit": `from="10.1.2.3" ${entry}\n${entry}\n`,
  "after the same key with unknown options": `unknown ${entry}\n${entry}\n`,
};
for (const [name, file] of Object.entries(listed)) {
  test(`listed: ${name}`, () => assert.ok(search(file).granted));
}

const unlisted: Record<string, string> = {
  "an empty file": "",
  "another key": `${other}\n`,
  "a commented line": `#${entry}\n`,
  "a commented line with a blank": `# ${entry}\n`,
  "a commented line with options": `#restrict ${entry}\n`,
  "a line broken within the key": `${key.algorithm}\n${base64}\n`,
  "base64 that goes on": `${entry}A\n`,
  "base64 that goes on behind padding": `${entry}=\n`,
  "base64 cut short": `${entry.slice(0, -1)}\n`,
  "another case of the type": `${entry.replace("ssh", "SSH")}\n`,
  "another type before the same key": `ssh-rsa ${base64}\n`,
  "the key without its type": `${base64}\n`,
  "a NUL in front of it": `\0${entry}\n`,
  "a NUL in the options": `restrict\0 ${entry}\n`,
  "a form feed in front of it": `\f${entry}\n`,
  "a byte order mark": `\xef\xbb\xbf${entry}\n`,
  "a quote that never ends": `command="${entry}\n`,
  "an entry within a quoted option": `command="x ${entry}" ${other}\n`,
  "two words in front of it": `restrict pty ${entry}\n`,
};
for (const [name, file] of Object.entries(unlisted)) {
  test(`not listed: ${name}`, () => {
    assert.deepEqual(search(file), { granted: false, command: null, refusals: [], failed: false });
  });
}

test("the line that grants decides, not a later one", () => {
  assert.equal(search(`command="a" ${entry}\n${entry}\n`).command, "a");
  assert.equal(search(`${entry}\ncommand="a" ${entry}\n`).command, null);
});

test("quotes and blanks in a command", () => {
  assert.equal(search(`command="echo \\"a b\\" \\c ,=" ${entry}\n`).command, 'echo "a b" \\c ,=');
  assert.equal(search(`command="${other}" ${entry}\n`).command, other);
  assert.equal(search(`command="" ${entry}\n`).command, "", "an empty command is one, and not the shell");
});

test("each line that lists the key and grants nothing says why", () => {
  const { granted, refusals } = search(
    `${other}\nfoo ${entry}\n\ncert-authority ${entry}\nexpiry-time="20200101" ${entry}`,
  );
  assert.ok(!granted);
  assert.deepEqual(refusals, ["line 2: unknown option foo", "line 5: expired"]);
  assert.equal(search(`foo ${entry}\n`.repeat(1000)).refusals.length, 16);
});

test("a line of 65535 bytes is read, and one of 65536 ends the search", () => {
  const long = "x".repeat(65535);
  assert.ok(search(`${long}\n${entry}\n`).granted);
  assert.deepEqual([search(`${long}x\n${entry}\n`).failed, search(`${long}x\n${entry}\n`).granted], [true, false]);
  assert.ok(search(`${entry} ${"x".repeat(65535 - entry.length - 1)}`).granted);
  assert.ok(search(`${entry} ${"x".repeat(65535 - entry.length)}`).failed);
  assert.ok(search(`${entry}\n${long}x\n`).granted, "what comes after the key does not matter");
});

test("a key of one type is not listed by one of another", () => {
  const p256 = p256Key();
  assert.ok(search(`${entry}\n${p256.algorithm} ${p256.blob.toString("base64")}\n`, p256).granted);
  assert.ok(!search(`${entry}\n`, p256).granted);
});

test("a list of authorities has no options", () => {
  const authority = Credential.parse(key.blob)!.key;
  for (const [file, expected] of [
    [`${other}\n${entry} comment\n`, true],
    [`# ${entry}\n`, false],
    [`cert-authority ${entry}\n`, false],
  ] as const) {
    assert.equal(lists(Buffer.from(file), authority), expected);
  }
});
