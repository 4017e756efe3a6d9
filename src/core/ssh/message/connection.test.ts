import { test } from "node:test";
import { checkCodec } from "../../../../test/support/codec.ts";
import { message as wire } from "../../../../test/support/ssh/wire.ts";
import assert from "node:assert/strict";
import * as m from "./connection.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => Buffer.from(value);
const fill = <T extends object>(message: T, fields: Partial<T>): T => Object.assign(message, fields);

test("GLOBAL_REQUEST and its answers", () => {
  const request = fill(new m.GlobalRequest(), { name: text("tcpip-forward"), wantReply: true, data: bytes(1, 2, 3) });
  checkCodec(request, Buffer.concat([wire(80, "tcpip-forward", true), bytes(1, 2, 3)]), m.GlobalRequest.decode, {
    open: 3,
  });
  checkCodec(fill(new m.RequestSuccess(), { data: bytes(9) }), bytes(81, 9), m.RequestSuccess.decode, { open: 1 });
  checkCodec(new m.RequestFailure(), bytes(82), m.RequestFailure.decode);
});

test("CHANNEL_OPEN and its answers", () => {
  const open = fill(new m.ChannelOpen(), {
    type: text("session"),
    sender: 0xfffffffe,
    initialWindow: 0x80000000,
    maximumPacket: 0xffffffff,
    data: bytes(7, 7),
  });
  const sent = wire(90, "session", 0xfffffffe, 0x80000000, 0xffffffff);
  checkCodec(open, Buffer.concat([sent, bytes(7, 7)]), m.ChannelOpen.decode, { open: 2 });
  const confirmation = fill(new m.ChannelOpenConfirmation(), {
    recipient: 0xfffffffe,
    sender: 1,
    initialWindow: 2,
    maximumPacket: 3,
  });
  checkCodec(confirmation, wire(91, 0xfffffffe, 1, 2, 3), m.ChannelOpenConfirmation.decode);
  const failure = fill(new m.ChannelOpenFailure(), {
    recipient: 5,
    reason: 3,
    description: text("no"),
    language: text("en"),
  });
  checkCodec(failure, wire(92, 5, 3, "no", "en"), m.ChannelOpenFailure.decode);
});

test("data, its flow and its end", () => {
  checkCodec(
    fill(new m.ChannelWindowAdjust(), { recipient: 1, bytes: 0xffffffff }),
    wire(93, 1, 0xffffffff),
    m.ChannelWindowAdjust.decode,
  );
  checkCodec(fill(new m.ChannelData(), { recipient: 1, data: text("abc") }), wire(94, 1, "abc"), m.ChannelData.decode);
  checkCodec(
    fill(new m.ChannelExtendedData(), { recipient: 1, type: 1, data: text("abc") }),
    wire(95, 1, 1, "abc"),
    m.ChannelExtendedData.decode,
  );
  checkCodec(fill(new m.ChannelEof(), { recipient: 9 }), wire(96, 9), m.ChannelEof.decode);
  checkCodec(fill(new m.ChannelClose(), { recipient: 9 }), wire(97, 9), m.ChannelClose.decode);
});

test("CHANNEL_REQUEST and its answers", () => {
  const request = fill(new m.ChannelRequest(), { recipient: 9, type: text("exec"), wantReply: true, data: bytes(1) });
  checkCodec(request, Buffer.concat([wire(98, 9, "exec", true), bytes(1)]), m.ChannelRequest.decode, { open: 1 });
  checkCodec(fill(new m.ChannelSuccess(), { recipient: 9 }), wire(99, 9), m.ChannelSuccess.decode);
  checkCodec(fill(new m.ChannelFailure(), { recipient: 9 }), wire(100, 9), m.ChannelFailure.decode);
});

test("a header written in front of data makes the same message", () => {
  const out = new Uint8Array(m.EXTENDED_DATA_HEADER + 3);
  out.set(text("abc"), m.DATA_HEADER);
  m.putDataHeader(out, 0xdeadbeef, 3);
  assert.deepEqual(Buffer.from(out.subarray(0, m.DATA_HEADER + 3)), wire(94, 0xdeadbeef, "abc"));
  out.set(text("xyz"), m.EXTENDED_DATA_HEADER);
  m.putExtendedDataHeader(out, 0xdeadbeef, 1, 3);
  assert.deepEqual(Buffer.from(out), wire(95, 0xdeadbeef, 1, "xyz"));
});
