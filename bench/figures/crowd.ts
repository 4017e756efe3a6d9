/** Memory of a session when there are many: PSS of all the server's processes that serve them, for each. */
import type { Client } from "../../test/support/ssh/client.ts";
import { Session } from "../../test/support/ssh/session.ts";
import { proportionalSize } from "../../test/support/usage.ts";
import { repeat, visitor } from "../client.ts";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

const SESSIONS = { full: 500, quick: 50 };
const AT_ONCE = 4;
/** Until all of them are gone, in milliseconds. */
const PATIENCE = 60_000;

export class Crowd extends Figure {
  readonly name = "crowd";
  readonly measures: Measure[] = [
    { name: "crowd", title: "each of 500 idle sessions, PSS (50 in a hurry)", unit: "kB", digits: 0 },
  ];
  readonly rounds = { full: 1, quick: 1 };

  async sample(contender: Contender, quick: boolean): Promise<(number | null)[]> {
    const { server } = contender;
    const count = quick ? SESSIONS.quick : SESSIONS.full;
    const clients: Client[] = [];
    await repeat(count, AT_ONCE, async () => {
      const client = await visitor(server);
      clients.push(client);
      const session = new Session(client);
      await session.open();
      await session.start("echo ready; exec cat");
      await session.sees("ready\n");
    });
    const serving = server.serving().filter((process) => process.name === contender.processName);
    const size = serving.reduce((sum, process) => sum + proportionalSize(process.pid), 0);
    for (const client of clients) client.destroy();
    await server.idle(PATIENCE);
    return [size / count];
  }
}
