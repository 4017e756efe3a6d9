import { test } from "node:test";
import assert from "node:assert/strict";
import { diffieHellman, randomBytes } from "node:crypto";
import { x25519 as noble } from "@noble/curves/ed25519.js";
import { littleEndian, nodePrivateKey, nodePublicKey, x25519 } from "../../test/support/curves.ts";
import { fromHex, toHex } from "../../test/support/vectors.ts";

const P = 2n ** 255n - 19n;
const BASE = littleEndian(9n);

/** The same u with the bit that RFC 7748 masks. */
function withTopBit(u: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(u);
  copy[31]! |= 0x80;
  return copy;
}

test("RFC 7748 section 5.2: the two vectors", () => {
  assert.equal(
    toHex(
      x25519(
        fromHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
        fromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
      ),
    ),
    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
  );
  assert.equal(
    toHex(
      x25519(
        fromHex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
        fromHex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
      ),
    ),
    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
  );
});

test("RFC 7748 section 5.2: one and a thousand iterations", () => {
  let k = BASE;
  let u = BASE;
  for (let i = 1; i <= 1000; i++) {
    [k, u] = [x25519(k, u), k];
    if (i === 1) assert.equal(toHex(k), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  assert.equal(toHex(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
});

test("RFC 7748 section 6.1: Bob's public key and the shared secret", () => {
  const bob = fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const alice = fromHex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  assert.equal(toHex(x25519(bob, BASE)), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  assert.equal(toHex(x25519(bob, alice)), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
});

test("random scalars and points agree with noble, on the curve and on its twist, and with node:crypto", () => {
  for (let i = 0; i < 100; i++) {
    const scalar = randomBytes(32);
    const point = randomBytes(32); // half of all u are on the twist
    assert.equal(toHex(x25519(scalar, point)), toHex(noble.scalarMult(scalar, point)));
    const shared = diffieHellman({
      privateKey: nodePrivateKey("x25519", scalar),
      publicKey: nodePublicKey("x25519", point),
    });
    assert.equal(toHex(x25519(scalar, point)), toHex(shared));
  }
});

test("the short way for the base point agrees with the ladder", () => {
  const edges = [0n, 1n, 8n, 2n ** 254n, 2n ** 255n - 1n, 2n ** 256n - 1n].map(littleEndian);
  for (const scalar of [...edges, ...Array.from({ length: 100 }, () => randomBytes(32))]) {
    const short = toHex(x25519(scalar, BASE));
    // The same u in two more encodings, which go the long way.
    assert.equal(toHex(x25519(scalar, littleEndian(P + 9n))), short);
    assert.equal(toHex(x25519(scalar, withTopBit(BASE))), short);
    assert.equal(toHex(noble.getPublicKey(scalar)), short);
  }
});

test("u from p on is taken mod p, and its top bit is ignored", () => {
  for (let u = 0n; u < 19n; u++) {
    const scalar = randomBytes(32);
    const canonical = littleEndian(u);
    assert.equal(toHex(x25519(scalar, littleEndian(P + u))), toHex(x25519(scalar, canonical)), `p + ${u}`);
    assert.equal(
      toHex(x25519(scalar, withTopBit(canonical))),
      toHex(x25519(scalar, canonical)),
      `${u} with the top bit`,
    );
  }
});

test("points of small order give zero, in all their encodings", () => {
  const u8 = [
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  ].map(fromHex);
  const points = [...[0n, 1n, P - 1n, P, P + 1n].map(littleEndian), ...u8];
  for (const point of [...points, ...points.map(withTopBit)])
    for (let i = 0; i < 10; i++)
      assert.ok(
        x25519(randomBytes(32), point).every((byte) => byte === 0),
        toHex(point),
      );
});
