/** The OpenSSH client that all servers are measured with. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { sshCommand } from "../test/support/openssh.ts";
import type { Server } from "../test/support/server.ts";

/** Nothing of the machine's or the user's settings, and no host key to look for. */
const OPTIONS = ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"];

/** What OpenSSH says if the two have no key exchange method in common. */
const NOTHING_IN_COMMON = "no matching key exchange method found";

/** The server does not know what it was asked for. */
export class Unsupported extends Error {}

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
  if (errors.includes(NOTHING_IN_COMMON)) throw new Unsupported();
  throw new Error(`${command.join(" ")}\nended with status ${status}:\n${errors}`);
}
