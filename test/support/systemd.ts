/**
 * systemd itself, run over units of a staged tree: in namespaces of its own, where the tree's files lie over those of the
 * machine, as in an image, and /run is empty. It is a manager as users have it, which an ordinary process may be.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./processes.ts";

const MANAGER = "/lib/systemd/systemd";

/** `$1`: the tree; the rest: what is to be run there. */
const IMAGE = `
set -e
tree=$1; shift
for folder in etc usr; do mount -t overlay overlay -o "lowerdir=$tree/$folder:/$folder" /$folder; done
if [ -e "$tree/root" ]; then mount --bind "$tree/root" /root; fi
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0
"$@"
`;

/** Commands in a tree, as if it were an image. */
export class Image {
  private readonly process: ChildProcess;
  private readonly folder: string;

  /** Runs `command` in the tree. `environment`: nothing else is there but a PATH. */
  constructor(tree: string, command: string[], environment: NodeJS.ProcessEnv = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "postern-image-"));
    const log = openSync(this.logFile, "a");
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const words = ["unshare", ...namespaces, "sh", "-c", IMAGE, "image", tree, ...command];
    // It must not outlive the test, however that ends: hence the signal at the parent's death.
    this.process = spawn("setpriv", ["--pdeathsig", "KILL", ...words], {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
  }

  /** Has systemd start the `units` of the tree. `more`: of its environment. */
  static boot(tree: string, units: string[], more: NodeJS.ProcessEnv): Image {
    const folder = join(tree, "etc/systemd/system");
    mkdirSync(folder, { recursive: true });
    const wants = units.map((unit) => `Wants=${unit}\n`).join("");
    writeFileSync(join(folder, "boot.target"), `[Unit]\nDefaultDependencies=no\n${wants}`);
    const environment = {
      XDG_RUNTIME_DIR: "/run/user/0",
      SYSTEMD_UNIT_PATH: "/etc/systemd/system",
      SYSTEMD_LOG_TARGET: "console",
      ...more,
    };
    return new Image(tree, [MANAGER, "--user", "--unit=boot.target"], environment);
  }

  /** Waits until something listens on the port of all addresses. */
  async listens(port: number): Promise<void> {
    const end = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
    const isThere = (): boolean =>
      ["tcp", "tcp6"].some((name) =>
        readFileSync(`/proc/net/${name}`, "utf8")
          .split("\n")
          .some((line) => line.includes(end) && line.includes(" 0A ")),
      );
    if (await until(() => isThere() || this.process.exitCode !== null, 10_000)) return;
    throw new Error(`nothing listens on port ${port}:\n${this.log()}`);
  }

  private get logFile(): string {
    return join(this.folder, "log");
  }

  /** All that was written to standard output and error so far. */
  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  /** Waits for the end of the command, and ends all else. The command's status. */
  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
    return this.process.exitCode;
  }

  async remove(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
