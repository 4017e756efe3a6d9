/** Beside node:crypto's ECDSA. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { encode, Fields } from "../../../../test/support/ssh/wire.ts";
import { installKernels } from "../../../node/kernels.ts";
import { nistp256 } from "./key-kinds.ts";
import { parsePublicKey } from "./key-types.ts";
import { verifySignature } from "./signature.ts";

installKernels();

test("keys and signatures are as on the wire, and hold for node:crypto and for our own verification", () => {
  const shortened = new Set<boolean>();
  for (let i = 0; i < 40 || shortened.size < 2; i++) {
    const secretKey = nistp256.fromSeed(new Uint8Array(randomBytes(32)));
    const theirs = createECDH("prime256v1");
    theirs.setPrivateKey(secretKey);
    const point = theirs.getPublicKey();
    assert.deepEqual(Buffer.from(nistp256.publicKey(secretKey)), point);
    const blob = Buffer.from(nistp256.blob(point));
    assert.deepEqual(blob, encode("ecdsa-sha2-nistp256", "nistp256", point));

    const message = randomBytes(i);
    const signature = Buffer.from(nistp256.signatureBlob(nistp256.sign(secretKey, message, randomBytes(32))));
    assert.ok(verifySignature(parsePublicKey(blob)!, signature, message));
    const fields = new Fields(signature);
    assert.equal(fields.text(), "ecdsa-sha2-nistp256");
    const pair = new Fields(fields.string());
    const scalars = [pair.string(), pair.string()];
    for (const scalar of scalars) shortened.add(scalar.length > 32);
    const [r, s] = scalars.map((scalar) => Buffer.concat([Buffer.alloc(32), scalar]).subarray(-32));
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
    const key = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: x!, y: y! } });
    assert.ok(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat([r!, s!])));
  }
});

test("scalars that are no secret keys are not sound, and sign nothing", () => {
  for (const secretKey of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
    assert.equal(nistp256.isSound(secretKey), false);
    assert.equal(nistp256.sign(secretKey, new Uint8Array(5), new Uint8Array(32)).length, 0);
  }
  assert.ok(nistp256.isSound(new Uint8Array(32).fill(1)));
});

test("two signatures of a message differ by the random bytes alone", () => {
  const secretKey = new Uint8Array(32).fill(3);
  const made = [1, 1, 2].map((n) =>
    Buffer.from(nistp256.sign(secretKey, Buffer.from("m"), new Uint8Array(32).fill(n))),
  );
  assert.deepEqual(made[0], made[1]);
  assert.notDeepEqual(made[0], made[2]);
});
