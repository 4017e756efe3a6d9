/**
 * Compares our agent of TPM keys with what there is on Debian: OpenSSH's ssh-agent for start and memory, OpenSSL with
 * tpm2-openssl for signatures by the same key in the same TPM, a swtpm.
 *
 *   npm run bench:agent -- [--quick] [--no-write]
 *
 * All take turns in one run. ssh-tpm-agent itself is not in Debian 12; what was measured of it elsewhere stands in a column
 * of its own, for orders of magnitude alone. Prints the table, and writes it to AGENT.md beside this file.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { AgentConnection, AgentRoom, cleanEnvironment, type AgentProcess } from "../test/support/agent.ts";
import { list, sign } from "../test/support/agent-peer.ts";
import { nativeExecutable } from "../test/support/native.ts";
import { Swtpm } from "../test/support/swtpm.ts";
import { TpmRelay } from "../test/support/tpm-relay.ts";
import { proportionalSize } from "../test/support/usage.ts";
import { table } from "./report.ts";
import { summary } from "./statistics.ts";
import { surroundings } from "./surroundings.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, "no-write": { type: "boolean", default: false } },
});
const ROUNDS = options.quick ? 3 : 21;
/** Signatures one after the other, in each round. */
const SIGNATURES = options.quick ? 5 : 20;
/** In which the agent leaves the TPM, in milliseconds. */
const SILENCE = 1300;

/** ssh-tpm-agent 0.8.0, on two cores of an AMD EPYC, by way of a bridge that kept a log: medians; memory is RSS. */
const RECORDED: Record<string, string> = {
  start: "2.5",
  memory: "9496",
  warm: "2.37",
  cold: "2.37",
  commands: "7",
};

const TITLES: Record<string, string> = {
  start: "start to first answer, ms",
  memory: "idle, PSS, kB",
  keys: "the same with a key, after its signatures, kB",
  warm: "P-256 signature, one after the other, ms",
  cold: "P-256 signature after a second without one, ms",
  process: "the same by a program started for it, ms",
  commands: "TPM commands for a signature, one after the other",
  size: "executable, bytes",
};

const COLUMNS = ["ours", "ssh-agent", "tpm2-openssl"] as const;
type Column = (typeof COLUMNS)[number];

const values = new Map<string, number[]>();

function note(row: string, column: Column, value: number): void {
  const key = `${row} ${column}`;
  values.set(key, [...(values.get(key) ?? []), value]);
}

/** Milliseconds that `work` takes. */
async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const room = new AgentRoom();
const tpm = new Swtpm();

/** From the start of an agent to its answer to the first request, and what it then occupies. */
async function start(column: Column, command: string[]): Promise<void> {
  const socket = room.path("started");
  rmSync(socket, { force: true });
  const begun = performance.now();
  const child = spawn(command[0]!, [...command.slice(1), socket], { stdio: "ignore", env: cleanEnvironment() });
  let connection: AgentConnection | null = null;
  while (connection === null) {
    while (!existsSync(socket));
    connection = await AgentConnection.to(socket).catch(() => null);
  }
  await connection.ask(list);
  note("start", column, performance.now() - begun);
  connection.end();
  await sleep(100);
  note("memory", column, proportionalSize(child.pid!));
  const exit = once(child, "exit");
  child.kill();
  await exit;
}

/** The key on the wire. */
const blobOf = (name: string): Buffer =>
  Buffer.from(readFileSync(room.path(`${name}.pub`), "utf8").split(" ")[1]!, "base64");

async function signatures(column: Column, agent: AgentProcess, key: string): Promise<void> {
  const connection = await agent.connect();
  const request = sign(blobOf(key), "data");
  const signed = async (): Promise<void> => {
    if ((await connection.ask(request))[0] !== 14) throw new Error(agent.stderr);
  };
  if (column === "ours") note("cold", column, await timed(signed));
  else await signed();
  for (let i = 0; i < SIGNATURES; i++) note("warm", column, await timed(signed));
  note("keys", column, proportionalSize(agent.pid));
  connection.end();
}

/** A program that is started, has the key sign 32 bytes, and ends. */
function processes(ours: AgentProcess, theirs: AgentProcess): Record<Column, () => unknown> {
  const data = room.path("data");
  writeFileSync(data, Buffer.alloc(32, 7));
  const keygen = (agent: AgentProcess, key: string) => () =>
    execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "file", "-f", room.path(`${key}.pub`)], {
      input: "data",
      stdio: ["pipe", "ignore", "ignore"],
      env: cleanEnvironment({ SSH_AUTH_SOCK: agent.socket }),
    });
  const words = ["-sign", "-provider", "tpm2", "-provider", "default", "-inkey", room.path("key.tpm"), "-in", data];
  return {
    ours: keygen(ours, "key"),
    "ssh-agent": keygen(theirs, "plain"),
    "tpm2-openssl": () => tpm.tool("openssl", "pkeyutl", ...words, "-out", room.path("signature")),
  };
}

/** Commands of a signature that isn't the first. */
async function commands(): Promise<void> {
  const relay = await TpmRelay.start(tpm);
  const agent = await room.start("counted", ["--key-dir", room.folder, "--tpm", relay.name]);
  const connection = await agent.connect();
  for (let i = 0; i < 2; i++) {
    relay.taken();
    await connection.ask(sign(blobOf("key"), "data"));
  }
  note("commands", "ours", relay.taken().length);
  connection.end();
  await agent.stop();
  await relay.stop();
}

function report(): string {
  const rows = Object.entries(TITLES).map(([row, title]) => {
    const cells = COLUMNS.map((column) => {
      const found = values.get(`${row} ${column}`);
      if (found === undefined) return "–";
      const { median, least, most } = summary(found);
      const digits = title.endsWith("ms") ? 2 : 0;
      const [middle, low, high] = [median, least, most].map((value) => value.toFixed(digits));
      return low === high ? `**${middle}**` : `**${middle}** (${low}–${high})`;
    });
    return [title, ...cells, RECORDED[row] ?? "–"];
  });
  return table(["", ...COLUMNS, "ssh-tpm-agent, recorded elsewhere"], rows);
}

const where = surroundings(options.quick, ["openssh-client", "openssl", "tpm2-openssl", "swtpm", "libtpms0"]);
try {
  await tpm.start();
  const executable = nativeExecutable("ssh-tpm");
  const keygen = ["keygen", "--tpm", tpm.name, "-N", "", "-C", "", "-f", room.path("key")]; // OpenSSL takes no comment
  execFileSync(executable, keygen, { stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", room.path("plain")]);
  note("size", "ours", statSync(executable).size);
  note("size", "ssh-agent", statSync("/usr/bin/ssh-agent").size);
  await commands();
  const ours = await room.start("ours", ["--key-dir", room.folder, "--tpm", tpm.name]);
  const theirs = await room.startOpenSsh("theirs");
  theirs.run("ssh-add", ["-q", room.path("plain")]);
  const single = processes(ours, theirs);
  for (let round = 0; round < ROUNDS; round++) {
    await start("ours", [room.program, "--no-load", "-l"]);
    await start("ssh-agent", ["ssh-agent", "-D", "-a"]);
    await signatures("ours", ours, "key");
    await signatures("ssh-agent", theirs, "plain");
    await sleep(SILENCE); // swtpm serves one client at a time
    for (const column of COLUMNS) {
      note("process", column, await timed(single[column]));
      if (column === "ours") await sleep(SILENCE);
    }
  }
} finally {
  await room.remove();
  await tpm.remove();
}

const text = `# Results of \`npm run bench:agent\`

${where}

Medians, with the least and the greatest value. ssh-agent's key is in memory, and signs in software; \`tpm2-openssl\` is
\`openssl pkeyutl -sign\` with the key file that ours has; programs started for a signature by an agent are \`ssh-keygen -Y sign\`.
What was recorded of ssh-tpm-agent 0.8.0 is of another machine, and memory is RSS there.

${report()}
`;
console.log(text);
if (!options.quick && !options["no-write"]) writeFileSync(join(import.meta.dirname, "AGENT.md"), text);
