/** Dropbear's client: commands, data both ways, new keys when the server wants them, a terminal. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { run, type Result, type RunOptions } from "../support/openssh.ts";
import { SFTP_SERVER, underTest } from "../support/server.ts";
import { installed } from "../support/stage.ts";

const DATA_BYTES = 10_000_000;
/** Each direction of DATA_BYTES passes it many times. */
const REKEY_BYTES = 1 << 20;

const ours = underTest === "postern";
const limits = ours ? ["--rekey-bytes", String(REKEY_BYTES)] : [];
const server = commonServer({ options: ["-vvv", "-x", `sftp=${SFTP_SERVER}`, ...limits] });
const home = temporaryFolder();
const data = randomBytes(DATA_BYTES);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The key that every account admits, as Dropbear keeps it, and the host's key where Dropbear looks for it. */
function prepare(): void {
  execFileSync("dropbearconvert", ["openssh", "dropbear", server().key.path, join(home(), "key")], { stdio: "ignore" });
  mkdirSync(join(home(), ".ssh"));
  // Dropbear knows a host by its name alone, and minds the comment.
  writeFileSync(
    join(home(), ".ssh/known_hosts"),
    readFileSync(server().knownHosts, "utf8").replace(/^\S+ (\S+ \S+).*/, "127.0.0.1 $1"),
  );
}

/** The command line of dbclient; of two keys it offers the first one first. */
function command(words: string[], options: string[] = []): string[] {
  const port = ["-p", String(server().port)];
  return ["dbclient", ...options, "-i", join(home(), "key"), ...port, `${server().account.name}@127.0.0.1`, ...words];
}

function dbclient(words: string[], options: string[] = [], run_: RunOptions = {}): Promise<Result> {
  return run(command(words, options), { ...run_, environment: { ...process.env, HOME: home() } });
}

describe("dbclient", { skip: !installed("dbclient") }, () => {
  before(prepare);

  test("runs a command: output, errors, status", async () => {
    const { status, stdout, stderr } = await dbclient(["echo out; echo errors >&2; exit 7"]);
    assert.deepEqual([status, stdout.toString(), stderr], [7, "out\n", "errors\n"]);
  });

  test("a shell without a terminal", async () => {
    const { status, stdout } = await dbclient([], ["-T"], { input: "echo in; exit 3\n" });
    assert.deepEqual([status, stdout.toString()], [3, "in\n"]);
  });

  test("a P-256 key made by dropbearkey", { skip: underTest === "tinysshd" }, async () => {
    const path = join(home(), "p256");
    const printed = execFileSync("dropbearkey", ["-t", "ecdsa", "-s", "256", "-f", path], { stdio: "pipe" }).toString();
    const line = printed.split("\n").find((text) => text.startsWith("ecdsa-sha2-nistp256 "))!;
    const { stage, account, key } = server();
    stage.authorize(account, [line]);
    try {
      const { stdout, stderr } = await dbclient(["echo in"], ["-i", path]);
      assert.equal(stdout.toString(), "in\n", stderr);
    } finally {
      stage.authorize(account, [key.line]);
    }
  });

  test("no other key", async () => {
    const { path } = makeKey(join(home(), "stranger"));
    const stranger = join(home(), "stranger.dropbear");
    execFileSync("dropbearconvert", ["openssh", "dropbear", path, stranger], { stdio: "ignore" });
    const line = command(["true"]).map((word) => (word === join(home(), "key") ? stranger : word));
    const { status, stderr } = await run(line, { environment: { ...process.env, HOME: home() }, input: "" });
    assert.equal(status, 1);
    assert.match(stderr, /No auth methods could be used/);
  });

  test("upload", async () => {
    const { stdout, stderr } = await dbclient(["sha256sum"], [], { input: data });
    assert.equal(stdout.toString("latin1", 0, 64), sha256(data), stderr);
  });

  test("download", async () => {
    writeFileSync(join(server().stage.home(server().account), "data"), data);
    const { stdout, stderr } = await dbclient(["cat data"]);
    assert.equal(sha256(stdout), sha256(data), stderr);
  });

  test("both at once", async () => {
    const { stdout, stderr } = await dbclient(["cat"], [], { input: data });
    assert.equal(sha256(stdout), sha256(data), stderr);
  });

  test("the server has asked for new keys all the time", { skip: !ours }, () => {
    const exchanges = server().log().split("key exchange: ").length - 1;
    assert.ok(exchanges > 20, `${exchanges} key exchanges`);
  });

  test("the SFTP subsystem starts", async () => {
    // SSH_FXP_INIT, version 3; the answer begins with its length, SSH_FXP_VERSION and the version.
    const init = "'\\0\\0\\0\\5\\1\\0\\0\\0\\3'";
    const line = command(["sftp"], ["-s"]).map((word) => `'${word}'`);
    // The input stays open until then: sftp-server throws its answer away at the end of its input.
    const script = `(printf ${init}; sleep 1) | ${line.join(" ")}`;
    const { stdout } = await run(["sh", "-c", script], { environment: { ...process.env, HOME: home() } });
    assert.equal(stdout.toString("hex", 4, 9), "0200000003");
  });

  test("a terminal: size, input, exit", { skip: !installed("expect") }, async () => {
    // Within a shell, which keeps the terminal open: dbclient closes it before it ends, and as the
    // terminal's session leader it would then be sent SIGHUP.
    const text = `
      set timeout 5
      set stty_init {rows 31 columns 101}
      spawn -noecho sh -c {"$@"; exit $?} sh ${command(["tty; stty size; read line; echo got $line; exit 6"], ["-t"])
        .map((word) => `{${word}}`)
        .join(" ")}
      expect -re {/dev/pts/\\d+\\s+31 101} {} default { exit 99 }
      send "something\\r"
      expect "got something" {} default { exit 98 }
      expect eof
      exit [lindex [wait] 3]
    `;
    const environment = { ...process.env, HOME: home(), TERM: "vt220" };
    const { status, stdout } = await run(["expect", "-c", text], { environment });
    assert.equal(status, 6, stdout.toString());
  });
});
