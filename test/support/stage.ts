/**
 * A stage: what a login touches on a machine, private to one server under test, so that nothing on the machine changes.
 *
 * A server on a stage lives in namespaces of its own. Its mount namespace shows the stage's /etc/passwd, group,
 * shadow and hosts, homes (under /srv: no ancestor of a home may be writable by others, as /tmp is), /run and /var/log. Its
 * process namespace has a shell as process 1: it adopts orphans, and everything dies with it.
 *
 * As root the accounts are made-up users. An ordinary user gets user namespaces and one account, with his own uid.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendants, processOf, until } from "./processes.ts";

export const asRoot = process.getuid!() === 0;

export interface Account {
  name: string;
  shell: string;
}

/** The first uid of the made-up accounts: above useradd's range, below nobody. */
const FIRST_UID = 61_200;

const FOLDERS = { homes: "/srv", run: "/run", log: "/var/log" } as const;
const FILES = ["passwd", "group", "shadow", "hosts"] as const;

/** `both` has an address of each family. */
const HOSTS = "127.0.0.1 localhost both # as everywhere\n::1\tip6-localhost both\n";

/** What process 1 runs: `$1` is the stage's folder, the rest the command. */
const INIT = `
set -e
stage=$1; shift
for file in ${FILES.join(" ")}; do
  if [ -e /etc/$file ]; then mount --bind "$stage/$file" /etc/$file; fi
done
${Object.entries(FOLDERS)
  .map(([name, target]) => `mount --bind "$stage/${name}" ${target}`)
  .join("\n")}
mount -t proc proc /proc 2>/dev/null || :
set +e
env --default-signal=INT,QUIT "$@" <&3 3<&- & # which a shell's background jobs ignore otherwise
exec 3<&-
server=$!
wait $server
`;

/** The arguments of unshare for the namespaces. */
const NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];

/** A command running on a stage. */
export class Performance {
  readonly process: ChildProcess;

  constructor(process: ChildProcess) {
    this.process = process;
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** The pid, as seen outside, of the stage's process 1; 0 before it has started. */
  get init(): number {
    return descendants(this.process.pid!)[0]?.pid ?? 0;
  }

  /** Ends every process on the stage, and waits until they are gone. */
  async end(): Promise<void> {
    if (this.ended) return;
    const init = this.init;
    const exit = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await exit;
    if (init !== 0) await until(() => (processOf(init)?.state ?? "Z") === "Z", 5000);
  }
}

export class Stage {
  readonly folder: string;
  readonly accounts: Account[];

  constructor(accounts: Account[] = [{ name: "visitor", shell: "/bin/sh" }]) {
    this.folder = mkdtempSync(join(tmpdir(), "postern-stage-"));
    this.accounts = asRoot ? accounts : accounts.slice(0, 1);
    chmodSync(this.folder, 0o711);
    for (const name of Object.keys(FOLDERS)) mkdirSync(join(this.folder, name), { mode: 0o755 });
    mkdirSync(join(this.folder, "run/sshd"), { mode: 0o755 });
    for (const record of ["run/utmp", "log/wtmp", "log/lastlog"]) writeFileSync(join(this.folder, record), "");
    this.writeAccounts();
    for (const account of this.accounts) {
      this.own(account, this.makeFolder(join("homes", account.name), 0o755));
      this.own(account, this.makeFolder(join("homes", account.name, ".ssh"), 0o700));
    }
  }

  /** The uid of an account: on the stage and outside the same. */
  uid(account: Account): number {
    return asRoot ? FIRST_UID + this.accounts.indexOf(account) : process.getuid!();
  }

  gid(account: Account): number {
    return asRoot ? this.uid(account) : process.getgid!();
  }

  /** The account's home as seen outside. */
  home(account: Account): string {
    return join(this.folder, "homes", account.name);
  }

  /** The account's home as seen on the stage. */
  homeOnStage(account: Account): string {
    return join(FOLDERS.homes, account.name);
  }

  /** Writes the account's authorized_keys. */
  authorize(account: Account, lines: string[]): void {
    const file = join(this.home(account), ".ssh/authorized_keys");
    writeFileSync(file, lines.map((line) => `${line.trim()}\n`).join(""), { mode: 0o600 });
    this.own(account, file);
  }

  /** Starts a command on the stage; both its outputs go to `log`, a file. `input` is its fd 0. */
  perform(command: string[], log: string, environment: NodeJS.ProcessEnv = process.env, input?: number): Performance {
    const init = ["sh", "-c", INIT, "stage", this.folder];
    const ordinary = ["unshare", "--user", `--map-user=${process.getuid!()}`, `--map-group=${process.getgid!()}`];
    const unshare = asRoot
      ? ["unshare", ...NAMESPACES, ...init, ...command]
      : ["unshare", "--user", "--map-root-user", ...NAMESPACES, ...init, ...ordinary, ...command];
    const output = openSync(log, "a");
    const nothing = openSync("/dev/null", "r");
    // The stage must not outlive the test, however that ends: hence the signal at the parent's death.
    const performance = spawn("setpriv", ["--pdeathsig", "KILL", ...unshare], {
      cwd: "/",
      env: environment,
      stdio: ["ignore", output, output, input ?? nothing],
    });
    closeSync(output);
    closeSync(nothing);
    return new Performance(performance);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private makeFolder(path: string, mode: number): string {
    const whole = join(this.folder, path);
    mkdirSync(whole, { mode });
    return whole;
  }

  private own(account: Account, path: string): void {
    if (asRoot) chownSync(path, this.uid(account), this.gid(account));
  }

  /** The machine's own accounts stay (sshd wants its own); those of the stage come first. */
  private writeAccounts(): void {
    const write = (name: (typeof FILES)[number], line: (account: Account) => string, mode: number): void => {
      const ours = this.accounts.map(line).join("");
      const theirs = name === "shadow" ? "root:*:::::::\n" : readFileSync(join("/etc", name), "utf8");
      writeFileSync(join(this.folder, name), ours + theirs, { mode });
    };
    write("passwd", (a) => `${a.name}:x:${this.uid(a)}:${this.gid(a)}::${this.homeOnStage(a)}:${a.shell}\n`, 0o644);
    write("group", (a) => `${a.name}:x:${this.gid(a)}:\n`, 0o644);
    write("shadow", (a) => `${a.name}:*:::::::\n`, 0o600);
    writeFileSync(join(this.folder, "hosts"), HOSTS);
  }
}

/** True if the program can be found. */
export function installed(program: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$1" >/dev/null', "sh", program], { env: searchEnvironment });
    return true;
  } catch {
    return false;
  }
}

/** The environment with the system folders on the PATH, which an ordinary user's may lack. */
export const searchEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`,
};
