/** Forwarded channels: opened from either side, with each direction ending for itself. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { Fields, message } from "../../../../test/support/ssh/wire.ts";
import {
  BROKEN,
  CONNECT_FAILED,
  CONNECTED,
  FORWARDED_LIMIT,
  HOST_LIMIT,
  OUTPUT,
  PROHIBITED,
  SESSIONS_LIMIT,
} from "./sessions.ts";

const [OPEN, CONFIRMATION, FAILURE, ADJUST, DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST] = [
  90, 91, 92, 93, 94, 95, 96, 97, 98,
] as const;
const PROTOCOL_ERROR = 2;
const WINDOW = 256 << 10;
/** The first number of a forwarded channel on the server's side, and the client's. */
const FIRST = SESSIONS_LIMIT;
const OWN = 77;

const direct = (host: string, port: number, own = OWN): Buffer =>
  message(OPEN, "direct-tcpip", own, 0x200000, 0x8000, host, port, "192.0.2.1", 4000);

function connected(): ServerPeer {
  const client = new ServerPeer();
  client.logIn();
  client.sessions.refused.clear();
  return client;
}

/** A client with a connection to somewhere. */
function forwarding(): ServerPeer {
  const client = connected();
  client.send(direct("host", 80));
  client.server.connection.connected(FIRST, CONNECTED);
  client.take();
  client.sessions.calls.length = 0;
  return client;
}

const reasonOf = (failure: Buffer): number => {
  assert.equal(failure[0], FAILURE);
  const fields = new Fields(failure.subarray(1));
  assert.equal(fields.uint32(), OWN);
  return fields.uint32();
};

test("a connection is confirmed when it is there, and not before", () => {
  const client = connected();
  assert.deepEqual(client.ask(direct("host", 80)), []);
  assert.deepEqual(client.sessions.calls, [`connect ${FIRST} host 80`]);
  assert.ok(!client.server.connection.wantsOutput(FIRST, OUTPUT));
  client.server.connection.connected(FIRST, CONNECTED);
  assert.deepEqual(client.take(), [message(CONFIRMATION, OWN, FIRST, WINDOW, 0x8000)]);
  assert.ok(client.server.connection.wantsOutput(FIRST, OUTPUT));
});

test("one that can't be had is refused, with the reason, and its number is free again", () => {
  for (const outcome of [PROHIBITED, CONNECT_FAILED]) {
    const client = connected();
    client.send(direct("host", 80));
    client.server.connection.connected(FIRST, outcome);
    assert.equal(reasonOf(client.take()[0]!), outcome);
    client.sessions.calls.length = 0;
    client.send(direct("other", 81));
    assert.deepEqual(client.sessions.calls, [`connect ${FIRST} other 81`]);
  }
});

test("one that the surroundings don't allow is prohibited", () => {
  const client = connected();
  client.sessions.refused.add("connect");
  assert.equal(reasonOf(client.ask(direct("host", 80))[0]!), PROHIBITED);
});

test("no host, a name too long, no port, a port too large: nobody is asked", () => {
  const client = connected();
  for (const open of [direct("", 80), direct("x".repeat(HOST_LIMIT + 1), 80), direct("x", 0), direct("x", 65536)])
    assert.equal(reasonOf(client.ask(open)[0]!), CONNECT_FAILED);
  assert.deepEqual(client.sessions.calls, []);
  client.send(direct("x".repeat(HOST_LIMIT), 65535));
  assert.equal(client.sessions.calls.length, 1);
});

test("a request cut short, or with more behind it, ends the connection", () => {
  const whole = direct("host", 80);
  for (const bad of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)]), whole.subarray(0, -20)]) {
    const client = connected();
    client.send(bad);
    assert.equal(client.disconnected()[0], PROTOCOL_ERROR);
    assert.deepEqual(client.sessions.calls, []);
  }
});

test("as many as may be, beside all sessions", () => {
  const client = connected();
  for (let i = 0; i < FORWARDED_LIMIT; i++) assert.deepEqual(client.ask(direct("host", 80)), []);
  assert.equal(reasonOf(client.ask(direct("host", 80))[0]!), 4);
  for (let i = 0; i < SESSIONS_LIMIT; i++) assert.equal(client.openSession(i), i);
  client.send(message(OPEN, "session", OWN, 0, 0x8000));
  assert.equal(reasonOf(client.take()[0]!), 4);
});

test("no-more-sessions@openssh.com is about sessions", () => {
  const client = connected();
  client.send(message(80, "no-more-sessions@openssh.com", false));
  assert.deepEqual(client.ask(direct("host", 80)), []);
});

test("messages to a channel that isn't confirmed yet end the connection", () => {
  for (const early of [
    message(DATA, FIRST, "x"),
    message(EXTENDED_DATA, FIRST, 1, "x"),
    message(ADJUST, FIRST, 1),
    message(EOF, FIRST),
    message(CLOSE, FIRST),
    message(REQUEST, FIRST, "shell", true),
    message(CONFIRMATION, FIRST, 0, 1, 0x8000),
    message(FAILURE, FIRST, 1, "", ""),
  ]) {
    const client = connected();
    client.send(direct("host", 80));
    client.send(early);
    assert.equal(client.disconnected()[0], PROTOCOL_ERROR, `${early[0]}`);
    assert.deepEqual(client.sessions.calls, [`connect ${FIRST} host 80`, `close ${FIRST}`]);
    client.server.connection.connected(FIRST, CONNECTED); // which comes too late
    assert.deepEqual(client.take(), []);
  }
});

test("data both ways, and requests refused", () => {
  const client = forwarding();
  client.send(message(DATA, FIRST, "there"));
  assert.equal(client.sessions.input.get(FIRST)!.toString(), "there");
  client.childWrites(FIRST, OUTPUT, Buffer.from("back"));
  assert.deepEqual(client.take(), [message(DATA, OWN, "back")]);
  for (const type of ["shell", "exec", "pty-req", "eow@openssh.com"]) assert.ok(!client.request(FIRST, type, "x"));
  assert.deepEqual(client.sessions.calls, []);
});

test("a half that ends leaves the other: the client's first", () => {
  const client = forwarding();
  client.send(message(EOF, FIRST));
  assert.deepEqual(client.sessions.calls, [`closeInput ${FIRST}`]);
  client.childWrites(FIRST, OUTPUT, Buffer.from("late"));
  assert.deepEqual(client.take(), [message(DATA, OWN, "late")]);
  client.server.connection.outputEnded(FIRST, OUTPUT);
  assert.deepEqual(client.take(), [message(EOF, OWN), message(CLOSE, OWN)]);
  assert.deepEqual(client.sessions.calls, [`closeInput ${FIRST}`, `close ${FIRST}`]);
  client.send(message(CLOSE, FIRST));
  assert.ok(!client.server.closed());
});

test("a half that ends leaves the other: the target's first", () => {
  const client = forwarding();
  client.server.connection.outputEnded(FIRST, OUTPUT);
  assert.deepEqual(client.take(), [message(EOF, OWN)]);
  client.send(message(DATA, FIRST, "late"));
  assert.equal(client.sessions.input.get(FIRST)!.toString(), "late");
  client.send(message(EOF, FIRST));
  assert.deepEqual(client.take(), [message(CLOSE, OWN)]);
  assert.deepEqual(client.sessions.calls, [`closeInput ${FIRST}`, `close ${FIRST}`]);
});

test("the end reaches a slow target after the last byte", () => {
  const client = forwarding();
  client.sessions.room.set(FIRST, 2);
  client.send(message(DATA, FIRST, "slow"));
  client.send(message(EOF, FIRST));
  assert.deepEqual(client.sessions.calls, []);
  client.sessions.room.set(FIRST, 100);
  client.server.connection.writable(FIRST);
  assert.equal(client.sessions.input.get(FIRST)!.toString(), "slow");
  assert.deepEqual(client.sessions.calls, [`closeInput ${FIRST}`]);
});

test("a target that has broken: what comes is thrown away, and its own end closes", () => {
  const client = forwarding();
  client.sessions.room.set(FIRST, BROKEN);
  client.send(message(DATA, FIRST, Buffer.alloc(0x8000)));
  for (let i = 0; i < 20; i++) client.send(message(DATA, FIRST, Buffer.alloc(0x4000)));
  assert.ok(client.take().some((payload) => payload[0] === ADJUST));
  client.server.connection.outputEnded(FIRST, OUTPUT);
  assert.deepEqual(client.take(), [message(EOF, OWN), message(CLOSE, OWN)]);
});

test("CLOSE closes at once", () => {
  const client = forwarding();
  client.send(message(DATA, FIRST, "read"));
  assert.deepEqual(client.ask(message(CLOSE, FIRST)), [message(CLOSE, OWN)]);
  assert.deepEqual(client.sessions.calls, [`close ${FIRST}`]);
});

/** A client that has closed while the target, which has said all, had most of its words to take yet. */
function closedEarly(): ServerPeer {
  const client = forwarding();
  client.server.connection.outputEnded(FIRST, OUTPUT);
  client.sessions.room.set(FIRST, 2);
  client.send(message(DATA, FIRST, "slow"));
  client.send(message(EOF, FIRST));
  assert.deepEqual(client.ask(message(CLOSE, FIRST)), [message(EOF, OWN), message(CLOSE, OWN)]);
  assert.deepEqual(client.sessions.calls, []);
  return client;
}

test("CLOSE takes nothing away from a slow target", () => {
  const client = closedEarly();
  const { connection } = client.server;
  assert.ok(connection.hasInput(FIRST) && !connection.wantsOutput(FIRST, OUTPUT) && !connection.busy());
  client.send(direct("other", 81));
  assert.deepEqual(client.sessions.calls.splice(0), [`connect ${FIRST + 1} other 81`], "the number is taken");
  client.sessions.room.set(FIRST, 100);
  connection.writable(FIRST);
  assert.equal(client.sessions.input.get(FIRST)!.toString(), "slow");
  assert.deepEqual(client.sessions.calls.splice(0), [`closeInput ${FIRST}`, `close ${FIRST}`]);
  client.send(direct("third", 82));
  assert.deepEqual(client.sessions.calls, [`connect ${FIRST} third 82`], "and free again");
  assert.deepEqual(client.take(), []);
});

test("CLOSE without EOF, and a target that still talks", () => {
  const client = forwarding();
  client.sessions.room.set(FIRST, 0);
  client.send(message(DATA, FIRST, "slow"));
  assert.deepEqual(client.ask(message(CLOSE, FIRST)), [message(CLOSE, OWN)]);
  assert.ok(!client.server.connection.wantsOutput(FIRST, OUTPUT));
  client.server.connection.outputEnded(FIRST, OUTPUT);
  client.sessions.room.set(FIRST, BROKEN);
  client.server.connection.writable(FIRST);
  assert.deepEqual(client.sessions.calls, [`close ${FIRST}`]);
  assert.deepEqual(client.take(), []);
});

test("after CLOSE nothing more may come, and the end of the connection ends it", () => {
  for (const late of [
    message(DATA, FIRST, "x"),
    message(EOF, FIRST),
    message(CLOSE, FIRST),
    message(ADJUST, FIRST, 1),
  ]) {
    const client = closedEarly();
    client.send(late);
    assert.match(client.disconnected()[1], /which is not open/);
    assert.deepEqual(client.sessions.calls, [`close ${FIRST}`]);
  }
});

test("the window holds: a target that reads nothing stops the client", () => {
  const client = forwarding();
  client.sessions.room.set(FIRST, 0);
  for (let sent = 0; sent < WINDOW; sent += 0x8000) client.send(message(DATA, FIRST, Buffer.alloc(0x8000)));
  assert.ok(!client.server.closed());
  assert.deepEqual(client.take(), []);
  client.send(message(DATA, FIRST, "x"));
  assert.equal(client.disconnected()[0], PROTOCOL_ERROR);
});

test("the client's agent: asked for, and open once the client says so", () => {
  const client = connected();
  assert.equal(client.server.connection.openAgent(), FIRST);
  assert.deepEqual(client.take(), [message(OPEN, "auth-agent@openssh.com", FIRST, WINDOW, 0x8000)]);
  assert.ok(!client.server.connection.wantsOutput(FIRST, OUTPUT));
  client.send(message(CONFIRMATION, FIRST, OWN, 10, 0x8000));
  assert.equal(client.childWrites(FIRST, OUTPUT, Buffer.from("a question")), 10);
  client.send(message(DATA, FIRST, "an answer"));
  assert.equal(client.sessions.input.get(FIRST)!.toString(), "an answer");
  client.send(message(CLOSE, FIRST));
  assert.deepEqual(client.sessions.calls, [`close ${FIRST}`]);
});

test("the client's agent: refused, and answered twice", () => {
  const client = connected();
  client.server.connection.openAgent();
  client.send(message(FAILURE, FIRST, 1, "no agent", ""));
  assert.deepEqual(client.sessions.calls, [`close ${FIRST}`]);
  assert.ok(!client.server.closed());
  client.send(message(CONFIRMATION, FIRST, OWN, 10, 0x8000));
  assert.match(client.disconnected()[1], /was not asked for/);
});

test("the client's agent: packets of nearly nothing close it", () => {
  const client = connected();
  client.server.connection.openAgent();
  client.take();
  client.send(message(CONFIRMATION, FIRST, OWN, 10, 1));
  assert.deepEqual(client.take(), [message(CLOSE, OWN)]);
  client.send(message(CLOSE, FIRST));
  assert.ok(!client.server.closed());
});

test("all of them are closed with the connection", () => {
  const client = forwarding();
  client.send(direct("slow", 80));
  client.server.connection.openAgent();
  client.server.ended();
  const closes = client.sessions.calls.filter((call) => call.startsWith("close "));
  assert.deepEqual(closes, [`close ${FIRST}`, `close ${FIRST + 1}`, `close ${FIRST + 2}`]);
  assert.equal(client.server.connection.openAgent(), -1);
});
