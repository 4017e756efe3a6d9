import { test } from "node:test";
import assert from "node:assert/strict";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { AuthorizedKeysSearch } from "./authorized-keys.ts";

const key = ed25519Key();
const base64 = key.blob.toString("base64");
const entry = `${key.algorithm} ${base64}`;
const other = `${key.algorithm} ${ed25519Key().blob.toString("base64")}`;

function search(file: string | Uint8Array, piece = Infinity): AuthorizedKeysSearch {
  const found = new AuthorizedKeysSearch(key.algorithm, key.blob);
  const bytes = Buffer.from(file as string, "latin1");
  for (let at = 0; at < bytes.length; at += piece) found.read(bytes.subarray(at, at + piece));
  found.end();
  return found;
}

const listed: Record<string, string> = {
  "the entry alone": entry,
  "the entry with its end of line": `${entry}\n`,
  "the entry with a carriage return": `${entry}\r\n`,
  "a comment behind a blank": `${entry} me@home`,
  "a comment behind a tab": `${entry}\tme@home`,
  "a NUL behind it": `${entry}\0whatever`,
  "blanks and tabs in front of it": ` \t ${entry}`,
  "after comments and empty lines": `# keys\n\n  \n#${entry}\n${entry}\n`,
  "after other keys": `${other}\n${other} x\n${entry}\n${other}\n`,
  "after the same key with options": `restrict ${entry}\n${entry}\n`,
};
for (const [name, file] of Object.entries(listed)) {
  test(`listed: ${name}`, () => {
    assert.ok(search(file).found);
    assert.ok(search(file, 1).found, "byte by byte");
  });
}

const unlisted: Record<string, string> = {
  "an empty file": "",
  "another key": `${other}\n`,
  "a commented line": `#${entry}\n`,
  "a commented line with a blank": `# ${entry}\n`,
  "two blanks between type and key": `${key.algorithm}  ${base64}\n`,
  "a tab between type and key": `${key.algorithm}\t${base64}\n`,
  "a line broken within the key": `${key.algorithm}\n${base64}\n`,
  "base64 that goes on": `${entry}A\n`,
  "base64 that goes on behind padding": `${entry}=\n`,
  "base64 cut short": `${entry.slice(0, -1)}\n`,
  "another case of the type": `${entry.replace("ssh", "SSH")}\n`,
  "another type before the same key": `ssh-rsa ${base64}\n`,
  "the key without its type": `${base64}\n`,
  "a NUL in front of it": `\0${entry}\n`,
  "a form feed in front of it": `\f${entry}\n`,
  "a byte order mark": `\xef\xbb\xbf${entry}\n`,
  "a quote that never ends": `command="${entry}\n`,
};
for (const [name, file] of Object.entries(unlisted)) {
  test(`not listed: ${name}`, () => {
    for (const found of [search(file), search(file, 1)]) {
      assert.ok(!found.found);
      assert.ok(!found.sawOptions);
      assert.ok(!found.failed);
    }
  });
}

const withOptions: Record<string, string> = {
  restrict: `restrict ${entry}\n`,
  "several options": `no-pty,no-port-forwarding ${entry} comment\n`,
  "a command with blanks": `command="echo hello world" ${entry}\n`,
  "a command with quotes": `command="echo \\"a b\\" c" ${entry}\n`,
  "a command that looks like a key": `command="${other}" ${entry}\n`,
  "blanks around the options": `  from="*.example.org"   ${entry}\n`,
};
for (const [name, file] of Object.entries(withOptions)) {
  test(`seen, and not listed: ${name}`, () => {
    for (const found of [search(file), search(file, 1)]) {
      assert.ok(!found.found);
      assert.ok(found.sawOptions);
    }
  });
}

test("an entry within a quoted option is no entry", () => {
  const found = search(`command="x ${entry}" ${other}\n`);
  assert.ok(!found.found && !found.sawOptions);
});

test("a line of 65535 bytes is read, and one of 65536 ends the search", () => {
  const long = "x".repeat(65535);
  assert.ok(search(`${long}\n${entry}\n`).found);
  const found = search(`${long}x\n${entry}\n`);
  assert.ok(found.failed && !found.found);
  assert.ok(search(`${entry} ${"x".repeat(65535 - entry.length - 1)}`).found);
  assert.ok(search(`${entry} ${"x".repeat(65535 - entry.length)}`).failed);
  assert.ok(search(`${entry}\n${long}x\n`).found, "what comes after the key does not matter");
});

test("a key of one type is not listed by one of another", () => {
  const p256 = p256Key();
  const found = new AuthorizedKeysSearch(p256.algorithm, p256.blob);
  found.read(Buffer.from(`${entry}\n${p256.algorithm} ${p256.blob.toString("base64")}\n`));
  assert.ok(found.end());
});
