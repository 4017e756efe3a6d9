import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { unitNameOf, unitWord } from "./unit-text.ts";

/**
 * What systemd makes of a word in double quotes, by systemd.syntax(7), systemd.unit(5) and systemd.service(5): C's escapes,
 * then specifiers, then variables. Anything that would not stand for itself is an error.
 */
function systemdReads(word: Buffer): Buffer {
  assert.equal(word[0], 34);
  assert.equal(word.at(-1), 34);
  const inner = word.subarray(1, -1).toString("latin1");
  assert.match(inner, /^[ -~]*$/, "one line of printable ASCII");
  const escapes = inner.replaceAll(/\\(x[0-9a-f]{2}|.)|"/gs, (all, escape: string | undefined) => {
    assert.ok(escape !== undefined, `a quote at large in ${inner}`);
    if (escape.length === 3) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    assert.ok(escape === "\\" || escape === '"', `unexpected escape ${all}`);
    return escape;
  });
  const specifiers = escapes.replaceAll(/%(.?)/gs, (all, next) => {
    assert.equal(next, "%", `specifier ${all}`);
    return "%";
  });
  const variables = specifiers.replaceAll(/\$(.?)/gs, (all, next) => {
    assert.equal(next, "$", `variable ${all}`);
    return "$";
  });
  return Buffer.from(variables, "latin1");
}

test("each byte, and what is known to mean something, stands for itself", () => {
  const texts = [
    "",
    " ",
    "%h %% %",
    "$HOME ${HOME} $$",
    "\\t\\x41\\",
    '"quoted"',
    "it's",
    "a\nb\r\n",
    "; # -",
    "ä\xff",
  ];
  for (let byte = 1; byte < 256; byte++) texts.push(String.fromCharCode(byte), `a${String.fromCharCode(byte)}b`);
  for (const text of texts) {
    const bytes = Buffer.from(text, "latin1");
    assert.deepEqual(systemdReads(Buffer.from(unitWord(bytes))), bytes, JSON.stringify(text));
  }
  fc.assert(
    fc.property(fc.uint8Array({ min: 1 }), (bytes) => {
      assert.deepEqual(systemdReads(Buffer.from(unitWord(bytes))), Buffer.from(bytes));
    }),
  );
});

test("names of units are those of systemd-escape", () => {
  const paths = [
    "/dev/sda1",
    "/dev/disk/by-uuid/12-ab",
    "/.hidden/.x",
    "/a b/%$\\x20",
    "/dev/disk/by-label/my\\x20disk",
  ];
  for (const path of [...paths, "/ä/:_.~"]) {
    const expected = execFileSync("systemd-escape", ["--path", path], { encoding: "utf8" }).trimEnd();
    assert.equal(Buffer.from(unitNameOf(Buffer.from(path))).toString(), expected);
  }
});
