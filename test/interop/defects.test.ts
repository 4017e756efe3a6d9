/**
 * Defects that TinySSH has or had, each of which is absent here. Some are tested where they belong:
 *
 * - an upload with new keys every 64 KiB stalls: openssh-key-exchange.test.ts, and large-transfer.test.ts
 * - a window-change before the shell is lost: adversary/channels.test.ts
 * - terminal modes are passed over: openssh-terminal.test.ts, asyncssh.test.ts
 * - an identification of SSH-1 is taken for one of SSH-2: adversary/identification.test.ts
 * - UNIMPLEMENTED names the wrong message: adversary/order.test.ts
 */
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { makeKey, readKey, writeKeyFolder } from "../support/keys.ts";
import { executable } from "../support/launchers.ts";
import { ssh } from "../support/openssh.ts";
import { descendants, until } from "../support/processes.ts";
import { Server, underTest } from "../support/server.ts";
import { Stage } from "../support/stage.ts";
import { login } from "../support/ssh/authentication.ts";
import { Client, type ClientOptions } from "../support/ssh/client.ts";
import { CHANNEL_CLOSE, CHANNEL_FAILURE, GLOBAL_REQUEST, REQUEST_FAILURE } from "../support/ssh/numbers.ts";
import { execute, request, Session, terminal } from "../support/ssh/session.ts";
import { encode, message } from "../support/ssh/wire.ts";

const ours = underTest === "postern";
const server = commonServer();

async function loggedIn(options: ClientOptions = {}): Promise<Client> {
  const client = await Client.connect(server().port, options);
  await login(client, server().account.name, readKey(server().key.path));
  return client;
}

/** Over pipes what the client says last meets no reader if the server has gone: ssh then fails, with status 255. */
test("the exit status survives a connection over pipes", { skip: !ours }, async () => {
  const ROUNDS = 10;
  const stage = new Stage();
  try {
    const [account] = stage.accounts;
    const key = makeKey(join(stage.folder, "user_key"));
    const keys = join(stage.folder, "keys");
    writeKeyFolder(makeKey(join(stage.folder, "host_key")).path, keys);
    stage.authorize(account!, [key.line]);
    copyFileSync(executable, join(stage.folder, "tinysshd"));
    const proxy = `ProxyCommand=${stage.folder}/tinysshd -q ${keys}`;
    const settings = [
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "IdentityAgent=none",
      "LogLevel=ERROR",
    ];
    const options = [proxy, ...settings].flatMap((option) => ["-o", option]);
    const line = ["ssh", "-F", "none", ...options, "-i", key.path, `${account!.name}@pipes`];
    const script = `for i in $(seq ${ROUNDS}); do "$@" 'head -c 300000 /dev/zero; exit 7' | wc -c; "$@" 'exit 8'; echo $?; done`;
    const log = join(stage.folder, "ssh.log");
    const performance = stage.perform(["sh", "-c", script, "sh", ...line], log);
    await until(() => performance.ended, 20_000);
    await performance.end();
    assert.equal(readFileSync(log, "utf8"), "300000\n8\n".repeat(ROUNDS));
  } finally {
    stage.remove();
  }
});

describe("a forced program", () => {
  let forced: Server;
  before(async () => {
    forced = await Server.start({
      accounts: [{ name: "visitor", shell: "/bin/bash" }],
      options: ["-v", "-e", "echo forced; cat"],
    });
  });
  after(() => forced.stop());

  const variables = {
    BASH_ENV: "$(echo broken >&2)", // which bash expands
    SHELLOPTS: "xtrace",
    PS4: "$(echo broken >&2)",
    "BASH_FUNC_cat%%": "() { echo broken; }",
    LD_PRELOAD: "/broken",
    PATH: "/broken",
  };
  for (const [name, value] of Object.entries(variables)) {
    test(`is not broken out of through ${name}`, { skip: underTest === "tinysshd" }, async () => {
      const { stdout, stderr } = await ssh(forced, [], ["-T", "-o", `SetEnv="${name}=${value}"`], { input: "input" });
      assert.deepEqual([stdout.toString(), stderr], ["forced\ninput", ""]);
    });
  }

  test("is not exchanged for another", { skip: !ours }, async () => {
    assert.equal((await ssh(forced, ["echo other"])).stdout.toString(), "");
    assert.equal((await ssh(forced, ["sftp"], ["-s"])).stdout.toString(), "");
  });
});

test("unknown global requests are refused if they want an answer, else passed over", async () => {
  const client = await loggedIn();
  client.send(message(GLOBAL_REQUEST, "", true));
  await client.expect(REQUEST_FAILURE); // what the server says by itself after a login comes before
  const { sequence } = client.incoming;
  for (const name of ["hostkeys-prove-00@openssh.com", "unheard-of@example.com", ""]) {
    client.send(message(GLOBAL_REQUEST, name, false));
    client.send(message(GLOBAL_REQUEST, name, true));
    client.send(Buffer.concat([message(GLOBAL_REQUEST, name, true), Buffer.alloc(1000)]));
    assert.deepEqual(await client.expect(REQUEST_FAILURE), Buffer.of(REQUEST_FAILURE));
    assert.deepEqual(await client.expect(REQUEST_FAILURE), Buffer.of(REQUEST_FAILURE));
  }
  assert.equal(client.incoming.sequence - sequence, 6, "nothing else was answered");
  assert.deepEqual((await execute(client, "echo on; exit 4")).exit, 4);
  client.end();
});

/** The descriptors of all processes that serve connections. */
function descriptors(): string[] {
  return server()
    .serving()
    .flatMap(({ pid }) => {
      try {
        return readdirSync(`/proc/${pid}/fd`);
      } catch {
        return []; // it has ended
      }
    });
}

describe("terminals leave no descriptor behind", { skip: !ours }, () => {
  const REQUESTS = 200;

  test("asked for again and again in one session", async () => {
    const client = await loggedIn();
    const session = new Session(client);
    await session.open();
    assert.ok(await session.ask(terminal(session.theirs)));
    const before = descriptors().length;
    for (let i = 0; i < REQUESTS; i++) client.send(terminal(session.theirs));
    for (let i = 0; i < REQUESTS; i++) await client.expect(CHANNEL_FAILURE);
    assert.equal(descriptors().length, before);
    client.end();
  });

  test("in sessions that are closed before they begin, or run and end", async () => {
    const client = await loggedIn();
    const before = descriptors().length;
    for (let i = 0; i < REQUESTS; i++) {
      const session = new Session(client);
      await session.open();
      assert.ok(await session.ask(terminal(session.theirs)));
      if (i % 20 === 0) {
        await session.start("true");
        await session.finish();
      } else {
        client.send(message(CHANNEL_CLOSE, session.theirs));
        await client.expect(CHANNEL_CLOSE);
      }
    }
    assert.ok(await until(() => descriptors().length === before, 5000), `${descriptors().length}, not ${before}`);
    client.end();
  });

  test("with commands that fail to start", async () => {
    const client = await loggedIn();
    const session = new Session(client);
    await session.open();
    assert.ok(await session.ask(terminal(session.theirs)));
    const before = descriptors().length;
    for (let i = 0; i < REQUESTS; i++)
      assert.ok(!(await session.ask(request(session.theirs, "subsystem", true, encode("unheard-of")))));
    assert.equal(descriptors().length, before);
    client.end();
  });
});

describe("what the client proposes counts in each direction", () => {
  const cases: [line: string, proposal: ClientOptions["proposal"]][] = [
    ["no common cipher to the server: theirs: aes128-ctr", { cipherToServer: ["aes128-ctr"] }],
    ["no common cipher to the client: theirs: aes128-ctr", { cipherToClient: ["aes128-ctr"] }],
    ["no common compression to the server: theirs: zlib", { compressionToServer: ["zlib"] }],
    ["no common compression to the client: theirs: zlib", { compressionToClient: ["zlib"] }],
  ];
  for (const [line, proposal] of cases) {
    test(line, async () => {
      const client = await Client.connect(server().port, { proposal });
      await assert.rejects(client.handshake(), /closed the connection/);
      assert.equal((await client.ended()).reason, 3); // KEY_EXCHANGE_FAILED
      client.destroy();
      const isLogged = (): boolean => server().log().includes(`fatal: ${line}; ours: `);
      if (ours) assert.ok(await until(isLogged, 5000), server().log().slice(-1000));
    });
  }

  test("and the best of several is taken", async () => {
    const several = ["aes128-ctr", "chacha20-poly1305@openssh.com"];
    const proposal = { cipherToClient: several, cipherToServer: several, compressionToClient: ["zlib", "none"] };
    const client = await loggedIn({ proposal });
    assert.equal((await execute(client, "exit 5")).exit, 5);
    client.end();
  });
});

test("processes of a session are no zombies while the connection lasts", async () => {
  const client = await loggedIn();
  for (let i = 0; i < 5; i++) assert.equal((await execute(client, `exit ${i}`)).exit, i);
  const zombies = descendants(server().pid).filter((process) => process.state === "Z");
  assert.deepEqual(zombies, []);
  client.end();
});
