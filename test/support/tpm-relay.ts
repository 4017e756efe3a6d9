/** Stands between a program and swtpm, passes everything on, and keeps a list of the commands that went by. */
import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { Swtpm } from "./swtpm.ts";

/** Commands by their codes, TPM 2.0 part 2 section 6.5.2: those that signing can take. */
const NAMES: Record<number, string> = {
  0x131: "CreatePrimary",
  0x153: "Create",
  0x157: "Load",
  0x159: "RSA_Decrypt",
  0x15d: "Sign",
  0x165: "FlushContext",
  0x173: "ReadPublic",
  0x176: "StartAuthSession",
  0x17a: "GetCapability",
};

/** TPM_RC_RETRY: the TPM wants the same command once more. */
const RETRY = 0x922;

export class TpmRelay {
  readonly socket: string;
  /** Names of the commands that have been answered, but for those that the TPM wanted sent again. */
  commands: string[] = [];
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  private constructor(tpm: Swtpm) {
    this.socket = `${tpm.socket}.relay`;
    this.server = createServer((client) => this.serve(client, connect(tpm.socket)));
  }

  static async start(tpm: Swtpm): Promise<TpmRelay> {
    const relay = new TpmRelay(tpm);
    relay.server.listen(relay.socket);
    await once(relay.server, "listening");
    return relay;
  }

  /** What programs are told. */
  get name(): string {
    return `swtpm:path=${this.socket}`;
  }

  /** The commands since this was called the last time. */
  taken(): string[] {
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, "close");
    rmSync(this.socket, { force: true });
  }

  private serve(client: Socket, tpm: Socket): void {
    let code = 0;
    for (const socket of [client, tpm]) {
      this.open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.open.delete(socket);
        client.destroy();
        tpm.destroy();
      });
    }
    // One command at a time, each in one piece: so programs write them, and swtpm answers.
    client.on("data", (command: Buffer) => {
      code = command.readUInt32BE(6);
      tpm.write(command);
    });
    tpm.on("data", (response: Buffer) => {
      if (response.readUInt32BE(6) !== RETRY) this.commands.push(NAMES[code] ?? `0x${code.toString(16)}`);
      client.write(response);
    });
  }
}
