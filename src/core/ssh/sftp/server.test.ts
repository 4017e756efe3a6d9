/** The server over files in memory: its buffers, its order, its limits, and what can't shake it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MemoryFileSystem } from "../../../../test/support/memory-file-system.ts";
import {
  attributes,
  CODE,
  fields,
  FLAG,
  packet,
  parse,
  PLAIN,
  TYPE,
  uint64,
  type Reply,
} from "../../../../test/support/sftp.ts";
import { encode, uint32 } from "../../../../test/support/ssh/wire.ts";
import { HANDLES_LIMIT } from "./handles.ts";
import { DATA_LIMIT, LENGTH_FIELD, PACKET_LIMIT } from "./limits.ts";
import { longName } from "./long-name.ts";
import { Attributes } from "./message/attributes.ts";
import { RealPath } from "./real-path.ts";
import { SftpServer } from "./server.ts";
import { Uint64 } from "../../wire/uint64.ts";

const INIT = Buffer.concat([uint32(5), Buffer.of(TYPE.INIT), uint32(3)]);

class Session {
  readonly files = new MemoryFileSystem();
  readonly server: SftpServer;
  private id = 0;

  constructor(readOnly = false, begun = true) {
    this.server = new SftpServer(this.files, readOnly);
    if (begun) this.exchange(INIT);
  }

  /** Takes bytes in, in pieces of at most `step`, and gives all that comes out. */
  exchange(bytes: Buffer, step = Infinity): Buffer {
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length && this.server.fault === "";) {
      const room = this.server.input();
      assert.ok(room.length > 0, "no room, and nothing to handle");
      const piece = bytes.subarray(at, at + Math.min(room.length, step));
      room.set(piece);
      this.server.received(piece.length);
      at += piece.length;
      while (this.server.handle() || (this.server.hasPacket() && this.server.output().length > 0))
        out.push(this.taken());
      out.push(this.taken());
    }
    return Buffer.concat(out);
  }

  private taken(): Buffer {
    const bytes = Buffer.from(this.server.output());
    this.server.sent(bytes.length);
    return bytes;
  }

  ask(type: number, ...values: (string | Buffer)[]): Reply {
    const bytes = this.exchange(packet(type, ++this.id, fields(...values)));
    assert.equal(bytes.readUInt32BE(), bytes.length - LENGTH_FIELD);
    const reply = parse(bytes.subarray(LENGTH_FIELD));
    assert.equal(reply.id, this.id);
    return reply;
  }

  open(path: string, flags: number): Buffer {
    const reply = this.ask(TYPE.OPEN, path, uint32(flags), PLAIN);
    assert.equal(reply.type, TYPE.HANDLE);
    return encode(reply.handle!);
  }
}

const { READ, WRITE, CREATE } = FLAG;

describe("buffers", () => {
  test("answers go out in the order of their requests, all in one piece", () => {
    const session = new Session();
    const requests = Array.from({ length: 100 }, (_, id) => packet(TYPE.REALPATH, id, encode(".")));
    const bytes = Buffer.concat(requests);
    session.server.input().set(bytes);
    session.server.received(bytes.length);
    while (session.server.handle());
    const out = Buffer.from(session.server.output());
    for (let at = 0, id = 0; at < out.length; id++) {
      assert.equal(out.readUInt32BE(at + 5), id);
      at += LENGTH_FIELD + out.readUInt32BE(at);
    }
  });

  test("no request is handled while there is no room for its answer, whatever that is", () => {
    const session = new Session();
    const handle = session.open("file", WRITE | CREATE);
    session.ask(TYPE.WRITE, handle, uint64(0), Buffer.concat([uint32(DATA_LIMIT), Buffer.alloc(DATA_LIMIT, "d")]));
    const read = packet(TYPE.READ, 1, fields(handle, uint64(0), uint32(0xffffffff)));
    const bytes = Buffer.concat([read, read, read]);
    session.server.input().set(bytes);
    session.server.received(bytes.length);
    while (session.server.handle());
    assert.equal(session.server.output().length, 2 * (LENGTH_FIELD + 9 + DATA_LIMIT));
    assert.ok(session.server.hasPacket());
    session.server.sent(session.server.output().length);
    assert.ok(session.server.handle());
    assert.equal(session.server.output().length, LENGTH_FIELD + 9 + DATA_LIMIT);
  });

  test("packets of the largest size, one after the other, however they are cut", () => {
    for (const step of [1000, 65_536, 262_143, 262_144, Infinity]) {
      const session = new Session();
      const handle = session.open("file", WRITE | CREATE);
      const data = Buffer.alloc(PACKET_LIMIT - 5 - handle.length - 8 - 4, "x");
      const write = packet(TYPE.WRITE, 9, fields(handle, uint64(0), Buffer.concat([uint32(data.length), data])));
      assert.equal(write.length, LENGTH_FIELD + PACKET_LIMIT);
      const replies = session.exchange(Buffer.concat([write, write, write, write, write]), step);
      assert.equal(session.server.fault, "");
      assert.equal(replies.length % 5, 0);
      assert.equal(parse(replies.subarray(LENGTH_FIELD, replies.length / 5)).code, CODE.OK);
    }
  });

  test("any requests, byte by byte and in any pieces: the same answers", () => {
    const path = fc.constantFrom("", "/", "a", "a/b", "/link", "..", "x".repeat(300), "fi\0le");
    const raw = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const handle = fc.constantFrom(
      Buffer.from("0000000000000001", "hex"),
      Buffer.from("0000000100000002", "hex"),
      Buffer.from("x"),
    );
    const request = fc.oneof(
      fc.record({ type: fc.constantFrom(7, 11, 13, 15, 16, 17, 19), body: path.map((p) => encode(p)) }),
      fc.record({ type: fc.constantFrom(18, 20), body: fc.tuple(path, path).map((both) => encode(...both)) }),
      fc.record({
        type: fc.constant(3),
        body: fc.tuple(path, fc.nat(63)).map(([p, f]) => fields(p, uint32(f), PLAIN)),
      }),
      fc.record({
        type: fc.constantFrom(9, 14),
        body: path.map((p) => fields(p, attributes({ size: 3, mode: 0o600 }))),
      }),
      fc.record({ type: fc.constantFrom(4, 8, 12), body: handle.map((h) => encode(h)) }),
      fc.record({
        type: fc.constant(5),
        body: fc
          .tuple(handle, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(2 ** 31))
          .map(([h, o, l]) => fields(encode(h), uint64(o), uint32(l))),
      }),
      fc.record({
        type: fc.constant(6),
        body: fc.tuple(handle, fc.nat(100), raw).map(([h, o, d]) => fields(encode(h), uint64(o), encode(d))),
      }),
      fc.record({ type: fc.nat(255).filter((type) => type !== TYPE.INIT), body: raw }),
      fc.record({
        type: fc.constant(200),
        body: fc
          .tuple(
            fc.constantFrom(
              "limits@openssh.com",
              "statvfs@openssh.com",
              "expand-path@openssh.com",
              "hardlink@openssh.com",
              "copy-data",
            ),
            path,
          )
          .map(([name, p]) => encode(name, p)),
      }),
    );
    const runOf = (bytes: Buffer, step: number): unknown[] => {
      const session = new Session();
      const out = session.exchange(bytes, step);
      return [out.toString("hex"), session.server.fault, session.files.lines, [...session.files.nodes.keys()]];
    };
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), fc.integer({ min: 2, max: 50 }), (requests, step) => {
        const bytes = Buffer.concat(requests.map(({ type, body }, id) => packet(type, id, body)));
        const whole = runOf(bytes, Infinity);
        assert.equal(whole[1], "", "a request that is framed well never ends the session");
        assert.deepEqual(runOf(bytes, 1), whole);
        assert.deepEqual(runOf(bytes, step), whole);
      }),
      { numRuns: 200 },
    );
  });

  test("any bytes: no exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, begun) => {
        new Session(false, begun).exchange(Buffer.from(bytes));
      }),
    );
  });
});

describe("framing", () => {
  const faults: [string, Buffer][] = [
    ["no bytes", uint32(0)],
    ["no id", Buffer.concat([uint32(4), Buffer.of(TYPE.STAT, 0, 0, 0)])],
    ["one byte too many", uint32(PACKET_LIMIT + 1)],
    ["2^31 bytes", uint32(2 ** 31)],
    ["2^32-1 bytes", uint32(0xffffffff)],
    ["INIT again", INIT],
  ];
  for (const [name, bytes] of faults) {
    test(`${name}: the end, before more is read`, () => {
      const session = new Session();
      session.exchange(bytes);
      assert.notEqual(session.server.fault, "");
      assert.ok(!session.server.handle());
    });
  }

  test("each packet, cut short anywhere within, is answered BAD_MESSAGE; so is a byte more", () => {
    const bodies: [number, Buffer][] = [
      [TYPE.OPEN, fields("a", uint32(1), attributes({ size: 1, owner: [1, 2], mode: 3, times: [4, 5] }))],
      [TYPE.CLOSE, encode("h")],
      [TYPE.READ, fields(encode("h"), uint64(1), uint32(1))],
      [TYPE.WRITE, fields(encode("h"), uint64(1), "data")],
      [TYPE.LSTAT, encode("a")],
      [TYPE.FSTAT, encode("h")],
      [TYPE.SETSTAT, fields("a", attributes({ mode: 3 }))],
      [TYPE.FSETSTAT, fields(encode("h"), attributes({ mode: 3 }))],
      [TYPE.OPENDIR, encode("a")],
      [TYPE.READDIR, encode("h")],
      [TYPE.REMOVE, encode("a")],
      [TYPE.MKDIR, fields("a", PLAIN)],
      [TYPE.RMDIR, encode("a")],
      [TYPE.REALPATH, encode("a")],
      [TYPE.STAT, encode("a")],
      [TYPE.RENAME, encode("a", "b")],
      [TYPE.READLINK, encode("a")],
      [TYPE.SYMLINK, encode("a", "b")],
      ...["posix-rename@openssh.com", "hardlink@openssh.com"].map((n): [number, Buffer] => [200, encode(n, "a", "b")]),
      ...[
        "statvfs@openssh.com",
        "fstatvfs@openssh.com",
        "fsync@openssh.com",
        "expand-path@openssh.com",
        "home-directory",
      ].map((n): [number, Buffer] => [200, encode(n, "a")]),
      [200, fields("lsetstat@openssh.com", "a", PLAIN)],
      [200, fields("copy-data", encode("h"), uint64(0), uint64(0), encode("h"), uint64(0))],
      [200, fields("users-groups-by-id@openssh.com", uint32(4), uint32(1), uint32(0))],
    ];
    for (const [type, body] of bodies) {
      const session = new Session();
      const nameLength = type === 200 ? LENGTH_FIELD + body.readUInt32BE() : 0;
      for (let length = nameLength; length < body.length; length++) {
        assert.equal(session.ask(type, body.subarray(0, length)).code, CODE.BAD_MESSAGE, `${type}, ${length} bytes`);
      }
      assert.equal(session.ask(type, Buffer.concat([body, Buffer.of(0)])).code, CODE.BAD_MESSAGE, `${type}, longer`);
      assert.notEqual(session.ask(type, body).code, CODE.BAD_MESSAGE, `${type}, whole`);
    }
  });
});

describe("handles", () => {
  test("as many as the limit, and again when one was closed; all are closed at the end", () => {
    const session = new Session();
    session.files.makeFile("/file", "");
    const handles = Array.from({ length: HANDLES_LIMIT }, () => session.open("file", READ));
    assert.equal(new Set(handles.map((handle) => handle.toString("hex"))).size, HANDLES_LIMIT);
    for (const type of [TYPE.OPEN, TYPE.OPENDIR]) {
      const rest = type === TYPE.OPEN ? [uint32(READ), PLAIN] : [];
      assert.equal(session.ask(type, "/", ...rest).code, CODE.FAILURE);
    }
    assert.equal(session.ask(TYPE.CLOSE, handles[500]!).code, CODE.OK);
    const again = session.open("file", READ);
    assert.notDeepEqual(again, handles[500]);
    assert.equal(session.ask(TYPE.READ, handles[500]!, uint64(0), uint32(1)).code, CODE.FAILURE);
    assert.equal(session.files.openFiles.size, HANDLES_LIMIT);
    session.server.end();
    assert.equal(session.files.openFiles.size, 0);
  });

  test("any that is not open is none", () => {
    const session = new Session();
    session.files.makeFile("/file", "content");
    const real = session.open("file", READ).subarray(LENGTH_FIELD);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 12 }),
          fc.nat(7).map((i) => real.with(i, real[i]! ^ 1)),
        ),
        (name) => {
          if (Buffer.compare(name, real) === 0) return;
          const handle = encode(name);
          assert.equal(session.ask(TYPE.READ, handle, uint64(0), uint32(1)).code, CODE.FAILURE);
          assert.equal(session.ask(TYPE.CLOSE, handle).code, CODE.NO_SUCH_FILE);
        },
      ),
    );
    assert.equal(session.ask(TYPE.READ, encode(real), uint64(0), uint32(7)).data!.toString(), "content");
  });

  test("a folder's is not a file's", () => {
    const session = new Session();
    const folder = encode(session.ask(TYPE.OPENDIR, "/").handle!);
    assert.equal(session.ask(TYPE.READ, folder, uint64(0), uint32(1)).code, CODE.FAILURE);
    assert.equal(session.ask(TYPE.WRITE, folder, uint64(0), "x").code, CODE.FAILURE);
    const file = session.open("file", WRITE | CREATE);
    assert.equal(session.ask(TYPE.READDIR, file).code, CODE.FAILURE);
  });
});

describe("files", () => {
  test("what is written is read, as in an array", () => {
    const write = fc.record({ at: fc.nat(2000), data: fc.uint8Array({ maxLength: 500 }) });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
        const session = new Session();
        const handle = session.open("file", READ | WRITE | CREATE);
        const model: number[] = [];
        for (const { at, data } of writes) {
          assert.equal(session.ask(TYPE.WRITE, handle, uint64(at), encode(data)).code, CODE.OK);
          if (data.length > 0) while (model.length < at) model.push(0);
          data.forEach((byte, i) => (model[at + i] = byte));
        }
        const read = session.ask(TYPE.READ, handle, uint64(0), uint32(0xffffffff));
        if (model.length === 0) assert.equal(read.code, CODE.EOF);
        else assert.deepEqual([...read.data!], model);
      }),
    );
  });

  test("a listing, in several answers, up to its end", () => {
    const session = new Session();
    const names = Array.from({ length: 10 }, (_, i) => `file${i}`);
    for (const name of names) session.files.makeFile(`/${name}`, name);
    const folder = encode(session.ask(TYPE.OPENDIR, "/").handle!);
    const found: string[] = [];
    for (let reply = session.ask(TYPE.READDIR, folder); reply.names; reply = session.ask(TYPE.READDIR, folder)) {
      found.push(...reply.names.map(({ name }) => name));
    }
    assert.deepEqual(found, names);
    assert.equal(session.ask(TYPE.READDIR, folder).code, CODE.EOF);
  });

  test("names for more users than an answer has room for are refused, for fewer given, however long", () => {
    const session = new Session();
    const ids = (count: number): Buffer => encode(Buffer.concat(Array.from({ length: count }, () => uint32(1))));
    const ask = (count: number): Reply =>
      session.ask(TYPE.EXTENDED, "users-groups-by-id@openssh.com", ids(count), ids(0));
    assert.equal(ask(1000).data!.length, 4 + 1000 * (4 + 256) + 4);
    assert.equal(ask(1001).code, CODE.FAILURE);
  });

  test("the log tells what was done, without a word that could forge a line", () => {
    const session = new Session();
    const handle = session.open("fi\nle", WRITE | CREATE);
    session.ask(TYPE.WRITE, handle, uint64(0), "12345");
    session.ask(TYPE.CLOSE, handle);
    session.ask(TYPE.RENAME, "absent", "b");
    assert.deepEqual(session.files.lines, [
      'open "fi?le"',
      'close "fi?le": 0 bytes read, 5 written',
      'rename "absent" "b"',
      "refused: error 2",
    ]);
  });
});

describe("real paths", () => {
  const files = new MemoryFileSystem();
  files.makeFolder(Buffer.from("/folder"));
  files.makeFile("/folder/file", "");
  files.makeLink(Buffer.from("/folder"), Buffer.from("/link"));
  files.makeLink(Buffer.from("/loop"), Buffer.from("/loop"));
  const real = (path: string): string | number => {
    const found = new RealPath(files, Buffer.from(path));
    return found.error < 0 ? found.error : Buffer.from(found.path).toString();
  };

  test("dots, slashes, links, what is not there", () => {
    assert.deepEqual(
      [
        "",
        ".",
        "//",
        "/..",
        "folder/./file",
        "folder//../folder",
        "link/file",
        "link/..",
        "absent",
        "/link/absent",
      ].map(real),
      ["/", "/", "/", "/", "/folder/file", "/folder", "/folder/file", "/", "/absent", "/folder/absent"],
    );
  });

  test("no path", () => {
    assert.deepEqual(
      ["absent/", "absent/x", "folder/file/x", "loop", "x".repeat(5000)].map(real),
      [-2, -2, -20, -40, -36],
    );
  });

  test("any path yields one without dots, or an error, and not more than there is room for", () => {
    const part = fc.constantFrom("", ".", "..", "folder", "file", "link", "absent");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const found = real(parts.join("/"));
        if (typeof found === "number") return;
        assert.match(found, /^(\/|(\/[^/]+)+)$/);
        assert.ok(found.split("/").every((each) => each !== "." && each !== ".."));
        assert.ok(!found.startsWith("/link"), "the one link that there is");
        assert.equal(real(found), found);
      }),
    );
  });
});

test("a listing's text: types, permissions, owners, sizes, dates", () => {
  const files = new MemoryFileSystem();
  const line = (mode: number, more: Partial<Attributes> = {}): string => {
    const a = Object.assign(new Attributes(), { permissions: mode, links: 1, modified: 1_799_999_000, ...more });
    return Buffer.from(longName(files, Buffer.from("name"), a, files.time())).toString();
  };
  assert.equal(line(0o100644), "-rw-r--r--    1 root     root            0 Jan 15 07:43 name");
  assert.equal(
    line(0o041777, { links: 12, user: 1234, group: 0 }),
    "drwxrwxrwt   12 1234     root            0 Jan 15 07:43 name",
  );
  assert.equal(line(0o106711).slice(0, 10), "-rws--s--x");
  assert.equal(line(0o107000).slice(0, 10), "---S--S--T");
  assert.deepEqual(
    [0o010000, 0o020000, 0o060000, 0o120000, 0o140000, 0].map((mode) => line(mode)[0]),
    ["p", "c", "b", "l", "s", "?"],
  );
  assert.match(line(0, { size: new Uint64(0xffffffff, 0xffffffff) }), / 18446744073709551615 /);
  assert.match(line(0, { modified: 0 }), / Jan  1  1970 name$/);
  assert.match(line(0, { modified: 1_800_000_001 }), / Jan 15  2027 name$/); // it has yet to come
  assert.match(line(0, { modified: 0xffffffff }), / Feb  7  2106 name$/);
});
