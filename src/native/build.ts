/**
 * The native build: AssemblyScript to WebAssembly (asc), to C (wasm2c), to a static executable without libc (gcc).
 *
 * Usage: node src/native/build.ts x86_64|aarch64
 * Leaves dist/ARCHITECTURE/{postern,tinysshd,ssh-tpm,postern-boot}. Nothing in an executable depends on where or when it was built.
 *
 * postern-boot goes into images that are compressed with all that is in them, by zstd as a rule, and is built for that:
 * what counts is what it adds to such an image. It is made of fewer sources, too: see `sourcesForImages`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { translateToC } from "./translate.ts";

export type Architecture = "x86_64" | "aarch64";

/** This machine's. */
export const ownArchitecture: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = (name: string): string => join(root, "node_modules/.bin", name);

const compilers: Record<Architecture, string[]> = {
  x86_64: ["gcc", "-mssse3"],
  aarch64: ["aarch64-linux-gnu-gcc", "-Wl,-z,max-page-size=4096"],
};

/** Compiles `entry` (a path from the project's root, or from `sources`) to WebAssembly. */
export function compileToWasm(
  entry: string,
  wasm: string,
  architecture: Architecture,
  options: string[] = [],
  sources: string = root,
): void {
  mkdirSync(dirname(wasm), { recursive: true });
  execFileSync(
    bin("node"),
    [
      join(root, "node_modules/assemblyscript/bin/asc.js"),
      entry,
      "--outFile",
      wasm,
      "--runtime",
      "minimal",
      "--optimizeLevel",
      "3",
      "--shrinkLevel",
      "2",
      "--enable",
      "simd",
      "--use",
      `AARCH64=${architecture === "aarch64" ? 1 : 0}`,
      ...options,
    ],
    { cwd: sources, stdio: ["ignore", "inherit", "inherit"] },
  );
}

/** What -Os does for speed all the same, at a price in bytes: together 1 % of the whole, and no time to be seen. */
const smaller = ["-fno-jump-tables", "-fno-tree-ch"];

/**
 * For images, found by trying what zstd makes of the result, which is another thing than how long it is: instructions that
 * come in the same order everywhere, calls by addresses that are the same at every call, tables in place of comparisons.
 */
const compressible: Record<Architecture, string[]> = {
  x86_64: ["-mforce-indirect-call", "-DMEMORY_IN_SEGMENT", "-fno-delete-null-pointer-checks"],
  aarch64: [],
};
export const compressibleAnywhere = [
  "-Oz",
  "-fjump-tables",
  "-fno-schedule-insns2",
  "-fno-inline-small-functions",
  "-fno-caller-saves",
  "-fno-move-loop-invariants",
  "-fno-optimize-sibling-calls",
  "-fno-cse-follow-jumps",
  "-fno-tree-loop-optimize",
  "-ftree-ch",
];

/** Compiles the C together with the host to a stripped static executable. */
function compileToExecutable(c: string, executable: string, architecture: Architecture, forImage: boolean): void {
  mkdirSync(dirname(executable), { recursive: true });
  const [gcc, ...machine] = compilers[architecture];
  const include = mkdtempSync(join(dirname(c), "include-"));
  symlinkSync("/usr/include/simde", join(include, "simde")); // a cross compiler must not see the rest of /usr/include
  execFileSync(
    gcc!,
    [
      "-Os",
      "-std=gnu11",
      "-w",
      "-DNDEBUG",
      `-DMODULE_C="${c}"`,
      `-I${join(root, "src/native")}`,
      "-I",
      include,
      "-ffreestanding",
      "-fno-math-errno",
      "-fno-aggressive-loop-optimizations", // no loop is taken to end with the memory: what lies behind is reached, and stopped
      "-fno-stack-protector",
      "-fno-asynchronous-unwind-tables",
      ...smaller,
      ...(forImage ? [...compressibleAnywhere, ...compressible[architecture]] : []),
      "-fno-pie",
      "-fno-pic",
      "-ffunction-sections",
      "-fdata-sections",
      "-ffile-prefix-map=/=",
      "-Wno-builtin-macro-redefined",
      ...machine,
      join(root, "src/native/host.c"),
      "-o",
      executable,
      "-static",
      "-no-pie",
      "-nostdlib",
      "-nostartfiles",
      "-Wl,--gc-sections,-z,noseparate-code,-z,noexecstack,--build-id=none,-s",
      "-lgcc",
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
}

/** What asc is told of code that becomes an executable: the host has a function for `abort`, and it is there. */
const native = ["--use", "abort=src/native/host/abort", "--use", "NATIVE=1"];
/** In an image, a broken invariant is no more than that: the places would take a hundredth of the whole. */
const nativeInImage = ["--use", "abort=", "--use", "NATIVE=1"];

/** Builds one program from its entry file. */
export function build(entry: string, executable: string, architecture: Architecture, options: string[] = []): void {
  const work = mkdtempSync(join(tmpdir(), "postern-build-"));
  try {
    compileToWasm(entry, join(work, "module.wasm"), architecture, [...native, ...options]);
    translateToC(root, join(work, "module.wasm"), join(work, "module.c"));
    compileToExecutable(join(work, "module.c"), executable, architecture, false);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/**
 * A copy of the sources, in which NAME.image.ts, where there is one, has taken the place of NAME.ts: it exports the same,
 * and does without something that nobody needs in an initramfs.
 */
export function sourcesForImages(to: string): void {
  cpSync(join(root, "src"), join(to, "src"), { recursive: true });
  for (const file of globSync("src/**/*.image.ts", { cwd: to })) {
    const replaced = join(to, file.replace(/\.image\.ts$/, ".ts"));
    statSync(replaced); // a file that takes nobody's place has a wrong name
    renameSync(join(to, file), replaced);
  }
}

/** The same for an image. */
export function buildForImage(entry: string, executable: string, architecture: Architecture): void {
  const work = mkdtempSync(join(tmpdir(), "postern-build-"));
  try {
    sourcesForImages(work);
    compileToWasm(entry, join(work, "module.wasm"), architecture, nativeInImage, work);
    translateToC(root, join(work, "module.wasm"), join(work, "module.c"), false);
    compileToExecutable(join(work, "module.c"), executable, architecture, true);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The programs that are shipped, and how each is built. */
const programs = { postern: build, tinysshd: build, "ssh-tpm": build, "postern-boot": buildForImage };
export type ProgramName = keyof typeof programs;

/** Builds one of the programs that are shipped. */
export function buildProgram(name: ProgramName, executable: string, architecture: Architecture): void {
  programs[name](`src/program/${name}/entry.ts`, executable, architecture);
}

function main(architecture: string | undefined): void {
  if (architecture !== "x86_64" && architecture !== "aarch64") {
    console.error("usage: node src/native/build.ts x86_64|aarch64");
    process.exit(100);
  }
  for (const name of Object.keys(programs) as ProgramName[]) {
    const executable = join(root, "dist", architecture, name);
    buildProgram(name, executable, architecture);
    const zstd = execFileSync("zstd", ["-19", "--stdout", "--quiet", executable], { maxBuffer: 1 << 26 });
    console.log(`dist/${architecture}/${name}: ${statSync(executable).size} bytes, ${zstd.length} with zstd -19`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2]);
