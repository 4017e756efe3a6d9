import { test } from "node:test";
import assert from "node:assert/strict";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { Fields, message } from "../../../../test/support/ssh/wire.ts";
import { SMALLEST_PACKET } from "./refusal.ts";
import { MAXIMUM_PACKET } from "./channel.ts";
import { WINDOW } from "./session-channel.ts";
import { BROKEN, ERRORS, OUTPUT, SESSIONS_LIMIT } from "./sessions.ts";

const OPEN = 90;
const OPEN_FAILURE = 92;
const ADJUST = 93;
const DATA = 94;
const EXTENDED_DATA = 95;
const EOF = 96;
const CLOSE = 97;
const REQUEST = 98;
const PROTOCOL_ERROR = 2;

/** The number that the client gives to its channel: different from the server's. */
const OWN = 0x80000001;
const exitStatus = (status: number): Buffer => message(REQUEST, OWN, "exit-status", false, status);

function connected(): ServerPeer {
  const client = new ServerPeer();
  client.logIn();
  return client;
}

/** A client with a command running in session 0. */
function running(window?: number, maximumPacket?: number): ServerPeer {
  const client = connected();
  client.run(OWN, window, maximumPacket);
  client.sessions.calls.length = 0;
  return client;
}

/** The reason with which an open is refused. */
function refusal(client: ServerPeer, request: Buffer): number {
  const [failure] = client.ask(request);
  assert.equal(failure![0], OPEN_FAILURE);
  const fields = new Fields(failure!.subarray(1));
  assert.equal(fields.uint32(), OWN);
  return fields.uint32();
}

test("opening: what is confirmed", () => {
  const client = connected();
  client.send(message(OPEN, "session", OWN, 0, 0xffffffff));
  assert.deepEqual(client.take(), [message(91, OWN, 0, WINDOW, MAXIMUM_PACKET)]);
});

test("opening: forwarding is prohibited, other types are unknown", () => {
  const client = connected();
  const details = message(0, "127.0.0.1", 80, "127.0.0.1", 4000).subarray(1);
  for (const type of [
    "direct-tcpip",
    "forwarded-tcpip",
    "x11",
    "auth-agent@openssh.com",
    "direct-streamlocal@openssh.com",
  ]) {
    assert.equal(refusal(client, Buffer.concat([message(OPEN, type, OWN, 1, 32768), details])), 1, type);
  }
  for (const type of ["", "Session", "session\0", "x".repeat(20000)]) {
    assert.equal(refusal(client, message(OPEN, type, OWN, 1, 32768)), 3, type);
  }
  assert.equal(client.openSession(), 0, "and a session opens still");
});

test("opening: ten sessions, and the number of a closed one again", () => {
  const client = connected();
  for (let i = 0; i < SESSIONS_LIMIT; i++) assert.equal(client.openSession(OWN + i), i);
  assert.equal(refusal(client, message(OPEN, "session", OWN, 1, 32768)), 4);
  assert.deepEqual(client.ask(message(CLOSE, 3)), [message(CLOSE, OWN + 3)]);
  assert.deepEqual(client.sessions.calls, ["close 3"]);
  assert.equal(client.openSession(7), 3);
  assert.equal(refusal(client, message(OPEN, "session", OWN, 1, 32768)), 4);
});

test("opening: a maximum packet of nearly nothing is refused", () => {
  const client = connected();
  for (const size of [0, 1, SMALLEST_PACKET - 1]) {
    assert.equal(refusal(client, message(OPEN, "session", OWN, 1 << 20, size)), 1);
  }
  assert.equal(client.openSession(OWN, 1 << 20, SMALLEST_PACKET), 0);
});

test("opening: none after no-more-sessions@openssh.com", () => {
  const client = running();
  assert.deepEqual(client.ask(message(80, "no-more-sessions@openssh.com", true)), [Buffer.of(81)]);
  assert.equal(refusal(client, message(OPEN, "session", OWN, 1, 32768)), 1);
  assert.ok(!client.server.closed());
});

test("global requests are refused, if an answer is wanted", () => {
  const client = connected();
  for (const name of ["keepalive@openssh.com", "tcpip-forward", "hostkeys-prove-00@openssh.com", ""]) {
    assert.deepEqual(client.ask(message(80, name, true, "fields")), [Buffer.of(82)]);
    assert.deepEqual(client.ask(message(80, name, false, "fields")), []);
  }
});

test("messages to a channel that isn't open end the connection", () => {
  for (const channel of [1, SESSIONS_LIMIT, OWN, 0xffffffff]) {
    for (const number of [ADJUST, DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST]) {
      const client = running();
      const fields: Record<number, (number | string | boolean)[]> = {
        [ADJUST]: [1],
        [DATA]: ["x"],
        [EXTENDED_DATA]: [1, "x"],
        [REQUEST]: ["shell", false],
      };
      client.send(message(number, channel, ...(fields[number] ?? [])));
      assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, `a message to channel ${channel}, which is not open`]);
      assert.deepEqual(client.sessions.calls, ["close 0"]);
    }
  }
});

test("answers to what was never asked end the connection", () => {
  for (const answer of [message(91, 0, 0, 1, 1), message(92, 0, 1, "", ""), message(99, 0), message(100, 0)]) {
    const client = running();
    client.send(answer);
    assert.equal(client.disconnected()[0], PROTOCOL_ERROR);
  }
});

test("messages cut short anywhere, or with a byte behind them, end the connection", () => {
  const whole = [
    message(OPEN, "session", OWN, 1 << 20, 32768),
    message(80, "name", true),
    message(ADJUST, 0, 1),
    message(DATA, 0, "xy"),
    message(EXTENDED_DATA, 0, 1, "xy"),
    message(EOF, 0),
    message(CLOSE, 0),
  ];
  for (const good of whole) {
    // the fields of a global request are its own
    const longer = good[0] === 80 ? [] : [Buffer.concat([good, Buffer.of(0)])];
    const middle = good.subarray(0, 1 + ((good.length - 1) >> 1));
    for (const bad of [good.subarray(0, 1), middle, good.subarray(0, -1), ...longer]) {
      const client = running();
      client.send(bad);
      assert.equal(client.disconnected()[0], PROTOCOL_ERROR, `${bad.toString("hex")}`);
    }
  }
});

test("data goes to the child, with EOF after the last byte", () => {
  const client = running();
  client.send(message(DATA, 0, "hello "));
  client.send(message(DATA, 0, ""));
  client.send(message(DATA, 0, "world"));
  assert.deepEqual(client.sessions.calls, []);
  client.send(message(EOF, 0));
  assert.equal(client.sessions.input.get(0)!.toString(), "hello world");
  assert.deepEqual(client.sessions.calls, ["closeInput 0"]);
  client.send(message(EOF, 0));
  assert.deepEqual(client.sessions.calls, ["closeInput 0"]);
  assert.deepEqual(client.take(), []);
});

test("data and EOF from before the start wait for it", () => {
  const client = connected();
  client.openSession(OWN);
  client.send(message(DATA, 0, "early"));
  client.send(message(EOF, 0));
  assert.ok(!client.server.connection.hasInput(0));
  assert.deepEqual(client.sessions.calls, []);
  assert.ok(client.request(0, "shell"));
  assert.deepEqual(client.sessions.calls, ["shell 0", "closeInput 0"]);
  assert.equal(client.sessions.input.get(0)!.toString(), "early");
});

test("what a child does not take waits, and goes before what comes later", () => {
  const client = running();
  client.sessions.room.set(0, 3);
  client.send(message(DATA, 0, "12345"));
  client.send(message(DATA, 0, "678"));
  client.send(message(EOF, 0));
  assert.ok(client.server.connection.hasInput(0));
  assert.equal(client.sessions.input.get(0)!.toString(), "123");
  client.sessions.room.set(0, 3);
  client.server.connection.writable(0);
  assert.equal(client.sessions.input.get(0)!.toString(), "123456");
  assert.ok(client.server.connection.hasInput(0));
  assert.deepEqual(client.sessions.calls, []);
  client.sessions.room.set(0, 100);
  client.server.connection.writable(0);
  assert.equal(client.sessions.input.get(0)!.toString(), "12345678");
  assert.ok(!client.server.connection.hasInput(0));
  assert.deepEqual(client.sessions.calls, ["closeInput 0"]);
});

const block = Buffer.alloc(MAXIMUM_PACKET, "x");

test("the window opens again when half of it has reached the child, and not before", () => {
  const client = running();
  const blocks = WINDOW / MAXIMUM_PACKET;
  for (let i = 1; i < blocks / 2; i++) assert.deepEqual(client.ask(message(DATA, 0, block)), []);
  assert.deepEqual(client.ask(message(DATA, 0, block)), [message(ADJUST, OWN, WINDOW / 2)]);
});

test("a child that does not read stops the client: the window to the byte, and not one more", () => {
  const client = running();
  client.sessions.room.set(0, 0);
  for (let sent = 0; sent < WINDOW; sent += MAXIMUM_PACKET) {
    assert.deepEqual(client.ask(message(DATA, 0, block)), []);
  }
  assert.deepEqual(client.ask(message(DATA, 0, "")), []);
  client.send(message(DATA, 0, "x"));
  assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "channel 0: data beyond the window"]);
  assert.deepEqual(client.sessions.calls, ["close 0"]);
});

test("more data in one message than was agreed ends the connection", () => {
  for (const number of [DATA, EXTENDED_DATA]) {
    const client = running();
    const long = Buffer.alloc(MAXIMUM_PACKET + 1);
    client.send(number === DATA ? message(number, 0, long) : message(number, 0, 1, long));
    assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "channel 0: more data in one message than was agreed"]);
  }
});

test("extended data of a client is thrown away, and counts", () => {
  const client = running();
  for (let i = 1; i < WINDOW / MAXIMUM_PACKET / 2; i++) {
    assert.deepEqual(client.ask(message(EXTENDED_DATA, 0, i, block)), []);
  }
  assert.deepEqual(client.ask(message(EXTENDED_DATA, 0, 1, block)), [message(ADJUST, OWN, WINDOW / 2)]);
  assert.equal(client.sessions.input.get(0), undefined);
});

test("data after EOF ends the connection", () => {
  for (const data of [message(DATA, 0, "x"), message(EXTENDED_DATA, 0, 1, "x")]) {
    const client = running();
    client.send(message(EOF, 0));
    client.send(data);
    assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "channel 0: data after its end"]);
  }
});

test("a child that closes its input: the rest is thrown away, the window given back, OpenSSH told", () => {
  for (const identification of ["SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-test"]) {
    const client = new ServerPeer();
    client.identification = identification;
    client.logIn();
    client.run(OWN);
    client.sessions.room.set(0, 0);
    client.send(message(DATA, 0, "waits"));
    client.sessions.room.set(0, BROKEN);
    client.server.connection.writable(0);
    const told = identification.includes("OpenSSH") ? [message(REQUEST, OWN, "eow@openssh.com", false)] : [];
    assert.deepEqual(client.take(), told);
    assert.ok(!client.server.connection.hasInput(0));
    let granted = 0;
    for (let i = 0; i < WINDOW / MAXIMUM_PACKET + 8; i++) {
      for (const adjust of client.ask(message(DATA, 0, block))) {
        const fields = new Fields(adjust.subarray(1));
        assert.equal(fields.uint32(), OWN);
        granted += fields.uint32();
      }
    }
    assert.ok(granted >= WINDOW / 2);
    assert.ok(!client.sessions.calls.includes("closeInput 0"));
  }
});

test("output: the client's window to the byte, for both streams together", () => {
  const client = running(10);
  const { connection } = client.server;
  assert.ok(connection.wantsOutput(0, OUTPUT) && connection.wantsOutput(0, ERRORS));
  assert.equal(connection.prepareOutput(0, OUTPUT).length, 10);
  assert.equal(client.childWrites(0, OUTPUT, Buffer.from("1234")), 4);
  assert.equal(client.childWrites(0, ERRORS, Buffer.from("abcdefgh")), 6);
  assert.deepEqual(client.take(), [message(DATA, OWN, "1234"), message(EXTENDED_DATA, OWN, 1, "abcdef")]);
  assert.ok(!connection.wantsOutput(0, OUTPUT) && !connection.wantsOutput(0, ERRORS));
  assert.equal(connection.prepareOutput(0, OUTPUT).length, 0);
  client.send(message(ADJUST, 0, 1));
  assert.equal(client.childWrites(0, ERRORS, Buffer.from("gh")), 1);
  assert.deepEqual(client.take(), [message(EXTENDED_DATA, OWN, 1, "g")]);
});

test("output: the client's maximum packet to the byte, and never more than ours", () => {
  for (const [size, most] of [
    [SMALLEST_PACKET, SMALLEST_PACKET],
    [1000, 1000],
    [32768, 32768],
    [0xffffffff, 32768],
  ] as const) {
    const client = running(0xffffffff, size);
    assert.equal(client.childWrites(0, OUTPUT, Buffer.alloc(100000)), most);
    assert.deepEqual(client.take(), [message(DATA, OWN, Buffer.alloc(most))]);
    assert.equal(client.childWrites(0, ERRORS, Buffer.alloc(100000)), most);
    assert.deepEqual(client.take(), [message(EXTENDED_DATA, OWN, 1, Buffer.alloc(most))]);
  }
});

test("output: what was prepared and not used costs nothing", () => {
  const client = running(10);
  assert.equal(client.server.connection.prepareOutput(0, OUTPUT).length, 10);
  assert.deepEqual(client.take(), []);
  assert.throws(() => client.server.connection.commitOutput(0, OUTPUT, 11));
  assert.equal(client.childWrites(0, OUTPUT, Buffer.from("1234567890")), 10);
  assert.throws(() => client.server.connection.commitOutput(0, OUTPUT, 1));
});

test("output: none before the start, none of a session that isn't there", () => {
  const client = connected();
  client.openSession(OWN);
  assert.ok(!client.server.connection.wantsOutput(0, OUTPUT));
  assert.equal(client.server.connection.prepareOutput(0, OUTPUT).length, 0);
  assert.ok(!client.server.connection.wantsOutput(1, OUTPUT));
});

test("output: a client that takes nothing stops the children", () => {
  const client = running(0xffffffff);
  let packets = 0;
  while (client.server.connection.wantsOutput(0, OUTPUT)) {
    client.childWrites(0, OUTPUT, block);
    packets++;
    assert.ok(packets < 100);
  }
  assert.ok(packets > 2);
  client.take();
  assert.ok(client.server.connection.wantsOutput(0, OUTPUT));
});

test("output: none while keys are exchanged, and all of it in order", () => {
  const client = running();
  client.childWrites(0, OUTPUT, Buffer.from("before"));
  assert.deepEqual(client.take(), [message(DATA, OWN, "before")]);
  client.deliver(client.seal(client.kexInit({ ...EXCHANGE })));
  assert.ok(!client.server.connection.wantsOutput(0, OUTPUT));
  assert.equal(client.server.connection.prepareOutput(0, OUTPUT).length, 0);
  client.server.connection.outputEnded(0, ERRORS);
  client.server.connection.exited(0, 3);
  client.take();
  assert.deepEqual(client.agree("curve25519-sha256"), []);
  client.newKeys();
  client.childWrites(0, OUTPUT, Buffer.from("after"));
  client.server.connection.outputEnded(0, OUTPUT);
  assert.deepEqual(client.take(), [message(DATA, OWN, "after"), exitStatus(3), message(EOF, OWN), message(CLOSE, OWN)]);
});

const EXCHANGE = {
  kex: "curve25519-sha256",
  hostKey: "ssh-ed25519",
  cipherToServer: "chacha20-poly1305@openssh.com",
  cipherToClient: "chacha20-poly1305@openssh.com",
  macToServer: "hmac-sha2-256",
  macToClient: "hmac-sha2-256",
  compressionToServer: "none",
  compressionToClient: "none",
};

test("a window larger than 2^32 - 1 ends the connection", () => {
  const client = running(0xffffffff);
  client.send(message(ADJUST, 0, 0));
  assert.ok(!client.server.closed());
  client.send(message(ADJUST, 0, 1));
  assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "channel 0: a window larger than 2^32 - 1"]);
});

/** The events that end a session, in every order. */
const events: Record<string, (client: ServerPeer) => void> = {
  output: (client) => client.server.connection.outputEnded(0, OUTPUT),
  errors: (client) => client.server.connection.outputEnded(0, ERRORS),
  exit: (client) => client.server.connection.exited(0, 42),
  eof: (client) => client.send(message(EOF, 0)),
};

function orders(names: string[]): string[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((name) => orders(names.filter((other) => other !== name)).map((rest) => [name, ...rest]));
}

for (const order of orders(Object.keys(events))) {
  test(`the end of a session: ${order.join(", ")}`, () => {
    const client = running();
    const said: Buffer[] = [];
    for (const event of order) {
      events[event]!(client);
      said.push(...client.take());
      const done = new Set(order.slice(0, order.indexOf(event) + 1));
      assert.equal(said.length > 0, done.has("output") && done.has("errors") && done.has("exit"));
    }
    assert.deepEqual(said, [exitStatus(42), message(EOF, OWN), message(CLOSE, OWN)]);
    assert.equal(client.sessions.calls.filter((call) => call === "close 0").length, 1);
    assert.equal(client.sessions.calls.at(-1), "close 0");
    assert.equal(client.openSession(), 1, "the number is taken until the client has closed too");
    assert.deepEqual(client.ask(message(CLOSE, 0)), []);
    assert.equal(client.openSession(), 0);
    assert.equal(client.sessions.calls.filter((call) => call === "close 0").length, 1);
  });
}

for (let count = 0; count < 4; count++) {
  for (const order of new Set(orders(Object.keys(events)).map((all) => all.slice(0, count).join(",")))) {
    test(`the client closes after [${order}]`, () => {
      const client = running();
      for (const event of order.split(",")) events[event]?.(client);
      const before = client.take();
      const closed = before.some((m) => m[0] === CLOSE);
      assert.deepEqual(client.ask(message(CLOSE, 0)), closed ? [] : [message(CLOSE, OWN)]);
      assert.equal(client.sessions.calls.filter((call) => call === "close 0").length, 1);
      for (const event of ["output", "errors", "exit"]) events[event]!(client);
      client.server.connection.writable(0);
      assert.deepEqual(client.take(), []);
      assert.ok(!client.server.closed());
      assert.equal(client.openSession(), 0);
    });
  }
}

test("after our CLOSE whatever else the client sends to the channel is passed over", () => {
  const client = running();
  for (const event of ["output", "errors", "exit"]) events[event]!(client);
  client.take();
  client.sessions.calls.length = 0;
  client.send(message(ADJUST, 0, 5));
  client.send(message(DATA, 0, "late"));
  client.send(message(EXTENDED_DATA, 0, 1, "late"));
  client.send(message(REQUEST, 0, "window-change", true, 1, 2, 3, 4));
  client.send(message(EOF, 0));
  assert.deepEqual(client.take(), []);
  assert.deepEqual(client.sessions.calls, []);
});

test("a session that never started is closed as well", () => {
  const client = connected();
  client.openSession(OWN);
  assert.deepEqual(client.ask(message(CLOSE, 0)), [message(CLOSE, OWN)]);
  assert.deepEqual(client.sessions.calls, ["close 0"]);
});

test("a child that dies leaves what its heirs write, and CLOSE waits for them", () => {
  const client = running();
  client.sessions.room.set(0, 0);
  client.send(message(DATA, 0, "never read"));
  client.server.connection.exited(0, 0);
  assert.ok(!client.server.connection.hasInput(0));
  assert.deepEqual(client.take(), []);
  client.childWrites(0, OUTPUT, Buffer.from("heir"));
  assert.deepEqual(client.take(), [message(DATA, OWN, "heir")]);
  client.server.connection.exited(0, 1);
  client.server.connection.outputEnded(0, OUTPUT);
  client.server.connection.outputEnded(0, OUTPUT);
  assert.deepEqual(client.take(), []);
  client.server.connection.outputEnded(0, ERRORS);
  assert.deepEqual(client.take(), [exitStatus(0), message(EOF, OWN), message(CLOSE, OWN)]);
});

test("a session with a terminal has one stream", () => {
  const client = connected();
  client.openSession(OWN);
  client.request(0, "pty-req", "xterm", 80, 25, 0, 0, "");
  client.request(0, "shell");
  assert.ok(!client.server.connection.wantsOutput(0, ERRORS));
  client.server.connection.outputEnded(0, OUTPUT);
  client.server.connection.exited(0, 0);
  assert.deepEqual(client.take(), [exitStatus(0), message(EOF, OWN), message(CLOSE, OWN)]);
});

test("a child that was killed", () => {
  const client = running();
  client.server.connection.outputEnded(0, OUTPUT);
  client.server.connection.outputEnded(0, ERRORS);
  client.server.connection.killed(0, "SEGV", true, "SIGSEGV (segmentation fault)");
  assert.deepEqual(client.take(), [
    message(REQUEST, OWN, "exit-signal", false, "SEGV", true, "SIGSEGV (segmentation fault)", ""),
    message(EOF, OWN),
    message(CLOSE, OWN),
  ]);
});

test("a client that takes no more output: the child's streams close, its end is still told", () => {
  const client = running();
  client.send(message(REQUEST, 0, "eow@openssh.com", false));
  assert.deepEqual(client.sessions.calls, ["closeOutput 0"]);
  assert.ok(!client.server.connection.wantsOutput(0, OUTPUT));
  client.send(message(REQUEST, 0, "eow@openssh.com", false));
  assert.deepEqual(client.sessions.calls, ["closeOutput 0"]);
  assert.deepEqual(client.take(), []);
  client.server.connection.killed(0, "PIPE", false, "");
  assert.deepEqual(client.take(), [
    message(REQUEST, OWN, "exit-signal", false, "PIPE", false, "", ""),
    message(EOF, OWN),
    message(CLOSE, OWN),
  ]);
});

test("sessions on one connection do not touch each other", () => {
  const client = connected();
  client.run(OWN);
  client.run(77, 5);
  client.sessions.room.set(0, 0);
  client.send(message(DATA, 0, "a"));
  client.send(message(DATA, 1, "b"));
  assert.equal(client.sessions.input.get(1)!.toString(), "b");
  assert.ok(client.server.connection.hasInput(0) && !client.server.connection.hasInput(1));
  client.childWrites(1, OUTPUT, Buffer.from("12345"));
  assert.ok(!client.server.connection.wantsOutput(1, OUTPUT) && client.server.connection.wantsOutput(0, OUTPUT));
  assert.deepEqual(client.take(), [message(DATA, 77, "12345")]);
  assert.deepEqual(client.ask(message(CLOSE, 1)), [message(CLOSE, 77)]);
  client.childWrites(0, OUTPUT, Buffer.from("x"));
  assert.deepEqual(client.take(), [message(DATA, OWN, "x")]);
});
