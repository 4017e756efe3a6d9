import { test } from "node:test";
import assert from "node:assert/strict";
import { ascii, printable } from "../../bytes/text.ts";
import { complaint, identification, isOtherVersion, withoutReturn } from "./identification.ts";

test("ours has the form of RFC 4253 section 4.2", () => {
  assert.equal(printable(identification("Postern_1.0", "")), "SSH-2.0-Postern_1.0");
  assert.equal(printable(identification("Postern_1.0", "abc")), "SSH-2.0-Postern_1.0 abc");
  assert.throws(() => identification("Postern", "x".repeat(240)), /too long/);
});

test("clients' lines are accepted as they come", () => {
  for (const line of ["SSH-2.0-OpenSSH_9.9p1 Debian-3", "SSH-2.0-x", "SSH-2.0-Go", "SSH-2.0-PuTTY_Release_0.81"])
    assert.equal(complaint(ascii(line)), "", line);
});

test("everything but SSH 2.0 is refused, and it is said why", () => {
  const cases: [string, RegExp][] = [
    ["", /not an SSH client/],
    ["GET / HTTP/1.1", /not an SSH client/],
    ["ssh-2.0-x", /not an SSH client/],
    [" SSH-2.0-x", /not an SSH client/],
    ["SSH", /not an SSH client/],
    ["SSH-1.5-x", /version/],
    ["SSH-1.99-OpenSSH_2.0", /version/],
    ["SSH-2.1-x", /version/],
    ["SSH-2.0", /version/],
    ["SSH-2.0-", /software version/],
    ["SSH-2.0-x\0", /NUL/],
    ["SSH-2.0-x\ry", /CR/],
  ];
  for (const [line, expected] of cases) assert.match(complaint(ascii(line)), expected, JSON.stringify(line));
});

test("a client of another version is told so", () => {
  assert.ok(isOtherVersion(ascii("SSH-1.5-x")));
  assert.ok(isOtherVersion(ascii("SSH-1.99-x")));
  assert.ok(!isOtherVersion(ascii("SSH-2.0-x")));
  assert.ok(!isOtherVersion(ascii("GET / HTTP/1.0")));
});

test("one CR at the end belongs to the line end", () => {
  assert.equal(printable(withoutReturn(ascii("a\r"))), "a");
  assert.equal(printable(withoutReturn(ascii("a"))), "a");
  assert.equal(printable(withoutReturn(ascii("\r"))), "");
  assert.equal(withoutReturn(new Uint8Array(0)).length, 0);
  assert.notEqual(complaint(withoutReturn(ascii("SSH-2.0-x\r\r"))), "");
});
