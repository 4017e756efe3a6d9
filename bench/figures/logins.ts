/** Logins per second, some at a time, by a client that costs little: a connection, a key exchange, a proof, and the end. */
import { repeat, visitor } from "../client.ts";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

const LOGINS = { full: 400, quick: 60 };
/** dropbear takes five from one address. */
const AT_ONCE = 4;

export class Logins extends Figure {
  readonly name = "logins";
  readonly measures: Measure[] = [{ name: "logins", title: "logins, 4 at a time, per second", unit: "", digits: 0 }];
  readonly rounds = { full: 5, quick: 2 };

  async sample({ server }: Contender, quick: boolean): Promise<(number | null)[]> {
    const count = quick ? LOGINS.quick : LOGINS.full;
    const start = performance.now();
    await repeat(count, AT_ONCE, async () => (await visitor(server)).destroy());
    const seconds = (performance.now() - start) / 1e3;
    await server.idle();
    return [count / seconds];
  }
}
