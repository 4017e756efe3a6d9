/** The native executables, built when a source is newer than they are: once, however many test files ask at a time. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram, root, type Architecture, type ProgramName } from "../../src/native/build.ts";

/** What this machine runs. */
export const nativeArchitecture: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

const lock = join(root, "build/native.lock");
const POLL_MILLISECONDS = 100;

/** The path of dist/ARCHITECTURE/NAME, up to date. */
export function nativeExecutable(name: ProgramName, architecture: Architecture = nativeArchitecture): string {
  const path = join(root, "dist", architecture, name);
  if (isFresh(path)) return path;
  whileLocked(() => {
    if (isFresh(path)) return; // another process built it while this one waited
    const begun = new Date();
    const unfinished = `${path}.${process.pid}`;
    buildProgram(name, unfinished, architecture);
    utimesSync(unfinished, begun, begun); // what is changed during the build is newer than its result
    renameSync(unfinished, path); // a running test keeps the executable that it has
  });
  return path;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isFresh(executable: string): boolean {
  const built = modified(executable);
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return sources
    .filter((source) => /\.[tch]s?$/.test(source) && !source.endsWith(".test.ts"))
    .every((source) => modified(join(root, "src", source)) < built);
}

/** Runs `work` in one process at a time. A lock whose holder has died is taken over. */
function whileLocked(work: () => void): void {
  mkdirSync(join(root, "build"), { recursive: true });
  while (!takeLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MILLISECONDS);
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: "wx" });
    return true;
  } catch {
    if (!isHeld()) rmSync(lock, { force: true });
    return false;
  }
}

/** True if the process that the lock names is alive; a lock that is still empty is being written just now. */
function isHeld(): boolean {
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    return holder === 0 || statSync(`/proc/${holder}`, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // given back this moment
  }
}
