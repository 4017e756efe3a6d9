/**
 * The upper half of a 64-bit product, which WebAssembly has no instruction for.
 *
 * The native build has the processor's own (src/native/host.c); as WebAssembly it is made of four 32-bit products. Both
 * take the same time whatever the operands, and tests compare them.
 */
import { multiplyHigh as hostMultiplyHigh } from "../native/host.ts";

const LOW: u64 = 0xffffffff;

export function multiplyHigh(a: u64, b: u64): u64 {
  if (isDefined(NATIVE)) return hostMultiplyHigh(a, b);
  const a0 = a & LOW;
  const a1 = a >> 32;
  const b0 = b & LOW;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & LOW)) >> 32);
}
