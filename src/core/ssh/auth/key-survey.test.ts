import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { KeySurvey } from "./key-survey.ts";

const key = `ssh-ed25519 ${encode("ssh-ed25519", Buffer.alloc(32, 1)).toString("base64")}`;
const rsa = `ssh-rsa ${encode("ssh-rsa", Buffer.of(1, 0, 1), Buffer.alloc(257, 1)).toString("base64")}`;
const COMPOSITE = "ssh-mldsa44-ed25519@openssh.com";
const composite = `${COMPOSITE} ${encode(COMPOSITE, Buffer.alloc(1344, 1)).toString("base64")}`;
const survey = (...lines: string[]): KeySurvey => new KeySurvey(Buffer.from(lines.join("\n")), 1e9);

test("keys that let somebody in, with options and without", () => {
  const lines = [
    key,
    `  ${key} a comment\r`,
    "# nothing",
    "",
    `from="192.0.2.0/24",command="echo a b" ${key}`,
    `cert-authority,principals="root" ${key}`,
    `expiry-time="20380101" ${key}`,
  ];
  const { usable, refusals } = survey(...lines);
  assert.equal(usable, 5);
  assert.deepEqual(refusals, []);
});

test("of lines that let nobody in is said why", () => {
  const { usable, refusals } = survey(
    rsa,
    `unknown-option ${key}`,
    "# a comment",
    "ssh-ed25519 AAAA",
    `expiry-time="20000101" ${key}`,
    `principals="root" ${key}`,
    "words and words",
    `environment="A=B" ${key}`,
    key,
    composite,
  );
  assert.equal(usable, 1);
  assert.deepEqual(refusals, [
    "line 1: a key of type ssh-rsa, which is not taken",
    "line 2: unknown option unknown-option",
    "line 4: no key, or one that is damaged",
    "line 5: expired",
    "line 6: principals= without cert-authority",
    "line 7: no key, or one that is damaged",
    "line 8: environment= is not supported",
    `line 10: a key of type ${COMPOSITE}, which is not taken`,
  ]);
});

test("a line that is too long ends it", () => {
  const { usable, refusals } = survey(key, "x".repeat(65536), key);
  assert.equal(usable, 1);
  assert.deepEqual(refusals, ["line 2: too long: nothing from here on counts"]);
});
