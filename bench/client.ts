/** The clients that all servers are measured with: OpenSSH's, and for many connections at once the one of our tests. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { readKey } from "../test/support/keys.ts";
import { sshCommand } from "../test/support/openssh.ts";
import type { Server } from "../test/support/server.ts";
import { login as prove } from "../test/support/ssh/authentication.ts";
import { Client } from "../test/support/ssh/client.ts";

/** Nothing of the machine's or the user's settings, and no host key to look for. */
const OPTIONS = ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"];

/** The client of a Debian that knows ML-KEM; this machine's own if it does. */
export function newerClient(): string {
  const script = fileURLToPath(new URL("../script/newer-ssh", import.meta.url));
  return execFileSync(script, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** The command line that runs `command` at the server. `settings` are those of ssh_config(5), `NAME=value`. */
export function login(server: Server, command: string, settings: string[], client = "ssh"): string[] {
  const options = [...OPTIONS, ...settings.flatMap((setting) => ["-o", setting])];
  return [client, ...sshCommand(server, options, [command]).slice(1)];
}

/** Runs a command line, its output thrown away, and returns how many seconds that took. */
export async function seconds(command: string[]): Promise<number> {
  const start = process.hrtime.bigint();
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (piece) => (errors += piece));
  const [status] = await once(child, "exit");
  const taken = Number(process.hrtime.bigint() - start) / 1e9;
  if (status === 0) return taken;
  if (!child.stderr.readableEnded) await once(child.stderr, "end");
  throw new Error(`${command.join(" ")}\nended with status ${status}:\n${errors}`);
}

/** A name that every server offers, and that stands behind the key exchange methods (RFC 4253 section 7.1). */
const LATER_NAME = "chacha20-poly1305@openssh.com";

/** True if the server offers the key exchange method. */
export async function offers(server: Server, method: string): Promise<boolean> {
  const socket = connect(server.port, "127.0.0.1");
  socket.write("SSH-2.0-bench\r\n");
  let heard = "";
  for await (const piece of socket) {
    heard += (piece as Buffer).toString("latin1");
    if (heard.includes(LATER_NAME)) break;
  }
  socket.destroy();
  await server.idle();
  return heard.includes(method);
}

/** Milliseconds in which a busy server must have answered. */
const PATIENCE = 60_000;

/** A connection of the test client's that is logged in. It computes little: the server's pace is what is seen. */
export async function visitor(server: Server): Promise<Client> {
  const client = await Client.connect(server.port, { patience: PATIENCE });
  await prove(client, server.account.name, readKey(server.key.path));
  return client;
}

/** Does `work` so many times, a few at once. */
export async function repeat(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
