/** A server that isn't root's serves the user whose it is, and nobody else: tinysshd, and tinysshnoneauthd. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { asRoot, type Account } from "../support/stage.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const owner: Account = { name: "owner", shell: "/bin/sh" };
const other: Account = { name: "other", shell: "/bin/sh" };

/** What becomes the first of the two users. */
function become(server: WrappedServer): string[] {
  const uid = server.stage.uid(owner);
  if (!asRoot) return [];
  execFileSync("chown", ["-R", String(uid), server.keyFolder]);
  return ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
}

const refused = /Permission denied/;

describe("tinysshd", () => {
  const server = new WrappedServer([owner, other]);
  before(() => server.start(become(server)));
  after(() => server.stop());

  test("its user logs in, and is who he was", async () => {
    const { stdout, stderr } = await server.ssh("owner", true, ["id -u; id -G; pwd; echo $USER"]);
    const { stage } = server;
    const groups = asRoot ? String(stage.gid(owner)) : stdout.toString().split("\n")[1];
    assert.equal(stdout.toString(), `${stage.uid(owner)}\n${groups}\n/srv/owner\nowner\n`, stderr);
  });

  test("with a terminal too", async () => {
    const { status, stdout, stderr } = await server.ssh("owner", true, ["-tt", "test -t 0 && tty"]);
    assert.deepEqual([status, /^\/dev\/pts\/\d+\r\n$/.test(stdout.toString())], [0, true], stderr);
  });

  test("nobody else can write to it but programs of the group tty", async () => {
    const { stdout } = await server.ssh("owner", true, ["-tt", "stat -Lc '%a %G' $(tty)"]);
    assert.match(stdout.toString(), /^(620 tty|600 .*)\r\n$/);
  });

  for (const user of ["other", "root", "nobody-at-all"]) {
    test(`${user} does not`, { skip: user === "other" && !asRoot }, async () => {
      const { status, stderr } = await server.ssh(user, true, ["id"]);
      assert.equal(status, 255);
      assert.match(stderr, refused);
      assert.match(server.log(), new RegExp(`account ${user}: not `));
    });
  }

  test("nor its user without a key", async () => {
    const { status, stderr } = await server.ssh("owner", false, ["id"]);
    assert.equal(status, 255);
    assert.match(stderr, refused);
  });
});

describe("tinysshnoneauthd", () => {
  const server = new WrappedServer([owner, other]);
  before(() => server.start(become(server), ["-x", "sftp=cat", "-e", "echo chosen; cat"], "tinysshnoneauthd"));
  after(() => server.stop());

  test("its user needs no proof, and gets the chosen program", async () => {
    const { status, stdout } = await server.ssh("owner", false, [], { input: "input" });
    assert.deepEqual([status, stdout.toString()], [0, "chosen\ninput"]);
  });

  test("no command and no subsystem is to be had", async () => {
    for (const words of [["id"], ["-s", "sftp"]]) {
      const { status, stdout } = await server.ssh("owner", false, words, { input: "" });
      assert.deepEqual([status, stdout.toString()], [255, ""]);
    }
  });

  test("variables don't reach the chosen program's shell", async () => {
    const options = ["-o", "SetEnv=BASH_ENV=/dev/stdin", "-o", "SetEnv=ENV=/dev/stdin"];
    const { stdout } = await server.ssh("owner", false, options, { input: "echo broken out" });
    assert.equal(stdout.toString(), "chosen\necho broken out");
  });

  for (const user of ["other", "root", "nobody-at-all", "owner\u0001"]) {
    test(`${JSON.stringify(user)} is refused`, { skip: user === "other" && !asRoot }, async () => {
      const { status, stderr } = await server.ssh(user, false, ["id"]);
      assert.equal(status, 255);
      assert.match(stderr, /Permission denied|invalid characters/);
    });
  }
});
