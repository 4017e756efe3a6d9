import { test } from "node:test";
import assert from "node:assert/strict";
import { ServerPeer } from "../../../test/support/server-peer.ts";
import { message } from "../../../test/support/ssh/wire.ts";
import { kexInit, lists } from "../../../test/support/transport-peer.ts";
import { ERRORS, OUTPUT } from "./connection/sessions.ts";

const CONNECTION_LOST = 10;
const BY_APPLICATION = 11;
const KEEPALIVE = message(80, "keepalive@openssh.com", true);

/** Time goes on to `time`, and the server hears of it only when it wants to. */
function wait(client: ServerPeer, time: number): void {
  while (client.server.deadline() <= time) {
    client.environment.time = client.server.deadline();
    client.server.tick();
  }
  client.environment.time = time;
}

test("a client has a minute to log in", () => {
  for (const far of [
    (): void => {},
    (client: ServerPeer): void => client.greet(),
    (client: ServerPeer): void => client.authenticating(),
  ]) {
    const client = new ServerPeer();
    far(client);
    wait(client, 59_999);
    assert.ok(!client.server.closed());
    client.take();
    wait(client, 60_000);
    assert.deepEqual(client.disconnected(), [BY_APPLICATION, "login timeout"]);
    assert.ok(client.server.failed());
    assert.equal(client.server.deadline(), Infinity);
  }
});

test("bytes that lead to nothing do not put the login timeout off", () => {
  const client = new ServerPeer();
  client.authenticating();
  for (let time = 0; time < 60_000 && !client.server.closed(); time += 5000) {
    wait(client, time);
    client.send(message(2, "ignore"));
  }
  wait(client, 60_000);
  assert.ok(client.server.closed());
});

test("who has logged in is asked for signs of life, and dropped after an hour without any", () => {
  const client = new ServerPeer();
  client.logIn();
  client.run();
  for (const minutes of [15, 30, 45]) {
    wait(client, minutes * 60_000 - 1);
    assert.deepEqual(client.take(), []);
    wait(client, minutes * 60_000);
    assert.deepEqual(client.take(), [KEEPALIVE]);
  }
  wait(client, 60 * 60_000);
  assert.deepEqual(client.disconnected(), [CONNECTION_LOST, "the client no longer answers"]);
  assert.deepEqual(client.sessions.calls, ["command 0 command", "close 0"]);
});

test("any message is a sign of life", () => {
  for (const answer of [Buffer.of(81), Buffer.of(82), message(2, ""), message(80, "x", false)]) {
    const client = new ServerPeer((options) => {
      options.keepaliveInterval = 1000;
      options.keepaliveLimit = 1;
    });
    client.logIn();
    for (let time = 1000; time < 20_000; time += 1500) {
      wait(client, time);
      assert.deepEqual(client.take(), [KEEPALIVE]);
      wait(client, time + 500);
      client.send(answer);
    }
    assert.ok(!client.server.closed());
  }
});

test("keepalives can be left out", () => {
  const client = new ServerPeer((options) => {
    options.keepaliveInterval = 0;
    options.transport.rekeyMilliseconds = Infinity;
  });
  client.logIn();
  assert.equal(client.server.deadline(), Infinity);
});

test("a client that vanishes leaves no session behind", () => {
  const client = new ServerPeer();
  client.logIn();
  client.run(1);
  client.openSession(2);
  client.sessions.calls.length = 0;
  client.server.ended();
  assert.deepEqual(client.sessions.calls, ["close 0", "close 1"]);
  assert.ok(client.server.closed() && client.server.failed());
  assert.equal(client.server.reason(), "the client has vanished");
  assert.ok(!client.server.wantsInput());
  assert.ok(!client.server.connection.wantsOutput(0, OUTPUT));
  client.server.connection.outputEnded(0, OUTPUT);
  client.server.connection.exited(0, 0);
  client.server.connection.writable(0);
  client.server.ended();
  client.server.tick();
  assert.deepEqual(client.sessions.calls, ["close 0", "close 1"]);
});

test("a connection that fails over a child's doing closes the other sessions too", () => {
  const client = new ServerPeer();
  client.logIn();
  client.run(1);
  client.run(2);
  client.send(kexInit(lists()));
  for (const length of [...Array<number>(34).fill(30_000), 28_265]) client.send(message(192, Buffer.alloc(length)));
  client.server.connection.outputEnded(0, OUTPUT);
  client.server.connection.outputEnded(0, ERRORS);
  assert.ok(!client.server.closed());
  client.server.connection.exited(0, 0); // what this says to the client is more than may be held back
  assert.ok(client.server.closed() && client.server.failed());
  wait(client, client.environment.time);
  assert.deepEqual(client.sessions.calls.slice(-2), ["close 0", "close 1"]);
  assert.equal(client.server.deadline(), Infinity);
});

test("a client that leaves: in order when its sessions are over, too early before login", () => {
  const client = new ServerPeer();
  client.logIn();
  client.run();
  client.server.connection.outputEnded(0, 0);
  client.server.connection.outputEnded(0, 1);
  client.server.connection.exited(0, 0);
  client.server.ended();
  assert.ok(client.server.closed() && !client.server.failed());

  const early = new ServerPeer();
  early.greet();
  early.server.ended();
  assert.ok(early.server.closed() && early.server.failed());
  assert.equal(early.server.reason(), "the client left before it had logged in");
});

test("DISCONNECT closes the sessions, and what comes behind it in the same read is not looked at", () => {
  const client = new ServerPeer();
  client.logIn();
  client.openSession();
  const disconnect = client.seal(message(1, 11, "bye", ""));
  client.deliver(Buffer.concat([disconnect, client.seal(message(98, 0, "exec", true, "rm -rf /"))]));
  assert.ok(client.server.closed() && !client.server.failed());
  assert.deepEqual(client.sessions.calls, ["close 0"]);
});

test("a client that asks without end and reads nothing is not read any more", () => {
  const client = new ServerPeer();
  client.logIn();
  let requests = 0;
  while (client.server.wantsInput()) {
    client.send(message(192, Buffer.alloc(30_000))); // PING, whose answer is as long
    requests++;
    assert.ok(requests < 1000);
  }
  assert.ok(client.server.output().length < 2 << 20);
  client.server.sent(client.server.output().length);
  assert.ok(client.server.wantsInput());
});

test("the user is known from the login on", () => {
  const client = new ServerPeer();
  client.authenticating();
  assert.equal(client.server.user().length, 0);
  const other = new ServerPeer();
  other.logIn("root");
  assert.equal(Buffer.from(other.server.user()).toString(), "root");
});
