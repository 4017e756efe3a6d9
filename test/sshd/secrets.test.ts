/** What was agreed on in a key exchange is gone from memory once the keys are made: whoever gets in later learns nothing of before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { readKey } from "../support/keys.ts";
import { holds } from "../support/memory.ts";
import { underTest } from "../support/server.ts";
import { login } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";

const server = commonServer();
const skip = process.getuid!() !== 0 || underTest !== "postern";

test("the shared secret is in the memory of no process", { skip }, async () => {
  const client = await Client.connect(server().port);
  await login(client, server().account.name, readKey(server().key.path));
  const processes = server().serving();
  assert.equal(processes.length, 2);
  assert.ok(client.secret.length >= 32);
  for (const { pid, name } of processes) assert.ok(!holds(pid, client.secret.subarray(-24)), `${name} ${pid}`);
  assert.ok(
    processes.every(({ pid }) => holds(pid, client.sessionId)),
    "the control: what they must have is found",
  );
  client.destroy();
});
