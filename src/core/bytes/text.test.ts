import { test } from "node:test";
import assert from "node:assert/strict";
import { ascii, excerpt, holdsText, isText, printable, startsWithText } from "./text.ts";

test("text as bytes, and compared with them", () => {
  const name = ascii("ssh-ed25519");
  assert.equal(Buffer.from(name).toString("latin1"), "ssh-ed25519");
  assert.ok(isText(name, "ssh-ed25519"));
  for (const other of ["", "ssh-ed2551", "ssh-ed25519 ", "ssh-ed25518"]) assert.ok(!isText(name, other), other);
  assert.ok(startsWithText(name, "ssh-") && startsWithText(name, "") && !startsWithText(name, "ssh-ed25519x"));
  for (const part of ["", "ssh", "h-ed", "519", "ssh-ed25519"]) assert.ok(holdsText(name, part), part);
  for (const part of ["shh", "519 ", "ssh-ed25519x"]) assert.ok(!holdsText(name, part), part);
});

test("whatever isn't printable ASCII becomes a question mark, at any length", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const expected = [...all].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "?")).join("");
  assert.equal(printable(all), expected);
  for (const length of [0, 1, 63, 64, 65, 129, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => 32 + (i % 95));
    assert.equal(printable(bytes), Buffer.from(bytes).toString("latin1"));
  }
});

test("an excerpt is the beginning", () => {
  assert.equal(excerpt(Buffer.from("short\n")), "short?");
  assert.equal(excerpt(Buffer.alloc(200, "x")), "x".repeat(200));
  assert.equal(excerpt(Buffer.alloc(30000, "x")), "x".repeat(200));
});
