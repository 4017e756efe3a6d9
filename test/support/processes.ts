/** Linux processes as /proc shows them: for asking what a server has left behind. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Process {
  pid: number;
  parent: number;
  /** One letter as in proc(5); `Z` is a zombie. */
  state: string;
  name: string;
}

/** The process `pid`, or null if it has gone. */
export function processOf(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may itself hold any byte, parentheses too.
    const end = text.lastIndexOf(")");
    const [state, parent] = text.slice(end + 2).split(" ");
    return { pid, parent: Number(parent), state: state!, name: text.slice(text.indexOf("(") + 1, end) };
  } catch {
    return null;
  }
}

/** All descendants of the process `ancestor`, nearest first, itself excluded. */
export function descendants(ancestor: number): Process[] {
  const children = new Map<number, Process[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const process = processOf(Number(entry));
    if (process === null) continue;
    const siblings = children.get(process.parent);
    if (siblings) siblings.push(process);
    else children.set(process.parent, [process]);
  }
  const found = [...(children.get(ancestor) ?? [])];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]!.pid) ?? []));
  return found;
}

/** One line for each process, for messages. */
export function describe(processes: Process[]): string {
  return processes.map((p) => `${p.pid} ${p.name} (${p.state}, child of ${p.parent})`).join("\n");
}

/** Asks `condition` every few milliseconds until it holds; false if it does not within `milliseconds`. */
export async function until(condition: () => boolean, milliseconds: number, interval = 10): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() >= end) return false;
    await sleep(interval);
  }
  return true;
}
