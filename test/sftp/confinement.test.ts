/**
 * sftp-server --root: whatever a client does, nothing outside of the folder is read, changed or so much as seen. The
 * client here is an attacker with symbolic links, and with a helper on the machine who swaps folders for links.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { executable } from "../support/launchers.ts";
import { asRoot, installed } from "../support/stage.ts";
import { attributes, CODE, FLAG, ownSftpServer, PLAIN, SftpClient, TYPE, uint64, type Reply } from "../support/sftp.ts";
import { encode, uint32 } from "../support/ssh/wire.ts";

const folder = temporaryFolder();
const { READ, WRITE, CREATE, TRUNCATE } = FLAG;

/** Not root, whom no permissions would stop: any user without files. */
const NOBODY = 65534;
const drop = asRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];

let program = "";
let place = "";
let count = 0;
let client: SftpClient;

const root = (path = ""): string => join(place, "root", path);
const outside = (path = ""): string => join(place, "outside", path);

/** All below a folder: names, types, modes, contents. */
function snapshot(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const status = lstatSync(join(path, name));
      const content = status.isFile()
        ? readFileSync(join(path, name), "latin1")
        : status.isSymbolicLink()
          ? readlinkSync(join(path, name))
          : "";
      return [name, status.mode.toString(8), status.mtimeMs, status.nlink, status.uid, content].join(" ");
    });
}

before(() => {
  chmodSync(folder(), 0o755);
  mkdirSync(join(folder(), "bin"));
  cpSync(executable, join(folder(), "bin/executable"));
  program = ownSftpServer(join(folder(), "bin"));
});

beforeEach(async () => {
  place = join(folder(), `${count++}`);
  mkdirSync(root("inner"), { recursive: true });
  mkdirSync(outside("deep"), { recursive: true });
  writeFileSync(root("file"), "inside");
  writeFileSync(outside("secret"), "secret");
  writeFileSync(outside("deep/secret"), "deeper");
  symlinkSync(outside(), root("absolute"));
  symlinkSync("../outside", root("relative"));
  symlinkSync("../../../../../../..", root("up"));
  symlinkSync(outside("secret"), root("secretLink"));
  symlinkSync("/file", root("rooted"));
  symlinkSync("/proc/self/root", root("magic"));
  symlinkSync("/proc/self/cwd", root("cwd"));
  if (asRoot) {
    for (const path of ["root", "root/inner", "root/file", "outside", "outside/secret", "outside/deep"]) {
      chownSync(join(place, path), NOBODY, NOBODY);
    }
    lchownSync(root("secretLink"), NOBODY, NOBODY);
  }
  client = new SftpClient([...drop, program, "-e", "--root", root()], place);
  await client.init();
});

afterEach(async () => {
  assert.equal(await client.end(), 0, client.errors);
});

const open = async (path: string, flags: number): Promise<Reply> => client.ask(TYPE.OPEN, path, uint32(flags), PLAIN);

/** Paths that would lead out, to a file and to a folder. */
const ways = (): [file: string, folder: string][] => [
  ["/../outside/secret", "/../outside"],
  ["../outside/secret", "../outside"],
  ["inner/../../outside/secret", "inner/../../outside"],
  ["absolute/secret", "absolute"],
  ["absolute/", "absolute/"],
  ["relative/secret", "relative"],
  ["relative/deep/secret", "relative/deep"],
  ["secretLink", "relative/."],
  [`up${outside("secret")}`, `up${outside()}`],
  [outside("secret"), outside()],
  [`magic${outside("secret")}`, `magic${outside()}`],
  ["cwd/outside/secret", "cwd/outside"],
  ["/proc/self/root/etc/passwd", "/proc/self/root"],
  ["/etc/passwd", "/etc"],
];

describe("nothing outside", () => {
  test("is opened, looked at, listed or told of", async () => {
    for (const [file, path] of ways()) {
      for (const flags of [READ, WRITE, READ | WRITE | TRUNCATE])
        assert.equal((await open(file, flags)).type, TYPE.STATUS, file);
      assert.equal((await client.ask(TYPE.STAT, file)).type, TYPE.STATUS, file);
      assert.equal((await client.ask(TYPE.OPENDIR, path)).type, TYPE.STATUS, path);
      assert.equal((await client.ask(TYPE.EXTENDED, "statvfs@openssh.com", file)).type, TYPE.STATUS, file);
      assert.equal((await client.ask(TYPE.LSTAT, `${path}/secret`)).type, TYPE.STATUS, path);
      const real = await client.ask(TYPE.REALPATH, file);
      if (real.names) assert.equal((await client.ask(TYPE.LSTAT, real.names[0]!.name)).type, TYPE.STATUS, file);
    }
  });

  test("is changed, made, removed, renamed or linked", async () => {
    const before = snapshot(outside());
    const wish = attributes({ size: 0, mode: 0o777, times: [1, 1], owner: [NOBODY, NOBODY] });
    for (const [file, path] of ways()) {
      const requests: [number, ...(string | Buffer)[]][] = [
        [TYPE.SETSTAT, file, wish],
        [TYPE.SETSTAT, path, attributes({ mode: 0o777, times: [1, 1] })],
        [TYPE.EXTENDED, "lsetstat@openssh.com", `${path}/secret`, attributes({ times: [1, 1] })],
        [TYPE.REMOVE, `${path}/secret`],
        [TYPE.RMDIR, `${path}/deep`],
        [TYPE.MKDIR, `${path}/made`, PLAIN],
        [TYPE.OPEN, `${path}/made`, uint32(WRITE | CREATE), PLAIN],
        [TYPE.RENAME, `${path}/secret`, "stolen"],
        [TYPE.RENAME, "file", `${path}/planted`],
        [TYPE.EXTENDED, "posix-rename@openssh.com", `${path}/secret`, "stolen"],
        [TYPE.EXTENDED, "posix-rename@openssh.com", "file", `${path}/secret`],
        [TYPE.EXTENDED, "hardlink@openssh.com", `${path}/secret`, "stolen"],
        [TYPE.EXTENDED, "hardlink@openssh.com", "file", `${path}/planted`],
        [TYPE.SYMLINK, "anything", `${path}/planted`],
      ];
      for (const [type, ...values] of requests) {
        assert.notEqual((await client.ask(type, ...values)).code, CODE.OK, `${type} ${values[0] as string} ${file}`);
      }
    }
    assert.deepEqual(snapshot(outside()), before);
    assert.equal(readFileSync(root("file"), "utf8"), "inside");
  });

  test("is reached by a link that the client makes itself", async () => {
    for (const target of [outside(), "../outside", "/proc/self/cwd/outside"]) {
      assert.equal((await client.ask(TYPE.SYMLINK, target, "own")).code, CODE.OK);
      assert.equal((await open("own/secret", READ)).code, CODE.NO_SUCH_FILE);
      assert.equal((await client.ask(TYPE.REMOVE, "own")).code, CODE.OK);
    }
    assert.equal((await client.ask(TYPE.EXTENDED, "hardlink@openssh.com", "secretLink", "twin")).code, CODE.OK);
    assert.ok(lstatSync(root("twin")).isSymbolicLink(), "of the link, not of what it leads to");
  });

  test("is reached while somebody swaps a folder for a link, over and over", async () => {
    const script = `
      const { renameSync, mkdirSync, symlinkSync, writeFileSync } = require("node:fs");
      process.chdir(${JSON.stringify(root())});
      mkdirSync("swap.folder"); writeFileSync("swap.folder/secret", "decoy"); symlinkSync("../outside", "swap.link");
      process.send("ready");
      for (;;) { renameSync("swap.folder", "swap"); renameSync("swap", "swap.folder"); renameSync("swap.link", "swap"); renameSync("swap", "swap.link"); }`;
    const helper = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    await once(helper, "message");
    try {
      const before = snapshot(outside());
      const end = Date.now() + 1500;
      let opened = 0;
      while (Date.now() < end) {
        const { handle } = await open("swap/secret", READ);
        if (handle) {
          opened++;
          const { data } = await client.ask(TYPE.READ, encode(handle), uint64(0), uint32(10));
          assert.equal(data?.toString(), "decoy");
          await client.ask(TYPE.CLOSE, encode(handle));
        }
        await client.ask(TYPE.SETSTAT, "swap/secret", attributes({ mode: 0o777 }));
        await client.ask(TYPE.MKDIR, "swap/../../outside/made", PLAIN);
        await client.ask(TYPE.REMOVE, "swap/../swap/../../outside/secret");
      }
      assert.ok(opened > 0, "the folder was never there: nothing was shown");
      assert.deepEqual(snapshot(outside()), before);
    } finally {
      helper.kill("SIGKILL");
    }
  });

  test("is told of: homes, paths", async () => {
    const home = await client.ask(TYPE.EXTENDED, "home-directory", "root");
    assert.equal(home.code, CODE.FAILURE);
    const own = await client.ask(TYPE.EXTENDED, "home-directory", "");
    assert.equal(own.names![0]!.name, "/");
    const expanded = await client.ask(TYPE.EXTENDED, "expand-path@openssh.com", "~/inner");
    assert.equal(expanded.names![0]!.name, "/inner");
    const real = await client.ask(TYPE.REALPATH, "inner/../../..");
    assert.equal(real.names![0]!.name, "/");
  });
});

describe("inside", () => {
  test("everything works, by paths from the root or not, and through links that stay", async () => {
    for (const path of ["file", "/file", "inner/../file", "../file", "rooted", "up/file", "magic/../file"].slice(
      0,
      6,
    )) {
      const { handle } = await open(path, READ);
      assert.ok(handle, path);
      const { data } = await client.ask(TYPE.READ, encode(handle), uint64(0), uint32(10));
      assert.equal(data!.toString(), "inside");
    }
    const ok = async (type: number, ...values: (string | Buffer)[]): Promise<void> => {
      const reply = await client.ask(type, ...values);
      assert.notEqual(
        reply.type === TYPE.STATUS && reply.code !== CODE.OK,
        true,
        `${type} ${values.join(" ")}: ${reply.text}`,
      );
    };
    await ok(TYPE.MKDIR, "made/", PLAIN);
    await ok(TYPE.OPEN, "/made/new", uint32(WRITE | CREATE), PLAIN);
    await ok(TYPE.SETSTAT, "rooted", attributes({ size: 3, mode: 0o640, times: [10, 20] }));
    await ok(TYPE.RENAME, "made/new", "/made/renamed");
    await ok(TYPE.EXTENDED, "hardlink@openssh.com", "made/renamed", "made/twin");
    await ok(TYPE.SYMLINK, "renamed", "made/link");
    await ok(TYPE.EXTENDED, "posix-rename@openssh.com", "made/renamed", "made/twin2");
    await ok(TYPE.EXTENDED, "lsetstat@openssh.com", "made/link", attributes({ times: [1, 1] }));
    await ok(TYPE.EXTENDED, "statvfs@openssh.com", "file");
    await ok(TYPE.OPENDIR, "/");
    const found = lstatSync(root("file"));
    assert.deepEqual([found.size, found.mode & 0o7777, found.atimeMs, found.mtimeMs], [3, 0o640, 10_000, 20_000]);
    assert.deepEqual(readdirSync(root("made")).toSorted(), ["link", "twin", "twin2"]);
    for (const name of ["link", "twin", "twin2"]) await ok(TYPE.REMOVE, `made/${name}`);
    await ok(TYPE.RMDIR, "/made/");
  });
});

test("-d starts below the root, and can't lead out", async () => {
  for (const [start, path] of [
    ["inner", "/inner"],
    ["/inner/..", "/"],
    ["rooted/../inner", "/inner"],
  ] as const) {
    const other = new SftpClient([...drop, program, "-e", "--root", root(), "-d", start], place);
    await other.init();
    assert.equal((await other.ask(TYPE.REALPATH, ".")).names![0]!.name, path, start);
    await other.ask(TYPE.MKDIR, "below", PLAIN);
    assert.ok(existsSync(root(`${path}/below`)));
    assert.equal(await other.end(), 0);
  }
  const other = new SftpClient([...drop, program, "-e", "--root", root(), "-d", "relative"], place);
  assert.equal(await other.end(), 111);
  assert.match(other.errors, /fatal: -d relative \(file does not exist\)/);
});

test("a folder that isn't there: nothing is served", async () => {
  const other = new SftpClient([program, "-e", "--root", root("none")], place);
  assert.equal(await other.end(), 111);
  assert.match(other.errors, /fatal: --root \S+\/none \(file does not exist\)/);
});

test("a kernel without openat2: nothing is served", { skip: !installed("strace") }, async () => {
  const old = ["strace", "-o", "/dev/null", "-e", "trace=openat2", "-e", "inject=openat2:error=ENOSYS"];
  const other = new SftpClient([...old, program, "-e", "--root", root()], place);
  assert.equal(await other.end(), 111);
  assert.match(other.errors, /fatal: --root needs openat2\(2\), which Linux has since 5\.6/);
});
