/**
 * The processor time of a server and of all that it starts, from a control group that they are put into.
 *
 * A group's account is exact to the microsecond, counts processes that are long gone, and cannot be left by a fork.
 * The figures of proc(5) could do neither: they come in ticks of 10 ms, where a login costs less than one, and a
 * child's time is lost if its parent does not wait for it.
 *
 * Either version of control groups will do. Making one takes root.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The root of a hierarchy that counts processor time, or null: version 2 counts it in every group. */
function hierarchy(): { folder: string; version: 1 | 2 } | null {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const second = mounts.find(([, , type]) => type === "cgroup2");
  if (second) return { folder: second[1]!, version: 2 };
  const first = mounts.find(([, , type, options]) => type === "cgroup" && options!.split(",").includes("cpuacct"));
  return first ? { folder: first[1]!, version: 1 } : null;
}

export class CpuMeter {
  private readonly folder: string;
  private readonly version: 1 | 2;

  private constructor(folder: string, version: 1 | 2) {
    this.folder = folder;
    this.version = version;
  }

  /** Puts the processes into a new group called `name`. Null where that cannot be done. */
  static of(name: string, processes: number[]): CpuMeter | null {
    const found = hierarchy();
    if (found === null || process.getuid!() !== 0) return null;
    const folder = join(found.folder, `postern-bench-${process.pid}-${name}`);
    try {
      mkdirSync(folder);
    } catch {
      return null; // mounted read-only, as in most containers
    }
    for (const pid of processes) writeFileSync(join(folder, "cgroup.procs"), String(pid));
    return new CpuMeter(folder, found.version);
  }

  /** Seconds used since the group was made. */
  seconds(): number {
    if (this.version === 1) return Number(readFileSync(join(this.folder, "cpuacct.usage"), "utf8")) / 1e9;
    const usage = /^usage_usec (\d+)$/m.exec(readFileSync(join(this.folder, "cpu.stat"), "utf8"));
    return Number(usage![1]) / 1e6;
  }

  /** To be called when all the processes have ended. */
  remove(): void {
    if (existsSync(this.folder)) rmdirSync(this.folder);
  }
}
