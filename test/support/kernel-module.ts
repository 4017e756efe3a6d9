/** One file of src/kernel as a WebAssembly module of its own: for tests of what only other kernels use. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileToWasm } from "../../src/native/build.ts";
import { LoadedKernels } from "../../src/node/kernels.ts";

/** `Exports`: the file's exported functions, and constants as `WebAssembly.Global`. */
export function loadKernelModule<Exports>(name: string): LoadedKernels & { exports: Exports } {
  const folder = mkdtempSync(join(tmpdir(), "postern-kernel-"));
  try {
    const wasm = join(folder, "module.wasm");
    compileToWasm(`src/kernel/${name}.ts`, wasm, "x86_64", ["--use", "abort="]);
    return new LoadedKernels(new WebAssembly.Module(readFileSync(wasm))) as LoadedKernels & { exports: Exports };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
