/** A refused login takes as long for a user that doesn't exist as for a key that isn't listed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { makeKey, readKey, type UserKey } from "../support/keys.ts";
import { attempt, keyRequest, startAuthentication } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";
import { USERAUTH_FAILURE } from "../support/ssh/numbers.ts";

const server = commonServer();

const ROUNDS = 8;
/** Milliseconds between two moments at which a refusal is given: QUANTUM in src/program/sshd/authority.ts. */
const QUANTUM = 25;

async function refusal(client: Client, user: string, key: UserKey): Promise<number> {
  const begun = performance.now();
  assert.equal(await attempt(client, keyRequest(client, user, key)), USERAUTH_FAILURE);
  return performance.now() - begun;
}

/** The least is what the noise of a busy machine was not added to. */
const least = (times: number[]): number => times.toSorted((a, b) => a - b)[0]!;

test("an unknown user and an unlisted key are refused after the same time", async () => {
  const key = readKey(makeKey(join(server().stage.folder, "stranger")).path);
  const client = await Client.connect(server().port);
  await client.handshake();
  await startAuthentication(client);
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    known.push(await refusal(client, server().account.name, key));
    unknown.push(await refusal(client, "nobody-at-all", key));
  }
  client.end();
  const [a, b] = [least(known), least(unknown)];
  assert.ok(a >= QUANTUM && b >= QUANTUM, `${a} and ${b} ms`);
  assert.ok(Math.abs(a - b) < 3, `${a} and ${b} ms`);
});
