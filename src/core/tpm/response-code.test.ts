import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTH_FAIL, BAD_AUTH, isLost, isWrongAuth, kindOf, LOCKOUT, NO_ANSWER, VALUE } from "./response-code.ts";
import { describe } from "./response-meaning.ts";

test("what a code is about, in words", () => {
  for (const [code, kind, words] of [
    [0x2c4, VALUE, /^TPM_RC_VALUE, parameter 2: .* \(0x2c4\)$/],
    [0x98e, AUTH_FAIL, /^TPM_RC_AUTH_FAIL, session 1: wrong PIN or password \(0x98e\)$/],
    [0x9a2, BAD_AUTH, /^TPM_RC_BAD_AUTH, session 1: /],
    [0x1c4, VALUE, /, parameter 1: /],
    [0x184, VALUE, /, handle 1: /],
    [0x084, VALUE, /^TPM_RC_VALUE: /],
    [0x921, LOCKOUT, /^TPM_RC_LOCKOUT: .* \(0x921\)$/],
    [NO_ANSWER, NO_ANSWER, /^the TPM does not answer$/],
    [0x9bf, 0x0bf, /^the TPM refuses, session 1 \(0x9bf\)$/],
    [0x155, 0x155, /^the TPM refuses \(0x155\)$/],
  ] as const) {
    assert.equal(kindOf(code), kind);
    assert.match(describe(code), words);
  }
});

test("which codes ask for a new start", () => {
  for (const code of [0x100, 0x910, 0x918, 0x18b, 0xf0000002]) assert.ok(isLost(code), code.toString(16));
  for (const code of [0, 0x98e, 0x921, 0x922, 0xf0000001]) assert.ok(!isLost(code), code.toString(16));
  assert.ok(isWrongAuth(0x98e) && isWrongAuth(0x9a2) && !isWrongAuth(0x921));
});
