/** What people are asked, how, and that nobody else waits meanwhile. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import {
  addConstrained,
  add,
  comments,
  confirm,
  FAILURE,
  list,
  LOCK,
  ordinaryKey,
  sign,
  SUCCESS,
} from "../support/agent-peer.ts";
import { AgentConnection, AgentRoom, cleanEnvironment } from "../support/agent.ts";
import { makeKey } from "../support/keys.ts";
import { descendants, processOf, until } from "../support/processes.ts";
import { message } from "../support/ssh/wire.ts";

const room = new AgentRoom();
after(() => room.remove());
before(() => makeKey(room.path("key")));

const forced = (program: string): NodeJS.ProcessEnv => ({ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "force" });
const is = (answer: Buffer): number => answer[0]!;

/** An agent that asks by `script`, with one key that is to be confirmed. */
async function confirming(name: string, script: string, environment?: (program: string) => NodeJS.ProcessEnv) {
  const askpass = room.askpass(`${name}.sh`, script);
  const agent = await room.start(name, ["--no-load"], (environment ?? forced)(askpass.program));
  const client = await agent.connect();
  const key = ordinaryKey();
  assert.equal(is(await client.ask(addConstrained(key, "the key", confirm))), SUCCESS);
  return { agent, client, key, askpass, request: sign(key.blob, "data") };
}

test("a use is confirmed by the exit status; an answer must be yes if there is one", async () => {
  for (const [i, [script, yes]] of (
    [
      ["exit 0", true],
      ["echo yes", true],
      ["echo YES", true],
      ["exit 1", false],
      ["echo yes; exit 1", false],
      ["echo no", false],
      ["kill -9 $$", false],
      ["sleep 30 & exit 0", true],
      ["head -c 5000 /dev/zero", false],
    ] as const
  ).entries()) {
    const { agent, client, request } = await confirming(`confirm-${i}`, script);
    assert.equal(is(await client.ask(request)), yes ? 14 : FAILURE, script);
    await agent.stop();
  }
});

test("the question names key, fingerprint, and who asks, with those that it comes from", async () => {
  const { agent, askpass } = await confirming("names", "exit 0");
  agent.run("ssh-add", ["-D"]);
  agent.run("ssh-add", ["-c", room.path("key")]);
  const fingerprint = execFileSync("ssh-keygen", ["-lf", room.path("key")], { encoding: "utf8" }).split(" ")[1]!;
  const { status } = agent.run("bash", ["-c", `ssh-add -T ${room.path("key.pub")}; exit $?`]);
  assert.equal(status, 0);
  const [prompt, text] = askpass.asked().at(-1)!.split("|");
  assert.equal(prompt, "confirm");
  const [first, second, third] = text!.split("\n");
  assert.equal(first, "Allow use of key test?");
  assert.equal(second, `Key fingerprint ${fingerprint}.`);
  assert.match(third!, /^Requested by ssh-add \(\d+\) <- bash <- \S+( <- \S+){0,2}$/);
  await agent.stop();
});

test("other clients are served while a dialog is open, and a second dialog follows the first", async () => {
  const go = room.path("go");
  const { agent, client, askpass, request } = await confirming(
    "patient",
    `while [ ! -e '${go}' ]; do sleep 0.05; done`,
  );
  const second = await agent.connect();
  client.send(request);
  second.send(request);
  assert.ok(await until(() => askpass.asked().length === 1, 5000));
  const others = await agent.connect();
  for (let i = 0; i < 50; i++) assert.deepEqual(comments(await others.ask(list)), ["the key"]);
  const plain = ordinaryKey();
  assert.equal(is(await others.ask(add(plain, "plain"))), SUCCESS);
  assert.equal(is(await others.ask(sign(plain.blob, "data"))), 14);
  assert.equal(askpass.asked().length, 1);
  writeFileSync(go, "");
  assert.equal(is(await client.answer()), 14);
  assert.equal(is(await second.answer()), 14);
  assert.equal(askpass.asked().length, 2);
  await agent.stop();
});

test("a dialog closes with the client that it is for, and with the agent", async () => {
  const { agent, client, request, askpass } = await confirming("closing", "exec sleep 60");
  const children = () => descendants(agent.pid).filter((child) => child.state !== "Z");
  client.send(request);
  assert.ok(await until(() => children().length === 1, 5000));
  client.end();
  assert.ok(await until(() => children().length === 0, 5000));
  const next = await agent.connect();
  next.send(request);
  assert.ok(await until(() => children().length === 1, 5000));
  const [dialog] = children();
  await agent.stop();
  assert.ok(await until(() => processOf(dialog!.pid) === null, 5000));
  assert.equal(askpass.asked().length, 2);
});

test("locking the agent says no to what is being asked", async () => {
  const go = room.path("go-locked");
  const { agent, client, request, askpass } = await confirming("locked", `while [ ! -e '${go}' ]; do sleep 0.05; done`);
  client.send(request);
  assert.ok(await until(() => askpass.asked().length === 1, 5000));
  const other = await agent.connect();
  assert.equal(is(await other.ask(message(LOCK, "passphrase"))), SUCCESS);
  writeFileSync(go, "");
  assert.equal(is(await client.answer()), FAILURE);
  await agent.stop();
});

test("which program asks: SSH_ASKPASS, with a display or by force, or the one in the path", async () => {
  const display = { DISPLAY: ":9" };
  const trials: [name: string, environment: (program: string) => NodeJS.ProcessEnv, asks: boolean][] = [
    ["display", (program) => ({ SSH_ASKPASS: program, ...display }), true],
    ["wayland", (program) => ({ SSH_ASKPASS: program, WAYLAND_DISPLAY: "wayland-0" }), true],
    ["prefer", (program) => ({ SSH_ASKPASS: program, ...display, SSH_ASKPASS_REQUIRE: "prefer" }), true],
    ["no-display", (program) => ({ SSH_ASKPASS: program }), false],
    ["prefer-no-display", (program) => ({ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "prefer" }), false],
    ["never", (program) => ({ SSH_ASKPASS: program, ...display, SSH_ASKPASS_REQUIRE: "never" }), false],
    ["nothing-there", () => ({ SSH_ASKPASS: "/no/such/program", SSH_ASKPASS_REQUIRE: "force" }), false],
  ];
  for (const [name, environment, asks] of trials) {
    const { agent, client, request, askpass } = await confirming(`which-${name}`, "exit 0", environment);
    assert.equal(is(await client.ask(request)), asks ? 14 : FAILURE, name);
    assert.equal(askpass.asked().length, asks ? 1 : 0, name);
    if (!asks) assert.ok(await until(() => /nobody can be asked/.test(agent.stderr), 5000), name);
    await agent.stop();
  }
  const askpass = room.askpass("ssh-askpass", "exit 0");
  const agent = await room.start("in-path", ["--no-load"], { ...display, PATH: `${room.folder}:${process.env.PATH}` });
  const client = await agent.connect();
  const key = ordinaryKey();
  await client.ask(addConstrained(key, "the key", confirm));
  assert.equal(is(await client.ask(sign(key.blob, "data"))), 14);
  assert.equal(askpass.asked().length, 1);
  await agent.stop();
});

test("at a terminal, where there is nothing else", async () => {
  const socket = room.path("terminal");
  for (const [typed, yes] of [
    ["yes", true],
    ["no", false],
    ["", false],
  ] as const) {
    const script = `
set timeout 20
spawn ${room.program} -l ${socket} --no-load
expect "listening"
expect "(yes/no) "
send "${typed}\\r"
expect timeout
`;
    const terminal = spawn("expect", ["-c", script], { env: cleanEnvironment(), stdio: ["ignore", "pipe", "ignore"] });
    let shown = "";
    terminal.stdout.on("data", (text) => (shown += text));
    assert.ok(await until(() => shown.includes("listening"), 10_000));
    const client = await AgentConnection.to(socket);
    const key = ordinaryKey();
    await client.ask(addConstrained(key, "the key", confirm));
    assert.equal(is(await client.ask(sign(key.blob, "data"))), yes ? 14 : FAILURE);
    assert.ok(await until(() => /Allow use of key the key\?/.test(shown), 5000), shown);
    client.end();
    const exit = once(terminal, "exit");
    terminal.kill("SIGKILL");
    await exit;
    assert.ok(await until(() => !existsSync(socket), 5000), "the agent ends with its terminal");
  }
});

test("at a terminal a question waits until the one before has put the terminal back", async () => {
  const socket = room.path("twice");
  // On one processor: there the second process would otherwise often be the faster.
  const script = `
set timeout 20
spawn taskset -c 0 ${room.program} -l ${socket} --no-load
expect "listening"
expect "(yes/no) "
expect "(yes/no) "
sleep 0.3
puts "during: [exec stty -a -F $spawn_out(slave,name)]"
send "yes\\r"
sleep 0.3
puts "after: [exec stty -a -F $spawn_out(slave,name)]"
expect timeout
`;
  const terminal = spawn("expect", ["-c", script], { env: cleanEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  let shown = "";
  terminal.stdout.on("data", (text) => (shown += text));
  assert.ok(await until(() => shown.includes("listening"), 10_000));
  const [first, second] = [await AgentConnection.to(socket), await AgentConnection.to(socket)];
  const key = ordinaryKey();
  await first.ask(addConstrained(key, "the key", confirm));
  first.ask(sign(key.blob, "first")).catch(() => {});
  assert.ok(await until(() => shown.includes("(yes/no)"), 5000));
  const answer = second.ask(sign(key.blob, "second"));
  first.end();
  assert.equal(is(await answer), 14);
  assert.ok(await until(() => /after: .*\bechok\b/s.test(shown), 5000), shown);
  assert.match(shown, /during: .* -echo .*after: .* echo /s);
  assert.doesNotMatch(shown, /after: .* -echo /s);
  second.end();
  const exit = once(terminal, "exit");
  terminal.kill("SIGKILL");
  await exit;
});
