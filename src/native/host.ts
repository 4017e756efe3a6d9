/** The native host's functions, src/native/host.c: the only ways out of linear memory. */

/** A raw Linux system call: its result, or the negative errno. Addresses are `base() + offset`. */
export declare function sys(number: i32, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64): i64;

/** The address at which linear memory starts. */
export declare function base(): i64;

/**
 * Copies up to `capacity` bytes of argument `index` (or of environment string `index`) to `to`.
 * Returns the string's whole length, or -1 if there is none.
 */
export declare function processString(environment: bool, index: i32, to: usize, capacity: i32): i32;

/** Ends the process over a broken invariant; stands in for AssemblyScript's own `abort`. */
export declare function abort(message: usize, file: usize, line: u32, column: u32): void;

/** The upper half of the 128-bit product. */
export declare function multiplyHigh(a: u64, b: u64): u64;
