/** Several users on root's server, root among them: who they are then, and exactly what their programs are given. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeKey } from "../support/keys.ts";
import { asRoot, installed, type Account } from "../support/stage.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const ada: Account = { name: "ada", shell: "/bin/sh" };
const bob: Account = { name: "bob", shell: "/bin/bash" };
const plain: Account = { name: "plain", shell: "" };
/** Shows its environment, to which a shell would add. */
const shown: Account = { name: "shown", shell: "/usr/bin/env" };
const refusing: Account = { name: "refusing", shell: "/bin/false" };
const missing: Account = { name: "missing", shell: "/bin/no-such-shell" };
const homeless: Account = { name: "homeless", shell: "/bin/sh" };
const accounts = [ada, bob, plain, shown, refusing, missing, homeless];

/** Root's home is on the stage too, in place of the machine's own. */
function addRoot(server: WrappedServer): void {
  const { stage } = server;
  const passwd = join(stage.folder, "passwd");
  writeFileSync(passwd, `root:x:0:0::/srv/root:/bin/sh\n${readFileSync(passwd, "utf8")}`);
  mkdirSync(join(stage.folder, "homes/root/.ssh"), { recursive: true, mode: 0o755 });
  writeFileSync(join(stage.folder, "homes/root/.ssh/authorized_keys"), server.key.line, { mode: 0o600 });
}

/** The lines that `name`'s login prints. */
async function lines(server: WrappedServer, name: string, words: string[], input = ""): Promise<string[]> {
  const { stdout } = await server.ssh(name, true, words, { input });
  return stdout.toString().split(/\r?\n/).slice(0, -1);
}

describe("users of root's server", { skip: !asRoot }, () => {
  const server = new WrappedServer(accounts);
  before(async () => {
    addRoot(server);
    const path = join(server.stage.folder, "passwd");
    writeFileSync(path, readFileSync(path, "utf8").replace("/srv/homeless:", "/srv/nowhere:"));
    await server.start(["env", "PATH=/usr/bin:/bin:/special", "SECRET=x", "LC_ALL=C", "HOME=/", "TERM=x"]);
  });
  after(() => server.stop());

  test("are who they are, all at once", async () => {
    const users = ["root", "ada", "bob", "plain", "ada", "root"];
    const found = await Promise.all(users.map((user) => lines(server, user, ["id -un; id -u; id -g; id -ru; pwd"])));
    for (const [i, user] of users.entries()) {
      const account = accounts.find(({ name }) => name === user);
      const id = account === undefined ? "0" : String(server.stage.uid(account));
      assert.deepEqual(found[i], [user, id, id, id, `/srv/${user}`]);
    }
  });

  test("log in with their own keys alone", async () => {
    const key = makeKey(join(server.stage.folder, "bobs"));
    server.stage.authorize(bob, [key.line]);
    try {
      assert.equal((await server.ssh("bob", true, ["true"])).status, 255); // with ada's and root's
      assert.equal((await server.ssh("bob", true, ["-i", key.path, "true"])).status, 0);
    } finally {
      server.stage.authorize(bob, [server.key.line]);
    }
  });

  test("have a login shell, whose name begins with a dash; no shell means /bin/sh", async () => {
    assert.deepEqual(await lines(server, "ada", [], "echo $0 $SHELL\n"), ["-sh /bin/sh"]);
    assert.deepEqual(await lines(server, "plain", [], "echo $0 $SHELL\n"), ["-sh /bin/sh"]);
    const bash = "shopt -q login_shell && echo $0 $SHELL\n";
    assert.deepEqual(await lines(server, "bob", [], bash), ["-bash /bin/bash"]);
  });

  test("have no login shell for a command", async () => {
    assert.deepEqual(await lines(server, "ada", ["echo $0"]), ["/bin/sh"]);
    assert.deepEqual(await lines(server, "bob", ["shopt -q login_shell || echo $0 $BASH_EXECUTION_STRING"]), [
      "/bin/bash shopt -q login_shell || echo $0 $BASH_EXECUTION_STRING",
    ]);
  });

  /** What every session is given, see tinysshd(8). */
  const given = [
    "HOME=/srv/shown",
    "LOGIN=shown",
    "LOGNAME=shown",
    "MAIL=/var/mail/shown",
    "PATH=/usr/bin:/bin:/special",
    "SHELL=/usr/bin/env",
    "SSH_CONNECTION=",
    "USER=shown",
  ];
  const withoutNumbers = (variables: string[]): string[] =>
    variables.map((line) => line.replace(/^(SSH_CONNECTION=)127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/, "$1")).toSorted();

  test("get an environment that is exactly as documented", async () => {
    assert.deepEqual(withoutNumbers(await lines(server, "shown", ["-T"])), given);
  });

  test("and with a terminal, and variables of their own", async () => {
    const set = "SetEnv=LANG=tlh LC_TIME=fo_FO SECRET=y";
    const found = withoutNumbers(await lines(server, "shown", ["-tt", "-o", set]));
    const terminal = found.filter((line) => /^SSH_TTY=\/dev\/pts\/\d+$|^TERM=/.test(line));
    assert.equal(terminal.length, 2, found.join("\n"));
    const others = found.filter((line) => !terminal.includes(line));
    assert.deepEqual(others, [...given, "LANG=tlh", "LC_TIME=fo_FO"].toSorted());
  });

  test("find signals as they are by default, and no descriptors but the first three", async () => {
    const command = "exec cat /proc/self/status";
    const status = (await lines(server, "ada", [command])).join("\n");
    assert.match(status, /^SigBlk:\t0+$/m);
    assert.match(status, /^SigIgn:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t0$/m); // sudo must work
    assert.match(status, /^CapEff:\t0+$/m);
    const [input, output, errors, list] = await lines(server, "ada", ["exec ls /proc/self/fd"]);
    assert.deepEqual([input, output, errors, list], ["0", "1", "2", "3"]); // 3 is the folder that ls reads
  });

  test("whose shell refuses, or is missing, or who have no home, hear of it", async () => {
    assert.equal((await server.ssh("refusing", true, [])).status, 1);
    const none = await server.ssh("missing", true, ["true"]);
    assert.equal(none.status, 127);
    assert.match(none.stderr, /^tinysshd: unable to run the shell \(file does not exist\)\r?\n$/);
    assert.equal((await server.ssh("homeless", true, ["true"])).status, 255);
    assert.match(server.log(), /\/srv\/nowhere.*\(file does not exist\)/);
  });
});

describe("a server without any environment", { skip: !asRoot || !installed("env") }, () => {
  const server = new WrappedServer([shown]);
  before(() => server.start(["env", "-i"]));
  after(() => server.stop());

  test("has a PATH for its users", async () => {
    assert.ok((await lines(server, "shown", ["-T"])).includes("PATH=/bin:/usr/bin"));
  });
});
