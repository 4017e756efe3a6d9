/** sftp-server as a program: its options, its log, its end, and how much of the machine a client can make it take. */
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../support/fixture.ts";
import { executable } from "../support/launchers.ts";
import { run } from "../support/openssh.ts";
import { asRoot } from "../support/stage.ts";
import { CODE, FLAG, ownSftpServer, packet, PLAIN, SftpClient, TYPE, uint64 } from "../support/sftp.ts";
import { encode, uint32 } from "../support/ssh/wire.ts";

const folder = temporaryFolder();
let program = "";

before(() => {
  chmodSync(folder(), 0o755);
  mkdirSync(join(folder(), "bin"));
  cpSync(executable, join(folder(), "bin/executable"));
  program = ownSftpServer(join(folder(), "bin"));
  mkdirSync(join(folder(), "room"));
  chmodSync(join(folder(), "room"), 0o777);
});

async function started(options: string[], command: string[] = []): Promise<SftpClient> {
  const client = new SftpClient([...command, program, "-e", ...options], join(folder(), "room"));
  await client.init();
  return client;
}

describe("the command line", () => {
  const wrong: [string[], RegExp][] = [
    [["-z"], /unknown option -z/],
    [["-u", "8"], /-u 8: not an octal number up to 777/],
    [["-u", "1000"], /-u 1000: not an octal number/],
    [["-u", ""], /-u : not an octal number/],
    [["-l", "LOUD"], /-l LOUD: no such level/],
    [["--root", ""], /the folder has no name/],
    [["word"], /unexpected word: word/],
  ];
  for (const [words, message] of wrong) {
    test(words.join(" "), async () => {
      const { status, stderr } = await run([program, ...words], { input: "" });
      assert.equal(status, 100);
      assert.match(stderr, message);
    });
  }

  test("-h and --help", async () => {
    for (const word of ["-h", "--help"]) {
      const { status, stdout } = await run([program, word]);
      assert.equal(status, 0);
      assert.match(stdout.toString(), /usage: sftp-server \[options\]\n/);
    }
  });

  test("-d to where there is nothing", async () => {
    const { status, stderr } = await run([program, "-e", "-d", "/nonexistent/folder"], { input: "" });
    assert.deepEqual([status, stderr], [111, "sftp-server: fatal: -d /nonexistent/folder (file does not exist)\n"]);
  });
});

describe("the log", () => {
  const said = async (level: string): Promise<string> => {
    const client = await started(["-l", level]);
    const { handle } = await client.ask(TYPE.OPEN, "logged", uint32(FLAG.WRITE | FLAG.CREATE), PLAIN);
    await client.ask(TYPE.WRITE, encode(handle!), uint64(0), "12345");
    await client.ask(TYPE.REMOVE, "absent");
    await client.end();
    return client.errors;
  };

  test("INFO: what is done; ERROR: none of it", async () => {
    assert.equal(
      await said("INFO"),
      [
        'open "logged"',
        'remove "absent"',
        "refused: file does not exist",
        'close "logged": 0 bytes read, 5 written',
        "session ended",
      ]
        .map((line) => `sftp-server: debug: sftp: ${line}\n`)
        .join(""),
    );
    assert.equal(await said("ERROR"), "");
    assert.equal(await said("QUIET"), "");
  });

  test("why a session ended", async () => {
    const client = await started([]);
    client.send(uint32(0xffffffff));
    assert.equal(await client.content(), null);
    await client.end();
    assert.equal(client.errors, "sftp-server: warning: sftp: a packet of a length that can't be\n");
    assert.equal(client.process.exitCode, 111);
  });
});

describe("what a client can make it take", () => {
  /** The most memory that the process had, in KiB. */
  const peak = ({ process }: SftpClient): number =>
    Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))![1]);

  test("thousands of files open: refused from the limit on, and the rest works", async () => {
    writeFileSync(join(folder(), "room/many"), "many");
    const client = await started([]);
    const COUNT = 5000;
    for (let i = 0; i < COUNT; i++) client.request(TYPE.OPEN, "many", uint32(FLAG.READ), PLAIN);
    const types = [];
    for (let i = 0; i < COUNT; i++) types.push((await client.receive())!.type);
    assert.deepEqual(types, [...Array(1000).fill(TYPE.HANDLE), ...Array(COUNT - 1000).fill(TYPE.STATUS)]);
    assert.equal((await client.ask(TYPE.STAT, "many")).type, TYPE.ATTRS);
    assert.equal(await client.end(), 0);
  });

  test("no more memory for 100,000 requests than for a few", async () => {
    const client = await started(["-l", "QUIET"]);
    const BATCH = 2000;
    const requests = Buffer.concat(
      Array.from({ length: BATCH }, (_, i) =>
        packet([TYPE.REALPATH, TYPE.OPENDIR, TYPE.STAT, 99][i % 4]!, i, encode("x/../y/".repeat(20))),
      ),
    );
    for (let round = 0; round < 50; round++) {
      client.send(requests);
      for (let i = 0; i < BATCH; i++) await client.content();
    }
    const most = peak(client);
    assert.ok(most < 16_000, `${most} KiB`);
    assert.equal(await client.end(), 0);
  });

  test("names by numbers, homes of users: each costs a look into a file, and no memory is lost", async () => {
    const client = await started([]);
    const ids = encode(Buffer.concat(Array.from({ length: 400 }, (_, i) => uint32(i))));
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 40; i++) client.request(TYPE.EXTENDED, "home-directory", "root");
      client.request(TYPE.EXTENDED, "users-groups-by-id@openssh.com", ids, ids);
      for (let i = 0; i < 40; i++) assert.equal((await client.receive())!.names![0]!.name, "/root");
      assert.equal((await client.receive())!.type, TYPE.EXTENDED_REPLY);
    }
    const most = peak(client);
    assert.ok(most < 32_000, `${most} KiB`);
    assert.equal(await client.end(), 0);
  });

  test("a client that reads no answers has no more requests read", async () => {
    const client = await started([]);
    client.process.stdout!.pause();
    const requests = Buffer.concat(Array.from({ length: 1000 }, (_, i) => packet(TYPE.REALPATH, i, encode("."))));
    let sent = 0;
    while (client.process.stdin!.write(requests) || sent < 200) {
      sent++;
      if (sent > 2000) break;
      await sleep(1);
    }
    const most = peak(client);
    await client.kill();
    assert.ok(most < 16_000, `${most} KiB`);
  });

  test("an end in the middle of a request, and of a file", async () => {
    const client = await started([]);
    await client.ask(TYPE.OPEN, "half", uint32(FLAG.WRITE | FLAG.CREATE), PLAIN);
    client.send(packet(TYPE.WRITE, 5, Buffer.alloc(1000)).subarray(0, 500));
    assert.equal(await client.end(), 0);
  });
});

test("its memory is nobody's to write, not even the client's", { skip: !asRoot }, async () => {
  const client = await started([], ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
  for (const flags of [FLAG.READ, FLAG.READ | FLAG.WRITE]) {
    const { code } = await client.ask(TYPE.OPEN, "/proc/self/mem", uint32(flags), PLAIN);
    assert.equal(code, CODE.PERMISSION_DENIED);
  }
  assert.equal(await client.end(), 0);
});

test("a copy within the server: all of it, a part, and none from a file to itself", async () => {
  const room = join(folder(), "room");
  const content = Buffer.alloc(3_000_000, "0123456789");
  writeFileSync(join(room, "source"), content);
  const client = await started([]);
  const open = async (path: string, flags: number): Promise<Buffer> =>
    encode((await client.ask(TYPE.OPEN, path, uint32(flags), PLAIN)).handle!);
  const from = await open("source", FLAG.READ);
  const same = await open("source", FLAG.WRITE);
  const to = await open("copied", FLAG.WRITE | FLAG.CREATE);
  const append = await open("appended", FLAG.WRITE | FLAG.APPEND | FLAG.CREATE);
  const copy = async (...values: Buffer[]): Promise<number | undefined> =>
    (await client.ask(TYPE.EXTENDED, "copy-data", ...values)).code;
  assert.equal(await copy(from, uint64(0), uint64(0), to, uint64(0)), CODE.OK);
  assert.ok(readFileSync(join(room, "copied")).equals(content));
  assert.equal(await copy(from, uint64(5), uint64(10), to, uint64(3_000_000)), CODE.OK);
  assert.equal(statSync(join(room, "copied")).size, 3_000_010);
  assert.equal(await copy(from, uint64(0), uint64(10), append, uint64(99)), CODE.OK); // which the kernel won't copy to
  assert.equal(readFileSync(join(room, "appended"), "utf8"), "0123456789");
  assert.equal(await copy(from, uint64(0), uint64(0), same, uint64(10)), CODE.BAD_MESSAGE);
  assert.equal(await copy(from, uint64(2n ** 63n), uint64(0), to, uint64(0)), CODE.BAD_MESSAGE);
  assert.equal(await copy(from, uint64(3_000_000), uint64(0), to, uint64(0)), CODE.OK);
  assert.ok(readFileSync(join(room, "source")).equals(content));
  assert.equal(await client.end(), 0);
});
