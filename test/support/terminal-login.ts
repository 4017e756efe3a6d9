/** A login at a terminal, by OpenSSH's client, which is told to have one. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { until } from "./processes.ts";
import { PATIENCE } from "./virtual-machine.ts";

export class TerminalLogin {
  /** What it has shown. */
  shown = "";
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  /** `command`: that of ssh. */
  constructor(command: string[]) {
    const child = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
    this.child = child;
    this.ended = once(child, "close");
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (bytes) => (this.shown += bytes));
  }

  /** Waits until it has shown `what` so many times. */
  async shows(what: string, times = 1): Promise<void> {
    const enough = (): boolean => this.shown.split(what).length > times;
    if (!(await until(enough, PATIENCE, 50))) throw new Error(`The terminal shows ${JSON.stringify(this.shown)}`);
  }

  type(line: string): void {
    this.child.stdin!.write(`${line}\r`);
  }

  /** Waits for its end, and returns the exit status. */
  async end(): Promise<number | null> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE);
    await this.ended;
    clearTimeout(timer);
    return this.child.exitCode;
  }
}
