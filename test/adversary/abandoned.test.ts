/** Clients that leave: after each byte of a whole session, gently or not, and after each step of the protocol. */
import { describe, test } from "node:test";
import { attempt, keyRequest, startAuthentication } from "../support/ssh/authentication.ts";
import { execute } from "../support/ssh/session.ts";
import { advance, commonArena, PHASES, type Attack, type Attacker, type Phase } from "./arena.ts";

const arena = commonArena();

/** Bytes of a session before anything is protected: each one is a place to leave at. */
const BARE = 500;
/** Where to leave later on, in bytes. */
const STRIDE = 11;

/** Bytes that a whole session sends. */
async function sessionBytes(): Promise<number> {
  const { client, user, key } = await arena().enter("connected");
  await client.handshake();
  await startAuthentication(client);
  await attempt(client, keyRequest(client, user, key));
  await execute(client, "cat", Buffer.from("input"));
  client.destroy();
  return client.recording.reduce((sum, { from, bytes }) => sum + (from === "client" ? bytes.length : 0), 0);
}

describe("a client that leaves", () => {
  for (const [manner, leave] of [
    ["in order", ({ client }: Attacker) => client.end()],
    ["at once", ({ client }: Attacker) => client.destroy()],
  ] as const) {
    test(`${manner}, after each byte`, async () => {
      const total = await sessionBytes();
      const places = Array.from({ length: total }, (_, at) => at).filter((at) => at < BARE || at % STRIDE === 0);
      const attacks = places.map((at): Attack => ({
        name: `after ${at} bytes`,
        phase: "connected",
        verdict: "either",
        async act(attacker) {
          const { client } = attacker;
          client.allowance = at;
          client.onAllowanceSpent = () => leave(attacker);
          await advance(attacker, "connected", "running");
          await execute(client, "cat", Buffer.from("input"));
        },
      }));
      await arena().assault(attacks);
    });

    test(`${manner}, after each step`, () =>
      arena().assault(PHASES.map((phase: Phase): Attack => ({ name: phase, phase, verdict: "either", act: leave }))));
  }
});
