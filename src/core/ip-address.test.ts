import assert from "node:assert/strict";
import { isIP, SocketAddress } from "node:net";
import { test } from "node:test";
import { hostText, parseAddress } from "./ip-address.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

for (const text of ["0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "fe80::", "1::8"]) {
  test(`${text} is read, and written alike`, () => {
    const address = parseAddress(bytes(text))!;
    assert.equal(address.length, isIP(text) === 4 ? 4 : 16);
    assert.equal(hostText(address), text);
  });
}

test("other spellings are one address", () => {
  for (const text of ["2001:DB8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8::0.0.0.1"]) {
    assert.equal(hostText(parseAddress(bytes(text))!), new SocketAddress({ address: text, family: "ipv6" }).address);
  }
  assert.deepEqual(parseAddress(bytes("::ffff:192.0.2.1")), parseAddress(bytes("192.0.2.1")));
});

for (const text of [
  "",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "01.2.3.4",
  "256.1.1.1",
  "1.2.3.4 ",
  "::1::",
  ":::",
  "1:2",
  "g::",
  "::1%lo",
]) {
  test(`"${text}" is no address`, () => assert.equal(parseAddress(bytes(text)), null));
}
