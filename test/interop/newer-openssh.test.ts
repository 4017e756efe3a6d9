/** OpenSSH 10's client: the post-quantum key exchanges under their standard names, and what it has learned since 9.2. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { root } from "../../src/native/build.ts";
import { commonServer } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { run, sshCommand, type Result, type RunOptions } from "../support/openssh.ts";
import { underTest } from "../support/server.ts";
import { installed } from "../support/stage.ts";

const DATA_BYTES = 10_000_000;

/** The first run downloads the client. */
const found = spawnSync(join(root, "script/newer-ssh"), { encoding: "utf8" });
const program = found.stdout.trim();
const skip =
  found.status !== 0 ? `no newer OpenSSH is to be had: ${found.stderr.trim()}` : underTest !== "postern" && underTest;

const server = commonServer();
const data = randomBytes(DATA_BYTES);

/** The command line, which says no more than it would to a user: the level at which warnings are shown. */
function command(options: string[], words: string[]): string[] {
  return [program, ...sshCommand(server(), [...options, "-o", "LogLevel=INFO"], words).slice(1)];
}

const ssh = (options: string[], words: string[], run_: RunOptions = {}): Promise<Result> =>
  run(command(options, words), run_);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("OpenSSH 10", { skip }, () => {
  test("a login is post-quantum by default, and nothing is warned of", async () => {
    const { status, stdout, stderr } = await ssh([], ["echo in; exit 3"]);
    assert.deepEqual([status, stdout.toString(), stderr], [3, "in\n", ""]);
    const { stderr: trace } = await ssh(["-v"], ["true"]);
    assert.match(trace, /kex: algorithm: (mlkem768x25519-sha256|sntrup761x25519-sha512)\r?\n/);
  });

  for (const name of ["mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com"]) {
    describe(name, () => {
      const options = ["-o", `KexAlgorithms=${name}`];

      test("is what was agreed on", async () => {
        const { status, stderr } = await ssh([...options, "-o", "LogLevel=DEBUG1"], ["true"]);
        assert.equal(status, 0, stderr);
        assert.ok(stderr.includes(`kex: algorithm: ${name}\r\n`), stderr);
      });

      test("10 MB up, with new keys on the way", async () => {
        const { stdout, stderr } = await ssh([...options, "-o", "RekeyLimit=3M"], ["sha256sum"], { input: data });
        assert.equal(stdout.toString("latin1", 0, 64), sha256(data), stderr);
      });

      test("10 MB there and back", async () => {
        const { stdout, stderr } = await ssh(options, ["cat"], { input: data });
        assert.equal(sha256(stdout), sha256(data), stderr);
      });
    });
  }

  for (const type of ["ed25519", "ecdsa"] as const) {
    test(`extensions are heard of, and used to log in with a key of type ${type}`, async () => {
      const key = makeKey(join(server().stage.folder, type), type);
      server().stage.authorize(server().account, [server().key.line, key.line]);
      const words = command(["-o", "LogLevel=DEBUG3"], ["true"]);
      const mine = `IdentityFile=${server().key.path}`;
      const { status, stderr } = await run(words.map((word) => (word === mine ? `IdentityFile=${key.path}` : word)));
      assert.equal(status, 0, stderr);
      assert.match(stderr, /server-sig-algs=<ssh-ed25519,\S*ecdsa-sha2-nistp256\b.*>/);
      assert.match(stderr, /kex_ext_info_check_ver: publickey-hostbound@openssh\.com=<0>/);
      assert.match(stderr, /kex_ext_info_check_ver: ping@openssh\.com=<0>/);
      assert.match(stderr, /will use strict KEX ordering/);
      assert.match(stderr, /sign_and_send_pubkey: using publickey-hostbound-v00@openssh\.com/);
    });
  }

  test("keystrokes on a terminal are hidden among pings", { skip: !installed("expect") }, async () => {
    const trace = join(server().stage.folder, "client.log");
    const words = command(["-tt", "-E", trace, "-o", "LogLevel=DEBUG3"], []);
    const text = `
      set timeout 5
      spawn -noecho ${words.map((word) => `{${word}}`).join(" ")}
      expect {$ } {} default { exit 99 }
      foreach key {e c h o { } i n} { send -- $key; after 60 }
      send "side\\r"
      expect -ex "\ninside" {} default { exit 98 }
      send "exit 3\\r"
      expect eof
      exit [lindex [wait] 3]
    `;
    const { status, stdout } = await run(["expect", "-c", text]);
    assert.equal(status, 3, stdout.toString());
    const chaff = /obfuscate_keystroke_timing: stopping: .*\((\d+) chaff packets sent\)/.exec(
      readFileSync(trace, "utf8"),
    );
    assert.ok(Number(chaff?.[1]) > 0, "pings were sent");
  });
});
