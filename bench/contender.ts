/** Those who are compared: our server in two ways of running it, and its peers from Debian. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { available, executable, type Launcher, type Peer } from "../test/support/launchers.ts";
import { searchEnvironment } from "../test/support/stage.ts";
import { Server, SFTP_SERVER } from "../test/support/server.ts";
import { CpuMeter } from "./cpu-meter.ts";

/** The subsystem that OpenSSH's sftp-server is at our server, beside the built-in `sftp`. */
export const OPENSSH_SFTP = "openssh-sftp";

/** In a log that nobody reads, each of them says about as much. */
const OPTIONS = ["-v", "-x", `${OPENSSH_SFTP}=${SFTP_SERVER}`];

export class Contender {
  /** For the command line. */
  readonly name: string;
  /** For the head of a column. */
  readonly title: string;
  readonly peer: Peer;
  private readonly launcher: Launcher;
  private running: { server: Server; meter: CpuMeter | null } | null = null;

  constructor(name: string, title: string, peer: Peer, launcher: Launcher) {
    this.name = name;
    this.title = title;
    this.peer = peer;
    this.launcher = launcher;
  }

  get available(): boolean {
    return available(this.peer, this.launcher);
  }

  get ours(): boolean {
    return this.peer === "postern";
  }

  async start(): Promise<void> {
    const server = await Server.start({ peer: this.peer, launcher: this.launcher, options: OPTIONS });
    const pids = server.processes().map((process) => process.pid);
    this.running = { server, meter: CpuMeter.of(this.name, pids) };
  }

  async stop(): Promise<void> {
    await this.running?.server.stop();
    this.running?.meter?.remove();
    this.running = null;
  }

  get server(): Server {
    return this.running!.server;
  }

  /** Null where processor time cannot be measured. */
  get meter(): CpuMeter | null {
    return this.running!.meter;
  }

  /** The command line that serves one connection on fd 0 and 1, with the keys of the running server. */
  inetdCommand(): string[] {
    const { folder } = this.server.stage;
    if (this.peer === "sshd") return [this.executable, "-i", "-f", join(folder, "sshd_config")];
    if (this.peer === "dropbear") return [this.executable, "-i", "-r", join(folder, "dropbear_key")];
    return [this.executable, join(folder, "keys")];
  }

  /** The name of its processes, by which they are told from the user's shell. */
  get processName(): string {
    return this.ours ? "tinysshd" : this.peer;
  }

  /** The path of the server's executable. */
  get executable(): string {
    if (this.ours) return executable;
    const options = { env: searchEnvironment, encoding: "utf8" } as const;
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", this.peer], options).trim();
  }
}

export const contenders = [
  new Contender("postern", "ours", "postern", "listen"),
  new Contender("postern-tcpserver", "ours, tcpserver", "postern", "tcpserver"),
  new Contender("tinysshd", "tinysshd", "tinysshd", "tcpserver"),
  new Contender("sshd", "sshd", "sshd", "listen"),
  new Contender("dropbear", "dropbear", "dropbear", "listen"),
];
