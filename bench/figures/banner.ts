/**
 * From the start of a server, with a connection as fd 0 and 1 as inetd has it, to the arrival of the first byte that it
 * says. A shell that is told to becomes the server: this program, being large, would take longer to start a process than
 * the server does to speak.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

/** Waits for a line on fd 3. */
const SHELL = 'read -r start <&3; exec "$@" 3<&-';
/** Until the shell waits, in milliseconds. */
const SETTLING = 20;

export class Banner extends Figure {
  readonly name = "banner";
  readonly measures: Measure[] = [{ name: "banner", title: "start to banner", unit: "ms", digits: 2 }];
  readonly rounds = { full: 51, quick: 11 };

  async sample(contender: Contender): Promise<(number | null)[]> {
    const { near, far } = await connection();
    const arrival = once(near, "data");
    const server = spawn("sh", ["-c", SHELL, "sh", ...contender.inetdCommand()], {
      stdio: [far, far, "ignore", "pipe"],
    });
    const exit = once(server, "exit");
    await sleep(SETTLING);
    const start = process.hrtime.bigint();
    (server.stdio[3] as Writable).write("\n");
    const [banner] = (await Promise.race([arrival, exit])) as [Buffer | number];
    const taken = Number(process.hrtime.bigint() - start) / 1e6;
    if (!Buffer.isBuffer(banner) || !banner.toString("latin1").startsWith("SSH-2.0-")) {
      throw new Error(`${contender.inetdCommand().join(" ")}: no banner but ${banner}`);
    }
    server.kill("SIGKILL");
    await exit;
    near.destroy();
    far.destroy();
    return [taken];
  }
}

/** Both ends of a TCP connection; nothing is read from the far one here. */
async function connection(): Promise<{ near: Socket; far: Socket }> {
  const listener = createServer({ pauseOnConnect: true });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const near = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  const [[far]] = (await Promise.all([once(listener, "connection"), once(near, "connect")])) as [[Socket], unknown];
  listener.close();
  return { near, far };
}
