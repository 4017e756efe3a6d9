import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { fromPem, toPem } from "./pem.ts";
import { ascii } from "../bytes/text.ts";

const body = "MDEyMzQ1Njc4OWFiY2RlZg==";
const block = `-----BEGIN SOME KEY-----\n${body}\n-----END SOME KEY-----\n`;
const content = ascii("0123456789abcdef");

test("any bytes, any width: there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 80 }), (bytes, columns) => {
      const text = toPem("A LABEL", bytes, columns);
      const pem = fromPem(text);
      assert.deepEqual([pem.label, pem.bad], ["A LABEL", false]);
      assert.deepEqual(pem.bytes, bytes);
      for (const line of Buffer.from(text).toString().split("\n").slice(1, -2)) assert.ok(line.length <= columns);
    }),
  );
});

test("lines are full but for the last", () => {
  const lines = Buffer.from(toPem("X", new Uint8Array(100), 64))
    .toString()
    .split("\n")
    .slice(1, -2);
  assert.deepEqual(
    lines.map((line) => line.length),
    [64, 64, 8],
  );
});

test("text around it, CR LF, blanks at line ends and a missing last line end are tolerated", () => {
  const forms = [
    `Here is a key:\n\n${block}\nregards\n`,
    block.replaceAll("\n", "\r\n"),
    block.replaceAll("\n", " \t\n"),
    block.trimEnd(),
    block.replace(body, `${body.slice(0, 5)}\n\n${body.slice(5)}`),
    block + block.replace("SOME", "ANOTHER"),
  ];
  for (const form of forms) {
    const pem = fromPem(ascii(form));
    assert.deepEqual([pem.label, pem.bad], ["SOME KEY", false], form);
    assert.deepEqual(pem.bytes, content);
  }
});

test("no block at all", () => {
  for (const text of ["", "\n\n", "-----BEGIN", "-----BEGIN -----", "-----BEGIN X----\n", " -----BEGIN X-----\n"]) {
    assert.deepEqual([fromPem(ascii(text)).label, fromPem(ascii(text)).bytes.length], ["", 0], text);
  }
});

test("a broken block says which it was", () => {
  const broken = [
    block.replace("END SOME", "END OTHER"),
    block.slice(0, 40),
    block.replace(body, `${body}!`),
    block.replace(body, body.slice(1)),
    block.replace(body, `Proc-Type: 4,ENCRYPTED\n\n${body}`),
    "-----BEGIN SOME KEY-----",
  ];
  for (const text of broken) {
    const pem = fromPem(ascii(text));
    assert.deepEqual([pem.label, pem.bad, pem.bytes.length], ["SOME KEY", true, 0], text);
  }
});
