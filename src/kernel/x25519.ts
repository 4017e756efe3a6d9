/**
 * X25519, RFC 7748 section 5. Constant in time over the scalar; the point is public.
 *
 * An all-zero result, which a point of small order gives, is left to the caller to refuse (section 6.1).
 */
import { POINT, edwardsWipe } from "./edwards25519.ts";
import { baseWipe, multiplyBase } from "./edwards25519-base.ts";
import {
  FIELD,
  fieldAdd,
  fieldCopy,
  fieldFromBytes,
  fieldInvert,
  fieldMultiply,
  fieldScale,
  fieldSet,
  fieldSquare,
  fieldSubtract,
  fieldSwap,
  fieldToBytes,
  fieldWipe,
} from "./field25519.ts";
import { clamp } from "./scalar25519.ts";

/** (486662 - 2) / 4. */
const A24: u64 = 121665;

const SCRATCH_BYTES: usize = 32 + 8 * FIELD + POINT;
const scratch: usize = memory.data(SCRATCH_BYTES as i32);
const clamped: usize = scratch;
const x1: usize = scratch + 32;
const x2: usize = x1 + FIELD;
const z2: usize = x2 + FIELD;
const x3: usize = z2 + FIELD;
const z3: usize = x3 + FIELD;
const a: usize = z3 + FIELD;
const b: usize = a + FIELD;
const e: usize = b + FIELD;
const edwards: usize = e + FIELD;

/** `out`, `scalar` (secret), `point`: 32 bytes. */
export function x25519(out: usize, scalar: usize, point: usize): void {
  clamp(clamped, scalar);
  if (isBase(point)) fromEdwards();
  else ladder(point);
  fieldInvert(a, z2);
  fieldMultiply(x2, x2, a);
  fieldToBytes(out, x2);
  memory.fill(scratch, 0, SCRATCH_BYTES);
  fieldWipe();
}

/** Sets x2 / z2 to the u of clamped * point, in the steps and with the names of RFC 7748 section 5. */
function ladder(point: usize): void {
  fieldFromBytes(x1, point);
  fieldSet(x2, 1);
  fieldSet(z2, 0);
  fieldCopy(x3, x1);
  fieldSet(z3, 1);
  let swap: u64 = 0;
  for (let t = 254; t >= 0; t--) {
    const bit = ((load<u8>(clamped + ((t >> 3) as usize)) as u64) >> ((t & 7) as u64)) & 1;
    swap ^= bit;
    fieldSwap(x2, x3, -swap);
    fieldSwap(z2, z3, -swap);
    swap = bit;
    fieldAdd(a, x2, z2); // A
    fieldSubtract(b, x2, z2); // B
    fieldAdd(x2, x3, z3); // C
    fieldSubtract(z2, x3, z3); // D
    fieldMultiply(z2, z2, a); // DA
    fieldMultiply(x2, x2, b); // CB
    fieldAdd(x3, z2, x2);
    fieldSquare(x3, x3); // (DA + CB)^2
    fieldSubtract(z3, z2, x2);
    fieldSquare(z3, z3);
    fieldMultiply(z3, z3, x1); // x1 * (DA - CB)^2
    fieldSquare(a, a); // AA
    fieldSquare(b, b); // BB
    fieldMultiply(x2, a, b); // AA * BB
    fieldSubtract(e, a, b); // E
    fieldScale(b, e, A24);
    fieldAdd(b, a, b);
    fieldMultiply(z2, e, b); // E * (AA + a24 * E)
  }
  fieldSwap(x2, x3, -swap);
  fieldSwap(z2, z3, -swap);
}

/** Whether `point` is the base point, u = 9, of which key pairs are made. */
function isBase(point: usize): bool {
  return ((load<u64>(point) ^ 9) | load<u64>(point, 8) | load<u64>(point, 16) | load<u64>(point, 24)) == 0;
}

/**
 * Sets x2 / z2 to the u of clamped * base point: the same point on edwards25519, by its table, and back by the map of
 * RFC 7748 section 4.1, u = (1 + y) / (1 - y) = (Z + Y) / (Z - Y). Half the time of the ladder.
 */
function fromEdwards(): void {
  multiplyBase(edwards, clamped);
  fieldAdd(x2, edwards + 2 * FIELD, edwards + FIELD);
  fieldSubtract(z2, edwards + 2 * FIELD, edwards + FIELD);
  edwardsWipe();
  baseWipe();
}
