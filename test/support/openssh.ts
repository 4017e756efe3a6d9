/** OpenSSH's client and other programs, run against a server under test. */
import { spawn, type ChildProcess } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { once } from "node:events";
import type { Server } from "./server.ts";

export interface Result {
  /** Exit status; null if a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface RunOptions {
  input?: string | Uint8Array;
  environment?: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is killed. */
  timeout?: number;
  folder?: string;
}

/** Runs a program to its end: that of its outputs too, which others may have inherited. */
export async function run(command: string[], options: RunOptions = {}): Promise<Result> {
  const child = spawn(command[0]!, command.slice(1), {
    cwd: options.folder,
    env: options.environment ?? process.env,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: true, // a process group of its own, to be ended as one
  });
  const end = (): boolean => process.kill(-child.pid!, "SIGKILL");
  const timer = setTimeout(end, options.timeout ?? 20_000);
  child.stdin?.on("error", () => {}); // a program may leave its input unread
  child.stdin?.end(options.input);
  const exit = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const [stdout, stderr, [status, signal]] = await Promise.all([buffer(child.stdout!), buffer(child.stderr!), exit]);
  clearTimeout(timer);
  return { status, signal, stdout, stderr: stderr.toString() };
}

/** Options that ssh, scp and sftp share. The host key is checked: it must be the server's own. */
export function clientOptions(server: Server): string[] {
  const settings = {
    UserKnownHostsFile: server.knownHosts,
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    IdentityFile: server.key.path,
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    PreferredAuthentications: "publickey",
    BatchMode: "yes",
    LogLevel: "ERROR",
  };
  return ["-F", "none", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

/** The command line of `ssh`. Of two settings ssh takes the first, so that `options` win. */
export function sshCommand(server: Server, options: string[], command: string[] = []): string[] {
  const port = ["-p", String(server.port)];
  return ["ssh", ...options, ...clientOptions(server), ...port, `${server.account.name}@127.0.0.1`, ...command];
}

/** Runs `ssh` to its end. */
export function ssh(server: Server, command: string[], options: string[] = [], run_: RunOptions = {}): Promise<Result> {
  return run(sshCommand(server, options, command), run_);
}

/** Starts `ssh` with pipes; the caller ends it. */
export function startSsh(server: Server, options: string[], command: string[]): ChildProcess {
  const [program, ...words] = sshCommand(server, options, command);
  return spawn(program!, words, { stdio: ["pipe", "pipe", "pipe"] });
}
