/** Every message: one form on the wire, and no other one accepted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCodec } from "../../../../../test/support/codec.ts";
import { attributes, FLAG, TYPE, uint64 } from "../../../../../test/support/sftp.ts";
import { encode, message, uint32 } from "../../../../../test/support/ssh/wire.ts";
import { Reader } from "../../../wire/reader.ts";
import { Uint64 } from "../../../wire/uint64.ts";
import { Writer } from "../../../wire/writer.ts";
import { ATTR_ALL, ATTR_ACMODTIME, ATTR_PERMISSIONS, ATTR_SIZE, ATTR_UIDGID, Attributes } from "./attributes.ts";
import * as extension from "./extension.ts";
import * as file from "./file.ts";
import * as path from "./path.ts";
import * as reply from "./reply.ts";
import { Init, Version } from "./session.ts";

const text = (value: string): Uint8Array => Buffer.from(value);
const fill = <T extends object>(message: T, fields: Partial<T>): T => Object.assign(message, fields);
const bytes = (...parts: Buffer[]): Buffer => Buffer.concat(parts);

const LARGE = 0xfedcba9876543210n;
const large = new Uint64(0xfedcba98, 0x76543210);
const ID = 0xfffffffe;

/** With all four parts; that and its wire form. */
const attributesOf = (flags: number): [Attributes, Buffer] => {
  const a = fill(new Attributes(), { flags });
  if (flags & ATTR_SIZE) a.size = large;
  if (flags & ATTR_UIDGID) fill(a, { user: 1, group: 0xffffffff });
  if (flags & ATTR_PERMISSIONS) a.permissions = 0o104755;
  if (flags & ATTR_ACMODTIME) fill(a, { accessed: 5, modified: 0x80000000 });
  const wire = attributes({
    ...(flags & ATTR_SIZE ? { size: LARGE } : {}),
    ...(flags & ATTR_UIDGID ? { owner: [1, 0xffffffff] as [number, number] } : {}),
    ...(flags & ATTR_PERMISSIONS ? { mode: 0o104755 } : {}),
    ...(flags & ATTR_ACMODTIME ? { times: [5, 0x80000000] as [number, number] } : {}),
  });
  return [a, wire];
};
const [all, allWire] = attributesOf(ATTR_ALL);

test("attributes, in each combination", () => {
  for (let flags = 0; flags <= ATTR_ALL; flags++) {
    const [a, wire] = attributesOf(flags);
    checkCodec(a, wire, Attributes.decode, { numbered: false });
  }
});

test("extended attributes are read over, as many as there are and no more", () => {
  const wire = (count: number): Reader =>
    new Reader(bytes(uint32(0x80000004), uint32(0o600), uint32(count), encode("a", "b", "c", "d")));
  const r = wire(2);
  const a = Attributes.decode(r);
  assert.deepEqual([a.flags, a.permissions, r.ok()], [ATTR_PERMISSIONS, 0o600, true]);
  for (const count of [1, 3, 0xffffffff]) {
    const other = wire(count);
    Attributes.decode(other);
    assert.ok(!other.ok());
  }
});

test("INIT and VERSION", () => {
  const extensions = encode("name", "1");
  checkCodec(fill(new Init(), { extensions }), bytes(message(TYPE.INIT, 3), extensions), Init.decode, {
    open: extensions.length,
  });
  checkCodec(fill(new Version(), { extensions }), bytes(message(TYPE.VERSION, 3), extensions), Version.decode, {
    open: extensions.length,
  });
});

test("requests about paths", () => {
  const one = fill(new path.PathRequest(TYPE.LSTAT), { id: ID, path: text("/a") });
  checkCodec(one, message(TYPE.LSTAT, ID, "/a"), (r) => path.PathRequest.decode(TYPE.LSTAT, r));
  const set = fill(new path.PathAttributesRequest(TYPE.MKDIR), { id: ID, path: text("/a"), attributes: all });
  checkCodec(set, bytes(message(TYPE.MKDIR, ID, "/a"), allWire), (r) =>
    path.PathAttributesRequest.decode(TYPE.MKDIR, r),
  );
  const pair = fill(new path.PathPairRequest(TYPE.RENAME), { id: ID, first: text("/a"), second: text("b") });
  checkCodec(pair, message(TYPE.RENAME, ID, "/a", "b"), (r) => path.PathPairRequest.decode(TYPE.RENAME, r));
});

test("a path with a NUL is bad, wherever there is one", () => {
  const decoders: [(r: Reader) => unknown, Buffer][] = [
    [(r) => path.PathRequest.decode(TYPE.STAT, r), message(0, 1, "a\0b")],
    [(r) => path.PathAttributesRequest.decode(TYPE.SETSTAT, r), message(0, 1, "\0", uint32(0))],
    [(r) => path.PathPairRequest.decode(TYPE.RENAME, r), message(0, 1, "a", "b\0")],
    [(r) => path.PathPairRequest.decode(TYPE.RENAME, r), message(0, 1, "a\0", "b")],
    [file.Open.decode, bytes(message(0, 1, "\0a", 1), uint32(0))],
    [extension.PathField.decode, bytes(Buffer.of(0), encode("a\0"))],
    [extension.PathPairFields.decode, bytes(Buffer.of(0), encode("a", "\0"))],
    [extension.PathAttributesFields.decode, bytes(Buffer.of(0), encode("\0"), uint32(0))],
    [extension.UserField.decode, bytes(Buffer.of(0), encode("\0"))],
  ];
  for (const [decode, wire] of decoders) {
    const r = new Reader(wire.subarray(1));
    decode(r);
    assert.ok(!r.ok());
  }
});

test("requests about files", () => {
  const opened = fill(new file.Open(), {
    id: ID,
    path: text("/a"),
    flags: FLAG.WRITE | FLAG.CREATE,
    attributes: all,
  });
  checkCodec(opened, bytes(message(TYPE.OPEN, ID, "/a", 10), allWire), file.Open.decode);
  const close = fill(new file.HandleRequest(TYPE.CLOSE), { id: ID, handle: text("h") });
  checkCodec(close, message(TYPE.CLOSE, ID, "h"), (r) => file.HandleRequest.decode(TYPE.CLOSE, r));
  const read = fill(new file.Read(), { id: ID, handle: text("h"), offset: large, length: 0x80000001 });
  checkCodec(read, bytes(message(TYPE.READ, ID, "h"), uint64(LARGE), uint32(0x80000001)), file.Read.decode);
  const write = fill(new file.Write(), { id: ID, handle: text("h"), offset: large, data: text("data") });
  checkCodec(write, bytes(message(TYPE.WRITE, ID, "h"), uint64(LARGE), encode("data")), file.Write.decode);
  const set = fill(new file.SetFileAttributes(), { id: ID, handle: text("h"), attributes: all });
  checkCodec(set, bytes(message(TYPE.FSETSTAT, ID, "h"), allWire), file.SetFileAttributes.decode);
});

test("answers", () => {
  const status = fill(new reply.Status(), { id: ID, code: 4, text: text("no"), language: text("en") });
  checkCodec(status, message(TYPE.STATUS, ID, 4, "no", "en"), reply.Status.decode);
  checkCodec(
    fill(new reply.HandleReply(), { id: ID, handle: text("h") }),
    message(TYPE.HANDLE, ID, "h"),
    reply.HandleReply.decode,
  );
  checkCodec(
    fill(new reply.AttributesReply(), { id: ID, attributes: all }),
    bytes(message(TYPE.ATTRS, ID), allWire),
    reply.AttributesReply.decode,
  );
  const entry = fill(new reply.Entry(), { attributes: all });
  const names = fill(new reply.Names(), { id: ID, entries: [entry, entry] });
  const wire = bytes(encode("", ""), allWire);
  checkCodec(names, bytes(message(TYPE.NAME, ID, 2), wire, wire), reply.Names.decode);
  const data = Buffer.alloc(reply.DATA_HEADER + 3, "abc");
  reply.putDataHeader(data, ID, 3);
  assert.deepEqual(data.subarray(0, reply.DATA_HEADER), message(TYPE.DATA, ID, "cab").subarray(0, reply.DATA_HEADER));
});

test("extensions", () => {
  const extended = fill(new extension.Extended(), { id: ID, name: text("n"), data: text("more") });
  checkCodec(extended, bytes(message(TYPE.EXTENDED, ID, "n"), Buffer.from("more")), extension.Extended.decode, {
    open: 4,
  });
  const answer = fill(new extension.ExtendedReply(), { id: ID, data: text("more") });
  checkCodec(answer, bytes(message(TYPE.EXTENDED_REPLY, ID), Buffer.from("more")), extension.ExtendedReply.decode, {
    open: 4,
  });
  const bare = { numbered: false };
  checkCodec(fill(new extension.PathField(), { path: text("p") }), encode("p"), extension.PathField.decode, bare);
  const pair = fill(new extension.PathPairFields(), { first: text("a"), second: text("b") });
  checkCodec(pair, encode("a", "b"), extension.PathPairFields.decode, bare);
  checkCodec(fill(new extension.HandleField(), { handle: text("h") }), encode("h"), extension.HandleField.decode, bare);
  const set = fill(new extension.PathAttributesFields(), { path: text("p"), attributes: all });
  checkCodec(set, bytes(encode("p"), allWire), extension.PathAttributesFields.decode, bare);
  const copy = fill(new extension.CopyDataFields(), {
    from: text("f"),
    fromOffset: large,
    length: new Uint64(0, 1),
    to: text("t"),
    toOffset: large,
  });
  const copyWire = bytes(encode("f"), uint64(LARGE), uint64(1), encode("t"), uint64(LARGE));
  checkCodec(copy, copyWire, extension.CopyDataFields.decode, bare);
  checkCodec(fill(new extension.UserField(), { user: text("u") }), encode("u"), extension.UserField.decode, bare);
  const ids = fill(new extension.UsersGroupsFields(), { users: uint32(1), groups: uint32(2) });
  checkCodec(ids, encode(uint32(1), uint32(2)), extension.UsersGroupsFields.decode, bare);
});

test("limits, and a file system's figures", () => {
  const w = new Writer(1);
  fill(new extension.Limits(), { packet: 1, read: 2, write: 3, handles: 4 }).encode(w);
  assert.deepEqual(Buffer.from(w.written()), bytes(...[1, 2, 3, 4].map(uint64)));
  w.reset();
  const n = (low: number): Uint64 => new Uint64(0, low);
  fill(new extension.FileSystemStatistics(), {
    blockSize: n(1),
    fragmentSize: n(2),
    blocks: n(3),
    freeBlocks: n(4),
    availableBlocks: n(5),
    files: n(6),
    freeFiles: n(7),
    availableFiles: n(8),
    identity: n(9),
    readOnly: true,
    noSetUserId: true,
    nameLimit: n(255),
  }).encode(w);
  assert.deepEqual(Buffer.from(w.written()), bytes(...[1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 255].map(uint64)));
});
