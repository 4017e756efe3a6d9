/** Who is let in: penalties and limits by source, with clients that come from different addresses of this machine. */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { join } from "node:path";
import { makeKey, readKey } from "../support/keys.ts";
import { until } from "../support/processes.ts";
import { available } from "../support/launchers.ts";
import { freePort, Server } from "../support/server.ts";
import { attempt, keyRequest, login, startAuthentication } from "../support/ssh/authentication.ts";
import { Client, Ended } from "../support/ssh/client.ts";
import { USERAUTH_FAILURE } from "../support/ssh/numbers.ts";

const servers: Server[] = [];
after(() => Promise.all(servers.map((server) => server.stop())));

async function start(...options: string[]): Promise<Server> {
  const server = await Server.start({ options: ["-v", ...options] });
  servers.push(server);
  return server;
}

/** True if the server greets who comes from there; the connection ends at once then, without an attempt to log in. */
async function isGreeted(server: Server, localAddress: string): Promise<boolean> {
  const client = await Client.connect(server.port, { localAddress });
  try {
    await client.receiveIdentification();
    return true;
  } catch (error) {
    if (error instanceof Ended) return false;
    throw error;
  } finally {
    client.destroy();
    await server.idle();
  }
}

/** Somebody logs in. */
async function logIn(server: Server, localAddress: string): Promise<Client> {
  const client = await Client.connect(server.port, { localAddress });
  await login(client, server.account.name, readKey(server.key.path));
  return client;
}

/** A login with a key that is on no list. */
async function guess(server: Server, localAddress: string): Promise<void> {
  const client = await Client.connect(server.port, { localAddress });
  await client.handshake();
  await startAuthentication(client);
  const stranger = readKey(makeKey(join(server.stage.folder, `stranger${localAddress}${Math.random()}`)).path);
  assert.equal(await attempt(client, keyRequest(client, server.account.name, stranger)), USERAUTH_FAILURE);
  client.destroy();
  await server.idle();
}

/** The listener has heard of an end some time after the connection's last process has gone. */
const penalized = (server: Server, source: string, reason: string): Promise<boolean> =>
  until(
    () => server.log().includes(` info: penalty: ${source} is refused for `) && server.log().includes(reason),
    5000,
  );

test("three logins that fail have their source refused for a while, and nobody else", async () => {
  const server = await start("--penalties", "authfail:1,min:2,max:3");
  for (let i = 0; i < 3; i++) await guess(server, "127.0.0.5");
  assert.ok(await penalized(server, "127.0.0.5", ": logins refused\n"), server.log());
  assert.equal(await isGreeted(server, "127.0.0.5"), false);
  assert.match(server.log(), /info: refuse: connection from 127\.0\.0\.5:\d+ turned away: its source has a penalty\n/);
  assert.equal(await isGreeted(server, "127.0.0.6"), true);
  await sleep(3100);
  assert.equal(await isGreeted(server, "127.0.0.5"), true, "it has run out");
});

test("a login pays: whoever has got in and mistypes afterwards is not kept out", async () => {
  const server = await start("--penalties", "authfail:10,min:15");
  for (let i = 0; i < 3; i++) {
    await guess(server, "127.0.0.5");
    (await logIn(server, "127.0.0.5")).destroy();
    await server.idle();
  }
  assert.doesNotMatch(server.log(), /penalty/);
  await guess(server, "127.0.0.5");
  await guess(server, "127.0.0.5");
  assert.ok(await penalized(server, "127.0.0.5", "logins refused"));
});

test("by default a user may fail twice, and a third time costs 15 seconds", async () => {
  const server = await start("--penalties", "min:15");
  for (let i = 0; i < 2; i++) await guess(server, "127.0.0.5");
  assert.doesNotMatch(server.log(), /penalty/);
  await guess(server, "127.0.0.5");
  await guess(server, "127.0.0.5");
  assert.ok(await until(() => /penalty: 127\.0\.0\.5 is refused for 1\d s/.test(server.log()), 5000), server.log());
});

test("connections without an attempt, those that take too long, and crashes cost something", async () => {
  const server = await start("--penalties", "noauth:50,grace-exceeded:60,crash:70", "--login-timeout", "1");
  await isGreeted(server, "127.0.0.11");
  assert.ok(await penalized(server, "127.0.0.11", "is refused for 50 s: no attempt to log in\n"), server.log());
  const slow = await Client.connect(server.port, { localAddress: "127.0.0.12" });
  await slow.drain();
  assert.ok(await penalized(server, "127.0.0.12", "is refused for 60 s: no login in time\n"), server.log());
  const crashing = await Client.connect(server.port, { localAddress: "127.0.0.13" });
  await crashing.receiveIdentification();
  const network = server.serving().at(-1)!;
  process.kill(network.pid, "SIGSEGV");
  await crashing.drain();
  assert.ok(await penalized(server, "127.0.0.13", "is refused for 70 s: a crash\n"), server.log());
  crashing.destroy();
  slow.destroy();
});

test("exempt addresses have no penalties, and neighbours in one network have them together", async () => {
  const server = await start("--penalties", "noauth:60", "--penalty-exempt", "127.0.1.0/24", "--source-bits", "24:64");
  for (let i = 0; i < 2; i++) assert.equal(await isGreeted(server, "127.0.1.1"), true);
  await isGreeted(server, "127.0.2.1");
  assert.ok(await penalized(server, "127.0.2.0/24", ""), server.log());
  assert.equal(await isGreeted(server, "127.0.2.200"), false);
  assert.equal(await isGreeted(server, "127.0.3.200"), true);
});

test("no penalties if they are off", async () => {
  const server = await start("--penalties", "off");
  for (let i = 0; i < 20; i++) assert.equal(await isGreeted(server, "127.0.0.5"), true);
});

test("connections of one source that have not logged in have a limit; those that have don't count", async () => {
  const server = await start("--max-startups-per-source", "2");
  const known = await logIn(server, "127.0.0.5");
  const held: Client[] = [];
  for (let i = 0; i < 2; i++) {
    const client = await Client.connect(server.port, { localAddress: "127.0.0.5" });
    await client.receiveIdentification();
    held.push(client);
  }
  const third = await Client.connect(server.port, { localAddress: "127.0.0.5" });
  await assert.rejects(third.receiveIdentification(), Ended);
  const other = await Client.connect(server.port, { localAddress: "127.0.0.6" });
  await other.receiveIdentification();
  assert.match(server.log(), /turned away: too many connections from its source that have not logged in\n/);
  for (const client of [known, other, third, ...held]) client.destroy();
});

test("IPv6 addresses are told apart by their network", { skip: !hasIPv6() && "no IPv6 on this machine" }, async () => {
  const port = await freePort();
  const server = await start("--penalties", "noauth:60", "--listen", `[::1]:${port}`);
  const client = await Client.connect(port, { localAddress: "::1" });
  await client.receiveIdentification();
  client.destroy();
  assert.ok(await penalized(server, "::/64", "no attempt to log in"), server.log());
  assert.equal(await isGreeted(server, "127.0.0.5"), true);
});

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
}

const tcpserver = { skip: !available("postern", "tcpserver") && "no tcpserver on this machine" };

test("a launcher starts a server for each connection, and none of them knows of others", tcpserver, async () => {
  const options = ["-v", "--penalties", "noauth:60", "--max-startups", "1"];
  const server = await Server.start({ launcher: "tcpserver", options });
  servers.push(server);
  for (let i = 0; i < 3; i++) assert.equal(await isGreeted(server, "127.0.0.5"), true);
});
