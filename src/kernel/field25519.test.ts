import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromLittleEndian, littleEndian } from "../../test/support/curves.ts";
import { loadKernelModule } from "../../test/support/kernel-module.ts";
import { toHex } from "../../test/support/vectors.ts";

interface Field {
  fieldAdd(out: number, a: number, b: number): void;
  fieldSubtract(out: number, a: number, b: number): void;
  fieldNegateIf(a: number, mask: bigint): void;
  fieldMultiply(out: number, a: number, b: number): void;
  fieldSquare(out: number, a: number): void;
  fieldScale(out: number, a: number, factor: bigint): void;
  fieldPower252(out: number, a: number): void;
  fieldInvert(out: number, a: number): void;
  fieldFromBytes(out: number, bytes: number): void;
  fieldToBytes(out: number, a: number): void;
  fieldIsZero(a: number): number;
}

const k = loadKernelModule<Field>("field25519");
const field = k.exports;

const P = 2n ** 255n - 19n;
const LIMB = 2n ** 51n;
const FIELD = 48;

/** What the head of field25519.ts allows: the largest limb of a reduced element, and of a loose one. */
const REDUCED = LIMB;
const LOOSE = 5n * LIMB;

/** The limbs of a number below 5 p. */
const digits = (n: bigint): bigint[] => [0n, 1n, 2n, 3n, 4n].map((i) => (n >> (51n * i)) % (i === 4n ? LOOSE : LIMB));
const modulo = (n: bigint): bigint => ((n % P) + P) % P;
const value = (limbs: bigint[]): bigint => limbs.reduce((sum, limb, i) => sum + limb * LIMB ** BigInt(i), 0n);

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = modulo(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
}

function place(limbs: bigint[]): number {
  const bytes = new Uint8Array(FIELD);
  limbs.forEach((limb, i) => new DataView(bytes.buffer).setBigUint64(8 * i, limb, true));
  return k.place(bytes);
}

function limbsAt(pointer: number): bigint[] {
  const view = new DataView(k.read(pointer, FIELD).buffer);
  return [0, 1, 2, 3, 4].map((i) => view.getBigUint64(8 * i, true));
}

/** Elements with limbs up to `limit`: the extremes, and random ones. */
function elements(limit: bigint): bigint[][] {
  const uniform = [0n, 1n, 18n, 19n, limit - 1n, limit].map((limb) => Array<bigint>(5).fill(limb));
  const single = [0, 1, 2, 3, 4].map((i) => Array.from({ length: 5 }, (_, j) => (i === j ? limit : 0n)));
  const random = () => BigInt(`0x${randomBytes(8).toString("hex")}`) % (limit + 1n);
  return [...uniform, ...single, ...Array.from({ length: 20 }, () => Array.from({ length: 5 }, random))];
}

/** The element that `run` writes must have this value, and be reduced. */
function assertReduced(run: (out: number) => void, expected: bigint): void {
  const out = k.reserve(FIELD);
  run(out);
  const limbs = limbsAt(out);
  assert.equal(modulo(value(limbs)), modulo(expected));
  assert.ok(
    limbs.every((limb) => limb <= REDUCED),
    `${limbs}`,
  );
}

test("products of the loosest elements are right and reduced", () => {
  for (const a of elements(LOOSE)) {
    for (const b of elements(LOOSE)) {
      assertReduced((out) => field.fieldMultiply(out, place(a), place(b)), value(a) * value(b));
      k.release();
    }
    assertReduced((out) => field.fieldSquare(out, place(a)), value(a) ** 2n);
    for (const factor of [0n, 1n, 121665n, 2n ** 32n - 1n])
      assertReduced((out) => field.fieldScale(out, place(a), factor), value(a) * factor);
    k.release();
  }
});

test("sums and differences stay within what products take", () => {
  for (const a of elements(REDUCED)) {
    for (const b of elements(REDUCED)) {
      const [sum, difference, both, negative] = [0, 0, 0, 0].map(() => k.reserve(FIELD)) as [
        number,
        number,
        number,
        number,
      ];
      field.fieldAdd(sum, place(a), place(b));
      field.fieldSubtract(difference, place(a), place(b));
      field.fieldAdd(both, sum, difference);
      k.exports.fieldSubtract(negative, negative, place(b));
      assert.equal(value(limbsAt(sum)), value(a) + value(b));
      assert.equal(modulo(value(limbsAt(difference))), modulo(value(a) - value(b)));
      assert.equal(modulo(value(limbsAt(both))), modulo(2n * value(a)));
      assert.ok(limbsAt(both).every((limb) => limb <= LOOSE));
      // The negative of a reduced element may be subtracted in its turn.
      field.fieldSubtract(sum, place(a), negative);
      assert.equal(modulo(value(limbsAt(sum))), modulo(value(a) + value(b)));
      assert.ok(limbsAt(sum).every((limb) => limb <= LOOSE));
      k.release();
    }
  }
});

test("a mask decides about negation", () => {
  for (const a of elements(REDUCED)) {
    const [kept, negated] = [place(a), place(a)];
    field.fieldNegateIf(kept, 0n);
    field.fieldNegateIf(negated, -1n);
    assert.deepEqual(limbsAt(kept), a);
    assert.equal(modulo(value(limbsAt(negated))), modulo(-value(a)));
    k.release();
  }
});

test("bytes: one encoding of every value, from every element that has it", () => {
  const edges = [0n, 1n, 18n, 19n, P - 1n, P, P + 1n, P + 18n].map(littleEndian);
  for (const bytes of [...edges, ...Array.from({ length: 50 }, () => randomBytes(32))]) {
    const [element, out] = [k.reserve(FIELD), k.reserve(32)];
    field.fieldFromBytes(element, k.place(bytes));
    field.fieldToBytes(out, element);
    const expected = modulo(fromLittleEndian(bytes) % 2n ** 255n);
    assert.equal(toHex(k.read(out, 32)), toHex(littleEndian(expected)));
    k.release();
  }
  for (const a of elements(LOOSE)) {
    const out = k.reserve(32);
    field.fieldToBytes(out, place(a));
    assert.equal(toHex(k.read(out, 32)), toHex(littleEndian(modulo(value(a)))));
    k.release();
  }
});

test("zero is zero in all its forms", () => {
  for (const n of [0n, P, 2n * P, 3n * P]) assert.equal(field.fieldIsZero(place(digits(n))), 1, `${n / P} p`);
  for (const n of [1n, P - 1n, P + 1n, 2n * P + 1n]) assert.equal(field.fieldIsZero(place(digits(n))), 0);
  k.release();
});

test("powers and inverses", () => {
  for (const a of elements(LOOSE)) {
    assertReduced((out) => field.fieldPower252(out, place(a)), power(value(a), 2n ** 252n - 3n));
    assertReduced((out) => field.fieldInvert(out, place(a)), power(value(a), P - 2n));
    k.release();
  }
});
