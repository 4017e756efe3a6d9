/** What a network process may have written to the log as an event: failures, and nothing that passes for more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestAuthority, TestSessions } from "../../../../test/support/server-peer.ts";
import { message } from "../../../../test/support/ssh/wire.ts";
import { TestEnvironment, TestHostKey } from "../../../../test/support/transport-peer.ts";
import { DEBUG, FATAL, INFO, WARNING } from "../environment.ts";
import { Event } from "../event.ts";
import { encoded } from "../message/message.ts";
import { TransportOptions } from "../transport/options.ts";
import { Monitor, Outlet } from "./monitor.ts";
import { EVENT, LogRequest } from "./request.ts";

class NoOutlet extends Outlet {
  send(): void {}
}

class Listening extends TestEnvironment {
  readonly events: Event[] = [];

  override event(event: Event): void {
    this.events.push(event);
  }
}

function monitorOf(environment: Listening): Monitor {
  const keys = [new TestHostKey()];
  const options = new TransportOptions();
  return new Monitor(environment, keys, new TestAuthority(), new TestSessions(), options, new NoOutlet());
}

/** The monitor after one such request, and what it has logged. */
function tell(name: string, words: string, values: [name: string, value: string][]): [Monitor, Event[]] {
  const environment = new Listening();
  const monitor = monitorOf(environment);
  monitor.receive(new Uint8Array(message(EVENT, name, words, values.length, ...values.flat())));
  return [monitor, environment.events];
}

test("a failure is logged and counted", () => {
  const [monitor, events] = tell("auth-fail", "ada: rejected", [
    ["user", "ada\n"],
    ["reason", "signature"],
  ]);
  assert.deepEqual([monitor.fault, monitor.refusals, events.length], ["", 1, 1]);
  assert.equal(events[0]!.value("user"), "ada?");
});

test("a success, and a failure that is the monitor's to tell, are not", () => {
  for (const [name, reason] of [
    ["auth-ok", "signature"],
    ["auth-fail", "not-authorized"],
    ["session", ""],
  ] as const) {
    const [monitor, events] = tell(name, "ada: accepted", [
      ["reason", reason],
      ["credential", "ssh-ed25519"],
    ]);
    assert.deepEqual([monitor.fault, monitor.refusals, events.length], ["", 0, 0]);
  }
});

test("a value that there is not, such as another event's name, is a fault", () => {
  for (const name of ["event", "remote", 'user","event', "", "credential"]) {
    const [monitor, events] = tell("auth-fail", "ada: rejected", [[name, "auth-ok"]]);
    assert.match(monitor.fault, /EVENT/);
    assert.equal(events.length, 0);
  }
});

test("lines of the level that events have are a fault: they could pass for any", () => {
  for (const level of [FATAL, WARNING, INFO, DEBUG, 0, 5]) {
    const monitor = monitorOf(new Listening());
    const line = new LogRequest();
    line.level = level;
    line.text = Buffer.from("auth-fail: 192.0.2.1:1: root: method password rejected");
    monitor.receive(encoded(line));
    if ([FATAL, WARNING, DEBUG].includes(level)) assert.equal(monitor.fault, "");
    else assert.match(monitor.fault, /LOG/);
  }
});
