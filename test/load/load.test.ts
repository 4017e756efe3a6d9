/**
 * Life under load: many logins, many sessions, and clients that are slow, deaf or too many, while others want to log in.
 * Bounded so that all of it takes a minute at most; `npm run load` has the larger form.
 */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { readKey, type UserKey } from "../support/keys.ts";
import { until } from "../support/processes.ts";
import { Server } from "../support/server.ts";
import { login, startAuthentication } from "../support/ssh/authentication.ts";
import { Client, type ClientOptions } from "../support/ssh/client.ts";
import { execute, open, Session } from "../support/ssh/session.ts";
import { CHANNEL_DATA, CHANNEL_OPEN_CONFIRMATION, GLOBAL_REQUEST, USERAUTH_REQUEST } from "../support/ssh/numbers.ts";
import { message, uint32 } from "../support/ssh/wire.ts";
import { descriptorsOf, proportionalSize, writtenSize } from "../support/usage.ts";

const LARGE = process.env.LOAD === "large";
const LOGINS = LARGE ? 5000 : 300;
const AT_ONCE = 100;
const IDLE_SESSIONS = 500;
/** How long slow clients and floods go on, in milliseconds. */
const SIEGE = LARGE ? 60_000 : 3000;

/** The LIMITS of tinysshd(8): kB that one connection's monitor and network process may use, before and after login. */
const BEFORE_LOGIN = 4096;
const AFTER_LOGIN = 49_152;
/** kB of an idle session's two processes together. The bar is tinysshd's; here it is only that nothing has gone wrong. */
const IDLE = 1024;

/** How long a login may take beside all that, in milliseconds: a processor busy with other tests is allowed for. */
const PATIENCE = 5000;
/** kB by which the listener may grow under thousands of connections: what its collector had not got to. */
const GROWTH = 128;

let server: Server;
let key: UserKey;
let listener = 0;
before(async () => {
  // What everybody gets by default, in place of the leniency of other tests.
  server = await Server.start({ options: ["-v", "--penalties", "min:15", "--max-startups", "100"] });
  key = readKey(server.key.path);
  listener = server.processes().find((process) => process.name === "tinysshd")!.pid;
});
after(() => server?.stop());

/** Somebody who is logged in. */
async function loggedIn(options: ClientOptions = {}): Promise<Client> {
  const client = await Client.connect(server.port, { patience: 30_000, ...options });
  await login(client, server.account.name, key);
  return client;
}

/** A whole visit: login, a command, and the end. */
async function visit(options: ClientOptions = {}): Promise<void> {
  const client = await loggedIn(options);
  assert.equal((await execute(client, "echo in")).stdout.toString(), "in\n");
  client.destroy();
}

/** `count` times `work`, so many at once. */
async function repeat(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Visits one after the other for so many milliseconds: how many, and the longest. */
async function visitsFor(milliseconds: number): Promise<{ visits: number; longest: number }> {
  const end = performance.now() + milliseconds;
  let visits = 0;
  let longest = 0;
  while (performance.now() < end) {
    const start = performance.now();
    await visit();
    longest = Math.max(longest, performance.now() - start);
    visits++;
    await sleep(50);
  }
  return { visits, longest };
}

/** What the listener has, to be the same before and after. */
function holdings(): { processes: number; descriptors: number; written: number } {
  const processes = server.processes();
  return { processes: processes.length, descriptors: descriptorsOf(listener), written: writtenSize(listener) };
}

/** The most that the two processes of one connection use now, each connection's monitor with its network process. */
function largestConnection(): number {
  const serving = server.processes().filter((process) => process.name === "tinysshd");
  const monitors = serving.filter((process) => process.parent === listener);
  const sizes = monitors.map(({ pid }) => {
    const own = serving.filter((process) => process.pid === pid || process.parent === pid);
    return own.reduce((sum, process) => sum + proportionalSize(process.pid), 0);
  });
  return Math.max(0, ...sizes);
}

test(`${LOGINS} logins in a row, then ${AT_ONCE} at a time, leave nothing behind`, async () => {
  await repeat(AT_ONCE, AT_ONCE, visit);
  await server.idle();
  const before = holdings();
  await repeat(LOGINS, 1, visit);
  await repeat(LOGINS, AT_ONCE, visit);
  await server.idle(30_000);
  const after = holdings();
  assert.deepEqual([after.processes, after.descriptors], [before.processes, before.descriptors]);
  assert.ok(
    after.written - before.written <= GROWTH,
    `the listener grew from ${before.written} to ${after.written} kB`,
  );
});

test(`${IDLE_SESSIONS} idle sessions, and room for others`, async () => {
  const before = holdings();
  const clients: Client[] = [];
  await repeat(IDLE_SESSIONS, 20, async () => {
    const client = await loggedIn();
    clients.push(client);
    const session = new Session(client);
    await session.open();
    await session.start("echo ready; exec cat");
    await session.sees("ready\n");
  });
  const serving = server.processes().filter((process) => process.name === "tinysshd" && process.pid !== listener);
  assert.equal(serving.length, 2 * IDLE_SESSIONS);
  const size = serving.reduce((sum, process) => sum + proportionalSize(process.pid), 0) / IDLE_SESSIONS;
  assert.ok(size < IDLE, `${size} kB for each`);
  const start = performance.now();
  await visit();
  assert.ok(performance.now() - start < PATIENCE);
  for (const client of clients) client.destroy();
  await server.idle(30_000);
  const after = holdings();
  assert.deepEqual([after.processes, after.descriptors], [before.processes, before.descriptors]);
});

/** Connections from one address, without a protocol: each is opened anew when it has been closed. */
class Siege {
  private readonly sockets = new Set<Socket>();
  private readonly localAddress: string;
  opened = 0;

  constructor(localAddress: string) {
    this.localAddress = localAddress;
  }

  /** Keeps `count` connections open while `work` lasts; `begin` is called once for each, when it is there. */
  async during<Result>(work: Promise<Result>, count: number, begin: (socket: Socket) => void): Promise<Result> {
    const timer = setInterval(() => {
      while (this.sockets.size < count) this.open(begin);
    }, 5);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      for (const socket of this.sockets) socket.destroy();
    }
  }

  private open(begin: (socket: Socket) => void): void {
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress: this.localAddress });
    this.sockets.add(socket);
    this.opened++;
    socket.on("error", () => {});
    socket.on("connect", () => begin(socket));
    socket.on("close", () => this.sockets.delete(socket));
    socket.resume();
  }
}

test("slow clients from one source, three times as many as may wait, keep nobody else out", async () => {
  const slow = new Siege("127.0.0.2");
  const drip = (socket: Socket): void => {
    const words = "SSH-2.0-slow";
    let at = 0;
    const timer = setInterval(() => socket.write(words.charAt(at++ % words.length)), 300);
    socket.on("close", () => clearInterval(timer));
  };
  const { visits, longest } = await slow.during(visitsFor(SIEGE), 300, drip);
  assert.ok(visits > 0 && longest < PATIENCE, `${visits} visits, the longest ${longest} ms`);
  assert.ok(slow.opened >= 300);
  await server.idle(10_000);
});

test("a flood of connections from one source keeps nobody else out", async () => {
  const flood = new Siege("127.0.0.3");
  const { visits, longest } = await flood.during(visitsFor(SIEGE), 50, (socket) =>
    setTimeout(() => socket.destroy(), 20),
  );
  assert.ok(visits > 0 && longest < PATIENCE, `${visits} visits, the longest ${longest} ms`);
  assert.ok(flood.opened > 500, `${flood.opened} connections`);
  assert.match(server.log(), /info: penalty: 127\.0\.0\.3 is refused for \d+ s: no attempt to log in\n/);
  await server.idle(10_000);
});

test("clients that never read keep nobody out, and the memory of each has its limit", async () => {
  const deaf: Client[] = [];
  for (let i = 0; i < 10; i++) {
    const client = await loggedIn({ localAddress: "127.0.0.4" });
    deaf.push(client);
    for (let channel = 0; channel < 10; channel++) {
      const session = new Session(client, channel);
      await session.open();
      await session.start("cat /dev/zero");
    }
    client.pause();
    for (let j = 0; j < 2000; j++) client.send(message(GLOBAL_REQUEST, "keepalive@openssh.com", true));
  }
  const { visits, longest } = await visitsFor(1000);
  assert.ok(visits > 0 && longest < PATIENCE, `${visits} visits, the longest ${longest} ms`);
  const largest = largestConnection();
  assert.ok(largest > 0 && largest < AFTER_LOGIN, `${largest} kB`);
  for (const client of deaf) client.destroy();
  await server.idle(10_000);
});

test("all that a client can fill at once stays within the limit", async () => {
  const client = await loggedIn();
  for (let channel = 0; channel < 10; channel++) {
    client.send(open(channel));
    await client.expect(CHANNEL_OPEN_CONFIRMATION);
    for (let sent = 0; sent < 2 << 20; sent += 32_768)
      client.send(message(CHANNEL_DATA, channel, Buffer.alloc(32_768)));
  }
  client.pause();
  for (let i = 0; i < 20_000; i++) client.send(message(GLOBAL_REQUEST, "keepalive@openssh.com", true));
  await sleep(500);
  const largest = largestConnection();
  client.destroy();
  await server.idle();
  assert.ok(largest > 0 && largest < AFTER_LOGIN, `${largest} kB`);
});

/** What a client can do without a login that has the server keep something. */
const strangers: [name: string, options: ClientOptions, act: (client: Client) => Promise<void>][] = [
  ["an identification without an end", {}, async (client) => client.write(`SSH-2.0-${"x".repeat(240)}`)],
  [
    "half of the largest packet",
    {},
    async (client) => {
      client.sendIdentification();
      client.write(Buffer.concat([uint32(34_996), Buffer.alloc(34_000, 4)]));
    },
  ],
  [
    "thousands of methods",
    { proposal: { keyExchange: ["curve25519-sha256", ...Array.from({ length: 2500 }, (_, i) => `method-${i}`)] } },
    (client) => client.handshake(),
  ],
  [
    "the largest requests for a login, with no answer read",
    {},
    async (client) => {
      await client.handshake();
      await startAuthentication(client);
      client.pause();
      for (let i = 0; i < 28; i++)
        client.send(message(USERAUTH_REQUEST, "u".repeat(256), "ssh-connection", "m".repeat(30_000)));
    },
  ],
];

for (const [name, options, act] of strangers)
  test(`memory without a login: ${name}`, async () => {
    const client = await Client.connect(server.port, options);
    await act(client);
    const ample = await until(() => largestConnection() >= BEFORE_LOGIN, 300);
    const largest = largestConnection();
    client.destroy();
    await server.idle();
    assert.ok(!ample && largest > 0, `${largest} kB`);
  });
