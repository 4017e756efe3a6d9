/** ssh-tpm-agent as a process, OpenSSH's ssh-agent beside it, and connections to either. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeExecutable } from "./native.ts";
import { until } from "./processes.ts";
import { encode } from "./ssh/wire.ts";

/** What an agent must not find in its environment, so that nothing of the tester's has to do with it. */
const STRANGE = [
  "SSH_AUTH_SOCK",
  "SSH_ASKPASS",
  "SSH_ASKPASS_REQUIRE",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "SSH_TPM_AUTH_SOCK",
];

/** Our environment without what is strange to a test, and with `more`. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...more };
  for (const name of STRANGE) if (more[name] === undefined) delete environment[name];
  return environment;
}

/** A folder with the program in it, for all that a test file does. */
export class AgentRoom {
  readonly folder = mkdtempSync(join(tmpdir(), "postern-agent-"));
  readonly program = join(this.folder, "ssh-tpm-agent");
  private readonly agents: AgentProcess[] = [];

  constructor() {
    chmodSync(this.folder, 0o755);
    symlinkSync(nativeExecutable("ssh-tpm"), this.program);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Starts our agent, which listens at `name` in the folder, and waits until it does. */
  async start(
    name: string,
    words: string[] = ["--no-load"],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<AgentProcess> {
    const socket = this.path(name);
    const command = [this.program, "-l", socket, ...words];
    return this.keep(new AgentProcess(command, socket, cleanEnvironment(environment))).ready();
  }

  /** Runs our program to its end. */
  run(words: string[], environment: NodeJS.ProcessEnv = {}) {
    const { status, stdout, stderr } = spawnSync(this.program, words, {
      encoding: "utf8",
      env: cleanEnvironment(environment),
      timeout: 20_000,
    });
    return { status, stdout, stderr };
  }

  /** Starts OpenSSH's. */
  async startOpenSsh(name: string, environment: NodeJS.ProcessEnv = {}): Promise<AgentProcess> {
    const socket = this.path(name);
    const command = ["ssh-agent", "-D", "-a", socket];
    return this.keep(new AgentProcess(command, socket, cleanEnvironment(environment))).ready();
  }

  /** An askpass program that notes what it is asked in `name`.asked, and then does what `script` says. */
  askpass(name: string, script: string): { program: string; asked: () => string[] } {
    const program = this.path(name);
    const asked = `${program}.asked`;
    writeFileSync(program, `#!/bin/sh\nprintf '%s|%s\\0' "$SSH_ASKPASS_PROMPT" "$1" >> '${asked}'\n${script}\n`);
    chmodSync(program, 0o755);
    return {
      program,
      asked: () => (existsSync(asked) ? readFileSync(asked, "utf8").split("\0").slice(0, -1) : []),
    };
  }

  async remove(): Promise<void> {
    for (const agent of this.agents) await agent.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private keep(agent: AgentProcess): AgentProcess {
    this.agents.push(agent);
    return agent;
  }
}

export class AgentProcess {
  readonly socket: string;
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(command: string[], socket: string, environment: NodeJS.ProcessEnv) {
    this.socket = socket;
    this.child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"], env: environment });
    this.child.stdout!.on("data", (text) => (this.stdout += text));
    this.child.stderr!.on("data", (text) => (this.stderr += text));
  }

  get pid(): number {
    return this.child.pid!;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async ready(): Promise<this> {
    const answers = (): boolean => existsSync(this.socket) && this.run("ssh-add", ["-l"]).status !== 2;
    const there = await until(() => this.ended || answers(), 10_000);
    if (!there || this.ended) throw new Error(`the agent does not start: ${this.stderr}`);
    return this;
  }

  /** Ends it by `signal`, and gives its exit status. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (!this.ended) {
      const exit = once(this.child, "exit");
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode;
  }

  connect(): Promise<AgentConnection> {
    return AgentConnection.to(this.socket);
  }

  /** Runs a program that talks to the agent. */
  run(
    program: string,
    words: string[],
    { input, environment }: { input?: string; environment?: NodeJS.ProcessEnv } = {},
  ) {
    const { status, stdout, stderr } = spawnSync(program, words, {
      input,
      encoding: "utf8",
      env: cleanEnvironment({ SSH_AUTH_SOCK: this.socket, ...environment }),
      timeout: 20_000,
    });
    return { status, stdout, stderr };
  }

  /** The same while this process goes on. */
  async runBeside(program: string, words: string[], environment: NodeJS.ProcessEnv = {}) {
    const child = spawn(program, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: cleanEnvironment({ SSH_AUTH_SOCK: this.socket, ...environment }),
      timeout: 20_000,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    const [status] = (await once(child, "close")) as [number | null];
    return { status, stdout, stderr };
  }

  /** What `ssh-add -l` prints: one line a key, or that there are none. */
  list(): string[] {
    return this.run("ssh-add", ["-l"]).stdout.trimEnd().split("\n");
  }

  /** Kilobytes of memory that are the process's alone. */
  memory(): number {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/smaps_rollup`, "utf8"))![1]);
  }
}

export class AgentConnection {
  readonly socket: Socket;
  private received = Buffer.alloc(0);
  private wake: () => void = () => {};
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    const woken = (): void => this.wake();
    socket.on("data", (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      woken();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      woken();
    });
  }

  static async to(path: string): Promise<AgentConnection> {
    const socket = connect(path);
    await once(socket, "connect");
    return new AgentConnection(socket);
  }

  send(request: Uint8Array): void {
    this.socket.write(encode(request));
  }

  /** The next answer; empty if the connection ends. */
  async answer(): Promise<Buffer> {
    const whole = (): boolean => this.received.length >= 4 && this.received.length >= 4 + this.received.readUInt32BE();
    while (!whole() && !this.closed) await new Promise<void>((resolve) => (this.wake = resolve));
    if (!whole()) return Buffer.alloc(0);
    const end = 4 + this.received.readUInt32BE();
    const answer = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    return answer;
  }

  ask(request: Uint8Array): Promise<Buffer> {
    this.send(request);
    return this.answer();
  }

  end(): void {
    this.socket.destroy();
  }
}
