import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromLittleEndian, littleEndian } from "../../test/support/curves.ts";
import { loadKernelModule } from "../../test/support/kernel-module.ts";

interface Montgomery {
  addModulo(out: number, a: number, b: number, m: number): void;
  subtractModulo(out: number, a: number, b: number, m: number): void;
  multiplyModulo(out: number, a: number, b: number, m: number): void;
  toMontgomery(out: number, a: number, m: number): void;
  fromMontgomery(out: number, a: number, m: number): void;
  invertModulo(out: number, a: number, m: number): void;
  isBelow(a: number, m: number): bigint;
  isZero(a: number): bigint;
}

const k = loadKernelModule<Montgomery>("montgomery");
const R = 2n ** 256n;

const moduli = {
  "p of P-256": 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  "n of P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "L of Curve25519": 2n ** 252n + 27742317777372353535851937790883648493n,
};

function inverse(a: bigint, m: bigint): bigint {
  let [r, next, s, following] = [m, ((a % m) + m) % m, 0n, 1n];
  while (next) [r, next, s, following] = [next, r % next, following, s - (r / next) * following];
  return ((s % m) + m) % m;
}

/** A modulus in the kernel's form. */
function placeModulus(m: bigint): number {
  const negativeInverse = 2n ** 64n - inverse(m, 2n ** 64n);
  return k.place(Buffer.concat([littleEndian(m), littleEndian((R * R) % m), littleEndian(negativeInverse)]));
}

/** The edges of [0, limit), and random numbers from it. */
function numbers(limit: bigint): bigint[] {
  const edges = [0n, 1n, 2n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 192n, limit / 2n, limit - 2n, limit - 1n];
  return [...edges, ...Array.from({ length: 20 }, () => fromLittleEndian(randomBytes(32)) % limit)];
}

for (const [name, m] of Object.entries(moduli)) {
  const result = (run: (out: number, modulus: number) => void): bigint => {
    const out = k.reserve(32);
    run(out, placeModulus(m));
    const number = fromLittleEndian(k.read(out, 32));
    k.release();
    return number;
  };
  const place = (n: bigint): number => k.place(littleEndian(n));

  test(`${name}: sums, differences and products, at the edges and at random`, () => {
    const rInverse = inverse(R, m);
    for (const b of numbers(m)) {
      for (const a of numbers(m)) {
        assert.equal(
          result((out, modulus) => k.exports.addModulo(out, place(a), place(b), modulus)),
          (a + b) % m,
        );
        assert.equal(
          result((out, modulus) => k.exports.subtractModulo(out, place(a), place(b), modulus)),
          (a - b + m) % m,
        );
      }
      for (const a of numbers(R))
        assert.equal(
          result((out, modulus) => k.exports.multiplyModulo(out, place(a), place(b), modulus)),
          (a * b * rInverse) % m,
        );
    }
  });

  test(`${name}: Montgomery's form there and back, and inverses`, () => {
    for (const a of numbers(R)) {
      const there = result((out, modulus) => k.exports.toMontgomery(out, place(a), modulus));
      assert.equal(there, (a * R) % m);
      assert.equal(
        result((out, modulus) => k.exports.fromMontgomery(out, place(there), modulus)),
        a % m,
      );
    }
    for (const a of numbers(m)) {
      const expected = a === 0n ? 0n : (inverse(a, m) * R * R) % m; // 1 / (a' / R) * R, of a = a' / R
      assert.equal(
        result((out, modulus) => k.exports.invertModulo(out, place(a), modulus)),
        expected,
      );
    }
  });

  test(`${name}: comparisons`, () => {
    for (const a of [...numbers(R), m - 1n, m, m + 1n]) {
      const [isBelow, isZero] = [k.exports.isBelow(place(a), placeModulus(m)), k.exports.isZero(place(a))];
      k.release();
      assert.equal(isBelow, a < m ? 1n : 0n);
      assert.equal(isZero, a === 0n ? 1n : 0n);
    }
  });
}
