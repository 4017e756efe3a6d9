import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { dayOf, daysIn, timestamp } from "./timestamp.ts";

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

test("the day of each date, and the days of each month, are the calendar's", () => {
  for (let month = 0; month < 12 * 500; month++) {
    const date = new Date(Date.UTC(1800, month, 1));
    const [year, number] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
    assert.equal(dayOf(year, number, 1), date.getTime() / 86_400_000);
    assert.equal(daysIn(year, number), new Date(Date.UTC(year, number, 0)).getUTCDate());
  }
  assert.equal(dayOf(2026, 11, 20), Date.UTC(2026, 10, 20) / 86_400_000);
});
