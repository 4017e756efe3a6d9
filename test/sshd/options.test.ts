/** What the server's options do to a server that runs. How they are read is tested in start.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeKey } from "../support/keys.ts";
import { run, ssh, startSsh } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { freePort, Server } from "../support/server.ts";
import { asRoot, type Account } from "../support/stage.ts";
import { Client } from "../support/ssh/client.ts";

const visitor: Account = { name: "visitor", shell: "/bin/sh" };
const other: Account = { name: "other", shell: "/bin/sh" };

/** Runs `body` with a server that was given these options. */
async function withServer(options: string[], body: (server: Server) => Promise<void>): Promise<void> {
  const server = await Server.start({ peer: "postern", options, accounts: [visitor, other] });
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}

const say = async (server: Server, options: string[] = []): Promise<string> =>
  (await ssh(server, ["echo in"], options)).stdout.toString();

/** What KEXINIT offers but for the marker of strict key exchange. */
async function offered(server: Server): Promise<string[]> {
  const client = await Client.connect(server.port);
  client.sendIdentification();
  await client.receiveIdentification();
  await client.receiveKexInit();
  client.destroy();
  return client.serverProposal!.keyExchange.filter((name) => !name.startsWith("kex-strict"));
}

test("--listen, twice: each address is served, IPv6 as well", async () => {
  const port = await freePort();
  await withServer(["-v", "--listen", `[::1]:${port}`], async (server) => {
    assert.equal(await say(server), "in\n");
    const other = ["-o", `HostKeyAlias=[127.0.0.1]:${server.port}`, "-o", "Hostname=::1", "-p", String(port)];
    const { stdout, stderr } = await ssh(server, ["echo $SSH_CONNECTION"], other);
    assert.match(stdout.toString(), new RegExp(`^::1 \\d+ ::1 ${port}\n$`), stderr);
    assert.match(server.log(), new RegExp(`listening on \\[::1\\]:${port}\n`));
  });
});

describe("messages", () => {
  const lines = (server: Server): string[] => server.log().split("\n").slice(0, -1);

  /** A login, and a connection that is broken off. */
  async function events(server: Server): Promise<void> {
    assert.equal(await say(server), "in\n");
    const client = await Client.connect(server.port);
    await client.receiveIdentification();
    client.write("nonsense\n");
    await client.ended();
    client.destroy();
    await server.idle();
  }
  const levels = (server: Server): string[] => [
    ...new Set(lines(server).map((line) => /^tinysshd: (?:\w{8}: )?(\w+): /.exec(line)![1]!)),
  ];

  test("-q: none", () =>
    withServer(["-q"], async (server) => {
      await events(server);
      assert.equal(server.log(), "");
    }));
  test("-Q, as by default: fatal errors", () =>
    withServer([], async (server) => {
      await events(server);
      assert.deepEqual(levels(server), ["fatal"]);
    }));
  test("-v: logins", () =>
    withServer(["-v"], async (server) => {
      await events(server);
      assert.deepEqual(levels(server).toSorted(), ["fatal", "info"]);
      assert.match(
        server.log(),
        /: info: auth-ok: 127\.0\.0\.1:\d+: visitor: ssh-ed25519 SHA256:[\w+/]{43} accepted\n/,
      );
    }));
  test("-vv: what was agreed on", () =>
    withServer(["-vv"], async (server) => {
      await events(server);
      assert.deepEqual(levels(server).toSorted(), ["debug", "fatal", "info"]);
    }));
  test("--log json: an object a line", () =>
    withServer(["-v", "--log", "json"], async (server) => {
      await events(server);
      const objects = lines(server).map((line) => JSON.parse(line) as Record<string, string>);
      assert.ok(objects.every(({ program }) => program === "tinysshd"));
      assert.ok(objects.every(({ time }) => Math.abs(Date.parse(time!) - Date.now()) < 60_000));
      assert.ok(objects.some(({ level }) => level === "fatal"));
    }));
});

test("--login-timeout: who doesn't log in is let go", () =>
  withServer(["-v", "--login-timeout", "1"], async (server) => {
    const started = performance.now();
    const client = await Client.connect(server.port);
    await client.handshake();
    await client.ended();
    client.destroy();
    assert.ok(performance.now() - started > 900);
    assert.ok(await until(() => /: fatal: login timeout\n/.test(server.log()), 5000), server.log());
    const { status } = await ssh(server, ["sleep 1.5; exit 4"]); // no limit once logged in
    assert.equal(status, 4);
  }));

test("--keepalive, --keepalive-count: who is silent is let go", () =>
  withServer(["-v", "--keepalive", "1", "--keepalive-count", "2"], async (server) => {
    const client = startSsh(server, [], ["echo begun; sleep 984"]);
    const closed = once(client, "close");
    await once(client.stdout!, "data");
    const answering = await ssh(server, ["sleep 4; echo answered"]);
    assert.equal(answering.stdout.toString(), "answered\n");
    client.kill("SIGSTOP");
    assert.ok(await until(() => server.serving().length === 0, 8000), "the silent client is gone, and so is sleep");
    client.kill("SIGKILL");
    await closed;
  }));

test("--idle-timeout: who moves no byte is let go, with a session or without; who does stays", () =>
  withServer(["-v", "--idle-timeout", "2"], async (server) => {
    const busy = ssh(server, ["for i in 1 2 3 4 5 6 7 8; do sleep 0.5; echo $i; done; exit 4"]);
    const idle = startSsh(server, [], ["sleep 983"]);
    const unused = startSsh(server, ["-N"], []);
    const started = performance.now();
    await Promise.all([once(idle, "close"), once(unused, "close")]);
    assert.ok(performance.now() - started > 1900);
    assert.ok(await until(() => server.log().match(/: fatal: idle for too long\n/g)?.length === 2, 5000));
    assert.equal((await busy).status, 4);
    assert.ok(await until(() => server.serving().length === 0, 8000), "sleep is gone");
  }));

test("--rekey-seconds: new keys for a session that says something now and then", () =>
  withServer(["-vv", "--rekey-seconds", "1"], async (server) => {
    assert.equal((await ssh(server, ["for i in 1 2 3 4 5 6 7; do sleep 0.5; echo; done; exit 4"])).status, 4);
    const exchanges = server.log().split("key exchange: ").length - 1;
    assert.ok(exchanges >= 3 && exchanges <= 6, `${exchanges} key exchanges`);
  }));

test("-P and -S: without post-quantum key exchange, and without any other", async () => {
  await withServer(["-P"], async (server) => {
    assert.deepEqual(await offered(server), ["curve25519-sha256", "curve25519-sha256@libssh.org"]);
    assert.equal(await say(server), "in\n");
  });
  await withServer(["-S"], async (server) => {
    assert.ok((await offered(server)).every((name) => /^(sntrup761|mlkem768)x25519-/.test(name)));
    assert.equal(await say(server), "in\n");
  });
  await withServer(["-SsPp"], async (server) => assert.equal((await offered(server)).length, 5));
});

test("-x: of two with one name the first counts; others are refused", () =>
  withServer(["-x", "one=echo first", "-xone=echo second", "-x", "two=echo $0 $SSH_CONNECTION"], async (server) => {
    const subsystem = (name: string) => ssh(server, [name], ["-s"]);
    assert.equal((await subsystem("one")).stdout.toString(), "first\n");
    assert.match((await subsystem("two")).stdout.toString(), /^\/bin\/sh 127\.0\.0\.1 /);
    assert.equal((await subsystem("three")).status, 255);
  }));

describe("--authorized-keys", () => {
  /** Keys for `name` alone, in a file that is elsewhere. */
  function elsewhere(server: Server, file: string): string {
    const key = makeKey(join(server.stage.folder, file));
    writeFileSync(join(server.stage.folder, "homes", file), key.line, { mode: 0o644 });
    return key.path;
  }
  const login = async (server: Server, user: string, key: string): Promise<number | null> => {
    const words = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=no"];
    const target = ["-o", "UserKnownHostsFile=/dev/null", "-i", key, "-p", String(server.port), `${user}@127.0.0.1`];
    return (await run(["ssh", ...words, ...target, "true"])).status;
  };

  test("with %u", () =>
    withServer(["-v", "--authorized-keys", "/srv/keys-of-%u"], async (server) => {
      const key = elsewhere(server, "keys-of-visitor");
      assert.equal(await login(server, "visitor", key), 0);
      assert.equal(await login(server, "visitor", server.key.path), 255); // ~/.ssh doesn't count any more
      if (asRoot) assert.equal(await login(server, "other", key), 255);
    }));

  test("with %h", () =>
    withServer(["-v", "--authorized-keys", "%h/.ssh/authorized_keys"], async (server) => {
      assert.equal(await login(server, "visitor", server.key.path), 0);
    }));

  test("with neither it speaks for the server's own user", () =>
    withServer(["-v", "--authorized-keys", "/srv/shared-keys"], async (server) => {
      const key = elsewhere(server, "shared-keys");
      assert.equal(await login(server, "visitor", key), asRoot ? 255 : 0);
      if (asRoot) assert.match(server.log(), /account visitor: not the user whose --authorized-keys these are\n/);
    }));
});
