/** Where and with what the results came about. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

/** Debian's packages of the peers, of the client and of what starts them. */
const PACKAGES = ["openssh-client", "openssh-server", "tinysshd", "dropbear-bin", "ucspi-tcp"];

/** SCHED_FIFO and SCHED_RR of sched(7), as the 41st field of proc_pid_stat(5) has them. */
const REAL_TIME = ["1", "2"];

/** All that is measured inherits the way in which this process is scheduled. */
function scheduling(): string {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" "); // from the third one on
  return REAL_TIME.includes(fields[41 - 3]!) ? "real time: ahead of all other work" : "ordinary";
}

/** Lines of a Markdown list; `peers`: packages of those who are compared. To be called before anything is measured, for the load is that of others. */
export function surroundings(quick: boolean, peers: string[] = PACKAGES): string {
  const processors = cpus();
  const revision = execFileSync("git", ["describe", "--always", "--dirty"], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  const format = "--showformat=${db:Status-Abbrev} ${Package} ${Version}\n";
  const packages = spawnSync("dpkg-query", ["--show", format, ...peers], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.startsWith("ii"))
    .map((line) => line.slice(2).trim());
  const lines = [
    `Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `Machine: ${processors.length} × ${processors[0]!.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    `Kernel: Linux ${release()}`,
    `Rounds: ${quick ? "few (--quick)" : "all"}`,
    `Scheduling: ${scheduling()}; load average at the start, from other work: ${loadavg()[0]!.toFixed(1)}`,
    `Ours: ${revision.trim()}`,
    `Peers and client: ${packages.join(", ")}`,
  ];
  return lines.map((line) => `* ${line}`).join("\n");
}
