import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matches } from "../../bytes/pattern.ts";
import { parseAddress } from "../../ip-address.ts";
import { ABSENT, lookUp, MALFORMED, PRESENT } from "./address-list.ts";

const text = (words: string): Buffer => Buffer.from(words, "latin1");
const look = (list: string, address: string, patterns = true): number =>
  lookUp(text(list), parseAddress(text(address)) ?? Buffer.alloc(0), patterns);

const cases: [list: string, address: string, outcome: number][] = [
  ["192.0.2.7", "192.0.2.7", PRESENT],
  ["192.0.2.7", "192.0.2.70", ABSENT],
  ["192.0.2.0/24", "192.0.2.255", PRESENT],
  ["192.0.2.0/24", "192.0.3.0", ABSENT],
  ["192.0.2.6/31", "192.0.2.7", PRESENT],
  ["0.0.0.0/0", "255.255.255.255", PRESENT],
  ["0.0.0.0/0", "::1", ABSENT],
  ["::/0", "192.0.2.7", ABSENT],
  ["2001:DB8::/32", "2001:db8:ffff::1", PRESENT],
  ["2001:db8::/33", "2001:db8:8000::1", ABSENT],
  ["::ffff:192.0.2.7", "192.0.2.7", PRESENT],
  ["192.0.2.*", "192.0.2.7", PRESENT],
  ["192.0.2.?", "192.0.2.70", ABSENT],
  ["2001:DB8::*", "2001:db8::1", PRESENT],
  ["*", "::1", PRESENT],
  ["!192.0.2.7,*", "192.0.2.7", ABSENT],
  ["*,!192.0.2.7", "192.0.2.7", ABSENT],
  ["*,!192.0.2.0/24", "192.0.2.7", ABSENT],
  ["*,!192.0.*", "192.0.2.7", ABSENT],
  ["!192.0.2.7,*", "192.0.2.8", PRESENT],
  ["!192.0.2.7", "192.0.2.8", ABSENT],
  ["*.example.org,localhost", "127.0.0.1", ABSENT],
  ["10.0.0.1,192.0.2.7", "192.0.2.7", PRESENT],
  ["", "192.0.2.7", MALFORMED],
  ["192.0.2.7,", "192.0.2.7", MALFORMED],
  [",192.0.2.7", "192.0.2.7", MALFORMED],
  ["!,*", "192.0.2.7", MALFORMED],
  ["192.0.2.7/24", "192.0.2.7", MALFORMED],
  ["192.0.2.0/33", "192.0.2.7", MALFORMED],
  ["192.0.2.0/-1", "192.0.2.7", MALFORMED],
  ["192.0.2/24", "192.0.2.7", MALFORMED],
  ["*", "unknown", ABSENT],
  ["0.0.0.0/0,::/0", "unknown", ABSENT],
];
for (const [list, address, outcome] of cases) {
  test(`${address} in "${list}": ${outcome}`, () => assert.equal(look(list, address), outcome));
}

test("without patterns there are networks alone", () => {
  assert.equal(look("192.0.2.0/24,::/0", "192.0.2.7", false), PRESENT);
  for (const list of ["192.0.2.*", "*", "!192.0.2.7", "example.org"]) {
    assert.equal(look(list, "192.0.2.7", false), MALFORMED, list);
  }
});

test("patterns match what the regular expression does, and soon say no", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(letters, pattern, (word, glob) => {
      const expression = glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      assert.equal(matches(text(word), text(glob)), new RegExp(`^${expression}$`).test(word));
    }),
  );
  assert.ok(!matches(text("a".repeat(10_000)), text("*a".repeat(30) + "b")));
});
