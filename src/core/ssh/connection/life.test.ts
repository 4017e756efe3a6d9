/** Sessions that come and go at random: whatever the order, nothing throws, and each ends once, on both sides. */
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { encode, Fields, message } from "../../../../test/support/ssh/wire.ts";
import { BROKEN, ERRORS, OUTPUT } from "./sessions.ts";

const [OPEN, CONFIRMATION, OPEN_FAILURE, ADJUST, DATA, EXTENDED_DATA] = [90, 91, 92, 93, 94, 95];
const [END, CLOSE, REQUEST, SUCCESS, FAILURE] = [96, 97, 98, 99, 100];

const requests: [type: string, fields: Buffer][] = [
  ["exec", encode("command")],
  ["shell", Buffer.of()],
  ["subsystem", encode("sftp")],
  ["pty-req", Buffer.concat([encode("xterm"), Buffer.alloc(16), encode("")])],
  ["window-change", Buffer.alloc(16)],
  ["env", encode("LANG", "C")],
  ["signal", encode("TERM")],
  ["break", Buffer.alloc(4)],
  ["eow@openssh.com", Buffer.of()],
  ["unheard-of", Buffer.of()],
];

/** What the client does, and what happens to the child. */
const actions = [
  "open",
  "request",
  "request",
  "start",
  "data",
  "end",
  "close",
  "adjust",
  "rekey",
  "write",
  "write",
  "streamEnds",
  "exits",
  "killed",
  "reads",
  "breaks",
] as const;
const step = fc.record({
  action: fc.constantFrom(...actions),
  session: fc.nat(3),
  choice: fc.nat(requests.length - 1),
  stream: fc.constantFrom(OUTPUT, ERRORS),
  size: fc.integer({ min: 1, max: 4000 }),
});

/** A channel as the client sees it. */
class Channel {
  /** What the server has said: EOF, how the child ended, CLOSE. */
  ended = false;
  exit = "";
  saidClose = false;
  /** Answers that are due. */
  due = 0;
  /** We have said EOF. */
  sentEnd = false;
}

class Model {
  readonly client = new ServerPeer();
  /** By the server's number, which is the client's too. */
  readonly channels = new Map<number, Channel>();
  opened = 0;

  constructor() {
    this.client.identification = "SSH-2.0-OpenSSH_9.9";
    this.client.logIn();
  }

  /** Takes what the server says, and checks that it may say it now. */
  take(messages: Buffer[] = this.client.take()): void {
    for (const m of messages) {
      const fields = new Fields(m.subarray(1));
      const number = fields.uint32();
      const channel = this.channels.get(number)!;
      assert.ok(channel !== undefined, `message ${m[0]} to a channel that isn't open`);
      assert.ok(!channel.saidClose, `message ${m[0]} after CLOSE`);
      if (m[0] === DATA || m[0] === EXTENDED_DATA)
        assert.ok(!channel.ended && channel.exit === "", "data after the end");
      else if (m[0] === END) channel.ended = true;
      else if (m[0] === SUCCESS || m[0] === FAILURE) assert.ok(channel.due-- > 0, "an answer to nothing");
      else if (m[0] === CLOSE) channel.saidClose = true;
      else if (m[0] === REQUEST) {
        const type = fields.text();
        if (type === "eow@openssh.com") continue;
        assert.equal(channel.exit, "", "a second end");
        channel.exit = type;
      } else assert.equal(m[0], ADJUST);
    }
  }

  open(): void {
    let number = 0;
    while (this.channels.has(number)) number++;
    this.client.send(message(OPEN, "session", number, 100_000, 32_768));
    const [first, ...rest] = this.client.take();
    if (first![0] === OPEN_FAILURE) {
      assert.equal(this.channels.size, 10);
      return;
    }
    assert.equal(first![0], CONFIRMATION);
    assert.equal(new Fields(first!.subarray(5)).uint32(), number, "the first number that is free");
    this.channels.set(number, new Channel());
    this.opened++;
    this.take(rest);
  }

  request(number: number, channel: Channel, [type, fields]: [string, Buffer]): void {
    channel.due++;
    this.client.send(Buffer.concat([message(REQUEST, number, type, true), fields]));
    this.take();
    if (!channel.saidClose) assert.equal(channel.due, 0, `${type} was not answered`);
  }

  close(number: number, channel: Channel): void {
    this.client.send(message(CLOSE, number));
    this.take();
    assert.ok(channel.saidClose, "CLOSE was not answered");
    this.channels.delete(number);
  }
}

test("lives of sessions", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 200 }), (steps) => {
      const model = new Model();
      const { client, channels } = model;
      const { connection } = client.server;
      for (const { action, session, choice, stream, size } of steps) {
        const channel = channels.get(session);
        if (action === "open") model.open();
        else if (action === "rekey") model.take(client.rekey());
        else if (channel === undefined) continue;
        else if (action === "request") model.request(session, channel, requests[choice]!);
        else if (action === "start") model.request(session, channel, requests[choice % 3]!);
        else if (action === "close") model.close(session, channel);
        else if (action === "adjust") client.send(message(ADJUST, session, size));
        else if (action === "data" && !channel.sentEnd) client.send(message(DATA, session, Buffer.alloc(size)));
        else if (action === "end") {
          client.send(message(END, session));
          channel.sentEnd = true;
        } else if (action === "write") client.childWrites(session, stream, Buffer.alloc(size));
        else if (action === "streamEnds") connection.outputEnded(session, stream);
        else if (action === "exits") connection.exited(session, size);
        else if (action === "killed") connection.killed(session, "KILL", false, "");
        else if (action === "reads" || action === "breaks") {
          client.sessions.room.set(session, action === "reads" ? size : BROKEN);
          if (connection.hasInput(session)) connection.writable(session);
        }
        model.take();
        assert.ok(!client.server.closed(), client.failure);
      }
      client.server.ended();
      const closes = client.sessions.calls.filter((call) => call.startsWith("close "));
      assert.equal(closes.length, model.opened);
      assert.equal(client.server.deadline(), Infinity);
    }),
    { numRuns: 300 },
  );
});
