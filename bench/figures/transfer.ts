/** Bulk data in one direction over chacha20-poly1305@openssh.com, from a pipe to nowhere. */
import { login, seconds } from "../client.ts";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

const GIB = 2 ** 30;
/** Even in a hurry the login's share must be small. */
const QUICK_SHARE = 1 / 4;

const CIPHER = "Ciphers=chacha20-poly1305@openssh.com";

export class Transfer extends Figure {
  readonly name: "download" | "upload";
  readonly measures: Measure[];
  readonly rounds = { full: 3, quick: 3 };

  constructor(name: "download" | "upload") {
    super();
    this.name = name;
    this.measures = [
      { name, title: `${name}, 1 GiB`, unit: "MB/s", digits: 0 },
      { name: `${name} cpu`, title: "its server CPU per GiB", unit: "s", digits: 2 },
    ];
  }

  async sample(contender: Contender, quick: boolean): Promise<(number | null)[]> {
    const { server, meter } = contender;
    const bytes = GIB * (quick ? QUICK_SHARE : 1);
    const source = `head -c ${bytes} /dev/zero`;
    const before = meter?.seconds();
    const taken = await seconds(
      this.name === "download"
        ? login(server, source, [CIPHER])
        : ["sh", "-c", `${source} | "$@"`, "sh", ...login(server, "cat >/dev/null", [CIPHER])],
    );
    await server.idle();
    return [bytes / 1e6 / taken, meter ? ((meter.seconds() - before!) * GIB) / bytes : null];
  }
}
