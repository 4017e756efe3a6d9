/**
 * Files through the built-in SFTP server, by those who would use it: OpenSSH's sftp and scp, sshfs, asyncssh; and beside
 * it rsync and git, which start a program of their own at the other end.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { clientOptions, run, ssh, sshCommand, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { Server, underTest } from "../support/server.ts";
import { asRoot, installed } from "../support/stage.ts";

const ours = underTest === "postern";
const server = commonServer({ options: ["-vv"] });
const folder = temporaryFolder();
const skip = ours ? false : "the built-in server is ours";

const FILE_BYTES = 8_000_000;

const remote = (): string => `${server().account.name}@127.0.0.1`;
const port = (): string => String(server().port);
const home = (name: string): string => join(server().stage.home(server().account), name);

/** A file with random content, in our folder or in the account's home. */
function makeFile(path: string, bytes = FILE_BYTES): Buffer {
  const data = randomBytes(bytes);
  writeFileSync(path, data);
  if (asRoot) chownSync(path, server().stage.uid(server().account), server().stage.gid(server().account));
  return data;
}

function sftp(batch: string[], options: string[] = [], to = server()): Promise<Result> {
  const command = ["sftp", ...options, ...clientOptions(to), "-P", String(to.port), "-b", "-"];
  return run([...command, `${to.account.name}@127.0.0.1`], { input: `${batch.join("\n")}\n`, folder: folder() });
}

async function succeeds(result: Promise<Result>): Promise<string> {
  const { status, stderr, stdout } = await result;
  assert.equal(status, 0, stderr);
  return stdout.toString();
}

describe("sftp", { skip }, () => {
  test("puts, gets, makes, renames, links, changes, lists, removes", async () => {
    const data = makeFile(join(folder(), "put"));
    const other = makeFile(home("other"));
    const said = await succeeds(
      sftp([
        "pwd",
        "put put uploaded",
        "get other downloaded",
        "mkdir box",
        "rename uploaded box/file",
        "symlink box/file link",
        "ln other twin",
        "chmod 600 box/file",
        "ls -l box",
        "df -h .",
        "rm other",
        "mkdir empty",
        "rmdir empty",
      ]),
    );
    assert.match(said, new RegExp(`Remote working directory: ${server().stage.homeOnStage(server().account)}\n`));
    assert.ok(readFileSync(home("box/file")).equals(data));
    assert.ok(readFileSync(join(folder(), "downloaded")).equals(other));
    assert.equal(readlinkSync(home("link")), "box/file");
    assert.equal(statSync(home("box/file")).mode & 0o7777, 0o600);
    assert.equal(statSync(home("box/file")).uid, server().stage.uid(server().account));
    assert.match(said, new RegExp(`-rw------- .* ${server().account.name} .*${FILE_BYTES} .*box/file`));
    assert.match(said, /%Capacity/);
    assert.ok(!existsSync(home("other")) && !existsSync(home("empty")));
    assert.ok(readFileSync(home("twin")).equals(other));
  });

  test("goes on where it was cut off, in both directions", async () => {
    const data = makeFile(join(folder(), "whole"));
    await succeeds(sftp(["put whole kept", "get kept got"]));
    truncateSync(home("kept"), 3_000_000);
    truncateSync(join(folder(), "got"), 5_000_000);
    await succeeds(sftp(["reput whole kept", "reget kept got"]));
    assert.ok(readFileSync(home("kept")).equals(data));
    assert.ok(readFileSync(join(folder(), "got")).equals(data));
  });

  test("a folder with thousands of files, there and back", async () => {
    const many = join(folder(), "many");
    mkdirSync(many);
    for (let i = 0; i < 3000; i++) writeFileSync(join(many, `${i}`.padStart(1 + (i % 200), "n")), `${i}`);
    await succeeds(sftp(["put -r many", "get -r many back"]));
    const names = readdirSync(many).toSorted();
    assert.deepEqual(readdirSync(join(folder(), "back")).toSorted(), names);
    for (const name of names.slice(0, 100)) {
      assert.equal(readFileSync(join(folder(), "back", name), "utf8"), readFileSync(join(many, name), "utf8"));
    }
  });

  test("small requests, many at a time", async () => {
    const data = makeFile(home("small"), 1_000_003);
    await succeeds(sftp(["get small small", "put small again"], ["-B", "1000", "-R", "200"]));
    assert.ok(readFileSync(join(folder(), "small")).equals(data));
    assert.ok(readFileSync(home("again")).equals(data));
  });

  test("what fails is said, and the session goes on", async () => {
    const { status, stderr, stdout } = await sftp(["-get absent", "-put nothing", "-ls /root/absent", "pwd"]);
    assert.equal(status, 0);
    assert.match(stderr, /absent" not found/);
    assert.match(stdout.toString(), /Remote working directory/);
  });

  test("the log tells what was done", () => {
    assert.match(server().log(), /: info: exec: \S+: 0: by the client: internal-sftp\n/);
    assert.match(server().log(), /: debug: sftp: open "\S*\/uploaded"\n/);
    assert.match(server().log(), /: debug: sftp: close "\S*\/uploaded": 0 bytes read, 8000000 written\n/);
    assert.match(server().log(), /: debug: sftp: rename "\S*\/uploaded" "\S*box\/file"\n|posix-rename/);
  });
});

describe("others", { skip }, () => {
  test("scp, which uses SFTP, there and back, with a folder", async () => {
    const scp = (from: string, to: string): Promise<Result> =>
      run(["scp", "-s", "-r", "-p", ...clientOptions(server()), "-P", port(), from, to]);
    mkdirSync(join(folder(), "tree/below"), { recursive: true });
    const data = makeFile(join(folder(), "tree/below/file"));
    await succeeds(scp(join(folder(), "tree"), `${remote()}:tree`));
    assert.ok(readFileSync(home("tree/below/file")).equals(data));
    await succeeds(scp(`${remote()}:~/tree`, join(folder(), "treeBack")));
    assert.ok(readFileSync(join(folder(), "treeBack/below/file")).equals(data));
    assert.equal(
      Math.floor(statSync(join(folder(), "treeBack/below/file")).mtimeMs / 1000),
      Math.floor(statSync(join(folder(), "tree/below/file")).mtimeMs / 1000),
    );
  });

  test("rsync", { skip: !installed("rsync") }, async () => {
    const shell = sshCommand(server(), []).slice(0, -1).join(" ");
    mkdirSync(join(folder(), "synced"));
    const data = makeFile(join(folder(), "synced/file"));
    const rsync = (from: string, to: string): Promise<Result> => run(["rsync", "-a", "-e", shell, from, to]);
    await succeeds(rsync(`${join(folder(), "synced")}/`, `${remote()}:synced`));
    assert.ok(readFileSync(home("synced/file")).equals(data));
    await succeeds(rsync(`${remote()}:synced/`, join(folder(), "syncedBack")));
    assert.ok(readFileSync(join(folder(), "syncedBack/file")).equals(data));
  });

  test("git", { skip: !installed("git") }, async () => {
    const environment = {
      ...process.env,
      GIT_SSH_COMMAND: sshCommand(server(), []).slice(0, -1).join(" "),
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
    };
    const work = join(folder(), "work");
    const git = (...words: string[]): Promise<string> =>
      succeeds(run(["git", "-c", "user.name=v", "-c", "user.email=v@example.org", ...words], { environment }));
    await succeeds(ssh(server(), ["git init -q --bare -b main kept.git"]));
    await git("init", "-q", "-b", "main", work);
    makeFile(join(work, "file"), 1_000_000);
    await git("-C", work, "add", "file");
    await git("-C", work, "commit", "-qm", "One");
    await git("-C", work, "push", "-q", `${remote()}:kept.git`, "main");
    await git("clone", "-q", `${remote()}:kept.git`, join(folder(), "clone"));
    assert.ok(readFileSync(join(folder(), "clone/file")).equals(readFileSync(join(work, "file"))));
  });

  const mountable = asRoot && installed("sshfs") && existsSync("/dev/fuse");
  test("sshfs", { skip: mountable ? false : "there is no sshfs, or no FUSE" }, async (context) => {
    const mount = join(folder(), "mount");
    mkdirSync(mount);
    const options = clientOptions(server()).slice(2);
    const command = ["sshfs", "-f", "-p", port(), "-F", "/dev/null", ...options, `${remote()}:`, mount];
    let ended = false;
    const mounted = run(command, { timeout: 60_000 }).finally(() => (ended = true));
    const device = lstatSync(mount).dev;
    await until(() => ended || lstatSync(mount).dev !== device, 30_000);
    if (ended) return context.skip(`FUSE is not to be had here: ${(await mounted).stderr}`);
    try {
      const data = randomBytes(FILE_BYTES);
      writeFileSync(join(mount, "viaFuse"), data);
      assert.ok(readFileSync(home("viaFuse")).equals(data));
      assert.ok(readFileSync(join(mount, "viaFuse")).equals(data));
      mkdirSync(join(mount, "fuseFolder"));
      assert.ok(readdirSync(mount).includes("fuseFolder"));
    } finally {
      execFileSync("fusermount3", ["-u", mount]);
      await mounted;
    }
  });
});

describe("who gets it", { skip }, () => {
  /** A session of sftp with a server that was started for it. */
  async function attempt(options: string[], shell = "/bin/sh", keyOptions = ""): Promise<Result & { log: string }> {
    const own = await Server.start({ options: ["-v", ...options], accounts: [{ name: "visitor", shell }] });
    try {
      if (keyOptions !== "") own.stage.authorize(own.account, [`${keyOptions} ${own.key.line}`]);
      writeFileSync(join(folder(), "offered"), "offered");
      const result = await sftp(["pwd", "put offered"], [], own);
      await own.idle();
      return { ...result, log: own.log() };
    } finally {
      await own.stop();
    }
  }

  test("not who may not log in", async () => {
    const { status, log } = await attempt([], "/usr/sbin/nologin");
    assert.notEqual(status, 0);
    assert.match(log, /sftp: refused: the shell \/usr\/sbin\/nologin may not want it/);
  });

  test("not whose shell restricts", async () => {
    assert.notEqual((await attempt([], "/bin/rbash")).status, 0);
  });

  test("nobody, if -x sftp= says so", async () => {
    const { status, log } = await attempt(["-x", "sftp="]);
    assert.notEqual(status, 0);
    assert.doesNotMatch(log, /sftp: session/);
  });

  test("nobody, if -e names the only command", async () => {
    assert.notEqual((await attempt(["-e", "echo no"])).status, 0);
  });

  test("another command, through the shell", async () => {
    const { status, log } = await attempt(["-x", "sftp=/usr/lib/openssh/sftp-server"]);
    assert.equal(status, 0);
    assert.doesNotMatch(log, /sftp: session/);
  });

  test("our own with options", async () => {
    const { status, stdout, stderr } = await attempt(["-x", "sftp=internal-sftp -R --root /usr"]);
    assert.notEqual(status, 0);
    assert.match(stdout.toString(), /Remote working directory: \/\n/);
    assert.match(stderr, /Permission denied/i);
  });

  test("our own as a key's command, whatever is asked for", async () => {
    const { status, stdout, stderr } = await attempt(
      [],
      "/bin/sh",
      'restrict,command="internal-sftp --root /usr -d /lib"',
    );
    assert.notEqual(status, 0);
    assert.match(stdout.toString(), /Remote working directory: \/lib\n/);
    assert.match(stderr, /Permission denied/i);
  });

  test("not under a key's other command", async () => {
    assert.notEqual((await attempt([], "/bin/sh", 'command="true"')).status, 0);
  });
});
