/** The listener: its limits, its end, and what one connection can't do to another. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { ssh, startSsh } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const server = commonServer();

/** --max-startups, as tests have it. */
const STARTUPS = 256;

/** A connection that has got the server's identification, or none if it was turned away. */
async function open(port: number, localAddress = "127.0.0.1"): Promise<{ socket: Socket; greeting: string }> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  let greeting = "";
  socket.on("data", (bytes: Buffer) => (greeting += bytes.toString("latin1")));
  await Promise.race([once(socket, "data"), once(socket, "close")]);
  return { socket, greeting };
}

test("too many from one source that have not logged in keep nobody out but one another", async () => {
  const others = await open(server().port, "127.0.0.2");
  const held: Socket[] = [];
  for (let i = 0; i < STARTUPS; i++) {
    const { socket, greeting } = await open(server().port);
    assert.match(greeting, /^SSH-2\.0-/, `connection ${i}`);
    held.push(socket);
  }
  assert.ok(await until(() => held[0]!.closed, 5000), "the oldest has to go");
  assert.match(
    server().log(),
    /connection from 127\.0\.0\.1:\d+ ended: too many connections that have not logged in\n/,
  );
  const result = await ssh(server(), ["echo in"]);
  assert.equal(result.stdout.toString(), "in\n", result.stderr);
  assert.ok(await until(() => held[1]!.closed, 5000), "and the next");
  assert.deepEqual([others.socket.closed, held.filter((socket) => socket.closed).length], [false, 2]);
  for (const socket of [...held, others.socket]) socket.destroy();
});

test("a connection's process that dies is reported, and nothing else happens", async () => {
  const { socket } = await open(server().port);
  const [child] = server().serving();
  process.kill(child!.pid, "SIGKILL");
  await once(socket, "close");
  assert.ok(
    await until(
      () => /connection from 127\.0\.0\.1:\d+: its process was ended by signal 9\n/.test(server().log()),
      5000,
    ),
  );
  assert.equal((await ssh(server(), ["true"])).status, 0);
});

test("a connection's process that is told to end closes its sessions and says so", async () => {
  const client = startSsh(server(), ["-tt", "-o", "LogLevel=INFO"], ["echo begun; sleep 985"]);
  const closed = once(client, "close");
  let said = "";
  client.stderr!.on("data", (bytes: Buffer) => (said += bytes.toString()));
  await once(client.stdout!, "data");
  const before = server().log().length;
  process.kill(server().serving()[0]!.pid, "SIGTERM");
  await closed;
  assert.match(said, /the server was told to end/);
  const end =
    /: info: told to end\n[^]*: info: disconnect: [^\n]*: finished after [^\n]*: the server was told to end\n$/;
  assert.ok(await until(() => end.test(server().log().slice(before)), 5000), server().log().slice(before));
});

test("a connection that was reset before it was accepted gets no process", async () => {
  const listener = server().pid;
  const before = server().log().length;
  process.kill(listener, "SIGSTOP");
  for (let i = 0; i < 3; i++) {
    const socket = connect(server().port, "127.0.0.1");
    await once(socket, "connect");
    socket.resetAndDestroy();
    await once(socket, "close");
  }
  process.kill(listener, "SIGCONT");
  assert.equal((await ssh(server(), ["true"])).status, 0);
  const connections =
    server()
      .log()
      .slice(before)
      .match(/: connect: connection from [^\n]*/g) ?? [];
  assert.equal(connections.length, 1, connections.join("\n"));
});

test("SIGHUP changes nothing", async () => {
  const listener = server()
    .processes()
    .find((process) => process.name.startsWith("tinysshd"));
  process.kill(listener!.pid, "SIGHUP");
  assert.equal((await ssh(server(), ["true"])).status, 0);
});

test("SIGTERM ends the listener, and who has not logged in; who has stays", async () => {
  const own = new WrappedServer([{ name: "visitor", shell: "/bin/sh" }]);
  try {
    await own.start(["sh", "-c", '"$@"; echo status $? >&2; exec sleep 60', "sh"]);
    const [program, ...words] = own.command("visitor", true, ["echo in; read line; echo $line"]);
    const client = spawn(program!, words, { stdio: ["pipe", "pipe", "inherit"] });
    await once(client.stdout, "data");
    const stranger = await open(own.port);
    process.kill(own.pid, "SIGTERM");
    if (!stranger.socket.closed) await once(stranger.socket, "close");
    assert.ok(await until(() => /^status 0$/m.test(own.log()), 5000), own.log());
    client.stdin.end("still here\n");
    const [answer] = (await once(client.stdout, "data")) as [Buffer];
    assert.equal(answer.toString(), "still here\n");
  } finally {
    await own.stop();
  }
});
