/** Sessions under random traffic: each byte arrives, in order, and no window is ever passed. */
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { Fields, message } from "../../../../test/support/ssh/wire.ts";
import { MAXIMUM_PACKET } from "./channel.ts";
import { WINDOW } from "./session-channel.ts";
import { ERRORS, OUTPUT } from "./sessions.ts";

const ADJUST = 93;
const DATA = 94;
const EXTENDED_DATA = 95;

const session = fc.nat(1);
/** Sizes around what matters, and in between. */
const size = fc.oneof(fc.constantFrom(0, 1, MAXIMUM_PACKET - 1, MAXIMUM_PACKET), fc.nat(MAXIMUM_PACKET));
const step = fc.oneof(
  fc.record({ kind: fc.constant("data" as const), session, size }),
  fc.record({ kind: fc.constant("read" as const), session, size: fc.nat(1 << 20) }),
  fc.record({ kind: fc.constant("output" as const), session, size, stream: fc.constantFrom(OUTPUT, ERRORS) }),
  fc.record({ kind: fc.constant("adjust" as const), session, size: fc.nat(100000) }),
);

/** The byte that each stream has at a place: no two streams, and no two places nearby, agree. */
const pattern = (stream: number, from: number, count: number): Buffer => {
  const bytes = Buffer.alloc(count);
  for (let i = 0; i < count; i++) bytes[i] = ((from + i) * 31 + ((from + i) >> 8) + stream * 85) & 255;
  return bytes;
};

test("bytes both ways, on two sessions, with a child and a client that read when they like", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 300 }),
      fc.integer({ min: 32, max: 70000 }),
      (steps, maximumPacket) => {
        const client = new ServerPeer();
        client.logIn();
        const { connection } = client.server;
        const state = [0, 1].map((number) => {
          client.run(number + 100, 1000, maximumPacket);
          client.sessions.room.set(number, 0);
          return { sent: 0, granted: WINDOW, output: [0, 0], received: [0, 0], window: 1000 };
        });

        const collect = (): void => {
          for (const m of client.take()) {
            const fields = new Fields(m.subarray(1));
            const s = state[fields.uint32() - 100]!;
            if (m[0] === ADJUST) {
              s.granted += fields.uint32();
              continue;
            }
            assert.ok(m[0] === DATA || m[0] === EXTENDED_DATA);
            const stream = m[0] === DATA ? OUTPUT : fields.uint32();
            const data = fields.string();
            assert.ok(data.length > 0 && data.length <= Math.min(maximumPacket, MAXIMUM_PACKET));
            s.window -= data.length;
            assert.ok(s.window >= 0, "sent beyond the client's window");
            assert.ok(data.equals(pattern(stream, s.received[stream]!, data.length)), "output out of order");
            s.received[stream]! += data.length;
          }
        };

        for (const { kind, session: number, size, ...rest } of steps) {
          const s = state[number]!;
          if (kind === "data") {
            const count = Math.min(size, s.granted - s.sent);
            client.send(message(DATA, number, pattern(2, s.sent, count)));
            s.sent += count;
          } else if (kind === "read") {
            client.sessions.room.set(number, size);
            if (connection.hasInput(number)) connection.writable(number);
          } else if (kind === "adjust") {
            client.send(message(ADJUST, number, size));
            s.window += size;
          } else {
            const stream = "stream" in rest ? rest.stream : OUTPUT;
            s.output[stream]! += client.childWrites(number, stream, pattern(stream, s.output[stream]!, size));
          }
          collect();
          const read = client.sessions.input.get(number)?.length ?? 0;
          assert.equal(connection.hasInput(number), read < s.sent);
          assert.ok(s.granted - read <= WINDOW, "granted more than the child has made room for");
        }

        for (const [number, s] of state.entries()) {
          client.sessions.room.set(number, Infinity);
          connection.writable(number);
          const read = client.sessions.input.get(number) ?? Buffer.alloc(0);
          assert.ok(read.equals(pattern(2, 0, s.sent)), "input lost or out of order");
          collect();
          assert.deepEqual(s.received, s.output);
          assert.ok(s.granted - s.sent > WINDOW / 2, "the window did not open again");
        }
        assert.ok(!client.server.closed(), client.failure);
      },
    ),
    { numRuns: 30 },
  );
});
