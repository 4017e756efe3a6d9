/** OpenSSH's client runs commands: streams, exit, environment, and ends of every kind. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { run, ssh, sshCommand, startSsh } from "../support/openssh.ts";
import { describe as describeProcesses, until } from "../support/processes.ts";
import { underTest } from "../support/server.ts";

const server = commonServer();

/** Where we ask for more than the peers do. */
const oursOnly = { skip: underTest !== "postern" };

describe("streams", () => {
  test("input and output carry any bytes", async () => {
    const data = randomBytes(5_000_000);
    const result = await ssh(server(), ["cat"], [], { input: data });
    assert.equal(result.status, 0, result.stderr);
    assert.ok(result.stdout.equals(data));
  });

  test("output and errors stay apart", async () => {
    const result = await ssh(server(), ["echo one; echo two >&2; echo three"]);
    assert.equal(result.stdout.toString(), "one\nthree\n");
    assert.equal(result.stderr, "two\n");
  });

  test("the end of input leaves the output open", async () => {
    const result = await ssh(server(), ["cat; sleep 0.1; echo done"], [], { input: "before " });
    assert.equal(result.stdout.toString(), "before done\n");
    assert.equal(result.status, 0);
  });

  test("a command may close its input while more comes", async () => {
    const result = await ssh(server(), ["exec <&-; sleep 0.2; echo done"], [], { input: Buffer.alloc(4_000_000) });
    assert.equal(result.stdout.toString(), "done\n");
    assert.equal(result.status, 0);
  });

  test("a command may close its output and go on", async () => {
    const result = await ssh(server(), ["exec >&- 2>&-; sleep 0.3; exit 9"]);
    assert.equal(result.status, 9);
  });

  test("a reader may leave early", async () => {
    const line = sshCommand(server(), [], ["yes | head -c 9999999"])
      .map((word) => `'${word}'`)
      .join(" ");
    const result = await run(["sh", "-c", `${line} | head -n 2`]);
    assert.equal(result.stdout.toString(), "y\ny\n");
  });

  test("a shell without a terminal reads commands", async () => {
    const result = await ssh(server(), [], [], { input: 'echo "$0"; exit 4\n' });
    assert.equal(result.stdout.toString(), "-sh\n");
    assert.equal(result.status, 4);
  });
});

describe("exit", () => {
  for (const status of [0, 1, 127, 255])
    test(`status ${status}`, async () => assert.equal((await ssh(server(), [`exit ${status}`])).status, status));

  for (const signal of ["TERM", "KILL", "HUP"])
    test(`signal ${signal} is an error to ssh`, async () => {
      assert.equal((await ssh(server(), [`kill -${signal} $$`])).status, 255);
    });

  test("a background process with streams of its own doesn't hold the session", async () => {
    const start = Date.now();
    const result = await ssh(server(), ["setsid sleep 987 </dev/null >/dev/null 2>&1 & echo hi"]);
    assert.equal(result.stdout.toString(), "hi\n");
    assert.equal(result.status, 0);
    assert.ok(Date.now() - start < 3000);
    // It must live on, and the server's processes must not.
    const names = (): string =>
      server()
        .serving()
        .map((process) => process.name)
        .join();
    assert.ok(await until(() => names() === "sleep", 2000), names());
    process.kill(server().serving()[0]!.pid, "SIGKILL");
  });
});

describe("a client that vanishes", () => {
  for (const command of ["sleep 988", "cat", "yes", "trap '' PIPE; while :; do echo x; sleep 0.01; done"])
    test(`while it runs: ${command}`, { skip: underTest !== "postern" && command.includes("sleep") }, async () => {
      const client = startSsh(server(), [], [command]);
      await until(
        () =>
          server()
            .serving()
            .some((process) => ["sleep", "cat", "yes"].includes(process.name)),
        5000,
      );
      client.kill("SIGKILL");
      await once(client, "close");
      await server().idle();
    });

  test("while only a background process holds its streams: that one is the user's own", async () => {
    const client = startSsh(server(), [], ["sleep 986 & echo hi"]);
    await once(client.stdout!, "data");
    client.kill("SIGKILL");
    await once(client, "close");
    const only = (): boolean =>
      server()
        .serving()
        .every((process) => process.name === "sleep");
    assert.ok(await until(only, 5000), describeProcesses(server().serving()));
    for (const { pid } of server().serving()) process.kill(pid, "SIGKILL");
  });

  test("before it has logged in", async () => {
    const client = connect(server().port, "127.0.0.1");
    await once(client, "data"); // the identification: there is a process for it
    client.destroy();
    await server().idle();
  });
});

describe("environment", () => {
  test("is TinySSH's", async () => {
    const result = await ssh(server(), ["env"]);
    const variables = new Map(
      result.stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
    const { name, shell } = server().account;
    const home = server().stage.homeOnStage(server().account);
    for (const [variable, value] of Object.entries({ HOME: home, USER: name, LOGNAME: name, SHELL: shell }))
      assert.equal(variables.get(variable), value, variable);
    assert.match(variables.get("SSH_CONNECTION")!, new RegExp(`^127.0.0.1 \\d+ 127.0.0.1 ${server().port}$`));
    assert.match(variables.get("PATH")!, /\/bin/);
    assert.equal(variables.get("PWD"), home);
  });

  test("language variables are accepted", oursOnly, async () => {
    const result = await ssh(server(), ["echo $LANG $LC_TIME"], ["-o", "SetEnv=LANG=tlh LC_TIME=fo_FO"]);
    assert.equal(result.stdout.toString(), "tlh fo_FO\n");
  });

  test("others are refused", { skip: underTest === "tinysshd" }, async () => {
    const set = "SetEnv=BASH_ENV=/dev/stdin LD_PRELOAD=/x PATH=/nowhere HOME=/ ENV=/dev/stdin LANGX=1";
    const result = await ssh(server(), ["echo $BASH_ENV $LD_PRELOAD $ENV $LANGX; echo $HOME"], ["-o", set]);
    assert.equal(result.stdout.toString(), `\n${server().stage.homeOnStage(server().account)}\n`);
  });
});

describe("keepalive", () => {
  test("the server answers it", async () => {
    const options = ["-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1"];
    const result = await ssh(server(), ["sleep 3.5; echo alive"], options);
    assert.equal(result.stdout.toString(), "alive\n");
  });
});

describe("login", () => {
  test("with a P-256 key", { skip: underTest === "tinysshd" }, async () => {
    const key = makeKey(`${server().stage.folder}/p256`, "ecdsa");
    server().stage.authorize(server().account, ["# a comment", "", `  ${key.line}`, server().key.line]);
    const result = await ssh(server(), ["echo in"], ["-i", key.path, "-o", `IdentityFile=${key.path}`]);
    assert.equal(result.stdout.toString(), "in\n", result.stderr);
    server().stage.authorize(server().account, [server().key.line]);
  });

  test("not with another key", async () => {
    const key = makeKey(`${server().stage.folder}/stranger`);
    const [program, ...words] = sshCommand(server(), [], ["true"]);
    const result = await run([
      program!,
      ...words.map((word) => (word.startsWith("IdentityFile=") ? `IdentityFile=${key.path}` : word)),
    ]);
    assert.equal(result.status, 255);
    assert.match(result.stderr, /Permission denied \(publickey\)/);
  });

  test("not as an unknown user", async () => {
    const result = await ssh(server(), ["true"], ["-l", "nobody-of-that-name"]);
    assert.equal(result.status, 255);
    assert.match(result.stderr, /Permission denied \(publickey\)/);
  });

  test("tunnels are refused, and the session goes on", async () => {
    const result = await run(sshCommand(server(), ["-W", "127.0.0.1:1"]));
    assert.equal(result.status, 255);
  });
});
