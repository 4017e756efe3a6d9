import { test } from "node:test";
import assert from "node:assert/strict";
import {
  ALLOWED,
  AUTHENTICATING,
  AWAIT_INIT,
  AWAIT_KEXINIT,
  AWAIT_NEWKEYS,
  CONNECTED,
  IGNORED,
  judge,
  PROTECTED,
  REFUSED,
  UNKNOWN,
  UNPROTECTED,
} from "./order.ts";

/** The numbers, of all that fit into a byte, on which the verdict is `verdict`. */
function judged(verdict: number, phase: number, stage: number, strict: boolean): number[] {
  const found = [];
  for (let number = 0; number < 256; number++) {
    if (judge(number, phase, stage, strict) === verdict) found.push(number);
  }
  return found;
}

const channels = [90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100];

test("strict key exchange lets nothing through but its own next message, and a farewell", () => {
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_KEXINIT, true), [1, 20]);
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_INIT, true), [1, 30]);
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_NEWKEYS, true), [1, 21]);
});

test("without it, IGNORE, UNIMPLEMENTED and DEBUG may come in between", () => {
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_KEXINIT, false), [1, 2, 3, 4, 20]);
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_INIT, false), [1, 2, 3, 4, 30]);
  assert.deepEqual(judged(ALLOWED, UNPROTECTED, AWAIT_NEWKEYS, false), [1, 2, 3, 4, 21]);
});

test("before the first keys, and within any key exchange, the rest is a violation", () => {
  for (const strict of [true, false]) {
    for (const stage of [AWAIT_KEXINIT, AWAIT_INIT, AWAIT_NEWKEYS]) {
      assert.deepEqual(judged(UNKNOWN, UNPROTECTED, stage, strict), []);
      assert.deepEqual(judged(IGNORED, UNPROTECTED, stage, strict), []);
    }
    for (const stage of [AWAIT_INIT, AWAIT_NEWKEYS]) {
      assert.deepEqual(judged(UNKNOWN, CONNECTED, stage, strict), []);
      assert.deepEqual(judged(IGNORED, CONNECTED, stage, strict), []);
    }
  }
});

test("until a client is authenticated it may ask for that, and nothing else", () => {
  for (const strict of [true, false]) {
    assert.deepEqual(judged(ALLOWED, PROTECTED, AWAIT_KEXINIT, strict), [1, 2, 3, 4, 5, 7, 50, 192]);
    assert.deepEqual(judged(ALLOWED, AUTHENTICATING, AWAIT_KEXINIT, strict), [1, 2, 3, 4, 5, 50, 192]);
    for (const number of [20, 21, 30, 80, ...channels])
      assert.equal(judge(number, AUTHENTICATING, AWAIT_KEXINIT, strict), REFUSED, `${number}`);
  }
});

test("then it may use the connection, within a rekeying too, and ask for new keys", () => {
  const goesOn = [80, 81, 82, ...channels, 192];
  for (const strict of [true, false]) {
    assert.deepEqual(judged(ALLOWED, CONNECTED, AWAIT_KEXINIT, strict), [1, 2, 3, 4, 20, ...goesOn]);
    assert.deepEqual(judged(IGNORED, CONNECTED, AWAIT_KEXINIT, strict), [50]);
    assert.deepEqual(judged(REFUSED, CONNECTED, AWAIT_KEXINIT, strict), [5, 7, 21, 30]);
    assert.deepEqual(judged(ALLOWED, CONNECTED, AWAIT_INIT, strict), [1, 2, 3, 4, 30, ...goesOn]);
    assert.deepEqual(judged(ALLOWED, CONNECTED, AWAIT_NEWKEYS, strict), [1, 2, 3, 4, 21, ...goesOn]);
  }
});

test("what nobody knows is answered with UNIMPLEMENTED", () => {
  for (const number of [0, 6, 8, 31, 49, 51, 60, 79, 83, 101, 127, 128, 191, 193, 255])
    assert.equal(judge(number, CONNECTED, AWAIT_KEXINIT, true), UNKNOWN, `${number}`);
});
