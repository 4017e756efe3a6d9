import assert from "node:assert/strict";
import { test } from "node:test";
import { Penalties, PenaltyOptions, SOURCES_LIMIT } from "./penalties.ts";

const penalties = (configure: (options: PenaltyOptions) => void = () => {}): Penalties => {
  const options = new PenaltyOptions();
  configure(options);
  return new Penalties(options);
};

test("penalties are enforced from the minimum on, and end by themselves", () => {
  const table = penalties();
  assert.equal(table.add("a", 5000, 1000), false);
  assert.equal(table.add("a", 5000, 1000), false);
  assert.equal(table.left("a", 1000), 0, "10 s are less than 15 s");
  assert.equal(table.add("a", 5000, 1000), true, "from now on");
  assert.equal(table.add("a", 5000, 1000), false, "it was refused already");
  assert.equal(table.left("a", 1000), 20_000);
  assert.equal(table.left("a", 20_999), 1);
  assert.equal(table.left("a", 21_000), 0);
  assert.equal(table.left("b", 1000), 0);
});

test("what is below the minimum runs out as well", () => {
  const table = penalties();
  for (let now = 0; now < 1000_000; now += 5000) {
    assert.equal(table.add("a", 5000, now), false);
    assert.equal(table.left("a", now), 0);
  }
});

test("a source that is refused stays so when little is left, and is free again afterwards", () => {
  const table = penalties();
  assert.equal(table.add("a", 90_000, 0), true);
  assert.equal(table.left("a", 89_999), 1);
  assert.equal(table.add("a", 1000, 90_000), false, "a new account, far from the minimum");
  assert.equal(table.left("a", 90_000), 0);
});

test("nobody is refused for longer than the maximum", () => {
  const table = penalties();
  for (let i = 0; i < 100; i++) table.add("a", 90_000, 1000);
  assert.equal(table.left("a", 1000), 600_000);
});

test("a login pays everything", () => {
  const table = penalties();
  table.add("a", 600_000, 0);
  table.add("b", 14_000, 0);
  table.add("c", 90_000, 0);
  for (const source of ["a", "b", "unknown"]) table.forgive(source);
  assert.deepEqual([table.left("a", 1), table.left("c", 1)], [0, 89_999]);
  assert.equal(table.add("b", 5000, 1), false, "from nothing again");
});

test("a penalty of nothing is none", () => {
  const table = penalties((options) => (options.minimum = 0));
  assert.equal(table.add("a", 0, 0), false);
  assert.equal(table.left("a", 0), 0);
  assert.equal(table.add("a", 1, 0), true);
});

test("the table is bounded: whoever has the least left makes room", () => {
  const table = penalties();
  table.add("worst", 600_000, 0);
  table.add("least", 15_000, 0);
  for (let i = 0; i < SOURCES_LIMIT - 2; i++) table.add(`${i}`, 20_000 + i, 0);
  assert.equal(table.left("least", 0), 15_000);
  table.add("new", 30_000, 0);
  assert.deepEqual([table.left("least", 0), table.left("0", 0), table.left("new", 0)], [0, 20_000, 30_000]);
  for (let i = 0; i < 3 * SOURCES_LIMIT; i++) table.add(`other ${i}`, 100_000, 0);
  assert.equal(table.left("worst", 0), 600_000);
  assert.equal(table["accounts"].length, SOURCES_LIMIT);
  table.add("later", 15_000, 600_000);
  assert.equal(table["accounts"].length, 1, "what has run out is gone");
});
