import { test } from "node:test";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { keyPairFault, publicKeyFault } from "./key-folder.ts";
import { ed25519 } from "./key-kinds.ts";
import { installKernels } from "../../../node/kernels.ts";

installKernels();

/** A key pair made by Node: the contents of both files. */
function pair(): [publicKey: Uint8Array, secretKey: Uint8Array] {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d!, "base64url");
  const publicKey = Buffer.from(x!, "base64url");
  return [new Uint8Array(publicKey), new Uint8Array(Buffer.concat([seed, publicKey]))];
}

test("a pair made by Node is accepted, and its seed gives the same pair", () => {
  const [publicKey, secretKey] = pair();
  assert.equal(keyPairFault(ed25519, publicKey, secretKey), "");
  assert.deepEqual(ed25519.fromSeed(secretKey.slice(0, 32)), secretKey);
});

test("wrong lengths are named", () => {
  const [publicKey, secretKey] = pair();
  assert.equal(publicKeyFault(ed25519, publicKey.subarray(1)), "ed25519.pk has 31 bytes, not 32");
  assert.equal(keyPairFault(ed25519, new Uint8Array(0), secretKey), "ed25519.pk has 0 bytes, not 32");
  assert.equal(keyPairFault(ed25519, publicKey, secretKey.subarray(0, 63)), ".ed25519.sk has 63 bytes, not 64");
  assert.equal(keyPairFault(ed25519, secretKey, publicKey), "ed25519.pk and .ed25519.sk are swapped");
});

test("files of two keys, and a secret key with a foreign public half, are told apart", () => {
  const [publicKey, secretKey] = pair();
  const [otherPublic, otherSecret] = pair();
  assert.match(keyPairFault(ed25519, publicKey, otherSecret), /not of the same key/);
  const mixed = Uint8Array.from([...secretKey.subarray(0, 32), ...otherPublic]);
  assert.match(keyPairFault(ed25519, otherPublic, mixed), /two halves do not belong together/);
});

test("a single flipped bit anywhere is found", () => {
  const [publicKey, secretKey] = pair();
  for (let bit = 0; bit < 96 * 8; bit += 7) {
    const both = Buffer.concat([publicKey, secretKey]);
    both[bit >> 3]! ^= 1 << (bit & 7);
    assert.notEqual(keyPairFault(ed25519, both.subarray(0, 32), both.subarray(32)), "", `bit ${bit}`);
  }
});

test("the public key's line is OpenSSH's", () => {
  const zero = ed25519.line(new Uint8Array(32));
  assert.equal(zero, `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`);
});
