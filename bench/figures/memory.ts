/**
 * Memory of a session in which nothing happens: the proportional set size (PSS, which divides a shared page among those
 * who share it) of all the server's processes that serve it. Listener and user's shell are not among them.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { proportionalSize } from "../../test/support/usage.ts";
import { login } from "../client.ts";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

/** Until what the login left to do has been done, in milliseconds. */
const SETTLING = 300;

export class Memory extends Figure {
  readonly name = "memory";
  readonly measures: Measure[] = [{ name: "memory", title: "idle session, PSS", unit: "kB", digits: 0 }];
  readonly rounds = { full: 5, quick: 2 };

  async sample(contender: Contender): Promise<(number | null)[]> {
    const { server } = contender;
    const [program, ...words] = login(server, "echo ready; cat", []);
    const client = spawn(program!, words, { stdio: ["pipe", "pipe", "inherit"] });
    const exit = once(client, "exit");
    await Promise.race([once(client.stdout, "data"), exit]);
    await sleep(SETTLING);
    const serving = server.serving().filter((process) => process.name === contender.processName);
    if (serving.length === 0) throw new Error(`no process of ${contender.name} serves the session`);
    const size = serving.map((process) => proportionalSize(process.pid)).reduce((a, b) => a + b);
    client.stdin.end();
    await exit;
    await server.idle();
    return [size];
  }
}
