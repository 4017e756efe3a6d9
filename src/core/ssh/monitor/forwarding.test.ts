/** What the monitor makes of requests to forward: what cannot be is a fault, the rest is for its sessions to decide. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { kexInit, lists, TestEnvironment, TestHostKey } from "../../../../test/support/transport-peer.ts";
import { TestAuthority, TestSessions } from "../../../../test/support/server-peer.ts";
import { encode, message } from "../../../../test/support/ssh/wire.ts";
import * as sessions from "../connection/sessions.ts";
import { TransportOptions } from "../transport/options.ts";
import { AGENT_WANTED, CONNECTED, VERDICT } from "./answer.ts";
import { Monitor, Outlet } from "./monitor.ts";
import { AGENT, CONNECT, ENTER, SIGN, START } from "./request.ts";

const FIRST = sessions.SESSIONS_LIMIT;

class Answers extends Outlet {
  readonly sent: [answer: Buffer, channel: number][] = [];

  send(answer: Uint8Array, channel: number): void {
    this.sent.push([Buffer.from(answer), channel]);
  }
}

function monitor(loggedIn = true): {
  it: Monitor;
  its: TestSessions;
  tell: (...fields: (number | string | Uint8Array)[]) => [Buffer, number][];
} {
  const answers = new Answers();
  const authority = new TestAuthority();
  authority.open.add("user");
  const its = new TestSessions();
  its.refused.clear();
  const it = new Monitor(new TestEnvironment(), [new TestHostKey()], authority, its, new TransportOptions(), answers);
  const tell = (number: unknown, ...fields: (number | string | Uint8Array)[]): [Buffer, number][] => {
    it.receive(new Uint8Array(message(number as number, ...fields)));
    return answers.sent.splice(0);
  };
  const point = Buffer.alloc(32, 9);
  tell(SIGN, "SSH-2.0-client", kexInit(lists()), Buffer.alloc(16), point, point, encode(point));
  if (loggedIn) tell(ENTER, "user");
  return { it, its, tell };
}

test("before a login nothing is connected, and no agent forwarded", () => {
  for (const request of [
    [CONNECT, FIRST, "host", 80],
    [AGENT, 0],
  ]) {
    const { it, its, tell } = monitor(false);
    assert.deepEqual(tell(...(request as [number])), []);
    assert.match(it.fault, /before login/);
    assert.deepEqual(its.calls, []);
  }
});

test("a connection is asked for once, and its outcome told, with a descriptor if it is a good one", () => {
  for (const outcome of [sessions.CONNECTED, sessions.CONNECT_FAILED]) {
    const { it, its, tell } = monitor();
    assert.deepEqual(tell(CONNECT, FIRST, "host", 80), []);
    assert.deepEqual(its.calls, [`connect ${FIRST} host 80`]);
    it.connected(FIRST, outcome);
    const channel = outcome === sessions.CONNECTED ? FIRST : -1;
    assert.deepEqual(tell(CONNECT, FIRST, "again", 80), [[message(CONNECTED, FIRST, outcome), channel]]);
    assert.equal(it.fault, "");
  }
});

test("one that must not be is answered at once", () => {
  const { its, tell, it } = monitor();
  its.refused.add("connect");
  for (let i = 0; i < 2; i++)
    assert.deepEqual(tell(CONNECT, FIRST, "host", 80), [[message(CONNECTED, FIRST, sessions.PROHIBITED), -1]]);
  assert.equal(it.fault, "");
});

test("requests that cannot be", () => {
  const bad: (number | string)[][] = [
    [CONNECT, FIRST - 1, "host", 80],
    [CONNECT, sessions.CHANNELS_LIMIT, "host", 80],
    [CONNECT, 0xffffffff, "host", 80],
    [CONNECT, FIRST, "", 80],
    [CONNECT, FIRST, "x".repeat(sessions.HOST_LIMIT + 1), 80],
    [CONNECT, FIRST, "host", 0],
    [CONNECT, FIRST, "host", 65536],
    [CONNECT, FIRST, "host", 80, 0],
    [CONNECT, FIRST],
    [AGENT, FIRST],
    [AGENT],
  ];
  for (const request of bad) {
    const { it, its, tell } = monitor();
    assert.deepEqual(tell(...(request as [number])), []);
    assert.match(it.fault, /cannot be: (CONNECT|AGENT)/);
    assert.deepEqual(its.calls, []);
  }
});

test("two connections for one channel at a time", () => {
  const { it, tell, its } = monitor();
  tell(CONNECT, FIRST, "host", 80);
  tell(CONNECT, FIRST, "other", 80);
  assert.match(it.fault, /CONNECT/);
  assert.equal(its.calls.length, 1);
});

test("the agent: before the start, and whenever a program wants it", () => {
  const { it, tell, its } = monitor();
  assert.deepEqual(tell(AGENT, 0), [[Buffer.of(VERDICT, 1), -1]]);
  its.refused.add("agent");
  assert.deepEqual(tell(AGENT, 1), [[Buffer.of(VERDICT, 0), -1]]);
  it.agentWanted();
  assert.deepEqual(tell(START, 0, Buffer.of()).slice(0, 1), [[Buffer.of(AGENT_WANTED), FIRST]]);
});

test("the agent: not once the session has started", () => {
  const { it, tell } = monitor();
  it.receive(new Uint8Array(Buffer.concat([message(START, 0), Buffer.of(1), encode("")])));
  assert.equal(it.fault, "");
  tell(AGENT, 0);
  assert.match(it.fault, /AGENT/);
});
