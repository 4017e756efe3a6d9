import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import {
  certificateOf,
  lineOf,
  revocationList,
  securityKey,
  type CertificateOptions,
} from "../../../../test/support/certificates.ts";
import { temporaryFolder } from "../../../../test/support/fixture.ts";
import { makeKey } from "../../../../test/support/keys.ts";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { Credential } from "./credential.ts";
import { RevokedKeys } from "./revoked-keys.ts";

const folder = temporaryFolder();
const ca = (name = "ca"): string => join(folder(), name);
const caLine = (name = "ca"): string => readFileSync(`${ca(name)}.pub`, "utf8");
const caBlob = (name = "ca"): Buffer => Buffer.from(caLine(name).split(" ")[1]!, "base64");

before(() => {
  makeKey(join(folder(), "ca"));
  makeKey(join(folder(), "other"), "ecdsa");
});

interface Answer {
  revoked: boolean;
  error: string;
}

function ask(list: Uint8Array, blob: Uint8Array): Answer {
  const keys = new RevokedKeys(list);
  return { revoked: keys.revokes(Credential.parse(blob)!), error: keys.error };
}

/** What ssh-keygen says. */
function theirs(list: Uint8Array, blob: Uint8Array): boolean {
  writeFileSync(join(folder(), "list"), list);
  writeFileSync(join(folder(), "asked.pub"), `${lineOf(blob)}\n`);
  const { status } = spawnSync("ssh-keygen", ["-Q", "-f", join(folder(), "list"), join(folder(), "asked.pub")]);
  assert.ok(status === 0 || status === 1);
  return status === 1;
}

const key = ed25519Key();
const certificate = (serial: bigint, options: CertificateOptions = {}): Buffer =>
  certificateOf(ca(), key.blob, { principals: "user", id: `id ${serial}`, serial, ...options });

test("every kind of key, explicitly and by its hash, as ssh-keygen has it", () => {
  for (const own of [ed25519Key(), p256Key(), securityKey("ed25519"), securityKey("ecdsa")]) {
    const inside = certificateOf(ca(), own.blob, { principals: "user" });
    for (const list of [
      revocationList({ "a.pub": lineOf(own.blob) }),
      revocationList({ spec: `key: ${lineOf(own.blob)}\n` }),
      revocationList({ spec: `sha256: ${lineOf(own.blob)}\n` }),
    ]) {
      for (const [blob, expected] of [
        [own.blob, true],
        [inside, true],
        [key.blob, false],
        [certificate(1n), false],
      ] as const) {
        assert.deepEqual(ask(list, blob), { revoked: expected, error: "" });
        assert.equal(theirs(list, blob), expected);
      }
    }
  }
});

test("an authority's key takes its certificates with it", () => {
  const list = revocationList({ "ca.pub": caLine() });
  assert.ok(ask(list, certificate(1n)).revoked);
  assert.ok(ask(list, caBlob()).revoked);
  assert.ok(!ask(list, certificateOf(ca("other"), key.blob, { principals: "user" })).revoked);
});

test("serial numbers, one by one, in ranges and in bitmaps, as ssh-keygen has it", () => {
  const most = 2n ** 64n - 1n;
  const lists = [
    ["serial: 5"],
    ["serial: 10-20"],
    [`serial: ${most - 1n}-${most}`],
    Array.from({ length: 64 }, (_, i) => `serial: ${2n ** 33n + BigInt(i * 2)}`),
    Array.from({ length: 40 }, (_, i) => `serial: ${i * 3 + 1}`),
    ["serial: 4294967295", "serial: 4294967297"],
  ];
  const serials = [1n, 4n, 5n, 6n, 9n, 10n, 20n, 21n, 4294967295n, 4294967296n, 4294967297n, 2n ** 33n, 2n ** 33n + 3n];
  const all = [...serials, 2n ** 33n + 126n, 2n ** 33n + 128n, most - 2n, most - 1n, most].map(
    (serial) => [serial, certificate(serial)] as const,
  );
  let found = 0;
  for (const lines of lists) {
    const list = revocationList({ spec: `${lines.join("\n")}\n` }, ca());
    for (const [serial, blob] of all) {
      const { revoked, error } = ask(list, blob);
      assert.equal(error, "");
      assert.equal(revoked, theirs(list, blob), `${serial} in ${lines}`);
      if (revoked) found++;
    }
    assert.ok(!ask(list, key.blob).revoked, "the key alone has no serial number");
  }
  assert.ok(found > 10);
});

test("serial numbers and names count for their authority alone", () => {
  for (const spec of ["serial: 7\n", "id: id 7\n"]) {
    assert.ok(ask(revocationList({ spec }, ca()), certificate(7n)).revoked);
    assert.ok(!ask(revocationList({ spec }, ca("other")), certificate(7n)).revoked);
    assert.ok(!ask(revocationList({ spec }, ca()), certificate(8n)).revoked);
  }
});

test("a certificate as such: by its serial number, or by its name if it has none", () => {
  for (const [made, other] of [
    [certificate(9n), certificate(10n)],
    [certificate(0n, { id: "a" }), certificate(0n, { id: "b" })],
  ] as const) {
    const list = revocationList({ "cert.pub": lineOf(made) });
    assert.ok(ask(list, made).revoked);
    assert.ok(!ask(list, other).revoked);
    assert.ok(!ask(list, key.blob).revoked);
  }
});

test("SHA-1 hashes are an error", () => {
  const list = revocationList({ spec: `sha1: ${lineOf(ed25519Key().blob)}\n` });
  assert.deepEqual(ask(list, key.blob), { revoked: true, error: "it lists SHA-1 hashes, which are not supported" });
});

test("a binary list cut short anywhere, or with something behind it, lets nobody in", () => {
  const spec = "serial: 1-9\nserial: 20\nid: x\n";
  const list = revocationList({ spec, keys: `sha256: ${lineOf(ed25519Key().blob)}\n` }, ca());
  assert.deepEqual(ask(list, key.blob), { revoked: false, error: "" });
  const sectionsBegin = 8 + 4 + 24 + 4 + 4;
  for (let length = 1; length < list.length; length++) {
    const { revoked, error } = ask(list.subarray(0, length), key.blob);
    const section = list.subarray(sectionsBegin);
    const whole = length === sectionsBegin || length === sectionsBegin + 5 + section.readUInt32BE(1);
    assert.equal(revoked && error !== "", !whole, `${length} bytes`);
  }
  assert.ok(ask(Buffer.concat([list, Buffer.of(2)]), key.blob).revoked);
  const head = list.subarray(0, sectionsBegin);
  const section = (type: number, ...parts: Parameters<typeof encode>): Buffer =>
    Buffer.concat([Buffer.of(type), encode(Buffer.concat(parts as Buffer[]))]);
  const optional = Buffer.concat([encode("x@example.org"), Buffer.of(0), encode("")]);
  const critical = Buffer.concat([encode("x@example.org"), Buffer.of(1), encode("")]);
  const cases: [name: string, sections: Buffer, revoked: boolean][] = [
    ["an unknown section", section(6), true],
    ["an extension", section(255, optional), false],
    ["a critical extension", section(255, critical), true],
    ["an extension about certificates", section(1, encode("", ""), section(0x39, optional)), false],
    ["a critical extension about certificates", section(1, encode("", ""), section(0x39, critical)), true],
    ["an unknown section about certificates", section(1, encode("", ""), section(0x24)), true],
    ["a serial number of seven bytes", section(1, encode("", ""), section(0x20, Buffer.alloc(7))), true],
    ["half a range", section(1, encode("", ""), section(0x21, Buffer.alloc(8))), true],
    ["a negative bitmap", section(1, encode("", ""), section(0x22, Buffer.alloc(8), encode(Buffer.of(128)))), true],
    ["a signature", Buffer.concat([section(4), encode("")]), false],
    ["a section behind the signature", Buffer.concat([section(4), encode(""), section(2)]), true],
  ];
  for (const [name, sections, expected] of cases) {
    const { revoked, error } = ask(Buffer.concat([head, sections]), key.blob);
    assert.equal(revoked, expected, name);
    assert.equal(error !== "", expected, name);
  }
  const format = Buffer.from(list);
  format[11] = 2;
  assert.match(ask(format, key.blob).error, /format/);
});

test("any authority's certificates, where the list names none", () => {
  const head = revocationList({ "a.pub": lineOf(ed25519Key().blob) }).subarray(0, 44);
  const serial = Buffer.alloc(8);
  serial[7] = 7;
  const inner = Buffer.concat([encode("", ""), Buffer.of(0x20), encode(serial)]);
  const list = Buffer.concat([head, Buffer.of(1), encode(inner)]);
  assert.deepEqual(ask(list, certificate(7n)), { revoked: true, error: "" });
  assert.deepEqual(ask(list, certificate(8n)), { revoked: false, error: "" });
});

test("lines of keys: the key, its certificates, and those of its authority", () => {
  const lines = (...blobs: Buffer[]): Buffer => Buffer.from(`# gone\n\n${blobs.map(lineOf).join(" me\n")}\n`);
  assert.ok(ask(lines(p256Key().blob, key.blob), key.blob).revoked);
  assert.ok(ask(lines(key.blob), certificate(1n)).revoked);
  assert.ok(ask(lines(caBlob()), certificate(1n)).revoked);
  assert.ok(ask(lines(certificate(1n)), key.blob).revoked, "a certificate in the list stands for its key");
  const certifiedAuthority = certificateOf(ca("other"), caBlob(), { principals: "user" });
  assert.ok(ask(lines(certifiedAuthority), certificate(1n)).revoked, "an authority's too");
  for (const file of [Buffer.alloc(0), lines(p256Key().blob), lines(encode("ssh-rsa", Buffer.of(3), "n"))]) {
    assert.deepEqual(ask(file, key.blob), { revoked: false, error: "" });
  }
});

test("a line that is no key lets nobody in", () => {
  const line = lineOf(p256Key().blob);
  for (const bad of [
    "x",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    `restrict ${line}`,
    line.slice(1),
    line.replace(" ", " A"),
  ]) {
    const { revoked, error } = ask(Buffer.from(`${line}\n${bad}\n`), key.blob);
    assert.ok(revoked, bad);
    assert.match(error, /^line 2 is not a public key$/);
  }
  assert.match(ask(Buffer.from("x".repeat(65536)), key.blob).error, /line 1 is too long/);
});
