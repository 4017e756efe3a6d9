/**
 * `ssh host true`: how long the user waits, and what it costs the server: the login, a shell that runs `true` included.
 */
import { login, offers, seconds } from "../client.ts";
import type { Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

export class Handshake extends Figure {
  readonly name: string;
  readonly measures: Measure[];
  readonly rounds = { full: 21, quick: 7 };
  private readonly method: string;
  private readonly client: () => string;
  private chosen = "";

  /** `client` is asked when it is needed, as it may have to be downloaded first. */
  constructor(name: string, method: string, client: () => string = () => "ssh") {
    super();
    this.name = name;
    this.method = method;
    this.client = client;
    this.measures = [
      { name: `${name} wall`, title: `\`ssh host true\`, ${method}`, unit: "ms", digits: 1 },
      { name: `${name} cpu`, title: "its server CPU", unit: "ms", digits: 2 },
    ];
  }

  override possible({ server }: Contender): Promise<boolean> {
    return offers(server, this.method);
  }

  async sample(contender: Contender): Promise<(number | null)[]> {
    if (this.chosen === "") this.chosen = this.client();
    const { server, meter } = contender;
    const before = meter?.seconds();
    const wall = await seconds(login(server, "true", [`KexAlgorithms=${this.method}`], this.chosen));
    await server.idle(); // what the server does after the client has gone is part of the cost
    return [wall * 1e3, meter ? (meter.seconds() - before!) * 1e3 : null];
  }
}
