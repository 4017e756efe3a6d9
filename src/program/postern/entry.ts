import { sys, base, processString } from "../../native/host.ts";
let kept: Uint8Array | null = null;
class A {
  f(): i32 {
    return 1;
  }
}
class B extends A {
  f(): i32 {
    return 2;
  }
}
export function start(): void {
  const n = processString(false, 0, 0, 0);
  const b = new Uint8Array(n + 1);
  processString(false, 0, b.dataStart, n);
  b[n] = 10;
  kept = b;
  sys(AARCH64 ? 64 : 1, 1, base() + (b.dataStart as i64), (n + 1) as i64, 0, 0, 0);
}
export function step(): i32 {
  const a: A = kept!.length > 3 ? new B() : new A();
  v128.store(
    kept!.dataStart,
    i8x16.shuffle(
      v128.load(kept!.dataStart),
      v128.load(kept!.dataStart),
      2,
      3,
      0,
      1,
      6,
      7,
      4,
      5,
      10,
      11,
      8,
      9,
      14,
      15,
      12,
      13,
    ),
  );
  if (kept!.length == 9) throw new Error("x");
  return a.f();
}
