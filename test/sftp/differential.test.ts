/**
 * The same requests to our sftp-server and to OpenSSH's: the answers are the same, or the difference is listed with its
 * reason. Each server has a folder of its own that was prepared alike.
 */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  linkSync,
  readdirSync,
  lstatSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { SFTP_SERVER } from "../support/server.ts";
import {
  attributes,
  extensionsOf,
  fields,
  FLAG,
  ownSftpServer,
  packet,
  PLAIN,
  SftpClient,
  TYPE,
  uint64,
  type Reply,
} from "../support/sftp.ts";
import { encode, uint32 } from "../support/ssh/wire.ts";

const folder = temporaryFolder();
const skip = existsSync(SFTP_SERVER) ? false : "OpenSSH's sftp-server is not installed";

/** A handle that an earlier step's answer gave, counted from 0. */
class HandleOf {
  readonly step: number;
  constructor(step: number) {
    this.step = step;
  }
}
const handle = (step: number): HandleOf => new HandleOf(step);

type Step = [type: number, ...values: (string | Buffer | HandleOf)[]];

const OLD = new Date("2021-03-04T05:06:07Z");

function prepare(place: string): void {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "file"), "content of a file\n", { mode: 0o644 });
  writeFileSync(join(place, "other"), "x".repeat(1000), { mode: 0o600 });
  writeFileSync(join(place, "setuid"), "", { mode: 0o4755 });
  mkdirSync(join(place, "folder"), { mode: 0o755 });
  mkdirSync(join(place, "sticky"), { mode: 0o1777 });
  writeFileSync(join(place, "folder/inner"), "inner");
  symlinkSync("file", join(place, "link"));
  symlinkSync("nowhere", join(place, "broken"));
  symlinkSync("loop", join(place, "loop"));
  symlinkSync("folder/../folder", join(place, "around"));
  linkSync(join(place, "other"), join(place, "twin"));
  for (const name of ["folder/inner", "file", "other", "setuid", "folder", "sticky", "."])
    utimesSync(join(place, name), OLD, OLD);
}

/** What of an answer must be alike: no times of changes, no handles, no words. */
function essence(reply: Reply | null, place: string): unknown {
  if (reply === null) return "end";
  const isLimits = reply.type === TYPE.EXTENDED_REPLY && reply.data!.length === 32;
  const data = isLimits ? reply.data!.subarray(0, 24) : reply.data; // the fourth follows the machine's limits, or is ours
  const cleaned = (text: string): string => text.replaceAll(place, "PLACE");
  const known = (found: NonNullable<Reply["attributes"]>): object => ({ ...found, times: undefined });
  return {
    type: reply.type,
    code: reply.code,
    data: data?.toString("hex"),
    names: reply.names
      ?.map(({ name, longName, attributes }) => ({
        name: cleaned(name),
        longName: /^\S+ +\d+ \S/.test(longName)
          ? longName.replace(/ \w{3} [ \d]\d {1,2}[\d:]{4,5} /, " DATE ")
          : cleaned(longName),
        attributes: known(attributes),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    attributes: reply.attributes && known(reply.attributes),
  };
}

/** All answers to `steps`, and what is in the folder afterwards. */
async function answers(command: string[], place: string, steps: Step[]): Promise<unknown[]> {
  prepare(place);
  const client = new SftpClient(command, place, { ...process.env, TZ: "UTC" });
  const replies: (Reply | null)[] = [];
  assert.equal((await client.init()).type, TYPE.VERSION);
  for (const [type, ...values] of steps) {
    const named = values.map((value) =>
      value instanceof HandleOf ? encode(replies[value.step]?.handle ?? "none") : value,
    );
    client.request(type, ...named);
    replies.push(await client.receive());
    if (replies.at(-1) === null) break;
  }
  const status = replies.at(-1) === null ? null : await client.end();
  const left = readdirSync(place, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const { mode, size } = lstatSync(join(place, name));
      return `${name} ${mode.toString(8)} ${(mode & 0o170000) === 0o100000 ? size : ""}`;
    });
  return [...replies.map((reply) => essence(reply, place)), { status }, left];
}

let places = 0;
let program = "";

async function both(steps: Step[], options: string[]): Promise<[unknown[], unknown[]]> {
  if (program === "") program = ownSftpServer(folder());
  const [ours, theirs] = [`ours-${places}`, `them-${places}`].map((name) => join(folder(), name, "place"));
  places++;
  return [await answers([program, ...options], ours!, steps), await answers([SFTP_SERVER, ...options], theirs!, steps)];
}

function same(name: string, steps: Step[], options: string[] = []): void {
  test(name, { skip }, async () => {
    const [ours, theirs] = await both(steps, options);
    for (const [i, answer] of theirs.entries())
      assert.deepEqual(ours[i], answer, `step ${i}: ${JSON.stringify(steps[i]?.slice(0, 2))}`);
    assert.equal(ours.length, theirs.length);
  });
}

const open = (path: string, flags: number, wish = PLAIN): Step => [TYPE.OPEN, path, uint32(flags), wish];
const extended = (name: string, ...values: (string | Buffer | HandleOf)[]): Step => [TYPE.EXTENDED, name, ...values];
const { READ, WRITE, APPEND, CREATE, TRUNCATE, EXCLUSIVE } = FLAG;

test("the version and the extensions", { skip }, async () => {
  program ||= ownSftpServer(folder());
  for (const options of [[], ["-R"]]) {
    const [ours, theirs] = await Promise.all(
      [program, SFTP_SERVER].map(async (path) => {
        const client = new SftpClient([path, ...options], folder());
        const version = await client.init();
        await client.end();
        return [version.id, extensionsOf(version)];
      }),
    );
    assert.deepEqual(ours, theirs);
  }
});

describe("the same answers", () => {
  same("opening", [
    open("file", READ),
    open("absent", READ),
    open("", READ),
    open("folder", READ),
    open("folder", WRITE),
    open("file/below", READ),
    open("link", READ),
    open("broken", READ),
    open("loop", READ),
    open("/nonexistent/path", READ),
    open("new", WRITE | CREATE, attributes({ mode: 0o600 })),
    open("new", WRITE | CREATE | EXCLUSIVE),
    open("newer", WRITE | CREATE | TRUNCATE, attributes({ mode: 0o4777 })),
    open("file", WRITE | TRUNCATE),
    open("plain", WRITE | CREATE),
    open("none", 0),
    open("file", 0),
    open("x".repeat(255), WRITE | CREATE),
    open("x".repeat(256), WRITE | CREATE),
    open("y/".repeat(2048) + "y", READ),
    open("file/", READ),
    open("odd", WRITE | CREATE, attributes({ mode: 0o17777, size: 5, owner: [1, 1], times: [1, 1] })),
  ]);

  same("reading", [
    open("file", READ),
    [TYPE.READ, handle(0), uint64(0), uint32(100)],
    [TYPE.READ, handle(0), uint64(8), uint32(2)],
    [TYPE.READ, handle(0), uint64(0), uint32(0)],
    [TYPE.READ, handle(0), uint64(18), uint32(1)],
    [TYPE.READ, handle(0), uint64(1000), uint32(1)],
    [TYPE.READ, handle(0), uint64(0), uint32(0xffffffff)],
    [TYPE.READ, handle(0), uint64(2n ** 63n - 1n), uint32(1)],
    [TYPE.READ, handle(0), uint64(2n ** 63n), uint32(1)],
    [TYPE.READ, handle(0), uint64(2n ** 64n - 1n), uint32(1)],
    [TYPE.CLOSE, handle(0)],
    [TYPE.READ, handle(0), uint64(0), uint32(1)],
    [TYPE.READ, encode("nonsense"), uint64(0), uint32(1)],
    [TYPE.READ, encode(""), uint64(0), uint32(1)],
    open("folder", READ),
    [TYPE.READ, handle(14), uint64(0), uint32(1)],
    open("other", WRITE),
    [TYPE.READ, handle(16), uint64(0), uint32(1)],
    [TYPE.OPENDIR, "folder"],
    [TYPE.READ, handle(18), uint64(0), uint32(1)],
  ]);

  same("writing", [
    open("file", READ),
    [TYPE.WRITE, handle(0), uint64(0), "x"],
    open("file", READ | WRITE),
    [TYPE.WRITE, handle(2), uint64(0), "CONTENT"],
    [TYPE.READ, handle(2), uint64(0), uint32(100)],
    [TYPE.WRITE, handle(2), uint64(0), ""],
    [TYPE.WRITE, handle(2), uint64(100), "beyond"],
    [TYPE.WRITE, handle(2), uint64(2n ** 63n), "x"],
    [TYPE.FSTAT, handle(2)],
    open("other", WRITE | APPEND),
    [TYPE.WRITE, handle(9), uint64(0), "appended"],
    [TYPE.FSTAT, handle(9)],
    [TYPE.WRITE, encode("none"), uint64(0), "x"],
    [TYPE.OPENDIR, "."],
    [TYPE.WRITE, handle(13), uint64(0), "x"],
    [TYPE.WRITE, handle(2), uint64(0), "z".repeat(255 * 1024)],
    [TYPE.FSTAT, handle(2)],
  ]);

  same("what a file is", [
    [TYPE.STAT, "file"],
    [TYPE.STAT, "link"],
    [TYPE.LSTAT, "link"],
    [TYPE.STAT, "broken"],
    [TYPE.LSTAT, "broken"],
    [TYPE.STAT, "loop"],
    [TYPE.STAT, "folder"],
    [TYPE.STAT, ""],
    [TYPE.LSTAT, "."],
    [TYPE.STAT, "/"],
    [TYPE.STAT, "file/x"],
    [TYPE.STAT, "x".repeat(300)],
    [TYPE.FSTAT, encode("none")],
    [TYPE.OPENDIR, "folder"],
    [TYPE.FSTAT, handle(13)],
    [TYPE.LSTAT, "link/"],
    [TYPE.STAT, "/dev/null"],
    [TYPE.STAT, "setuid"],
  ]);

  same("folders", [
    [TYPE.OPENDIR, "."],
    [TYPE.READDIR, handle(0)],
    [TYPE.READDIR, handle(0)],
    [TYPE.READDIR, handle(0)],
    [TYPE.CLOSE, handle(0)],
    [TYPE.READDIR, handle(0)],
    [TYPE.OPENDIR, "file"],
    [TYPE.OPENDIR, "absent"],
    [TYPE.OPENDIR, ""],
    open("file", READ),
    [TYPE.READDIR, handle(9)],
    [TYPE.OPENDIR, "around"],
    [TYPE.READDIR, handle(11)],
    [TYPE.CLOSE, handle(11)],
    [TYPE.CLOSE, handle(11)],
    [TYPE.CLOSE, encode("none")],
  ]);

  same("changing what files are", [
    [TYPE.SETSTAT, "file", attributes({ mode: 0o600 })],
    [TYPE.STAT, "file"],
    [TYPE.SETSTAT, "file", attributes({ mode: 0o104755, size: 3 })],
    [TYPE.STAT, "file"],
    [TYPE.SETSTAT, "link", attributes({ size: 30, times: [1000, 2000] })],
    [TYPE.STAT, "file"],
    [TYPE.SETSTAT, "absent", attributes({ mode: 0o600 })],
    [TYPE.SETSTAT, "absent", PLAIN],
    [TYPE.SETSTAT, "folder", attributes({ size: 1 })],
    [TYPE.SETSTAT, "file", attributes({ size: 2n ** 63n })],
    [TYPE.SETSTAT, "file", attributes({ owner: [process.getuid!(), process.getgid!()] })],
    open("other", READ | WRITE),
    [TYPE.FSETSTAT, handle(11), attributes({ mode: 0o640, size: 10, times: [5, 6] })],
    [TYPE.FSTAT, handle(11)],
    open("other", READ),
    [TYPE.FSETSTAT, handle(14), attributes({ size: 1 })],
    [TYPE.FSETSTAT, encode("none"), attributes({ size: 1 })],
    [TYPE.SETSTAT, "", attributes({ mode: 0o600 })],
    extended("lsetstat@openssh.com", "link", attributes({ times: [7, 8] })),
    extended("lsetstat@openssh.com", "link", attributes({ size: 1 })),
    extended("lsetstat@openssh.com", "file", attributes({ mode: 0o611 })),
    [TYPE.STAT, "file"],
    extended("lsetstat@openssh.com", "link", attributes({ mode: 0o611 })),
    extended("lsetstat@openssh.com", "absent", attributes({ mode: 0o611 })),
    extended("lsetstat@openssh.com", "link", attributes({ owner: [process.getuid!(), process.getgid!()] })),
  ]);

  same("names", [
    [TYPE.REMOVE, "absent"],
    [TYPE.REMOVE, "folder"],
    [TYPE.REMOVE, "link"],
    [TYPE.REMOVE, ""],
    [TYPE.REMOVE, "twin"],
    [TYPE.MKDIR, "made", attributes({ mode: 0o700 })],
    [TYPE.MKDIR, "made", PLAIN],
    [TYPE.MKDIR, "plain", PLAIN],
    [TYPE.MKDIR, "absent/below", PLAIN],
    [TYPE.MKDIR, "", PLAIN],
    [TYPE.RMDIR, "folder"],
    [TYPE.RMDIR, "plain"],
    [TYPE.RMDIR, "file"],
    [TYPE.RMDIR, "absent"],
    [TYPE.RMDIR, "."],
    [TYPE.RENAME, "file", "other"],
    [TYPE.RENAME, "file", "renamed"],
    [TYPE.RENAME, "absent", "renamed2"],
    [TYPE.RENAME, "made", "moved"],
    [TYPE.RENAME, "moved", "folder"],
    [TYPE.RENAME, "renamed", "absent/x"],
    [TYPE.RENAME, "renamed", "renamed"],
    [TYPE.RENAME, "broken", "stillBroken"],
    extended("posix-rename@openssh.com", "renamed", "other"),
    extended("posix-rename@openssh.com", "absent", "other"),
    extended("posix-rename@openssh.com", "other", "folder"),
    extended("posix-rename@openssh.com", "moved", "moved/inside"),
    extended("hardlink@openssh.com", "other", "again"),
    extended("hardlink@openssh.com", "other", "again"),
    extended("hardlink@openssh.com", "folder", "folder2"),
    extended("hardlink@openssh.com", "absent", "x"),
    extended("hardlink@openssh.com", "stillBroken", "y"),
  ]);

  same("symbolic links", [
    [TYPE.SYMLINK, "anywhere", "made"],
    [TYPE.READLINK, "made"],
    [TYPE.SYMLINK, "x", "made"],
    [TYPE.SYMLINK, "", "empty"],
    [TYPE.SYMLINK, "x", ""],
    [TYPE.SYMLINK, "x", "absent/below"],
    [TYPE.READLINK, "file"],
    [TYPE.READLINK, "absent"],
    [TYPE.READLINK, ""],
    [TYPE.SYMLINK, "t".repeat(4095), "long"],
    [TYPE.READLINK, "long"],
    [TYPE.SYMLINK, "t".repeat(4096), "longer"],
  ]);

  same("real paths", [
    [TYPE.REALPATH, "."],
    [TYPE.REALPATH, ""],
    [TYPE.REALPATH, "/"],
    [TYPE.REALPATH, "/.."],
    [TYPE.REALPATH, "link"],
    [TYPE.REALPATH, "around/inner"],
    [TYPE.REALPATH, "broken"],
    [TYPE.REALPATH, "loop"],
    [TYPE.REALPATH, "absent"],
    [TYPE.REALPATH, "absent/below"],
    [TYPE.REALPATH, "absent/"],
    [TYPE.REALPATH, "file/below"],
    [TYPE.REALPATH, "folder//./inner/"],
    [TYPE.REALPATH, "folder/../other"],
    [TYPE.REALPATH, "../../../../../../.."],
    [TYPE.REALPATH, "/proc/self/../1/../.."],
    [TYPE.REALPATH, "z".repeat(5000)],
    extended("expand-path@openssh.com", "folder/../other"),
    extended("expand-path@openssh.com", "~nobodyhasthisname/x"),
    extended("expand-path@openssh.com", "~root"),
    extended("expand-path@openssh.com", "~root/x/.."),
    extended("expand-path@openssh.com", ""),
  ]);

  same("what else there is", [
    extended("limits@openssh.com").slice(0, 2) as Step,
    extended("home-directory", "root"),
    extended("home-directory", "nobodyhasthisname"),
    extended(
      "users-groups-by-id@openssh.com",
      Buffer.concat([uint32(8), uint32(0), uint32(4_000_000)]),
      Buffer.concat([uint32(4), uint32(0)]),
    ),
    extended("users-groups-by-id@openssh.com", uint32(0), uint32(0)),
    open("file", READ),
    open("other", READ | WRITE),
    extended("copy-data", handle(5), uint64(2), uint64(4), handle(6), uint64(10)),
    [TYPE.READ, handle(6), uint64(0), uint32(30)],
    extended("copy-data", handle(5), uint64(0), uint64(0), handle(6), uint64(2000)),
    [TYPE.FSTAT, handle(6)],
    extended("copy-data", handle(5), uint64(0), uint64(0), handle(5), uint64(0)),
    extended("copy-data", encode("none"), uint64(0), uint64(0), handle(6), uint64(0)),
    extended("copy-data", handle(6), uint64(0), uint64(0), handle(5), uint64(0)),
    extended("fsync@openssh.com", handle(6)),
    extended("fsync@openssh.com", encode("none")),
    extended("statvfs@openssh.com", "absent"),
    extended("fstatvfs@openssh.com", encode("none")),
    extended("nonsense@example.org", "x"),
    extended(""),
  ]);

  const refused: Step[] = [
    open("file", READ),
    open("file", WRITE),
    open("new", READ | CREATE),
    open("file", READ | TRUNCATE),
    [TYPE.WRITE, handle(0), uint64(0), "x"],
    [TYPE.SETSTAT, "file", attributes({ mode: 0 })],
    [TYPE.FSETSTAT, handle(0), attributes({ mode: 0 })],
    [TYPE.REMOVE, "file"],
    [TYPE.MKDIR, "x", PLAIN],
    [TYPE.RMDIR, "folder"],
    [TYPE.RENAME, "file", "x"],
    [TYPE.SYMLINK, "file", "x"],
    extended("posix-rename@openssh.com", "file", "x"),
    extended("hardlink@openssh.com", "file", "x"),
    extended("fsync@openssh.com", handle(0)),
    extended("lsetstat@openssh.com", "file", attributes({ mode: 0 })),
    extended("copy-data", handle(0), uint64(0), uint64(0), handle(0), uint64(0)),
    [TYPE.READ, handle(0), uint64(0), uint32(10)],
    [TYPE.REALPATH, "file"],
    [TYPE.OPENDIR, "."],
    [TYPE.READDIR, handle(19)],
  ];
  same("read-only", refused, ["-R"]);
  same("another umask", [open("new", WRITE | CREATE), [TYPE.MKDIR, "sub", PLAIN]], ["-u", "0077"]);
  same(
    "another start",
    [
      [TYPE.REALPATH, "."],
      [TYPE.STAT, "inner"],
    ],
    ["-d", "folder"],
  );
});

const PROBE = 0x7e57;
/** How long an answer may take, in milliseconds. */
const PATIENCE = 2000;

/** What a client that means harm, or has gone mad, sends as it is. */
const raw = (type: number, body: Buffer): Buffer => packet(type, 7, body);

/** The answers to `bytes`, and whether the session goes on: a request behind them is answered. */
async function endOf(path: string, bytes: Buffer, begun = true): Promise<string> {
  const place = join(folder(), `raw-${places++}`);
  prepare(place);
  const client = new SftpClient([path], place);
  if (begun) await client.init();
  let waits = false;
  const impatience = setTimeout(() => (waits = client.process.kill()), PATIENCE);
  client.send(Buffer.concat([bytes, packet(TYPE.REALPATH, PROBE, encode("."))]));
  const replies: string[] = [];
  for (;;) {
    const reply = await client.content();
    const probed = reply !== null && reply[0] === TYPE.NAME && reply.readUInt32BE(1) === PROBE;
    if (reply === null || probed) replies.push(probed ? "goes on" : waits ? "waits" : "ends");
    if (reply === null || probed) break;
    replies.push(reply[0] === TYPE.STATUS ? `status ${reply.readUInt32BE(5)}` : `type ${reply[0]}`);
  }
  clearTimeout(impatience);
  assert.equal((await client.end()) === 0, replies.at(-1) === "goes on");
  return replies.join(", ");
}

describe("other answers", () => {
  const stat = raw(TYPE.STAT, encode("file"));
  const cases: [name: string, reason: string, bytes: Buffer, ours: string, theirs: string, begun?: boolean][] = [
    [
      "a path with a NUL",
      "the request is refused, not the session",
      raw(TYPE.STAT, encode("fi\0le")),
      "status 5, goes on",
      "ends",
    ],
    [
      "a string that is longer than its packet",
      "the same",
      raw(TYPE.STAT, uint32(2 ** 31)),
      "status 5, goes on",
      "ends",
    ],
    ["a field that is missing", "the same", raw(TYPE.OPEN, encode("file")), "status 5, goes on", "ends"],
    [
      "bytes behind the fields",
      "they mean something else than we would do",
      Buffer.concat([raw(TYPE.STAT, fields("file", "more"))]),
      "status 5, goes on",
      "type 105, goes on",
    ],
    [
      "a type that is unknown",
      "a client that waits for an answer gets one",
      raw(99, Buffer.alloc(0)),
      "status 8, goes on",
      "waits",
    ],
    [
      "INIT twice",
      "no client does that",
      Buffer.concat([uint32(5), Buffer.of(1), uint32(3)]),
      "ends",
      "type 2, goes on",
    ],
    [
      "a packet of 256 KiB and one byte",
      "neither takes it",
      Buffer.concat([uint32(256 * 1024 + 1), stat]),
      "ends",
      "ends",
    ],
    ["a packet of 2^32-1 bytes", "neither takes it", Buffer.concat([uint32(0xffffffff), stat]), "ends", "ends"],
    ["a packet of no bytes", "neither takes it", Buffer.concat([uint32(0), stat]), "ends", "ends"],
    [
      "a packet without an id",
      "neither takes it",
      Buffer.concat([uint32(1), Buffer.of(TYPE.STAT), stat]),
      "ends",
      "ends",
    ],
    ["a request before INIT", "neither takes it", stat, "ends", "ends", false],
    [
      "INIT of version 2",
      "the client is told which version is spoken",
      Buffer.concat([uint32(5), Buffer.of(1), uint32(2)]),
      "type 2, goes on",
      "type 2, goes on",
      false,
    ],
    [
      "2^32-1 extended attributes",
      "there are none",
      raw(TYPE.SETSTAT, fields("file", uint32(0x80000000), uint32(0xffffffff))),
      "status 5, goes on",
      "ends",
    ],
    [
      "numbers that aren't whole",
      "the request is refused",
      raw(TYPE.EXTENDED, fields("users-groups-by-id@openssh.com", "abc", "")),
      "status 5, goes on",
      "ends",
    ],
  ];
  for (const [name, reason, bytes, ours, theirs, begun] of cases) {
    test(`${name}: ${reason}`, { skip }, async () => {
      program ||= ownSftpServer(folder());
      assert.deepEqual([await endOf(program, bytes, begun), await endOf(SFTP_SERVER, bytes, begun)], [ours, theirs]);
    });
  }
});
