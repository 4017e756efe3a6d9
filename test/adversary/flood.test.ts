/** Clients that are logged in and send far more than anyone needs, as fast as they can. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readKey } from "../support/keys.ts";
import { Server } from "../support/server.ts";
import { login } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";
import {
  CHANNEL_CLOSE,
  CHANNEL_DATA,
  CHANNEL_OPEN_CONFIRMATION,
  DEBUG,
  GLOBAL_REQUEST,
} from "../support/ssh/numbers.ts";
import { execute, open, PACKET, request, WINDOW } from "../support/ssh/session.ts";
import { encode, message } from "../support/ssh/wire.ts";

const SESSIONS = 9; // and one to see that the server is alive
const FLOOD = 2 << 20;
/** The longest text of a client's that a log line shows: nothing makes the server compose more. */
const WORDS = "x".repeat(200);

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server?.stop());

/** Sends the messages again and again, in one go. */
function flood(client: Client, payloads: readonly Buffer[]): void {
  const packets: Buffer[] = [];
  for (let left = FLOOD; left > 0;) {
    const round = payloads.map((payload) => client.seal(payload));
    for (const packet of round) left -= packet.length;
    packets.push(...round);
  }
  client.write(Buffer.concat(packets));
}

for (const [name, ...payloads] of [
  ["remarks", message(DEBUG, false, WORDS, "")],
  ["requests to the server", message(GLOBAL_REQUEST, WORDS, false)],
  ["requests to a session", request(0, "exec", false, encode(`${WORDS}\0`))],
  ["the smallest messages", request(0, "", false)],
  [
    "sessions that get one byte",
    open(SESSIONS),
    message(CHANNEL_DATA, SESSIONS, "x"),
    message(CHANNEL_CLOSE, SESSIONS),
  ],
] as const) {
  test(`2 MiB of ${name}, with all the input waiting that may wait`, async () => {
    const client = await Client.connect(server.port, { patience: 20_000 });
    await login(client, server.account.name, readKey(server.key.path));
    for (let i = 0; i < SESSIONS; i++) {
      client.send(open(i));
      await client.expect(CHANNEL_OPEN_CONFIRMATION);
      const data = message(CHANNEL_DATA, i, Buffer.alloc(PACKET));
      for (let sent = 0; sent < WINDOW; sent += PACKET) client.send(data);
    }
    flood(client, payloads);
    assert.equal((await execute(client, "echo alive")).stdout.toString(), "alive\n");
    client.destroy();
    await server.idle();
  });
}
