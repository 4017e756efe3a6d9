/**
 * The fuzzer: makes inputs out of those that are worth it, gives them to a target, and keeps what reaches something new.
 * All that it does follows from the seed, but for how long it goes on.
 */
import { useKernels, type Kernels } from "../../src/core/crypto/kernels.ts";
import { Writer } from "../../src/core/wire/writer.ts";
import { WasmKernels } from "../../src/node/kernels.ts";
import { Coverage, literals } from "./coverage.ts";
import { join, Mutator, split } from "./mutation.ts";
import { Random } from "./random.ts";
import { retained } from "./retained.ts";
import type { Target } from "./target.ts";
import { TransparentKernels } from "./transparent-kernels.ts";

/** An input takes microseconds: what takes so many milliseconds, then also of the processor's time, costs a server too much. */
const SLOW = 400;
/** Of how many inputs that reach nothing new one is looked at for what it leaves in memory. */
const LOOK = 256;

/** Inputs of fewer bytes are none too long to be used often. */
const SHORT = 512;

const kernels: Kernels[] = [new WasmKernels(), new TransparentKernels()];

/** An input after which something did not hold. */
export interface Finding {
  input: Buffer;
  what: string;
}

export class Fuzzer {
  readonly coverage = new Coverage();
  /** What is worth to be changed further. */
  readonly corpus: Buffer[] = [];
  readonly target: Target;
  runs = 0;
  private readonly random: Random;
  private readonly mutator: Mutator;

  constructor(target: Target, seed: number) {
    this.target = target;
    this.random = new Random(seed);
    const dictionary = [...literals].map((literal) => Buffer.from(literal));
    this.mutator = new Mutator(this.random, dictionary, target.records, target.longest);
  }

  /** What the target tells of `input`; throws if something does not hold. */
  observe(input: Uint8Array): Uint8Array {
    const out = new Writer(256);
    useKernels(kernels[this.target.transparent ? 1 : 0]!);
    this.target.run(Uint8Array.from(input), out);
    return out.written();
  }

  /** Runs one input, and keeps it if it reaches something new. Null if all holds. */
  try(input: Buffer): Finding | null {
    this.runs++;
    const begun = performance.now();
    this.coverage.begin();
    const what = this.complaint(input);
    const found = this.coverage.end();
    if (what !== null) return { input, what };
    if (performance.now() - begun > SLOW && this.time(input) > SLOW) return { input, what: "it takes too long" };
    if (found > 0) this.corpus.push(Buffer.from(input));
    if (found > 0 || this.runs % LOOK === 0) {
      const bytes = retained(this.target);
      if (bytes > this.target.memoryLimit) return { input, what: `${bytes} bytes are held afterwards` };
    }
    return null;
  }

  /** Goes on with inputs of its own until `end` (of performance.now()) or a finding. */
  search(end: number): Finding | null {
    if (this.corpus.length === 0) this.corpus.push(Buffer.of());
    while (performance.now() < end) {
      for (let i = 0; i < 32; i++) {
        const finding = this.try(this.mutator.mutate(this.pick(), this.random.pick(this.corpus)));
        if (finding !== null) return finding;
      }
    }
    return null;
  }

  /** The shortest input with the same complaint that leaving out parts, halves to bytes, leads to. */
  shrink({ input, what }: Finding): Finding {
    const isSame = (candidate: Buffer): boolean => this.complaint(candidate) === what;
    if (!isSame(input)) return { input, what }; // it was too slow, or held too much
    let best = input;
    if (this.target.records) best = leaveOut(split(best), (kept) => isSame(join(kept)), join);
    best = leaveOut([...best], (kept) => isSame(Buffer.from(kept)), Buffer.from);
    return { input: best, what };
  }

  /** As few inputs of the corpus as reach the same, the small ones first. */
  distill(): Buffer[] {
    const coverage = new Coverage();
    const kept: Buffer[] = [];
    for (const input of this.corpus.toSorted((a, b) => a.length - b.length)) {
      coverage.begin();
      this.complaint(input);
      if (coverage.end() > 0) kept.push(input);
    }
    return kept;
  }

  /** What was wrong with a run; null if nothing was. */
  private complaint(input: Buffer): string | null {
    try {
      this.observe(input);
      return null;
    } catch (error) {
      const { message, stack } = error as Error;
      const place = stack
        ?.split("\n")
        .find((line) => line.includes("/src/core/") || line.includes("/test/fuzz/target/"));
      return `${message}${place ?? ""}`;
    }
  }

  private time(input: Buffer): number {
    const begun = process.cpuUsage();
    this.complaint(input);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  }

  /** New ones more often than old ones, and short ones more often than long ones. */
  private pick(): Buffer {
    const { random, corpus } = this;
    const newest = Math.min(corpus.length, 16);
    const from = random.below(3) === 0 ? corpus.length - newest : 0;
    const one = corpus[from + random.below(corpus.length - from)]!;
    const other = corpus[from + random.below(corpus.length - from)]!;
    return one.length <= other.length || one.length < SHORT ? one : other;
  }
}

/** Leaves out what can be left out of `whole`. */
function leaveOut<T>(whole: T[], isSame: (kept: T[]) => boolean, make: (kept: T[]) => Buffer): Buffer {
  let kept = whole;
  for (let size = Math.max(1, kept.length >> 1); ; size >>= 1) {
    for (let at = 0; at < kept.length;) {
      const without = kept.toSpliced(at, size);
      if (isSame(without)) kept = without;
      else at += size;
    }
    if (size <= 1) return make(kept);
  }
}
