/**
 * A file through SFTP in one direction, from memory to nowhere: with each server's own subsystem, and at ours with
 * OpenSSH's sftp-server as well.
 */
import { chmodSync, existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientOptions, run } from "../../test/support/openssh.ts";
import { SFTP_SERVER } from "../../test/support/server.ts";
import { OPENSSH_SFTP, type Contender } from "../contender.ts";
import { Figure, type Measure } from "../figure.ts";

const BYTES = 256 * 2 ** 20;
const CIPHER = "Ciphers=chacha20-poly1305@openssh.com";
const PATIENCE = 60_000;

export class SftpTransfer extends Figure {
  readonly name: string;
  readonly measures: Measure[];
  readonly rounds = { full: 5, quick: 3 };
  private readonly direction: "get" | "put";

  constructor(direction: "get" | "put") {
    super();
    this.name = `sftp-${direction}`;
    this.direction = direction;
    this.measures = [
      { name: `sftp ${direction}`, title: `sftp ${direction}, 256 MiB`, unit: "MB/s", digits: 0 },
      {
        name: `sftp ${direction} openssh`,
        title: `the same with OpenSSH's sftp-server behind our server`,
        unit: "MB/s",
        digits: 0,
      },
      { name: `sftp ${direction} ratio`, title: "the first to the second", unit: "times", digits: 2 },
    ];
  }

  /** Whoever has a subsystem called sftp as it was started. */
  async possible(contender: Contender): Promise<boolean> {
    return existsSync(SFTP_SERVER) && (contender.ours || contender.peer === "sshd");
  }

  async sample(contender: Contender): Promise<(number | null)[]> {
    const own = await this.rate(contender, "sftp");
    if (!contender.ours) return [own, null, null];
    const other = await this.rate(contender, OPENSSH_SFTP);
    return [own, other, own / other];
  }

  /** MB/s by the clock, the login included. */
  private async rate({ server }: Contender, subsystem: string): Promise<number> {
    const { stage, account } = server;
    const source = join(this.direction === "get" ? stage.home(account) : stage.folder, "sparse");
    if (!existsSync(source)) {
      writeFileSync(source, "");
      chmodSync(source, 0o644);
      truncateSync(source, BYTES); // a hole, which costs no disk
    }
    const line = this.direction === "get" ? "get sparse /dev/null" : `put ${source} /dev/null`;
    const options = ["-s", subsystem, "-o", CIPHER, ...clientOptions(server), "-P", String(server.port), "-b", "-"];
    const start = process.hrtime.bigint();
    const { status, stderr } = await run(["sftp", ...options, `${account.name}@127.0.0.1`], {
      input: `${line}\n`,
      timeout: PATIENCE,
    });
    const taken = Number(process.hrtime.bigint() - start) / 1e9;
    if (status !== 0) throw new Error(`sftp at ${server.peer}: ${stderr}`);
    await server.idle();
    return BYTES / 1e6 / taken;
  }
}
