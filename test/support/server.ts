/** A server under test: started on a stage and a free port of 127.0.0.1, asked for what it leaves behind, and ended. */
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeKey, writeKeyFolder, type KeyFile } from "./keys.ts";
import { commandLine, type Launcher, type Peer } from "./launchers.ts";
import { descendants, describe, until, type Process } from "./processes.ts";
import { searchEnvironment, Stage, type Account, type Performance } from "./stage.ts";

export interface ServerOptions {
  /** Default: the environment variable SERVER_UNDER_TEST, else ours. */
  peer?: Peer;
  launcher?: Launcher;
  /** Options of tinysshd, ours or the original. Default: `-v` and the SFTP subsystem. */
  options?: string[];
  accounts?: Account[];
  name?: string;
  /** Puts more keys into the key folder. */
  moreHostKeys?: (folder: string) => void;
  /** Environment variables of the listener beside those of the test. */
  environment?: NodeJS.ProcessEnv;
}

export const underTest = (process.env.SERVER_UNDER_TEST ?? "postern") as Peer;

export const SFTP_SERVER = "/usr/lib/openssh/sftp-server";

/** All clients of a test have one address, and many of them misbehave. */
export const LENIENT = ["--penalties", "off", "--max-startups", "256"];

/** How long a server may take to listen, and to leave nothing behind once its clients have gone. */
const PATIENCE = 5000;

export class Server {
  readonly peer: Peer;
  readonly launcher: Launcher;
  readonly port: number;
  readonly stage: Stage;
  /** A key that every account admits. */
  readonly key: KeyFile;
  private readonly performance: Performance;
  private readonly logFile: string;
  /** Processes that were there before the first connection. */
  private listener: number[] = [];

  private constructor(
    peer: Peer,
    launcher: Launcher,
    port: number,
    stage: Stage,
    key: KeyFile,
    performance: Performance,
  ) {
    this.peer = peer;
    this.launcher = launcher;
    this.port = port;
    this.stage = stage;
    this.key = key;
    this.performance = performance;
    this.logFile = join(stage.folder, "server.log");
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const peer = options.peer ?? underTest;
    const launcher = options.launcher ?? "listen";
    const stage = new Stage(options.accounts);
    try {
      return await Server.startOn(stage, peer, launcher, options);
    } catch (error) {
      stage.remove();
      throw error;
    }
  }

  private static async startOn(stage: Stage, peer: Peer, launcher: Launcher, options: ServerOptions): Promise<Server> {
    const hostKey = makeKey(join(stage.folder, "host_key"));
    const keyFolder = join(stage.folder, "keys");
    writeKeyFolder(hostKey.path, keyFolder);
    options.moreHostKeys?.(keyFolder);
    const key = makeKey(join(stage.folder, "user_key"));
    for (const account of stage.accounts) stage.authorize(account, [key.line]);
    const port = await freePort();
    writeFileSync(join(stage.folder, "known_hosts"), `[127.0.0.1]:${port} ${hostKey.line}\n`);
    const command = commandLine(peer, launcher, {
      stage,
      port,
      hostKey: hostKey.path,
      keyFolder,
      options: [...(peer === "postern" ? LENIENT : []), ...(options.options ?? ["-v", "-x", `sftp=${SFTP_SERVER}`])],
      name: options.name ?? "tinysshd",
    });
    const log = join(stage.folder, "server.log");
    const performance = stage.perform(command, log, { ...searchEnvironment, ...options.environment });
    const server = new Server(peer, launcher, port, stage, key, performance);
    await until(() => listening(port) || performance.ended, PATIENCE, 5);
    if (!listening(port)) {
      const text = server.log();
      await performance.end();
      throw new Error(`${command.join(" ")}\ndoes not listen on port ${port}:\n${text}`);
    }
    server.listener = server.processes().map((process) => process.pid);
    return server;
  }

  /** The account that tests log in to. */
  get account(): Account {
    return this.stage.accounts[0]!;
  }

  get knownHosts(): string {
    return join(this.stage.folder, "known_hosts");
  }

  /** All that the server has written so far. */
  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  /** All processes of the server, its listener's among them. */
  processes(): Process[] {
    const init = this.performance.init;
    return init === 0 ? [] : descendants(init);
  }

  /** The processes that serve connections. */
  serving(): Process[] {
    return this.processes().filter((process) => !this.listener.includes(process.pid));
  }

  /** Waits until no connection's process is left; ends those that stay, and throws naming them. */
  async idle(patience = PATIENCE): Promise<void> {
    if (await until(() => this.serving().length === 0, patience)) return;
    const left = this.serving();
    for (const { pid } of left) process.kill(pid, "SIGKILL"); // so that the next test starts clean
    throw new Error(`left behind by the server:\n${describe(left)}\n${this.log().slice(-2000)}`);
  }

  /** The pid of the listener's first process. */
  get pid(): number {
    return this.listener[0]!;
  }

  async stop(): Promise<void> {
    await this.performance.end();
    this.stage.remove();
  }
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** True if something listens on the port, found without connecting to it (state 0A of proc_net_tcp(5)). */
export function listening(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .some((line) => line.includes(` ${local} 00000000:0000 0A `));
}
