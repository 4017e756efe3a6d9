import { test } from "node:test";
import assert from "node:assert/strict";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { message } from "../../../../test/support/ssh/wire.ts";

const REQUEST = 98;
const starts: [type: string, fields: string[], call: string][] = [
  ["shell", [], "shell 0"],
  ["exec", ["ls"], "command 0 ls"],
  ["subsystem", ["sftp"], "subsystem 0 sftp"],
];

function session(): ServerPeer {
  const client = new ServerPeer();
  client.logIn();
  client.openSession();
  return client;
}

for (const [first, fields, call] of starts) {
  for (const [second, more] of starts) {
    test(`${first}, and then no ${second}`, () => {
      const client = session();
      assert.ok(client.request(0, first, ...fields));
      assert.ok(!client.request(0, second, ...more));
      assert.deepEqual(client.sessions.calls, [call]);
    });
  }
  test(`${first} that could not be started may be tried again`, () => {
    const client = session();
    const name = call.split(" ")[0]!;
    client.sessions.refused.add(name);
    assert.ok(!client.request(0, first, ...fields));
    client.sessions.refused.clear();
    assert.ok(client.request(0, first, ...fields));
  });
}

test("a command or a subsystem without a NUL", () => {
  const client = session();
  assert.ok(!client.request(0, "exec", "ls\0-l"));
  assert.ok(!client.request(0, "subsystem", "\0"));
  assert.ok(client.request(0, "exec", ""));
  assert.deepEqual(client.sessions.calls, ["command 0 "]);
});

test("only a value of want_reply that isn't 0 is answered", () => {
  for (const wantReply of [0, 1, 2, 255]) {
    for (const type of ["shell", "unknown@example.org"]) {
      const client = session();
      const request = message(REQUEST, 0, type, false);
      request[request.length - 1] = wantReply;
      const answer = type === "shell" ? 99 : 100;
      assert.deepEqual(client.ask(request), wantReply === 0 ? [] : [message(answer, 0)]);
    }
  }
});

test("one terminal, before the start, with its modes", () => {
  const client = session();
  const modes = Buffer.from("0100000003000000000a", "hex");
  client.sessions.refused.add("terminal");
  assert.ok(!client.request(0, "pty-req", "xterm", 80, 25, 640, 480, modes));
  client.sessions.refused.clear();
  assert.ok(client.request(0, "pty-req", "xterm", 80, 25, 640, 480, modes));
  assert.deepEqual(Buffer.from(client.sessions.lastTerminal!.modes), modes);
  assert.ok(!client.request(0, "pty-req", "vt100", 80, 25, 640, 480, modes));
  assert.ok(client.request(0, "shell"));
  assert.deepEqual(client.sessions.calls, ["terminal 0 xterm 80 25", "terminal 0 xterm 80 25", "shell 0"]);

  const late = session();
  assert.ok(late.request(0, "shell"));
  assert.ok(!late.request(0, "pty-req", "xterm", 80, 25, 0, 0, ""));
});

test("the name of a terminal is short, and holds no NUL", () => {
  const client = session();
  assert.ok(!client.request(0, "pty-req", "x".repeat(129), 80, 25, 0, 0, ""));
  assert.ok(!client.request(0, "pty-req", "x\0", 80, 25, 0, 0, ""));
  assert.ok(client.request(0, "pty-req", "x".repeat(128), 80, 25, 0, 0, ""));
});

test("window-change before and after the start, if there is a terminal", () => {
  const client = session();
  assert.ok(!client.request(0, "window-change", 1, 2, 3, 4));
  client.request(0, "pty-req", "xterm", 80, 25, 0, 0, "");
  assert.ok(client.request(0, "window-change", 1, 2, 3, 4));
  client.request(0, "shell");
  assert.ok(client.request(0, "window-change", 0xffffffff, 0, 0, 0));
  assert.deepEqual(client.sessions.calls.slice(1), ["resize 0 1 2 3 4", "shell 0", "resize 0 4294967295 0 0 0"]);
});

test("the environment: LANG and LC_* before the start, and nothing that could do harm", () => {
  const client = session();
  assert.ok(client.request(0, "env", "LANG", "de_DE.UTF-8"));
  assert.ok(client.request(0, "env", "LC_ALL", "C"));
  assert.ok(client.request(0, "env", "LC_", ""));
  const names = [
    "BASH_ENV",
    "LD_PRELOAD",
    "PATH",
    "LANGUAGE",
    "LANG=x",
    "LC_A=B",
    "LC_A B",
    "LC_\0",
    "",
    "lang",
    "LC-X",
  ];
  for (const name of names) assert.ok(!client.request(0, "env", name, "/dev/stdin"), name);
  assert.ok(!client.request(0, "env", "LC_TIME", "a\0b"));
  client.request(0, "shell");
  assert.ok(!client.request(0, "env", "LC_TIME", "C"));
  assert.deepEqual(client.sessions.calls, [
    "environment 0 LANG de_DE.UTF-8",
    "environment 0 LC_ALL C",
    "environment 0 LC_ ",
    "shell 0",
  ]);
});

test("64 variables, of 1024 bytes together", () => {
  const client = session();
  for (let i = 0; i < 64; i++) assert.ok(client.request(0, "env", `LC_${i}`, "x"));
  assert.ok(!client.request(0, "env", "LC_64", "x"));

  const other = session();
  assert.ok(other.request(0, "env", "LANG", "x".repeat(1000)));
  assert.ok(!other.request(0, "env", "LANG", "x".repeat(17)));
  assert.ok(other.request(0, "env", "LANG", "x".repeat(16)));
  assert.ok(!other.request(0, "env", "LC_", ""));
});

test("a signal and a break reach the child once it runs", () => {
  const client = session();
  assert.ok(!client.request(0, "signal", "TERM"));
  assert.ok(!client.request(0, "break", 500));
  client.request(0, "shell");
  assert.ok(client.request(0, "signal", "TERM"));
  assert.ok(client.request(0, "break", 500));
  client.sessions.refused.add("signal");
  assert.ok(!client.request(0, "signal", "WHATEVER"));
  assert.deepEqual(client.sessions.calls, ["shell 0", "signal 0 TERM", "break 0 500", "signal 0 WHATEVER"]);
});

test("the client's agent, before the start, if the surroundings will", () => {
  const client = session();
  assert.ok(!client.request(0, "auth-agent-req@openssh.com"));
  client.sessions.refused.delete("agent");
  assert.ok(client.request(0, "auth-agent-req@openssh.com"));
  client.request(0, "shell");
  assert.ok(!client.request(0, "auth-agent-req@openssh.com"));
  assert.deepEqual(client.sessions.calls, ["agent 0", "agent 0", "shell 0"]);
});

test("requests that are not known, and those of other services, are refused", () => {
  const client = session();
  for (const type of ["x11-req", "xon-xoff", "exit-status", "keepalive@openssh.com", "", "exec\0"]) {
    assert.ok(!client.request(0, type, "whatever"), type);
  }
  assert.deepEqual(client.sessions.calls, []);
});

test("a request cut short, or with bytes behind it, ends the connection and has no effect", () => {
  const requests = [
    message(REQUEST, 0, "pty-req", true, "xterm", 80, 25, 0, 0, ""),
    message(REQUEST, 0, "env", true, "LANG", "C"),
    message(REQUEST, 0, "exec", true, "ls"),
    message(REQUEST, 0, "subsystem", true, "sftp"),
    message(REQUEST, 0, "window-change", true, 1, 2, 3, 4),
    message(REQUEST, 0, "signal", true, "TERM"),
    message(REQUEST, 0, "break", true, 5),
  ];
  for (const request of [
    ...requests,
    message(REQUEST, 0, "shell", true),
    message(REQUEST, 0, "auth-agent-req@openssh.com", true),
  ]) {
    const client = session();
    client.send(Buffer.concat([request, Buffer.of(0)]));
    assert.equal(client.disconnected()[0], 2);
    assert.deepEqual(client.sessions.calls, ["close 0"]);
  }
  for (const request of requests) {
    const client = session();
    client.send(request.subarray(0, -1));
    assert.match(client.disconnected()[1], /session 0: malformed request/);
    assert.deepEqual(client.sessions.calls, ["close 0"]);
  }
});

test("names as long as a packet make a short log line", () => {
  const client = session();
  assert.ok(!client.request(0, "x".repeat(30000)));
  for (const { message } of client.environment.lines) assert.ok(message.length < 300);
});
