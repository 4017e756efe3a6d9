/** New keys for a connection in use: asked for by either side, under load, with tiny limits, and by clients that stall. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { AES_GCM, kexInit, lists, Peer } from "../../../../test/support/transport-peer.ts";
import * as number from "../../../../test/support/ssh/numbers.ts";
import { message } from "../../../../test/support/ssh/wire.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";

const CURVE = "curve25519-sha256";
const data = (text: string | Buffer): Buffer => message(number.CHANNEL_DATA, 0, text);
const request = message(number.GLOBAL_REQUEST, "keepalive@openssh.com", true);
const numbers = (messages: Buffer[]): number[] => messages.map((m) => m[0]!);

for (const strict of [true, false]) {
  const suffix = strict ? "" : ", without strict key exchange";

  test(`the client asks for new keys again and again, with other methods${suffix}`, () => {
    const peer = new Peer();
    peer.strict = strict;
    peer.connect(CURVE);
    const session = Buffer.from(peer.transport.sessionId);
    for (const { name } of keyExchangeMethods(true, true)) {
      assert.deepEqual(peer.rekey(name), [], "no second EXT_INFO");
      peer.send(data(name));
      assert.deepEqual(peer.service.messages.at(-1), data(name));
      peer.transport.send(data(name));
      assert.deepEqual(peer.take(), [data(name)]);
    }
    assert.deepEqual(Buffer.from(peer.transport.sessionId), session);
  });

  test(`the server asks for new keys when bytes enough have come or gone${suffix}`, () => {
    for (const incoming of [true, false]) {
      const peer = new Peer((options) => {
        options.rekeyBytes = 65536;
      });
      peer.strict = strict;
      peer.connect();
      let count = 0;
      const seen: number[] = [];
      while (!seen.includes(number.KEXINIT) && count < 100) {
        count++;
        if (incoming) peer.send(data(Buffer.alloc(1000)));
        else peer.transport.send(data(Buffer.alloc(1000)));
        seen.push(...numbers(peer.take()));
      }
      assert.ok(count > 55 && count < 66, `${count}`);
      assert.ok(!peer.transport.ready());
      assert.deepEqual(peer.rekey(CURVE, true), []);
      assert.ok(peer.transport.ready());
      peer.send(data("x"));
      assert.deepEqual(peer.service.messages.at(-1), data("x"));
    }
  });
}

test("each direction changes its cipher by itself", () => {
  const peer = new Peer((options) => {
    options.aesGcm = true;
  });
  peer.connect();
  for (const offered of [{ cipherToServer: AES_GCM }, { cipherToClient: AES_GCM }, {}]) {
    for (let exchange = 0; exchange < 2; exchange++) {
      peer.rekey(CURVE, false, offered);
      for (let length = 0; length < 40; length++) {
        const message = data(Buffer.alloc(length, 7));
        peer.send(message);
        assert.deepEqual(peer.service.messages.at(-1), message);
        peer.transport.send(message);
        assert.deepEqual(peer.take(), [message]);
      }
    }
  }
});

test("so it does after packets enough", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 10;
  });
  peer.connect();
  for (let i = 0; i < 9; i++) peer.send(data("x"));
  assert.deepEqual(peer.take(), []);
  peer.send(data("x"));
  peer.takeOne(number.KEXINIT);
  peer.rekey(CURVE, true);
  for (let i = 0; i < 9; i++) peer.transport.send(data("x"));
  assert.equal(peer.take().length, 9);
  peer.transport.send(data("x"));
  assert.deepEqual(numbers(peer.take()), [number.CHANNEL_DATA, number.KEXINIT]);
});

test("so it does after an hour, if the keys were used at all", () => {
  const peer = new Peer();
  peer.handshake();
  assert.equal(peer.transport.deadline(), Infinity, "not before login");
  peer.transport.send(message(number.USERAUTH_SUCCESS));
  peer.transport.authenticated();
  peer.take();
  assert.equal(peer.transport.deadline(), 3600000);
  peer.environment.time = 3599999;
  peer.transport.tick();
  assert.deepEqual(peer.take(), []);
  peer.environment.time = 3600000;
  peer.transport.tick();
  peer.takeOne(number.KEXINIT);
  peer.rekey(CURVE, true);
  assert.equal(peer.transport.deadline(), Infinity, "nobody has used the new keys");
  peer.send(data("x"));
  assert.equal(peer.transport.deadline(), 7200000);
});

test("limits are those of RFC 4253 section 9 and RFC 4344 section 3.1 unless said otherwise", () => {
  const { options } = new Peer();
  assert.deepEqual(
    [options.rekeyBytes, options.rekeyPackets, options.rekeyMilliseconds],
    [2 ** 30, 2 ** 31, 60 * 60 * 1000],
  );
});

test("before login there are no new keys", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 1;
    options.rekeyBytes = 1;
  });
  peer.handshake();
  for (let i = 0; i < 5; i++) peer.send(message(number.PING, "x"));
  assert.deepEqual(
    numbers(peer.take()),
    Array.from({ length: 5 }, () => number.PONG),
  );
});

test("what is sent meanwhile is held back, and follows our NEWKEYS in order", () => {
  const peer = new Peer();
  peer.connect();
  peer.send(peer.kexInit(lists({ kex: CURVE })));
  assert.ok(!peer.transport.ready());
  assert.throws(() => peer.transport.prepare(10));
  for (let i = 0; i < 20; i++) peer.transport.send(data(`${i}`));
  peer.takeOne(number.KEXINIT);
  const behind = peer.agree(CURVE);
  assert.deepEqual(
    behind,
    Array.from({ length: 20 }, (_, i) => data(`${i}`)),
  );
  assert.ok(peer.transport.ready(), "our direction has its keys");
  peer.transport.send(data("more"));
  assert.deepEqual(peer.take(), [data("more")]);
  peer.newKeys();
  peer.send(data("x"));
  assert.deepEqual(peer.service.messages, [data("x")]);
});

test("what the client sent before it heard of our KEXINIT is handled as ever, and answered afterwards", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 1;
  });
  peer.service.onMessage = (payload) => {
    if (payload[0] === number.GLOBAL_REQUEST) peer.transport.send(message(number.REQUEST_FAILURE));
  };
  peer.connect();
  peer.send(data("first"));
  peer.send(request);
  peer.send(message(number.PING, "p"));
  peer.send(Buffer.of(255));
  peer.send(data("last"));
  peer.takeOne(number.KEXINIT);
  assert.deepEqual(peer.service.messages, [data("first"), request, data("last")]);
  const sequence = peer.outgoing.sequence - 2;
  assert.deepEqual(peer.rekey(CURVE, true), [
    message(number.REQUEST_FAILURE),
    message(number.PONG, "p"),
    message(number.UNIMPLEMENTED, sequence),
  ]);
});

test("within a key exchange the client does not begin another, nor try what nobody knows", () => {
  const late = message(number.USERAUTH_REQUEST, "u", "ssh-connection", "none");
  for (const wrong of [kexInit(lists()), Buffer.of(255), Buffer.of(number.NEWKEYS), late]) {
    const peer = new Peer();
    peer.connect();
    peer.send(peer.kexInit(lists()));
    peer.takeOne(number.KEXINIT);
    peer.send(wrong);
    assert.match(peer.disconnected()[1], /out of order/);
  }
});

test("a client that goes on with the connection within a key exchange is heard, and answered afterwards", () => {
  const peer = new Peer();
  peer.service.onMessage = (payload) => {
    if (payload[0] === number.GLOBAL_REQUEST) peer.transport.send(message(number.REQUEST_FAILURE));
  };
  peer.connect();
  peer.send(peer.kexInit(lists({ kex: CURVE })));
  peer.takeOne(number.KEXINIT);
  peer.send(data("a"));
  peer.send(request);
  peer.send(message(number.PING, "p"));
  assert.deepEqual(peer.take(), []);
  assert.deepEqual(peer.agree(CURVE), [message(number.REQUEST_FAILURE), message(number.PONG, "p")]);
  peer.send(data("b"));
  peer.newKeys();
  peer.send(data("c"));
  assert.deepEqual(peer.service.messages, [data("a"), request, data("b"), data("c")]);
});

test("IGNORE and DEBUG may come within a later key exchange, strict or not", () => {
  const peer = new Peer();
  peer.connect();
  peer.send(peer.kexInit(lists()));
  peer.takeOne(number.KEXINIT);
  peer.send(message(number.IGNORE, "x"));
  peer.agree(CURVE);
  peer.send(message(number.DEBUG, false, "x", ""));
  peer.newKeys();
  peer.send(data("x"));
  assert.deepEqual(peer.service.messages, [data("x")]);
});

test("both ask at once", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 2;
  });
  peer.connect();
  const offered = peer.kexInit(lists({ kex: CURVE }));
  peer.deliver(Buffer.concat([peer.seal(data("a")), peer.seal(data("b")), peer.seal(offered)]));
  peer.takeOne(number.KEXINIT);
  peer.agree(CURVE);
  peer.newKeys();
  assert.deepEqual(peer.take(), []);
  peer.send(data("c"));
  assert.deepEqual(peer.service.messages, [data("a"), data("b"), data("c")]);
});

test("an upload with limits of 64 KiB on both sides does not stall, however it is cut", () => {
  for (const size of [1, 777, 16384, Infinity]) {
    const peer = new Peer((options) => {
      options.rekeyBytes = 65536;
    });
    peer.connect();
    const piece = randomBytes(16000);
    const total = size === 1 ? 20 : 200;
    let received = 0;
    let exchanges = 0;
    let buffered: Buffer[] = [];
    peer.service.onMessage = () => received++;
    const flush = (): void => {
      const bytes = Buffer.concat(buffered);
      buffered = [];
      for (let at = 0; at < bytes.length; at += size) peer.transport.receive(bytes.subarray(at, at + size));
    };
    // the client's KEXINIT is always in the same read as the data before it
    peer.deliver = (bytes) => {
      buffered.push(Buffer.from(bytes));
      flush();
    };
    for (let i = 0; i < total; i++) {
      const bytes = peer.seal(data(piece));
      if (i % 4 !== 3) {
        buffered.push(bytes);
        continue;
      }
      buffered.push(bytes);
      peer.send(peer.kexInit(lists({ kex: CURVE })));
      peer.takeOne(number.KEXINIT);
      peer.agree(CURVE);
      peer.newKeys();
      exchanges++;
    }
    flush();
    assert.equal(received, total);
    assert.equal(exchanges, total / 4);
    assert.deepEqual(peer.environment.fatal, []);
  }
});

test("a download with tiny limits goes on, one exchange after the other", () => {
  const peer = new Peer((options) => {
    options.rekeyBytes = 1;
  });
  let left = 50;
  peer.connect();
  const download = (): void => {
    while (left > 0 && peer.transport.ready()) {
      const payload = data(`${left}`);
      peer.transport.prepare(100).set(payload);
      peer.transport.commit(payload.length);
      left--;
    }
  };
  peer.transport.send(data("start"));
  const got: Buffer[] = [];
  let rounds = 0;
  for (; rounds < 200; rounds++) {
    const messages = peer.take();
    got.push(...messages.filter((m) => m[0] === number.CHANNEL_DATA));
    if (!messages.some((m) => m[0] === number.KEXINIT)) break;
    got.push(...peer.rekey(CURVE, true).filter((m) => m[0] === number.CHANNEL_DATA));
    download();
  }
  assert.equal(left, 0);
  assert.equal(got.length, 51);
  assert.deepEqual(peer.environment.fatal, []);
});

test("a client that does not answer our KEXINIT is given up after five minutes", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 1;
  });
  peer.connect();
  peer.environment.time = 1000;
  peer.send(data("x"));
  peer.takeOne(number.KEXINIT);
  assert.equal(peer.transport.deadline(), 301000);
  peer.environment.time = 300999;
  peer.transport.tick();
  assert.ok(!peer.transport.closed);
  peer.environment.time = 301000;
  peer.transport.tick();
  assert.match(peer.disconnected()[1], /did not finish a key exchange in time/);
});

test("a client that lets us wait and asks for more meanwhile is given up", () => {
  const peer = new Peer((options) => {
    options.rekeyPackets = 1;
  });
  peer.connect();
  for (let i = 0; i < 50 && !peer.transport.closed; i++) peer.send(message(number.PING, Buffer.alloc(30000)));
  assert.ok(peer.transport.failed);
  assert.match(peer.transport.reason, /lets a key exchange wait/);
});

test("a KEXINIT without anything in common ends the connection in a later exchange too", () => {
  const peer = new Peer();
  peer.connect();
  peer.send(peer.kexInit(lists({ cipherToServer: "aes128-ctr" })));
  const [reason, text] = peer.disconnected();
  assert.deepEqual([reason, text], [3, "no common cipher to the server"]);
});

test("old keys do not open what is sent under new ones", () => {
  const peer = new Peer();
  peer.connect();
  const stale = { ...peer.outgoing };
  peer.rekey(CURVE);
  peer.outgoing.protection = stale.protection;
  peer.send(data("x"));
  assert.ok(peer.transport.failed);
  assert.deepEqual(peer.service.messages, []);
});
