/** Durations as OpenSSH writes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./duration.ts";

const seconds = (text: string, limit = 1e9): number => parseDuration(Buffer.from(text, "latin1"), limit);

test("numbers with and without units, and several of them", () => {
  for (const [text, expected] of [
    ["0", 0],
    ["600", 600],
    ["90s", 90],
    ["10m", 600],
    ["1h30m", 5400],
    ["1H30M", 5400],
    ["1w2d", 777_600],
    ["1m30", 90],
  ] as const) {
    assert.equal(seconds(text), expected, text);
  }
});

test("what is no duration, or too long a one", () => {
  for (const text of ["", "m", "1x", "1mm", "-1", "+1", "1 h", "1.5h", "ten", "1m\0"]) {
    assert.equal(seconds(text), -1, text);
  }
  assert.equal(seconds("10m", 600), 600);
  assert.equal(seconds("601", 600), -1);
  assert.equal(seconds("9".repeat(400), 4_294_967_295), -1);
});
