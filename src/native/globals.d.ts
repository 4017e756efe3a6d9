/** Set by the build (src/native/build.ts): 1 on aarch64, 0 on x86-64. */
declare const AARCH64: i32;
