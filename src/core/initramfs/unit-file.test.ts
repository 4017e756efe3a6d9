import assert from "node:assert/strict";
import { test } from "node:test";
import { listenPort, settingOf } from "./unit-file.ts";

test("values of settings", () => {
  const unit = Buffer.from("[A]\r\n#Name=no\nName= one \r\n Name\t=two words\nNames=3\nName\nOther=");
  assert.equal(Buffer.from(settingOf(unit, "Name")).toString(), "two words");
  for (const name of ["Other", "Missing", "Nam"]) assert.equal(settingOf(unit, name).length, 0);
});

const ports: [value: string, port: number][] = [
  ["22", 22],
  ["0.0.0.0:2222", 2222],
  ["[::]:65535", 65535],
  ["65536", 0],
  ["0", 0],
  ["/run/socket", 0],
  ["", 0],
  ["22x", 0],
];
for (const [value, port] of ports) {
  test(`ListenStream=${value}`, () => assert.equal(listenPort(Buffer.from(`[Socket]\nListenStream=${value}`)), port));
}
