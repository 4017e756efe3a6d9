/** Users and groups: those of the files, those that only getent knows, and names that must not reach it. */
import assert from "node:assert/strict";
import { appendFileSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { asRoot, installed, type Account } from "../support/stage.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const local: Account = { name: "local", shell: "/bin/sh" };
let server: WrappedServer;
const inFolder = (name: string): string => join(server.stage.folder, name);

/** Stands in for a directory server: what it knows is in a file, and what it was asked goes to another. */
const getent = (): string => `#!/bin/sh
echo "$#:$1:$2:$(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | tr '\\n' ' ')" >> ${inFolder("getent.asked")}
exec grep "^$1 " ${inFolder("getent.known")} | grep " $2[: ]" | cut -d' ' -f2-
`;

const known = [
  "passwd remote:x:61300:61300:Remote:/srv/remote:/bin/sh",
  "initgroups remote                61300 61301 61302 61301",
  "passwd alias:x:61300:61300:Remote:/srv/remote:/bin/sh",
  "passwd noshell:x:61300:61300::/srv/remote:",
  "passwd wrong:x:6x:61300::/srv/remote:/bin/sh",
  "passwd nobody-but-all:x:4294967295:61300::/srv/remote:/bin/sh",
  "passwd short:x:61300:61300::/srv/remote",
];

async function start(): Promise<void> {
  server = new WrappedServer([local]);
  writeFileSync(inFolder("getent"), getent(), { mode: 0o755 });
  writeFileSync(inFolder("getent.known"), `${known.join("\n")}\n`);
  writeFileSync(inFolder("getent.asked"), "");
  const home = join(inFolder("homes"), "remote");
  mkdirSync(join(home, ".ssh"), { recursive: true });
  writeFileSync(join(home, ".ssh/authorized_keys"), server.key.line);
  for (const path of [home, join(home, ".ssh"), join(home, ".ssh/authorized_keys")]) chownSync(path, 61300, 61300);
  appendFileSync(
    inFolder("group"),
    "first:x:61400:other,local\nbroken:x:many:local\nlast:x:61401:local,locals\nnot:x:61402:locals\n",
  );
  appendFileSync(inFolder("group"), "too:many:61403:local:fields\ntwice:x:61400:local\nmixed:x:61404:remote");
  await server.start(["sh", "-c", 'mount --bind "$0" /usr/bin/getent && exec "$@"', inFolder("getent")]);
}

/** What `id` says of a user who logs in; nothing if that fails. */
const ids = async (user: string): Promise<string> => {
  const { stdout } = await server.ssh(user, true, ["echo $(id -u) $(id -g) $(id -G)"]);
  return stdout.toString().trim();
};

describe("accounts", { skip: !asRoot || !installed("getent") }, () => {
  before(start);
  after(() => server.stop());

  test("groups of /etc/group: those that list the user, each once", async () => {
    const uid = server.stage.uid(local);
    assert.equal(await ids("local"), `${uid} ${uid} ${uid} 61400 61401`);
  });

  test("a user that only getent knows, with the groups of both", async () => {
    assert.equal(await ids("remote"), "61300 61300 61300 61301 61302 61404");
    const asked = readFileSync(inFolder("getent.asked"), "utf8").split("\n");
    assert.equal(asked[0], "2:passwd:remote:PATH=/usr/sbin:/usr/bin:/sbin:/bin ");
    assert.equal(asked[1], "2:initgroups:remote:PATH=/usr/sbin:/usr/bin:/sbin:/bin ");
  });

  test("no shell means /bin/sh", async () => {
    const { stdout } = await server.ssh("noshell", true, ["echo $SHELL $0"]);
    assert.equal(stdout.toString(), "/bin/sh /bin/sh\n");
  });

  for (const user of ["wrong", "nobody-but-all", "short", "remot", "unknown"]) {
    test(`${user} is no user`, async () => {
      assert.equal(await ids(user), "");
      assert.match(server.log(), new RegExp(`account ${user}: not exist\n`));
    });
  }

  for (const user of ["-s", "--help", "+remote", "0", "61300", "remote:x", "re mote", "../remote", "remote\u007f"]) {
    test(`${JSON.stringify(user)} is not asked for`, async () => {
      writeFileSync(inFolder("getent.asked"), "");
      const { status } = await server.ssh(user, true, ["id"]);
      assert.equal(status, 255);
      assert.equal(readFileSync(inFolder("getent.asked"), "utf8"), "");
    });
  }
});
