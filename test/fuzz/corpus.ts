/** Inputs kept in a file: one a line, in base64, so that a change can be seen. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../src/native/build.ts";

/** What is kept with the sources, and what a long run adds to it. */
export const seeds = (target: string): string => join(root, "test/fuzz/corpus", `${target}.txt`);
export const found = (target: string): string => join(root, "build/fuzz", `${target}.txt`);

export function readInputs(path: string): Buffer[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => Buffer.from(line, "base64"));
}

export function writeInputs(path: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, inputs.map((input) => `${Buffer.from(input).toString("base64")}\n`).join(""));
}
