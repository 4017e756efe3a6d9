/** Clients that abuse forwarding: targets that are not there, never read, never end; too many, at the wrong time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { freePort, Server, underTest } from "../support/server.ts";
import * as number from "../support/ssh/numbers.ts";
import { request, WINDOW } from "../support/ssh/session.ts";
import { Fields, message } from "../support/ssh/wire.ts";
import { Arena, type Attack, type Attacker, type Verdict } from "./arena.ts";

const attack = (name: string, verdict: Verdict, act: (attacker: Attacker) => Promise<void>): Attack => ({
  name,
  phase: "authenticated",
  verdict,
  act,
});

const open = (own: number, port: number, host = "127.0.0.1"): Buffer =>
  message(number.CHANNEL_OPEN, "direct-tcpip", own, WINDOW, 32_768, host, port, "127.0.0.1", 1);

describe("forwarding", { skip: underTest !== "postern" && underTest }, () => {
  let arena: Arena;
  let silent: TcpServer;
  let loud: TcpServer;
  let closed = 0;
  const sockets: Socket[] = [];
  const portOf = (listener: TcpServer): number => (listener.address() as AddressInfo).port;

  before(async () => {
    arena = new Arena(await Server.start({ options: ["-v", "--tcp-forwarding", "--agent-forwarding"] }));
    closed = await freePort();
    const keep = (socket: Socket): void => void sockets.push(socket.on("error", () => {}));
    silent = createServer((socket) => keep(socket.pause()));
    loud = createServer((socket) => {
      keep(socket);
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        socket.once("drain", more);
      };
      more();
    });
    for (const listener of [silent, loud]) {
      listener.listen(0, "127.0.0.1");
      await once(listener, "listening");
    }
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    loud.close();
    await arena.server.stop();
  });

  /** Opens one, and gives the server's number of it and its window. */
  async function opened({ client }: Attacker, port: number, own = 5): Promise<{ theirs: number; window: number }> {
    client.send(open(own, port));
    const answer = await client.expect(number.CHANNEL_OPEN_CONFIRMATION);
    const fields = new Fields(answer.subarray(5));
    return { theirs: fields.uint32(), window: fields.uint32() };
  }

  test("of too much", () =>
    arena.assault([
      attack("300 to a closed port", "survives", async ({ client }) => {
        for (let i = 0; i < 300; i++) client.send(open(i, closed));
        for (let i = 0; i < 300; i++) await client.expect(number.CHANNEL_OPEN_FAILURE);
      }),
      attack("200 that stay", "survives", async ({ client }) => {
        let had = 0;
        for (let i = 0; i < 200; i++) client.send(open(i, portOf(silent)));
        for (let i = 0; i < 200; i++) {
          const answer = await client.expect(number.CHANNEL_OPEN_CONFIRMATION, number.CHANNEL_OPEN_FAILURE);
          if (answer[0] === number.CHANNEL_OPEN_CONFIRMATION) had++;
          else assert.equal(new Fields(answer.subarray(5)).uint32(), 4);
        }
        assert.equal(had, 64);
      }),
      attack("names that are none", "survives", async ({ client }) => {
        for (const host of ["", "-h", "a b", "x\0y", "%n", "x".repeat(300), "[::1]", "256.1.1.1", "::1%lo"]) {
          client.send(open(1, 80, host));
          const failure = await client.expect(number.CHANNEL_OPEN_FAILURE);
          assert.equal(new Fields(failure.subarray(5)).uint32(), 2, host);
        }
      }),
      attack("a target that never reads, past the window", "refused", async (attacker) => {
        const { theirs } = await opened(attacker, portOf(silent));
        for (let sent = 0; sent < 64 << 20; sent += 32_768)
          attacker.client.send(message(number.CHANNEL_DATA, theirs, Buffer.alloc(32_768)));
      }),
      attack("a client that never widens its window", "survives", async (attacker) => {
        const { theirs } = await opened(attacker, portOf(loud));
        for (let had = 0; had < WINDOW;)
          had += new Fields((await attacker.client.expect(number.CHANNEL_DATA)).subarray(5)).string().length;
        attacker.client.send(message(number.CHANNEL_CLOSE, theirs));
        await attacker.client.expect(number.CHANNEL_CLOSE);
      }),
      attack("a client that leaves amid it all", "either", async (attacker) => {
        for (let i = 0; i < 10; i++) await opened(attacker, portOf(loud), i);
        for (let i = 0; i < 20; i++) attacker.client.send(open(100 + i, closed));
        attacker.client.destroy();
      }),
    ]));

  test("of a slow target, by a client that closes ahead of it", () =>
    arena.assault([
      attack("what was sent before CLOSE arrives", "survives", async (attacker) => {
        const { client } = attacker;
        const connection = once(silent, "connection");
        const { theirs, window } = await opened(attacker, portOf(silent));
        const [target] = (await connection) as [Socket];
        let sent = 0;
        let left = window;
        let answer: Promise<Buffer>;
        for (;;) {
          for (; left > 0; sent += Math.min(left, 32_768), left -= 32_768)
            client.send(message(number.CHANNEL_DATA, theirs, Buffer.alloc(Math.min(left, 32_768))));
          answer = client.expect(number.CHANNEL_WINDOW_ADJUST, number.CHANNEL_CLOSE);
          const more = await Promise.race([answer, sleep(500)]);
          if (!more) break; // nobody on the way takes any more
          left = new Fields(more.subarray(5)).uint32();
        }
        client.send(message(number.CHANNEL_EOF, theirs));
        client.send(message(number.CHANNEL_CLOSE, theirs));
        assert.equal((await answer)[0], number.CHANNEL_CLOSE);
        let heard = 0;
        target.on("data", (bytes: Buffer) => (heard += bytes.length)).resume();
        await once(target, "end", { signal: AbortSignal.timeout(10_000) });
        assert.equal(heard, sent);
      }),
    ]));

  test("in the wrong order", () =>
    arena.assault([
      // Both in one write: it must not be open by the time that the second comes.
      attack("data before it is open", "refused", async ({ client }) => {
        const early = message(number.CHANNEL_DATA, 10, "x");
        client.write(Buffer.concat([client.seal(open(1, portOf(silent), "localhost")), client.seal(early)]));
      }),
      attack("confirmed by the client", "refused", async ({ client }) => {
        const early = message(number.CHANNEL_OPEN_CONFIRMATION, 10, 1, 1, 1);
        client.write(Buffer.concat([client.seal(open(1, portOf(silent))), client.seal(early)]));
      }),
      attack("an agent that nobody asked for", "refused", async ({ client }) => {
        client.send(message(number.CHANNEL_OPEN_CONFIRMATION, 10, 1, 1000, 1000));
      }),
      attack("a session's requests", "survives", async (attacker) => {
        const { theirs } = await opened(attacker, portOf(silent));
        for (const name of ["shell", "pty-req", "auth-agent-req@openssh.com", ""]) {
          attacker.client.send(request(theirs, name, true));
          await attacker.client.expect(number.CHANNEL_FAILURE);
        }
      }),
      attack("data after its end", "refused", async (attacker) => {
        const { theirs } = await opened(attacker, portOf(silent));
        attacker.client.send(message(number.CHANNEL_EOF, theirs));
        attacker.client.send(message(number.CHANNEL_DATA, theirs, "x"));
      }),
      attack("closed twice", "refused", async (attacker) => {
        const { theirs } = await opened(attacker, portOf(silent));
        attacker.client.send(message(number.CHANNEL_CLOSE, theirs));
        attacker.client.send(message(number.CHANNEL_CLOSE, theirs));
      }),
    ]));
});
