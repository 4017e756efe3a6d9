/** The transport from the first byte to the first keys, and what it does with messages of its own. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { kexInit, lists, type Lists, Peer, STRICT } from "../../../../test/support/transport-peer.ts";
import * as number from "../../../../test/support/ssh/numbers.ts";
import { encode, Fields, message } from "../../../../test/support/ssh/wire.ts";
import { DEBUG } from "../environment.ts";
import { signatureAlgorithms } from "../key/signature.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";

const PROTOCOL_ERROR = 2;
const KEY_EXCHANGE_FAILED = 3;
const MAC_ERROR = 5;
const VERSION_NOT_SUPPORTED = 8;

const ignore = message(number.IGNORE, "x");
const request = message(number.SERVICE_REQUEST, "ssh-userauth");

/** Asserts that the server has ended the connection for `reason`, and left exactly one line in the log. */
function assertFailed(peer: Peer, reason: number, text: RegExp): void {
  const [heard, said] = peer.disconnected();
  assert.equal(heard, reason, said);
  assert.match(peer.transport.reason, text);
  assert.ok(peer.transport.failed);
  assert.deepEqual(peer.environment.fatal, [peer.transport.reason]);
  assert.deepEqual(peer.service.messages, []);
}

test("identification and KEXINIT are there before the client has said a word", () => {
  const peer = new Peer((options) => {
    options.software = "Postern_1.2";
    options.comment = "abc";
  });
  assert.deepEqual(
    peer.take().map((m) => m[0]),
    [number.KEXINIT],
  );
  assert.equal(peer.serverIdentification, "SSH-2.0-Postern_1.2 abc");
});

for (const { name } of keyExchangeMethods(true, true)) {
  for (const strict of [true, false]) {
    test(`${name}${strict ? "" : ", without strict key exchange"}: keys are agreed on and used`, () => {
      const peer = new Peer();
      peer.strict = strict;
      const behind = peer.handshake(name);
      assert.deepEqual(
        behind.map((m) => m[0]),
        [number.EXT_INFO],
      );
      assert.deepEqual(Buffer.from(peer.transport.sessionId), peer.sessionId);
      assert.deepEqual(Buffer.from(peer.transport.hostKey), Buffer.from(peer.hostKey.publicKey()));
      assert.equal(Buffer.from(peer.transport.clientIdentification).toString(), "SSH-2.0-test");
      peer.send(request);
      assert.deepEqual(peer.service.messages, [request]);
      peer.transport.send(message(number.SERVICE_ACCEPT, "ssh-userauth"));
      assert.deepEqual(peer.take(), [message(number.SERVICE_ACCEPT, "ssh-userauth")]);
      assert.deepEqual(peer.environment.fatal, []);
    });
  }
}

test("reply, NEWKEYS and EXT_INFO leave together, before the client has answered", () => {
  const peer = new Peer();
  peer.greet();
  peer.send(peer.kexInit(lists()));
  const [announcement, ...more] = peer.agree("curve25519-sha256");
  assert.deepEqual(more, []);
  const fields = new Fields(announcement!.subarray(1));
  assert.equal(fields.uint32(), 3);
  const extensions = new Map([1, 2, 3].map(() => [fields.text(), fields.text()]));
  assert.deepEqual(
    extensions,
    new Map([
      ["server-sig-algs", signatureAlgorithms()],
      ["publickey-hostbound@openssh.com", "0"],
      ["ping@openssh.com", "0"],
    ]),
  );
  assert.equal(fields.rest().length, 0);
});

test("EXT_INFO is for those who ask", () => {
  assert.deepEqual(new Peer().handshake("curve25519-sha256", { kex: `curve25519-sha256,${STRICT}` }), []);
});

test("it does not matter how the bytes are cut", () => {
  for (const size of [1, 2, 13, 1000]) {
    const peer = new Peer();
    peer.deliver = (bytes) => {
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size);
        peer.transport.input().set(piece);
        peer.transport.received(piece.length);
      }
    };
    peer.handshake("mlkem768x25519-sha256");
    peer.deliver(Buffer.concat([peer.seal(request), peer.seal(ignore), peer.seal(request)]));
    assert.deepEqual(peer.service.messages, [request, request]);
  }
});

test("a client that waits for nothing is understood: all of its first flight in one read", () => {
  const peer = new Peer();
  const offered = peer.kexInit(lists());
  peer.take();
  peer.deliver(Buffer.concat([Buffer.from("SSH-2.0-test\r\n"), peer.seal(offered)]));
  assert.deepEqual(
    peer.agree("curve25519-sha256").map((m) => m[0]),
    [number.EXT_INFO],
  );
});

test("identification: LF alone will do", () => {
  const peer = new Peer();
  peer.deliver(Buffer.from("SSH-2.0-old client\n"));
  assert.equal(Buffer.from(peer.transport.clientIdentification).toString(), "SSH-2.0-old client");
  assert.ok(!peer.transport.closed);
});

test("identification: what is not SSH 2.0 ends with one clear line", () => {
  const cases: [string, number, RegExp][] = [
    ["SSH-1.5-old\r\n", VERSION_NOT_SUPPORTED, /unsupported protocol version.*SSH-1\.5-old/],
    ["SSH-1.99-x\r\n", VERSION_NOT_SUPPORTED, /unsupported protocol version/],
    ["GET / HTTP/1.1\r\n", PROTOCOL_ERROR, /not an SSH client: GET/],
    ["\r\nSSH-2.0-x\r\n", PROTOCOL_ERROR, /not an SSH client/],
    ["SSH-2.0-x\0y\r\n", PROTOCOL_ERROR, /NUL/],
    [`SSH-2.0-${"x".repeat(246)}\r\n`, PROTOCOL_ERROR, /longer than 255/],
    ["x".repeat(255), PROTOCOL_ERROR, /longer than 255/],
  ];
  for (const [line, reason, text] of cases) {
    const peer = new Peer();
    peer.deliver(Buffer.from(line));
    assertFailed(peer, reason, text);
  }
  const longest = new Peer();
  longest.deliver(Buffer.from(`SSH-2.0-${"x".repeat(245)}\r\n`));
  assert.ok(!longest.transport.closed);
});

test("no common algorithm: the log shows both lists, the client hears what is missing", () => {
  const cases: [Partial<Lists>, string][] = [
    [{ kex: "diffie-hellman-group14-sha256" }, "key exchange method"],
    [{ hostKey: "ssh-rsa" }, "host key algorithm"],
    [{ cipherToClient: "aes256-gcm@openssh.com" }, "cipher to the client"],
    [{ compressionToServer: "zlib" }, "compression to the server"],
  ];
  for (const [changes, missing] of cases) {
    const peer = new Peer();
    peer.greet();
    peer.send(kexInit(lists(changes)));
    assertFailed(
      peer,
      KEY_EXCHANGE_FAILED,
      new RegExp(`no common ${missing}: theirs: ${Object.values(changes)[0]}; ours: `),
    );
  }
});

test("a right guess is used", () => {
  const peer = new Peer();
  peer.greet();
  const first = peer.kexInit(lists({ kex: `mlkem768x25519-sha256,${STRICT}` }), true);
  peer.send(first);
  peer.agree("mlkem768x25519-sha256");
  peer.newKeys();
  peer.send(request);
  assert.equal(peer.service.messages.length, 1);
});

test("a wrong guess is dropped: one packet, whatever is in it", () => {
  for (const guess of [message(number.KEX_ECDH_INIT, "junk"), message(34, 1024, 2048, 8192), Buffer.of(49)]) {
    for (const offered of [
      { kex: `curve25519-sha256,${STRICT}` },
      { kex: `mlkem768x25519-sha256,${STRICT}`, hostKey: "ssh-rsa,ssh-ed25519" },
    ]) {
      const peer = new Peer();
      peer.greet();
      peer.send(peer.kexInit(lists(offered), true));
      peer.send(guess);
      assert.deepEqual(peer.take(), []);
      peer.agree(offered.kex.split(",")[0]!);
      peer.newKeys();
      peer.send(request);
      assert.equal(peer.service.messages.length, 1);
    }
  }
});

test("after a wrong guess only one packet is dropped", () => {
  const peer = new Peer();
  peer.greet();
  peer.send(peer.kexInit(lists(), true));
  peer.send(message(34, 1024, 2048, 8192));
  peer.send(message(34, 1024, 2048, 8192));
  assertFailed(peer, PROTOCOL_ERROR, /message 34/);
});

test("a wrong guess covers a message of the key exchange, and nothing else", () => {
  const peer = new Peer();
  peer.greet();
  peer.send(peer.kexInit(lists(), true));
  peer.send(ignore);
  assertFailed(peer, PROTOCOL_ERROR, /message 2/);
});

test("strict key exchange: nothing comes before KEXINIT, and nothing between", () => {
  const early = new Peer();
  early.greet();
  early.send(ignore);
  early.send(early.kexInit(lists()));
  assertFailed(early, PROTOCOL_ERROR, /strict key exchange/);

  for (const intruder of [ignore, message(number.DEBUG, false, "", ""), message(number.UNIMPLEMENTED, 0)]) {
    const between = new Peer();
    between.greet();
    between.send(between.kexInit(lists()));
    between.send(intruder);
    assertFailed(between, PROTOCOL_ERROR, /out of order/);

    const late = new Peer();
    late.greet();
    late.send(late.kexInit(lists()));
    late.agree("curve25519-sha256");
    late.send(intruder);
    late.take();
    assert.ok(late.transport.failed);
  }
});

test("without strict key exchange, IGNORE may come at any time", () => {
  const peer = new Peer();
  peer.strict = false;
  peer.greet();
  peer.send(ignore);
  peer.send(peer.kexInit(lists({ kex: "curve25519-sha256" })));
  peer.send(ignore);
  peer.agree("curve25519-sha256");
  peer.send(ignore);
  peer.newKeys();
  peer.send(request);
  assert.deepEqual(peer.service.messages, [request]);
});

test("the marker counts in the first KEXINIT of the client alone, and only if it is the client's", () => {
  const peer = new Peer();
  peer.strict = false;
  peer.handshake("curve25519-sha256", { kex: "curve25519-sha256,kex-strict-s-v00@openssh.com" });
  peer.transport.authenticated();
  peer.send(peer.kexInit(lists({ kex: `curve25519-sha256,${STRICT}` })));
  peer.takeOne(number.KEXINIT);
  peer.agree("curve25519-sha256");
  peer.newKeys();
  const open = message(number.CHANNEL_OPEN, "session", 0, 1, 1);
  peer.send(open);
  assert.deepEqual(peer.service.messages, [open]);
});

test("messages out of order end the connection", () => {
  const beforeKeys = [
    request,
    message(number.USERAUTH_REQUEST, "u", "s", "none"),
    message(number.CHANNEL_OPEN),
    message(number.PING, "x"),
  ];
  for (const wrong of [...beforeKeys, Buffer.of(number.NEWKEYS), message(number.KEX_ECDH_INIT, "x"), Buffer.of(200)]) {
    const peer = new Peer();
    peer.strict = false;
    peer.greet();
    peer.send(wrong);
    assertFailed(peer, PROTOCOL_ERROR, new RegExp(`message ${wrong[0]} is out of order`));
  }
  const offered = kexInit(lists());
  for (const wrong of [...beforeKeys, offered, Buffer.of(number.NEWKEYS), Buffer.of(31), Buffer.of(200)]) {
    const peer = new Peer();
    peer.greet();
    peer.send(peer.kexInit(lists()));
    peer.send(wrong);
    assertFailed(peer, PROTOCOL_ERROR, new RegExp(`message ${wrong[0]} is out of order`));
  }
  for (const wrong of [
    offered,
    Buffer.of(number.NEWKEYS),
    message(number.KEX_ECDH_INIT, "x"),
    message(number.CHANNEL_OPEN),
  ]) {
    const peer = new Peer();
    peer.handshake();
    peer.send(wrong);
    assertFailed(peer, PROTOCOL_ERROR, new RegExp(`message ${wrong[0]} is out of order`));
  }
});

test("messages of the key exchange, cut or with a byte too many, end the connection", () => {
  const offered = kexInit(lists());
  for (const cut of [1, 16, 17, 21, offered.length - 1]) {
    const peer = new Peer();
    peer.greet();
    peer.send(offered.subarray(0, cut));
    assertFailed(peer, PROTOCOL_ERROR, /malformed KEXINIT/);
  }
  const wrongInits: [Buffer, number, RegExp][] = [
    [Buffer.of(30), PROTOCOL_ERROR, /malformed KEX_ECDH_INIT/],
    [message(30, Buffer.alloc(32, 9), ""), PROTOCOL_ERROR, /malformed KEX_ECDH_INIT/],
    [message(30, Buffer.alloc(31, 9)), KEY_EXCHANGE_FAILED, /invalid public key for curve25519-sha256/],
    [message(30, Buffer.alloc(32)), KEY_EXCHANGE_FAILED, /invalid public key/],
  ];
  for (const [init, reason, text] of wrongInits) {
    const peer = new Peer();
    peer.greet();
    peer.send(peer.kexInit(lists()));
    peer.send(init);
    assertFailed(peer, reason, text);
  }
  const peer = new Peer();
  peer.greet();
  peer.send(peer.kexInit(lists()));
  peer.agree("curve25519-sha256");
  peer.send(Buffer.of(number.NEWKEYS, 0));
  assertFailed(peer, PROTOCOL_ERROR, /malformed NEWKEYS/);
});

test("a host key that cannot be used ends the connection", () => {
  const peer = new Peer();
  peer.hostKey.broken = true;
  peer.greet();
  peer.send(peer.kexInit(lists()));
  assert.throws(() => peer.agree("curve25519-sha256"));
  assert.match(peer.transport.reason, /host key ssh-ed25519 cannot be used/);
  assert.ok(peer.transport.failed);
});

test("a client without keys may not go on for ever", () => {
  const many = new Peer();
  many.strict = false;
  many.greet();
  for (let i = 0; i < 100 && !many.transport.closed; i++) many.send(ignore);
  assertFailed(many, PROTOCOL_ERROR, /too many messages/);
  assert.ok(many.outgoing.sequence <= 31);

  const large = new Peer();
  large.strict = false;
  large.greet();
  for (let i = 0; i < 3; i++) large.send(message(number.IGNORE, Buffer.alloc(30000)));
  assertFailed(large, PROTOCOL_ERROR, /too many messages/);

  const authenticating = new Peer();
  authenticating.handshake();
  for (let i = 0; i < 200 && !authenticating.transport.closed; i++) authenticating.send(ignore);
  assertFailed(authenticating, PROTOCOL_ERROR, /too many messages/);

  const connected = new Peer();
  connected.connect();
  for (let i = 0; i < 200; i++) connected.send(ignore);
  assert.ok(!connected.transport.closed);
});

test("a corrupted packet ends the connection, and nothing of it is used", () => {
  const peer = new Peer();
  peer.handshake();
  const sealed = peer.seal(request);
  sealed[10]! ^= 1;
  peer.deliver(Buffer.concat([sealed, peer.seal(request)]));
  assertFailed(peer, MAC_ERROR, /corrupted/);
});

test("a length or padding that breaks the protocol ends the connection", () => {
  for (const flaws of [{ length: 7 }, { length: 40000 }, { padding: 3, paddingField: 3 }, { paddingField: 255 }]) {
    const peer = new Peer();
    peer.greet();
    peer.send(kexInit(lists()), flaws);
    assertFailed(peer, PROTOCOL_ERROR, /invalid length or padding/);
  }
});

test("PING is answered with the same data", () => {
  const peer = new Peer();
  peer.handshake();
  for (const data of ["", "are you there?", "x".repeat(30000)]) {
    peer.send(message(number.PING, data));
    assert.deepEqual(peer.take(), [message(number.PONG, data)]);
  }
  peer.send(Buffer.concat([message(number.PING, "x"), Buffer.of(0)]));
  assertFailed(peer, PROTOCOL_ERROR, /malformed PING/);
});

test("an unknown message is answered with UNIMPLEMENTED and its number", () => {
  for (const strict of [true, false]) {
    const peer = new Peer();
    peer.strict = strict;
    peer.connect();
    for (const unknown of [6, 8, 19, 60, 83, 101, 150, 193, 255]) {
      const sequence = peer.outgoing.sequence;
      assert.equal(sequence < 20, true);
      peer.send(Buffer.of(unknown));
      assert.deepEqual(peer.take(), [message(number.UNIMPLEMENTED, sequence)]);
    }
    assert.deepEqual(peer.service.messages, []);
  }
});

test("IGNORE, DEBUG and UNIMPLEMENTED concern nobody above", () => {
  const peer = new Peer();
  peer.connect();
  peer.send(Buffer.of(number.IGNORE, 1, 2, 3));
  peer.send(message(number.DEBUG, true, "hello\x1b[31m", "en"));
  peer.send(message(number.UNIMPLEMENTED, 5));
  assert.deepEqual(peer.take(), []);
  assert.deepEqual(peer.service.messages, []);
  assert.ok(peer.environment.lines.some(({ level, message }) => level === DEBUG && message.includes("hello?[31m")));
});

test("EXT_INFO of the client is heard right after its NEWKEYS, and nowhere else", () => {
  const info = Buffer.concat([message(number.EXT_INFO, 1), encode("ext-info-in-auth@openssh.com", "0")]);
  const right = new Peer();
  right.handshake();
  right.send(info);
  right.send(request);
  assert.deepEqual(right.service.messages, [request]);

  const twice = new Peer();
  twice.handshake();
  twice.send(info);
  twice.send(info);
  assertFailed(twice, PROTOCOL_ERROR, /message 7 is out of order/);

  const cut = new Peer();
  cut.handshake();
  cut.send(info.subarray(0, 20));
  assertFailed(cut, PROTOCOL_ERROR, /malformed EXT_INFO/);
});

test("requests to authenticate that come too late are dropped", () => {
  const peer = new Peer();
  peer.connect();
  peer.send(message(number.USERAUTH_REQUEST, "u", "ssh-connection", "none"));
  assert.deepEqual(peer.take(), []);
  assert.deepEqual(peer.service.messages, []);
});

test("DISCONNECT of the client is the end, and no fault", () => {
  for (const farewell of [message(number.DISCONNECT, 11, "bye\n", ""), Buffer.of(number.DISCONNECT)]) {
    const peer = new Peer();
    peer.connect();
    peer.deliver(Buffer.concat([peer.seal(farewell), peer.seal(message(number.CHANNEL_OPEN))]));
    assert.ok(peer.transport.closed);
    assert.ok(!peer.transport.failed);
    assert.match(peer.transport.reason, /the client disconnected/);
    assert.deepEqual(peer.service.messages, []);
    assert.deepEqual(peer.take(), []);
  }
});

test("after the end nothing is taken, sent or asked for", () => {
  const peer = new Peer();
  peer.connect();
  peer.transport.disconnect(11, "enough");
  assert.deepEqual(peer.disconnected(), [11, "enough"]);
  assert.ok(!peer.transport.failed);
  assert.equal(peer.transport.input().length, 0);
  peer.deliver(Buffer.alloc(100));
  peer.transport.send(message(number.PONG, "x"));
  peer.transport.fail(2, "again");
  peer.transport.disconnect(2, "again");
  peer.transport.received(0);
  assert.equal(peer.transport.pending(), 0);
  assert.equal(peer.transport.reason, "enough");
  assert.equal(peer.transport.ready(), false);
  assert.equal(peer.transport.deadline(), Infinity);
  assert.throws(() => peer.transport.prepare(1));
  assert.deepEqual(peer.environment.fatal, []);
});

test("a service that ends the connection gets no more messages", () => {
  const peer = new Peer();
  peer.connect();
  peer.service.onMessage = () => peer.transport.fail(2, "no");
  const open = message(number.CHANNEL_OPEN, "x");
  peer.deliver(Buffer.concat([peer.seal(open), peer.seal(open)]));
  assert.equal(peer.service.messages.length, 1);
  assert.deepEqual(peer.environment.fatal, ["no"]);
});

test("a message built in place is the same as one that is sent", () => {
  const peer = new Peer();
  peer.connect();
  const data = message(number.CHANNEL_DATA, 0, "payload");
  assert.ok(peer.transport.ready());
  const room = peer.transport.prepare(1000);
  assert.equal(room.length, 1000);
  room.set(data);
  peer.transport.commit(data.length);
  peer.transport.send(data);
  assert.deepEqual(peer.take(), [data, data]);
});

test("a client that does not read is not asked for more", () => {
  const peer = new Peer();
  peer.connect();
  let pings = 0;
  while (peer.transport.input().length > 0 && pings < 1000) {
    peer.send(message(number.PING, Buffer.alloc(30000)));
    pings++;
  }
  assert.ok(pings < 50 && peer.transport.pending() > 1000000, `${pings}`);
  assert.equal(peer.take().length, pings);
  assert.ok(peer.transport.input().length > 0);
});

/** Changes up to three bytes of `bytes`, or cuts them, as `random` says. */
function spoil(bytes: Buffer, random: (below: number) => number): Buffer {
  const spoiled = Buffer.from(bytes);
  for (let i = random(4); i > 0; i--) spoiled[random(spoiled.length)] = random(256);
  return random(3) === 0 ? spoiled.subarray(0, random(spoiled.length + 1)) : spoiled;
}

test("spoiled messages end the connection or are harmless, whatever was spoiled", () => {
  for (let seed = 1; seed <= 400; seed++) {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    const peer = new Peer();
    peer.strict = seed % 2 === 0;
    const offered = kexInit(lists(peer.strict ? {} : { kex: "curve25519-sha256" }), seed % 3 === 0);
    const messages = [offered, message(number.KEX_ECDH_INIT, Buffer.alloc(32, 9)), Buffer.of(number.NEWKEYS), ignore];
    peer.greet();
    for (const whole of messages) {
      const spoiled = spoil(whole, random);
      if (spoiled.length > 0) peer.deliver(peer.seal(spoiled));
    }
    peer.deliver(spoil(Buffer.alloc(64, 7), random));
    assert.deepEqual(peer.service.messages, [], `seed ${seed}`);
    assert.equal(peer.environment.fatal.length, peer.transport.failed ? 1 : 0, `seed ${seed}`);
  }
});
