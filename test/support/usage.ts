/** What a process uses, as /proc shows it. */
import { readdirSync, readFileSync } from "node:fs";

/** One line of smaps_rollup, in kB; 0 if the process has gone. */
function size(pid: number, name: "Pss" | "Anonymous"): number {
  try {
    return Number(
      new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))![1],
    );
  } catch {
    return 0;
  }
}

/** Proportional set size: a page that several processes share counts for each by its part. */
export const proportionalSize = (pid: number): number => size(pid, "Pss");

/** What the process has written to, and with whom it may share it. */
export const writtenSize = (pid: number): number => size(pid, "Anonymous");

/** Number of open descriptors. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
