import { test } from "node:test";
import assert from "node:assert/strict";
import { ascii } from "../bytes/text.ts";
import { firstCommon, holdsName, startsWithName } from "./name-list.ts";

test("an empty list has no names, and commas with nothing between them have an empty one", () => {
  for (const list of ["", "a", "none,zlib,zlib@openssh.com"]) assert.equal(holdsName(ascii(list), ""), false, list);
  for (const list of [",", ",a", "a,", "a,,b"]) assert.equal(holdsName(ascii(list), ""), true, list);
  assert.equal(startsWithName(ascii(",a"), ""), true);
  assert.equal(startsWithName(ascii("a,"), ""), false);
  for (const name of ["a", "b"]) assert.equal(holdsName(ascii("a,,b,"), name), true, name);
});

test("names are compared whole", () => {
  const list = ascii("zlib@openssh.com,none2,nonee");
  for (const name of ["none", "zlib", "", "nonee,", "zlib@openssh.com,none2"])
    assert.equal(holdsName(list, name), false, name);
  for (const name of ["zlib@openssh.com", "none2", "nonee"]) assert.equal(holdsName(list, name), true, name);
  assert.equal(startsWithName(list, "zlib"), false);
  assert.equal(startsWithName(list, "zlib@openssh.com"), true);
  assert.equal(startsWithName(ascii(""), ""), false);
});

test("the list decides between names that both have", () => {
  assert.equal(firstCommon(ascii("x,b,a"), ["a", "b"]), 1);
  assert.equal(firstCommon(ascii("a,b"), ["a", "b"]), 0);
  assert.equal(firstCommon(ascii("ab,ba"), ["a", "b"]), -1);
  assert.equal(firstCommon(ascii(""), ["a"]), -1);
  assert.equal(firstCommon(ascii("a"), []), -1);
});
