import { test } from "node:test";
import assert from "node:assert/strict";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { parsePublicKey } from "./key-types.ts";

const ED25519 = "ssh-ed25519";
const P256 = "ecdsa-sha2-nistp256";

test("a key of each type is taken", () => {
  for (const [key, length] of [
    [ed25519Key(), 32],
    [p256Key(), 65],
  ] as const) {
    const parsed = parsePublicKey(key.blob)!;
    assert.equal(parsed.type, key.algorithm);
    assert.equal(parsed.blob, key.blob);
    assert.deepEqual(Buffer.from(parsed.material), key.blob.subarray(-length));
  }
});

test("a key cut short anywhere, or with a byte behind it, is refused", () => {
  for (const key of [ed25519Key(), p256Key()]) {
    for (let n = 0; n < key.blob.length; n++) assert.equal(parsePublicKey(key.blob.subarray(0, n)), null);
    assert.equal(parsePublicKey(Buffer.concat([key.blob, Buffer.of(0)])), null);
  }
});

const malformed: Record<string, Buffer> = {
  "31 bytes of Ed25519": encode(ED25519, Buffer.alloc(31, 1)),
  "33 bytes of Ed25519": encode(ED25519, Buffer.alloc(33, 1)),
  "no bytes of Ed25519": encode(ED25519, ""),
  "a P-256 point of 64 bytes": encode(P256, "nistp256", Buffer.alloc(64, 4)),
  "a P-256 point of 66 bytes": encode(P256, "nistp256", Buffer.alloc(66, 4)),
  "a compressed P-256 point": encode(P256, "nistp256", Buffer.alloc(33, 2)),
  "a compressed P-256 point of 65 bytes": encode(P256, "nistp256", Buffer.alloc(65, 2)),
  "another curve under P-256's name": encode(P256, "nistp384", Buffer.alloc(65, 4)),
  "an Ed25519 key under P-256's name": encode(P256, Buffer.alloc(32, 1)),
  RSA: encode("ssh-rsa", Buffer.of(1, 0, 1), Buffer.alloc(256, 1)),
  "a name that is only the beginning of one": encode("ssh-ed2551", Buffer.alloc(32, 1)),
  "a name with a NUL": encode("ssh-ed25519\0", Buffer.alloc(32, 1)),
  nothing: Buffer.alloc(0),
};
for (const [name, blob] of Object.entries(malformed)) {
  test(`${name} is no key`, () => assert.equal(parsePublicKey(blob), null));
}
