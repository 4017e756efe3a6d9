/** The agent's socket and its life: whose it is, who may use it, what is left, and who the agent ends with. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { add, comments, list, ordinaryKey } from "../support/agent-peer.ts";
import { AgentConnection, AgentRoom, cleanEnvironment } from "../support/agent.ts";
import { uint32 } from "../support/ssh/wire.ts";
import { processOf, until } from "../support/processes.ts";

const room = new AgentRoom();
after(() => room.remove());

const run = (words: string[], environment: NodeJS.ProcessEnv = {}) => room.run(words, environment);

test("where it listens: what is asked for, what the environment says, the user's folder, the machine's", () => {
  const printed = (words: string[], environment: NodeJS.ProcessEnv): string =>
    run([...words, "-print-socket"], { XDG_RUNTIME_DIR: "", ...environment }).stdout;
  const [own, user] = [{ SSH_TPM_AUTH_SOCK: "/own" }, { XDG_RUNTIME_DIR: "/run/user/7" }];
  assert.equal(printed(["-l", "/asked"], { ...own, ...user }), "/asked\n");
  assert.equal(printed(["--l=/asked"], {}), "/asked\n");
  assert.equal(printed([], { ...own, ...user }), "/own\n");
  assert.equal(printed([], user), "/run/user/7/ssh-tpm-agent.sock\n");
  assert.equal(printed([], {}), "/var/tmp/ssh-tpm-agent.sock\n");
});

test("the socket is the owner's alone, whatever the umask, and so are folders that are made for it", async () => {
  const before = process.umask(0);
  const agent = await room.start("new/folder/socket");
  process.umask(before);
  assert.equal(statSync(agent.socket).mode & 0o777, 0o600);
  assert.equal(statSync(room.path("new/folder")).mode & 0o777, 0o700);
  assert.equal(await agent.stop(), 0);
});

test("one that an agent listens on is left alone; one that nobody does is replaced", async () => {
  const first = await room.start("taken");
  const second = run(["-l", first.socket, "--no-load"]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /an agent listens there already; -l PATH chooses another place/);
  assert.deepEqual(first.list(), ["The agent has no identities."]);

  await first.stop("SIGKILL");
  assert.ok(existsSync(first.socket), "a killed agent leaves it");
  const third = await room.start("taken");
  assert.ok(await until(() => third.stderr.includes("listening"), 5000));
  assert.deepEqual(third.list(), ["The agent has no identities."]);
  await third.stop();
});

test("what isn't a socket is left alone", () => {
  const path = room.path("file");
  writeFileSync(path, "precious");
  symlinkSync("file", room.path("link"));
  for (const name of ["file", "link"]) {
    const { status, stderr } = run(["-l", room.path(name), "--no-load"]);
    assert.equal(status, 1);
    assert.match(stderr, /something else than a socket/);
  }
  assert.equal(readFileSync(path, "utf8"), "precious");
});

test("a path that is too long is refused, and not cut", () => {
  const { status, stderr } = run(["-l", room.path("x".repeat(108)), "--no-load"]);
  assert.equal(status, 1);
  assert.match(stderr, /at most 107 bytes/);
});

test("bug 10: it ends at once, however often it is told, with idle clients and with nothing left", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const agent = await room.start(`ends-by-${signal}`);
    const idle = await agent.connect();
    await idle.ask(list);
    const begun = Date.now();
    for (let i = 0; i < 5; i++) agent.child.kill(signal);
    assert.equal(await agent.stop(signal), 0);
    assert.ok(Date.now() - begun < 1000);
    assert.ok(!existsSync(agent.socket));
    assert.doesNotMatch(agent.stderr, /internal error/);
    idle.end();
  }
});

test("at its end it removes its own socket, and no other that has come to its place", async () => {
  const agent = await room.start("moved");
  renameSync(agent.socket, room.path("elsewhere"));
  const other = createServer().listen(agent.socket);
  assert.ok(await until(() => existsSync(agent.socket), 5000));
  await agent.stop();
  assert.ok(lstatSync(agent.socket).isSocket());
  other.close();
});

test("bug 12: nothing is printed on standard output", async () => {
  const agent = await room.start("quiet", ["--no-load", "-d"]);
  const client = await agent.connect();
  await client.ask(add(ordinaryKey(), "key"));
  await client.ask(list);
  client.end();
  await agent.stop();
  assert.equal(agent.stdout, "");
});

test("a service manager's socket is taken if it is meant for this process, and stays", async () => {
  const path = room.path("activated");
  const script = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid() + int(sys.argv[2]))
os.execv(sys.argv[3], sys.argv[3:])`;
  const start = (offset: string) =>
    spawnSync(
      "timeout",
      ["-s", "TERM", "3", "python3", "-c", script, path, offset, room.program, "-l", room.path("own"), "--no-load"],
      {
        encoding: "utf8",
        env: cleanEnvironment(),
      },
    );
  const foreign = start("1");
  assert.match(foreign.stderr, /listening at .*own/);
  rmSync(path);
  const meant = start("0");
  assert.match(meant.stderr, /listening on an inherited socket/);
  assert.ok(existsSync(path), "it is the service manager's to remove");
});

test(
  "other users are turned away, root isn't",
  { skip: process.getuid!() !== 0 && "only root can be somebody else" },
  async () => {
    const folder = room.path("shared");
    mkdirSync(folder, { mode: 0o777 });
    execFileSync("chmod", ["777", folder]);
    const agent = await room.start("shared/socket");
    execFileSync("chmod", ["777", agent.socket]);
    const asNobody = agent.run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "ssh-add", "-l"]);
    assert.notEqual(asNobody.status, 0);
    assert.ok(await until(() => agent.stderr.includes("connection by user 65534 refused"), 5000));
    assert.equal(agent.run("ssh-add", ["-l"]).status, 1, "root is served");
    await agent.stop();
  },
);

test("its memory can't be read by the user's other processes, and the page for PINs is not swapped out", async () => {
  const agent = await room.start("hidden");
  assert.ok(await until(() => agent.stderr.includes("listening"), 5000));
  assert.equal(statSync(`/proc/${agent.pid}/mem`).uid, 0);
  assert.match(
    readFileSync(`/proc/${agent.pid}/status`, "utf8"),
    /^VmLck:\s+4 kB$/m,
    "the page for PINs stays in memory",
  );
  await agent.stop();
});

test("it takes at most 1.5 MB, idle and after use", async () => {
  const agent = await room.start("small");
  const client = await agent.connect();
  await client.ask(list);
  assert.ok(agent.memory() <= 1536, `${agent.memory()} KB`);
  for (let i = 0; i < 20; i++) await client.ask(add(ordinaryKey(), `key ${i}`));
  for (let i = 0; i < 500; i++) assert.equal(comments(await client.ask(list)).length, 20);
  assert.ok(agent.memory() <= 1536, `${agent.memory()} KB`);
  client.end();
  await agent.stop();
});

test("silent and slow clients hold up nobody, however many", async () => {
  const agent = await room.start("crowd");
  const silent: AgentConnection[] = [];
  for (let i = 0; i < 200; i++) silent.push(await agent.connect());
  for (const connection of silent) connection.socket.write(Buffer.of(0, 0, 1)); // a part of a length
  const flooding = await agent.connect();
  flooding.socket.pause();
  for (let i = 0; i < 20_000; i++) flooding.socket.write(Buffer.of(0, 0, 0, 1, 11)); // and never reads an answer
  const client = await AgentConnection.to(agent.socket);
  const begun = Date.now();
  assert.deepEqual(comments(await client.ask(list)), []);
  assert.ok(Date.now() - begun < 2000);
  for (const connection of [...silent, flooding, client]) connection.end();
  assert.deepEqual(agent.list(), ["The agent has no identities."]);
  await agent.stop();
});

test("clients that want as much memory as there is get less, and the next is served", async () => {
  const agent = await room.start("greedy");
  const client = await agent.connect();
  for (let i = 0; i < 255; i++) await client.ask(add(ordinaryKey(), "x".repeat(900)));
  const longest = 262_144;
  const unfinished = await Promise.all(Array.from({ length: 70 }, () => agent.connect()));
  for (const one of unfinished) one.socket.write(Buffer.concat([uint32(longest), Buffer.alloc(longest - 1, 17)]));
  const next = await agent.connect();
  assert.equal(comments(await next.ask(list)).length, 255);
  for (const one of [client, next, ...unfinished]) one.end();
  const deaf = await Promise.all(Array.from({ length: 60 }, () => agent.connect()));
  for (const one of deaf) {
    one.socket.pause();
    for (let i = 0; i < 50; i++) one.send(list);
  }
  const last = await agent.connect();
  assert.equal(comments(await last.ask(list)).length, 255);
  assert.ok(!agent.ended, agent.stderr);
  for (const one of [last, ...deaf]) one.end();
  await agent.stop();
});

test("with a command it is there for that, and ends with it", async () => {
  const socket = room.path("company");
  const script = 'ssh-add -l; echo "$SSH_AUTH_SOCK $SSH_TPM_AUTH_SOCK $SSH_AGENT_PID $1"; exit 7';
  const { status, stdout } = run(["-l", socket, "--no-load", "sh", "-c", script, "sh", "-word"]);
  assert.equal(status, 7);
  const [none, words] = stdout.trimEnd().split("\n");
  assert.equal(none, "The agent has no identities.");
  const [, first, second, pid, word] = /^(\S+) (\S+) (\d+) (\S+)$/.exec(words!)!;
  assert.deepEqual([first, second, word], [socket, socket, "-word"]);
  assert.ok(await until(() => processOf(Number(pid)) === null, 5000), "the agent has ended");
  assert.ok(!existsSync(socket));

  const missing = run(["-l", socket, "--no-load", "no-such-command"]);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /unable to run no-such-command \(file does not exist\)/);
  assert.ok(!existsSync(socket));
});

test("for a shell it goes into the background, and prints what the shell is to do", async () => {
  for (const [option, shell] of [
    ["-s", "sh"],
    ["-c", "csh"],
  ] as const) {
    const socket = room.path(`for a ${shell}'s user`);
    const { status, stdout } = run(["-l", socket, "--no-load", option]);
    assert.equal(status, 0);
    const pid = Number(/^echo Agent pid (\d+);$/m.exec(stdout)![1]);
    if (shell === "sh") {
      const shown = execFileSync(
        "sh",
        ["-c", `${stdout} echo "$SSH_AUTH_SOCK|$SSH_TPM_AUTH_SOCK|$SSH_AGENT_PID"; ssh-add -l || true`],
        {
          encoding: "utf8",
        },
      );
      assert.equal(shown, `Agent pid ${pid}\n${socket}|${socket}|${pid}\nThe agent has no identities.\n`);
    } else {
      assert.match(stdout, /^setenv SSH_AUTH_SOCK '.*';\nsetenv SSH_AGENT_PID \d+;\nsetenv SSH_TPM_AUTH_SOCK '.*';\n/);
    }
    process.kill(pid, "SIGTERM");
    assert.ok(await until(() => !existsSync(socket), 5000));
  }
});

test("wrong words: the usage, and 2", () => {
  for (const words of [
    ["--no-such"],
    ["-l"],
    ["--pin-timeout", "never"],
    ["-s", "command"],
    ["-A", "/x", "-l", "/x"],
  ]) {
    const { status, stderr } = run(words);
    assert.equal(status, 2, words.join(" "));
    assert.match(stderr, /usage: ssh-tpm-agent /);
  }
});
