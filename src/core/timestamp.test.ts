import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { timestamp } from "./timestamp.ts";

const DAY = 86_400_000;

function ours(moment: number): string {
  const day = Math.floor(moment / DAY);
  const rest = moment - day * DAY;
  return timestamp(day, Math.floor(rest / 1000), rest % 1000);
}

test("every day from 1970 to 2400 is the one that Date says", () => {
  for (let day = 0; day < 157_000; day++) assert.equal(ours(day * DAY), new Date(day * DAY).toISOString());
});

test("times of day are those that Date says", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_000_000_000_000 }), (moment) => {
      assert.equal(ours(moment), new Date(moment).toISOString());
    }),
  );
});
