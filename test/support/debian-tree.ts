/** A Debian in a folder, with builders of images and a kernel (script/debian-tree): to be changed at will, and taken away. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A root folder is $1, what it shares with the machine is $2 (a folder, or nothing), the rest is the command. */
const INSIDE = `
set -e
root=$1; shared=$2; shift 2
for folder in dev sys; do mount --bind /$folder "$root/$folder"; done
if [ -n "$shared" ]; then mkdir -p "$root$shared"; mount --bind "$shared" "$root$shared"; fi
exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" "$@"
`;

export interface Outcome {
  status: number | null;
  /** Standard output and standard error. */
  output: string;
}

let made: { path: string } | { fault: string } | undefined;

/** The tree that copies are made of; the first call makes it if it was never made. */
function original(): { path: string } | { fault: string } {
  if (made) return made;
  const script = join(dirname(fileURLToPath(import.meta.url)), "../../script/debian-tree");
  const { status, stdout, stderr } = spawnSync(script, { encoding: "utf8" });
  const last = (stderr ?? "").trim().split("\n").at(-1);
  return (made = status === 0 ? { path: stdout.trim() } : { fault: `no Debian tree: ${last}` });
}

/** Why there can't be one; false if there can. Fit for a test's `skip`. */
export function debianTreeFault(): string | false {
  const tree = original();
  return "fault" in tree ? tree.fault : false;
}

export class DebianTree {
  readonly root: string = mkdtempSync(join(tmpdir(), "postern-debian-"));
  /** Its version, as in /lib/modules. */
  readonly kernel: string;

  constructor() {
    const tree = original();
    if ("fault" in tree) throw new Error(tree.fault);
    const copied = spawnSync("cp", ["-a", "--reflink=auto", `${tree.path}/.`, this.root], { encoding: "utf8" });
    if (copied.status !== 0) throw new Error(copied.stderr);
    this.kernel = readdirSync(this.path("/usr/lib/modules"))[0]!;
  }

  /** Where a file of the tree is, as seen from outside. `path` begins with a slash. */
  path(path: string): string {
    return this.root + path;
  }

  file(path: string, contents: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), contents);
    chmodSync(this.path(path), mode);
  }

  /** Copies a file of the machine into it. */
  copy(from: string, path: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    cpSync(from, this.path(path));
  }

  /** Runs a command in it, as root. `shared`: a folder of the machine that it sees at the same place, such as a TPM's. */
  run(command: string[], environment: NodeJS.ProcessEnv = {}, shared = ""): Outcome {
    const words = ["--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh", this.root, shared, ...command];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8", ...environment };
    const done = spawnSync("unshare", words, { cwd: "/", env, encoding: "utf8", maxBuffer: 1 << 26, timeout: 600_000 });
    return { status: done.status, output: `${done.stdout}${done.stderr}` };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
