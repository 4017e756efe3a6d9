import { test } from "node:test";
import assert from "node:assert/strict";
import { ascii, printable } from "../bytes/text.ts";
import { firstCommon, holdsName, NameList, startsWithName } from "./name-list.ts";

function names(list: string): string[] {
  const found: string[] = [];
  const walk = new NameList(ascii(list));
  while (walk.next()) found.push(printable(walk.name));
  return found;
}

test("a list yields its names in order, empty ones included", () => {
  assert.deepEqual(names(""), []);
  assert.deepEqual(names("a"), ["a"]);
  assert.deepEqual(names("none,zlib,zlib@openssh.com"), ["none", "zlib", "zlib@openssh.com"]);
  assert.deepEqual(names(","), ["", ""]);
  assert.deepEqual(names("a,,b,"), ["a", "", "b", ""]);
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
