import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Destination, Grant, PORT_FORWARDING, TERMINAL } from "./grant.ts";

function encoded(grant: Grant): Buffer {
  const w = new Writer(16);
  grant.encode(w);
  return Buffer.from(w.written());
}

const restricted = new Grant();
restricted.permissions = PORT_FORWARDING;
restricted.command = Buffer.from("rsync --server");
restricted.destinations = [new Destination(Buffer.from("::1"), 22), new Destination(Buffer.from("*"), 0)];
restricted.credential = "ssh-ed25519 SHA256:x";
const empty = Grant.ofAll("none");
empty.command = Buffer.alloc(0);

test("a grant comes out of its encoding as it went in", () => {
  for (const grant of [Grant.ofAll("none"), restricted, empty, new Grant()]) {
    const bytes = encoded(grant);
    const r = new Reader(bytes);
    const decoded = Grant.decode(r);
    assert.ok(r.ok());
    assert.deepEqual(encoded(decoded), bytes);
    assert.equal(decoded.command === null, grant.command === null);
    assert.equal(decoded.permits(TERMINAL), grant.permits(TERMINAL));
  }
});

test("where connections may lead: names as they are written, and ports", () => {
  const leads = (host: string, port: number, grant = restricted): boolean => grant.leadsTo(Buffer.from(host), port);
  const listed = new Grant();
  listed.permissions = PORT_FORWARDING;
  listed.destinations = [new Destination(Buffer.from("a"), 22), new Destination(Buffer.from("b"), 0)];
  assert.ok(leads("anywhere", 1, Grant.ofAll("none")));
  assert.ok(leads("anywhere", 1) && leads("::1", 22));
  assert.ok(leads("a", 22, listed) && leads("b", 65535, listed));
  for (const [host, port] of [
    ["a", 23],
    ["A", 22],
    ["c", 22],
    ["", 22],
    ["ab", 22],
  ] as const)
    assert.ok(!leads(host, port, listed), `${host}:${port}`);
  listed.permissions = TERMINAL;
  assert.ok(!leads("a", 22, listed));
  assert.ok(!leads("a", 22, new Grant()));
});

test("an encoding cut short, with a byte behind it, or with too many destinations is none", () => {
  const bytes = encoded(restricted);
  for (let length = 0; length < bytes.length; length++) {
    const r = new Reader(bytes.subarray(0, length));
    Grant.decode(r);
    assert.ok(!r.ok(), `${length}`);
  }
  for (const bad of [Buffer.concat([bytes, Buffer.of(0)]), Buffer.from("0000000000ffffffff00000000", "hex")]) {
    const r = new Reader(bad);
    Grant.decode(r);
    assert.ok(!r.ok());
  }
});
