/** Our server on a stage, started through another command: one that changes who it is, or what the kernel tells it. */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "./launchers.ts";
import { makeKey, writeKeyFolder, type KeyFile } from "./keys.ts";
import { run, type Result, type RunOptions } from "./openssh.ts";
import { freePort, LENIENT, listening } from "./server.ts";
import { descendants, until } from "./processes.ts";
import { Stage, type Account, type Performance } from "./stage.ts";

const PATIENCE = 10_000;

export class WrappedServer {
  readonly stage: Stage;
  /** A key that every account admits. */
  readonly key: KeyFile;
  readonly keyFolder: string;
  private readonly executable: string;
  private readonly lenient: string[];
  private performance: Performance | null = null;
  private name = "";
  port = 0;

  /** `lenient`: options by which the server bears with clients that misbehave. */
  constructor(accounts: Account[], program = executable, lenient = LENIENT) {
    this.executable = program;
    this.lenient = lenient;
    this.stage = new Stage(accounts);
    this.key = makeKey(join(this.stage.folder, "user_key"));
    this.keyFolder = join(this.stage.folder, "keys");
    writeKeyFolder(makeKey(join(this.stage.folder, "host_key")).path, this.keyFolder);
    for (const account of this.stage.accounts) this.stage.authorize(account, [this.key.line]);
  }

  /** Listens as `wrapper PROGRAM -v options`. */
  async start(wrapper: string[], options: string[] = [], name = "tinysshd"): Promise<void> {
    this.name = name;
    const program = join(this.stage.folder, name);
    copyFileSync(this.executable, program);
    this.port = await freePort();
    const command = [
      ...wrapper,
      program,
      ...this.lenient,
      "-v",
      ...options,
      "--listen",
      `127.0.0.1:${this.port}`,
      this.keyFolder,
    ];
    this.performance = this.stage.perform(command, join(this.stage.folder, "server.log"));
    if (await until(() => listening(this.port), PATIENCE)) return;
    throw new Error(`${command.join(" ")}\ndoes not listen:\n${this.log()}`);
  }

  /** The pid of the listener. */
  get pid(): number {
    const all = descendants(this.performance!.init);
    return all.find((process) => process.name === this.name)!.pid;
  }

  /** The command line of `ssh`; `proof`: with the key that is admitted. */
  command(user: string, proof: boolean, words: string[]): string[] {
    const identity = proof ? ["-i", this.key.path] : ["-o", "PubkeyAuthentication=no"];
    const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"];
    const common = ["-F", "none", "-o", "IdentityAgent=none", ...settings.flatMap((setting) => ["-o", setting])];
    return ["ssh", ...common, ...identity, "-p", String(this.port), "-l", user, "127.0.0.1", ...words];
  }

  /** Runs `ssh` to its end. */
  ssh(user: string, proof: boolean, words: string[], options: RunOptions = {}): Promise<Result> {
    return run(this.command(user, proof, words), options);
  }

  log(): string {
    return readFileSync(join(this.stage.folder, "server.log"), "utf8");
  }

  async stop(): Promise<void> {
    await this.performance?.end();
    this.stage.remove();
  }
}
