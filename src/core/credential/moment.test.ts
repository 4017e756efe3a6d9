import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ascii } from "../bytes/text.ts";
import { parseMoment } from "./moment.ts";

test("any moment, in each of its forms", () => {
  const range = { min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(range), (date) => {
      const text = date.toISOString();
      const seconds = Math.floor(date.getTime() / 1000);
      const forms: [string, number][] = [
        [text.slice(0, 19), seconds],
        [`${text.slice(0, 19)}Z`, seconds],
        [text.slice(0, 19).replace("T", " "), seconds],
        [text.slice(0, 16), seconds - (seconds % 60)],
        [text.slice(0, 10), seconds - (seconds % 86400)],
      ];
      for (const [form, expected] of forms) assert.equal(parseMoment(ascii(form)), expected, form);
    }),
  );
});

test("what is none", () => {
  for (const text of [
    "",
    "2027",
    "2027-13-01",
    "2027-00-01",
    "2027-02-29",
    "2027-01-00",
    "1969-12-31",
    "2027/01/01",
    "2027-01-01 24:00",
    "2027-01-01 12:60",
    "2027-01-01 12:00:60",
    "2027-01-01x12:00",
    "2027-01-01 12.00",
    "2027-01-01 12:00.00",
    "2027-01-01 12:00:00+01",
    "tomorrow__",
  ]) {
    assert.equal(parseMoment(ascii(text)), -1, text);
  }
});
