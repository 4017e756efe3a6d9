/** The binary packet protocol in both directions, against a second implementation (test/support/ssh/packet.ts). */
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  aes256Gcm,
  chacha20Poly1305,
  type Flaws,
  frame,
  plain,
  type Protection,
} from "../../../../test/support/ssh/packet.ts";
import { WasmKernels } from "../../../node/kernels.ts";
import { useKernels } from "../../crypto/kernels.ts";
import { Aes256Gcm } from "./aes256-gcm.ts";
import { ChaCha20Poly1305, type Cipher } from "./cipher.ts";
import { HeldBack } from "./held-back.ts";
import { FORGED, Incoming, MALFORMED, NOTHING, PACKET, WORN } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";

useKernels(new WasmKernels());

const key = randomBytes(64);
/** Its count of packets is about to carry as far as it can. */
const iv = Buffer.concat([randomBytes(4), Buffer.alloc(8, 0xff)]);

interface Mode {
  name: string;
  cipher: (() => Cipher) | null;
  oracle: () => Protection;
  block: number;
  /** Bytes of packet_length that count for the alignment. */
  aligned: number;
}

const chacha: Mode = {
  name: "chacha20-poly1305",
  cipher: () => new ChaCha20Poly1305(Uint8Array.from(key)),
  oracle: () => chacha20Poly1305(key),
  block: 8,
  aligned: 0,
};
const unprotected: Mode = { name: "plain", cipher: null, oracle: () => plain, block: 8, aligned: 4 };
const modes: Mode[] = [
  unprotected,
  chacha,
  {
    name: "aes256-gcm",
    cipher: () => new Aes256Gcm(Uint8Array.from(key.subarray(0, 32)), Uint8Array.from(iv)),
    oracle: () => aes256Gcm(key.subarray(0, 32), iv),
    block: 16,
    aligned: 0,
  },
];

function feed(incoming: Incoming, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    const free = incoming.free();
    const count = Math.min(free.length, rest.length);
    free.set(rest.subarray(0, count));
    incoming.filledBy(count);
    rest = rest.subarray(count);
  }
}

function packet(payload: Uint8Array, protection: Protection, sequence: number, flaws: Flaws = {}): Buffer {
  return protection.seal(frame(payload, protection, flaws), sequence);
}

/** A fresh pair of directions, and the oracle for each. */
function directions({ cipher, oracle }: Mode): { incoming: Incoming; outgoing: Outgoing; oracle: Protection } {
  const incoming = new Incoming();
  const outgoing = new Outgoing();
  if (cipher !== null) {
    incoming.awaitKeys(cipher());
    incoming.changeKeys(true);
    outgoing.changeKeys(cipher(), true);
  }
  return { incoming, outgoing, oracle: oracle() };
}

for (const mode of modes) {
  const { name, block, aligned } = mode;

  test(`${name}: what leaves has the form of RFC 4253 section 6`, () => {
    const { outgoing, oracle } = directions(mode);
    for (let length = 1; length < 300; length++) {
      const payload = randomBytes(length);
      outgoing.prepare(length + 3).set(payload);
      outgoing.commit(length);
      const sealed = Buffer.from(outgoing.output());
      outgoing.sent(sealed.length);
      assert.deepEqual(sealed, packet(payload, oracle, length - 1));
    }
    assert.equal(outgoing.packets, 299);
  });

  test(`${name}: what arrives is taken, however it is cut`, () => {
    const payloads = [1, 2, 3, 4, 5, 11, 12, 13, 255, 4096, 32777, 34000].map((length) => randomBytes(length));
    const { oracle } = directions(mode);
    const bytes = Buffer.concat(payloads.map((payload, i) => packet(payload, oracle, i)));
    for (const size of [1, 3, 7, 4096, 70000, bytes.length]) {
      const { incoming } = directions(mode);
      const found: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        feed(incoming, bytes.subarray(at, at + size));
        while (incoming.next() === PACKET) found.push(Buffer.from(incoming.payload));
      }
      assert.deepEqual(found, payloads);
      assert.equal(incoming.next(), NOTHING);
      assert.equal(incoming.lastSequence(), payloads.length - 1);
      assert.equal(incoming.bytes, bytes.length);
    }
  });

  test(`${name}: lengths that break the protocol end it`, () => {
    const taken = (payload: Uint8Array, flaws: Flaws): number => {
      const { incoming, oracle } = directions(mode);
      feed(incoming, packet(payload, oracle, 0, flaws));
      return incoming.next();
    };
    const wrong = [2 * block + 1 - aligned, 3 * block - 1 - aligned, 35008 - aligned];
    for (const length of [0, 1, 4, 5, ...wrong, 0x7fffffff, 0x80000000, 0xffffffff])
      assert.equal(taken(Buffer.alloc(64), { length }), MALFORMED, `packet_length ${length}`);
    for (const paddingField of [0, 1, 2, 3, 255])
      assert.equal(taken(Buffer.alloc(10), { paddingField }), MALFORMED, `padding_length ${paddingField}`);
    // packet_length 16 or 12: 15 or 11 bytes for payload and padding
    const whole = 15 - aligned;
    assert.equal(taken(Buffer.alloc(whole - 4), { padding: 4, paddingField: whole }), MALFORMED, "no payload");
    assert.equal(taken(Buffer.alloc(whole - 4), { padding: 4, paddingField: whole + 1 }), MALFORMED);
    assert.equal(taken(Buffer.alloc(whole - 4), { padding: 4, paddingField: whole - 1 }), PACKET, "1 byte of payload");
  });

  test(`${name}: the longest packet that is accepted`, () => {
    const { incoming, oracle } = directions(mode);
    const longest = 35000 - ((35000 + aligned) % block);
    feed(incoming, packet(Buffer.alloc(longest - 5, 9), oracle, 0, { padding: 4 }));
    assert.equal(incoming.next(), PACKET);
    assert.equal(incoming.payload.length, longest - 5);
  });
}

test("a packet of which any bit was changed is forged", () => {
  const whole = packet(Buffer.from("payload"), chacha20Poly1305(key), 0);
  for (let bit = 32; bit < whole.length * 8; bit++) {
    const changed = Buffer.from(whole);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const { incoming } = directions(chacha);
    feed(incoming, changed);
    assert.equal(incoming.next(), FORGED);
  }
});

test("a packet under another number, or replayed, is forged", () => {
  const { incoming, oracle } = directions(chacha);
  const first = packet(Buffer.from("abc"), oracle, 0);
  feed(incoming, Buffer.concat([first, first]));
  assert.equal(incoming.next(), PACKET);
  assert.notEqual(incoming.next(), PACKET);
});

test("the number goes on over a change of keys, but starts anew under strict key exchange", () => {
  for (const restart of [false, true]) {
    const { incoming, outgoing } = directions(unprotected);
    feed(incoming, packet(Buffer.from("x"), plain, 0));
    assert.equal(incoming.next(), PACKET);
    outgoing.prepare(1)[0] = 120;
    outgoing.commit(1);
    outgoing.sent(outgoing.pending());
    incoming.awaitKeys(new ChaCha20Poly1305(Uint8Array.from(key)));
    incoming.changeKeys(restart);
    outgoing.changeKeys(new ChaCha20Poly1305(Uint8Array.from(key)), restart);
    const expected = packet(Buffer.from("y"), chacha20Poly1305(key), restart ? 0 : 1);
    feed(incoming, expected);
    assert.equal(incoming.next(), PACKET);
    assert.deepEqual([incoming.packets, incoming.bytes], [1, expected.length]);
    outgoing.prepare(1)[0] = 121;
    outgoing.commit(1);
    assert.deepEqual(Buffer.from(outgoing.output()), expected);
  }
});

test("a key is not used for 2^32 packets", () => {
  const { incoming, oracle } = directions(chacha);
  incoming.packets = 0xfffffffe;
  feed(incoming, Buffer.concat([packet(Buffer.from("x"), oracle, 0), packet(Buffer.from("y"), oracle, 1)]));
  assert.equal(incoming.next(), PACKET);
  assert.equal(incoming.next(), WORN);
});

test("keys are wiped when others take their place", () => {
  const mine = Uint8Array.from(key);
  const incoming = new Incoming();
  incoming.awaitKeys(new ChaCha20Poly1305(mine));
  incoming.changeKeys(true);
  incoming.awaitKeys(new ChaCha20Poly1305(Uint8Array.from(key)));
  incoming.changeKeys(true);
  assert.ok(mine.every((byte) => byte === 0));
  const last = Uint8Array.from(key);
  const outgoing = new Outgoing();
  outgoing.changeKeys(new ChaCha20Poly1305(last), true);
  outgoing.wipe();
  assert.ok(last.every((byte) => byte === 0));
});

test("the receive buffer starts small, grows under load, and stays within its limit", () => {
  const incoming = new Incoming();
  assert.equal(incoming.free().length, 8192);
  const message = packet(Buffer.alloc(32000), plain, 0);
  let largest = 0;
  for (let i = 0; i < 2000; i++) {
    const free = incoming.free();
    largest = Math.max(largest, free.length);
    // as a socket would that always has more
    const stream = Buffer.concat(Array.from({ length: Math.ceil(free.length / message.length) + 1 }, () => message));
    const at = incoming.bytes + incoming.available();
    const offset = at % message.length;
    free.set(stream.subarray(offset, offset + free.length));
    incoming.filledBy(free.length);
    while (incoming.next() === PACKET) assert.equal(incoming.payload.length, 32000);
    if (largest === 262144 && i > 50) break;
  }
  assert.ok(largest > 200000 && largest <= 262144, `${largest}`);
});

test("a session at rest keeps its small buffer", () => {
  const { incoming } = directions(unprotected);
  for (let i = 0; i < 10000; i++) {
    feed(incoming, packet(randomBytes(100), plain, 0));
    assert.equal(incoming.next(), PACKET);
    assert.ok(incoming.free().length <= 8192);
  }
});

test("a line ends at LF, and may not be longer than its limit", () => {
  const incoming = new Incoming();
  feed(incoming, Buffer.from("SSH-2.0-x\r"));
  assert.equal(incoming.line(20), NOTHING);
  feed(incoming, Buffer.from("\nrest"));
  assert.equal(incoming.line(20), PACKET);
  assert.equal(Buffer.from(incoming.payload).toString(), "SSH-2.0-x\r");
  assert.equal(incoming.available(), 4);
  const longest = new Incoming();
  feed(longest, Buffer.from(`${"x".repeat(19)}\n`));
  assert.equal(longest.line(20), PACKET);
  for (const text of ["x".repeat(20), `${"x".repeat(20)}\n`]) {
    const tooLong = new Incoming();
    feed(tooLong, Buffer.from(text));
    assert.equal(tooLong.line(20), MALFORMED);
  }
});

test("output taken in pieces is whole, while more is queued", () => {
  const { outgoing } = directions(unprotected);
  const sent: Buffer[] = [];
  const expected: Buffer[] = [];
  let seed = 1;
  for (let i = 0; i < 500; i++) {
    const payload = randomBytes(1 + ((i * 977) % 9000));
    outgoing.prepare(payload.length).set(payload);
    outgoing.commit(payload.length);
    expected.push(packet(payload, plain, i));
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const count = Math.min(outgoing.pending(), seed % 10000);
    sent.push(Buffer.from(outgoing.output().subarray(0, count)));
    outgoing.sent(count);
  }
  sent.push(Buffer.from(outgoing.output()));
  assert.deepEqual(Buffer.concat(sent), Buffer.concat(expected));
});

test("a wrong use of the buffers is a broken invariant", () => {
  const { incoming, outgoing } = directions(unprotected);
  assert.throws(() => outgoing.commit(1));
  outgoing.prepare(10);
  assert.throws(() => outgoing.commit(11));
  assert.throws(() => outgoing.commit(0));
  outgoing.commit(10);
  assert.throws(() => outgoing.commit(1));
  assert.throws(() => outgoing.sent(outgoing.pending() + 1));
  assert.throws(() => incoming.filledBy(incoming.free().length + 1));
});

test("messages held back come out as they went in", () => {
  const held = new HeldBack();
  for (let round = 0; round < 3; round++) {
    const messages = [1, 0, 255, 256, 70000].map((length) => randomBytes(length));
    for (const message of messages) held.add(message);
    for (const message of messages) {
      assert.ok(held.size() > 0);
      assert.deepEqual(Buffer.from(held.take()), message);
    }
    assert.equal(held.size(), 0);
  }
});
