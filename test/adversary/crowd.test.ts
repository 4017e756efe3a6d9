/** Clients that are slow, or many. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { ssh } from "../support/openssh.ts";
import { advance, commonArena, type Attack, type Phase } from "./arena.ts";

const arena = commonArena();

/** Connections that stand still, in each phase before login. */
const HALF_OPEN: [phase: Phase, count: number][] = [
  ["connected", 100],
  ["identified", 40],
  ["proposed", 20],
  ["agreed", 20],
  ["authenticating", 20],
];

/** How long a login may take beside them, in milliseconds: a processor busy with other tests is allowed for. */
const PATIENCE = 2000;

test("200 connections that stand still leave room for a login", async () => {
  const waiting = HALF_OPEN.flatMap(([phase, count]) => Array.from({ length: count }, () => phase));
  const attackers = await Promise.all(waiting.map((phase) => arena().enter(phase)));
  const start = performance.now();
  const result = await ssh(arena().server, ["echo in"]);
  const elapsed = performance.now() - start;
  for (const { client } of attackers) client.destroy();
  assert.equal(result.stdout.toString(), "in\n", result.stderr);
  assert.ok(elapsed < PATIENCE, `${elapsed} ms`);
  await arena().server.idle();
});

test("a flood of connections leaves nothing behind, and the listener in place", async () => {
  const { server } = arena();
  for (let round = 0; round < 4; round++) {
    const attackers = await Promise.allSettled(Array.from({ length: 250 }, () => arena().enter("connected")));
    for (const attacker of attackers) if (attacker.status === "fulfilled") attacker.value.client.destroy();
  }
  await server.idle();
  assert.equal((await ssh(server, ["echo in"])).stdout.toString(), "in\n");
});

test("a client that sends a byte at a time is served", () =>
  arena().assault(
    Array.from({ length: 20 }, (_, i): Attack => ({
      name: `slow client ${i}`,
      phase: "connected",
      verdict: "survives",
      async act(attacker) {
        const { client } = attacker;
        const write = client.write.bind(client);
        let before = Promise.resolve();
        client.write = (bytes) => {
          before = before.then(async () => {
            for (const byte of Buffer.from(bytes as Uint8Array)) {
              write(Buffer.of(byte));
              await sleep(1);
            }
          });
        };
        await advance(attacker, "connected", "running");
        await before;
      },
    })),
  ));

test("a client that reads nothing is not sent without end", async () => {
  const { client, session } = await arena().enter("opened");
  await session.start("cat /dev/zero");
  await sleep(500);
  const received = client.recording.reduce((sum, piece) => sum + (piece.from === "server" ? piece.bytes.length : 0), 0);
  assert.ok(received < 3 << 20, `${received} bytes within a window of 2 MiB`);
  client.destroy();
  await arena().server.idle();
});
