/** The vector of draft-ietf-lamps-pq-composite-sigs for ML-DSA-44 with Ed25519 and SHA-512. */
import assert from "node:assert/strict";
import { mldsa44Ed25519 } from "../../src/core/ssh/key/key-kinds.ts";
import { verifyMldsa44Ed25519 } from "../../src/core/ssh/key/mldsa44-ed25519.ts";
import { installKernels } from "../../src/node/kernels.ts";
import { vectorTest } from "../support/vectors.ts";

installKernels();

interface Vector {
  m: string;
  pk: string;
  sk: string;
  s: string;
  sWithContext: string;
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

vectorTest<Vector>(
  "draft-ietf-lamps-pq-composite-sigs.json",
  () => 2,
  (v, tally) => {
    const [message, publicKey] = [bytes(v.m), bytes(v.pk)];
    assert.deepEqual(mldsa44Ed25519.publicKey(bytes(v.sk)), publicKey);
    assert.ok(verifyMldsa44Ed25519(bytes(v.s), message, publicKey));
    tally.ran();
    // SSH has no context: what was signed with one must not pass.
    assert.ok(!verifyMldsa44Ed25519(bytes(v.sWithContext), message, publicKey));
    tally.ran();
  },
);
