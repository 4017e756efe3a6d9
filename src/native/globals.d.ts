/** Set by the build (src/native/build.ts): 1 on aarch64, 0 on x86-64. */
declare const AARCH64: i32;

/** Runs the garbage collector of asc's minimal runtime: only while no frame holds a reference (src/program/program.ts). */
declare function __collect(): void;
/** Set by the build if the code becomes an executable with src/native/host.c; not defined if it stays WebAssembly. */
declare const NATIVE: i32;
/** Set by the constant-time tests (test/constant-time), which want to be told what is no secret: src/kernel/disclosure.ts. */
declare const DISCLOSURE: i32;
