/** Clients that want the server's memory: they ask and do not listen, or stop in the middle of what is held back for them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import * as number from "../support/ssh/numbers.ts";
import { open, request } from "../support/ssh/session.ts";
import { message } from "../support/ssh/wire.ts";
import { commonArena, type Attacker, type Phase } from "./arena.ts";

const arena = commonArena();

/** What one connection may make the server use: ten windows of 2 MiB, more while their queues grow, and garbage. */
const MEMORY_LIMIT = 48 << 20;
const MESSAGES = 60_000;
const SESSIONS = 10;

/** The largest memory of any process that serves a connection, so far. */
function peakMemory(): number {
  let peak = 0;
  for (const { pid } of arena().server.serving()) {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
  }
  return peak;
}

/** Connections that send without end in `phase` and read nothing. */
const greedy: [name: string, phase: Phase, send: (attacker: Attacker) => void][] = [
  [
    "global requests",
    "authenticated",
    ({ client }) => client.send(message(number.GLOBAL_REQUEST, "keepalive@openssh.com", true)),
  ],
  ["channel requests", "opened", ({ client, session }) => client.send(request(session.theirs, "unknown", true))],
  ["channels", "authenticated", ({ client }) => client.send(open(0))],
  ["unknown messages", "authenticated", ({ client }) => client.send(Buffer.of(200))],
  [
    "global requests in a key exchange that is never finished",
    "reproposed",
    ({ client }) => client.send(message(number.GLOBAL_REQUEST, "keepalive@openssh.com", true)),
  ],
];

describe("memory has its limit for", () => {
  for (const [name, phase, send] of greedy)
    test(name, async () => {
      const attacker = await arena().enter(phase);
      attacker.client.pause();
      for (let i = 0; i < MESSAGES; i++) send(attacker);
      await sleep(300);
      const peak = peakMemory();
      attacker.client.destroy();
      await arena().server.idle();
      assert.ok(peak > 0 && peak < MEMORY_LIMIT, `${peak} bytes`);
    });

  test("windows that are filled while nobody reads the data", async () => {
    const attacker = await arena().enter("authenticated");
    const { client } = attacker;
    for (let channel = 0; channel < SESSIONS; channel++) {
      client.send(open(channel));
      await client.expect(number.CHANNEL_OPEN_CONFIRMATION);
      for (let sent = 0; sent < 2 << 20; sent += 32_768)
        client.send(message(number.CHANNEL_DATA, channel, Buffer.alloc(32_768)));
    }
    client.send(message(number.PING, "all has come"));
    await client.expect(number.PONG);
    const peak = peakMemory();
    client.destroy();
    await arena().server.idle();
    assert.ok(peak > 0 && peak < MEMORY_LIMIT, `${peak} bytes`);
  });
});
