/** What a signature costs: TPM commands, counted between the agent and the TPM; and the memory of an agent that waits. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AgentRoom, type AgentConnection, type AgentProcess } from "../support/agent.ts";
import { sign } from "../support/agent-peer.ts";
import { nativeExecutable } from "../support/native.ts";
import { until } from "../support/processes.ts";
import { Swtpm } from "../support/swtpm.ts";
import { TpmRelay } from "../support/tpm-relay.ts";
import { proportionalSize } from "../support/usage.ts";

const room = new AgentRoom();
const tpm = new Swtpm();
let relay: TpmRelay;
let agent: AgentProcess;
let connection: AgentConnection;

const KEYS = { ecdsa: ["-t", "ecdsa"], pin: ["-t", "ecdsa"], rsa: ["-t", "rsa"] } as const;

before(async () => {
  await tpm.start();
  for (const [name, options] of Object.entries(KEYS)) {
    const words = ["keygen", "--tpm", tpm.name, "-f", room.path(name), "-N", name === "pin" ? "1234" : "", ...options];
    execFileSync(nativeExecutable("ssh-tpm"), words, { stdio: ["ignore", "ignore", "pipe"] });
  }
  relay = await TpmRelay.start(tpm);
  const askpass = room.askpass("askpass", "echo 1234");
  const environment = { SSH_ASKPASS: askpass.program, SSH_ASKPASS_REQUIRE: "force" };
  agent = await room.start("agent", ["--key-dir", room.folder, "--tpm", relay.name], environment);
  connection = await agent.connect();
});

after(async () => {
  connection.end();
  await room.remove();
  await relay.stop();
  await tpm.remove();
});

const SIGN_RESPONSE = 14;
const RSA_SHA2_256 = 2;

async function signWith(name: keyof typeof KEYS): Promise<string[]> {
  const blob = Buffer.from(readFileSync(room.path(`${name}.pub`), "utf8").split(" ")[1]!, "base64");
  const answer = await connection.ask(sign(blob, "data", name === "rsa" ? RSA_SHA2_256 : 0));
  assert.equal(answer[0], SIGN_RESPONSE, agent.stderr);
  return relay.taken();
}

/** Until the agent has left the TPM, which is done when nothing was signed for a second. */
async function silence(): Promise<string[]> {
  assert.ok(await until(() => relay.commands.includes("FlushContext"), 5000));
  await sleep(100);
  return relay.taken();
}

/** Of ssh-tpm-agent 0.9, each time: CreatePrimary, StartAuthSession, Load, StartAuthSession, Sign, FlushContext twice. */
const THEIRS = 7;

/** What a signature takes in a TPM that has been left; on the way to the very first, more is found out about the TPM. */
const FIRST = ["CreatePrimary", "StartAuthSession", "Load", "Sign"];
const FINDING_OUT = ["GetCapability", "ReadPublic"];

test("to wait costs no command, and little memory", () => {
  assert.deepEqual(relay.taken(), []);
  assert.ok(proportionalSize(agent.pid) <= 1500, `${proportionalSize(agent.pid)} kB`);
});

for (const name of ["ecdsa", "pin", "rsa"] as const) {
  test(`${name}: one command for each signature but the first, and for two together fewer than there were`, async () => {
    const first = await signWith(name);
    const second = await signWith(name);
    assert.deepEqual(second, ["Sign"]);
    for (let i = 0; i < 3; i++) assert.deepEqual(await signWith(name), ["Sign"]);
    const last = await silence();
    assert.deepEqual(last, ["FlushContext", "FlushContext", "FlushContext"]);
    // PINs: how many wrong ones are left is asked before the first try.
    const more = first.filter((command) => !FIRST.includes(command));
    assert.deepEqual(
      first.filter((command) => FIRST.includes(command)),
      FIRST,
    );
    assert.ok(more.every((command) => FINDING_OUT.includes(command)) && more.length <= (name === "ecdsa" ? 3 : 1));
    assert.ok(first.length + second.length + last.length < 2 * THEIRS, [...first, ...second, ...last].join());
    const alone = await signWith(name);
    assert.deepEqual(alone, FIRST);
    assert.ok(alone.length + (await silence()).length <= THEIRS);
  });
}

test("nothing is left in the TPM, nor much in the agent's memory, after many signatures", async () => {
  for (let i = 0; i < 200; i++) await signWith("ecdsa");
  await silence();
  for (const kind of ["handles-transient", "handles-loaded-session"]) {
    assert.equal(tpm.tool("tpm2_getcap", kind).trim(), "");
  }
  assert.ok(proportionalSize(agent.pid) <= 1000, `${proportionalSize(agent.pid)} kB`);
});

test("all the TPM programs are in 200,000 bytes", () => {
  assert.ok(statSync(nativeExecutable("ssh-tpm")).size <= 200_000);
});
