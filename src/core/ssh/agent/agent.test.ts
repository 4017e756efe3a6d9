/** The agent protocol's messages, beside those of a real ssh-agent, and in whatever pieces they come. */
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "../../../../test/support/ssh/wire.ts";
import { Reader } from "../../wire/reader.ts";
import { encoded } from "../message/message.ts";
import { framed, IncomingFrame } from "./frame.ts";
import { MESSAGE_LIMIT, SIGN_REQUEST, SIGN_RESPONSE, SignRequest, SignResponse } from "./message.ts";

const head = (length: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};

/** Gives `bytes` in pieces of `size`; what is left over when the frame takes no more. */
function give(frame: IncomingFrame, bytes: Uint8Array, size: number): Uint8Array {
  let at = 0;
  while (at < bytes.length) {
    const room = frame.room();
    const count = Math.min(size, room.length, bytes.length - at);
    if (count === 0) break;
    room.set(bytes.subarray(at, at + count));
    frame.took(count);
    at += count;
  }
  return bytes.subarray(at);
}

test("messages are as the draft has them, and come back the same", () => {
  const request = new SignRequest();
  request.key = Buffer.from("key");
  request.message = Buffer.from("message");
  request.flags = 4;
  const plain = Buffer.concat([Buffer.of(SIGN_REQUEST), encode("key", "message"), head(4)]);
  assert.deepEqual(Buffer.from(encoded(request)), plain);
  assert.deepEqual(Buffer.from(framed(request)), encode(plain));
  const r = new Reader(plain.subarray(1));
  assert.deepEqual(encoded(SignRequest.decode(r)), encoded(request));
  assert.ok(r.ok());

  const response = new SignResponse();
  response.signature = Buffer.from("signature");
  const answer = Buffer.concat([Buffer.of(SIGN_RESPONSE), encode("signature")]);
  assert.deepEqual(Buffer.from(encoded(response)), answer);
  assert.deepEqual(
    Buffer.from(SignResponse.decode(new Reader(answer.subarray(1))).signature),
    Buffer.from("signature"),
  );
});

test("a message arrives whole, in whatever pieces, and nothing of the next one is taken", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 }), (message, size) => {
      const frame = new IncomingFrame();
      const left = give(frame, Buffer.concat([encode(message), Buffer.from("next")]), size);
      assert.deepEqual(Buffer.from(frame.message()), Buffer.from(message));
      assert.equal(Buffer.from(left).toString(), "next");
      assert.equal(frame.room().length, 0);
    }),
  );
});

test("until it is whole there is none", () => {
  const bytes = encode("a message");
  for (let length = 0; length < bytes.length; length++) {
    const frame = new IncomingFrame();
    give(frame, bytes.subarray(0, length), 3);
    assert.equal(frame.message().length, 0);
    assert.ok(frame.room().length > 0);
  }
});

test("lengths that can't be are refused before there is memory for them", () => {
  for (const [length, bad] of [
    [0, true],
    [1, false],
    [MESSAGE_LIMIT, false],
    [MESSAGE_LIMIT + 1, true],
    [0xffffffff, true],
  ] as const) {
    const frame = new IncomingFrame();
    give(frame, head(length), 4);
    assert.equal(frame.bad, bad, `${length}`);
    assert.equal(frame.room().length, bad ? 0 : length);
    assert.equal(frame.message().length, 0);
  }
});
