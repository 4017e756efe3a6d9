/** Where and with what the results came about. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

/** Debian's packages of the peers, of the client and of what starts them. */
const PACKAGES = ["openssh-client", "openssh-server", "tinysshd", "dropbear-bin", "ucspi-tcp"];

/** Lines of a Markdown list. To be called before anything is measured, for the load is that of others. */
export function surroundings(): string {
  const processors = cpus();
  const revision = execFileSync("git", ["describe", "--always", "--dirty"], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  const format = "--showformat=${db:Status-Abbrev} ${Package} ${Version}\n";
  const packages = spawnSync("dpkg-query", ["--show", format, ...PACKAGES], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.startsWith("ii"))
    .map((line) => line.slice(2).trim());
  const lines = [
    `Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `Machine: ${processors.length} × ${processors[0]!.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    `Kernel: Linux ${release()}`,
    `Load average at the start, from other work: ${loadavg()[0]!.toFixed(1)}`,
    `Ours: ${revision.trim()}`,
    `Peers and client: ${packages.join(", ")}`,
  ];
  return lines.map((line) => `* ${line}`).join("\n");
}
