import assert from "node:assert/strict";
import { test } from "node:test";
import { Throttle } from "./throttle.ts";

test("so many lines in each period, and the others are counted", () => {
  const throttle = new Throttle(2, 1000);
  assert.deepEqual(
    [5, 6, 7, 1004].map((now) => throttle.allows(now)),
    [true, true, false, false],
  );
  assert.equal(throttle.missed, 2);
  assert.equal(throttle.allows(1005), true);
});
