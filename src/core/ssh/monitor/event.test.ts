/** What a network process may have written to the log as an event: failures, and nothing that passes for more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestAuthority, TestSessions } from "../../../../test/support/server-peer.ts";
import { message } from "../../../../test/support/ssh/wire.ts";
import { TestEnvironment, TestHostKey } from "../../../../test/support/transport-peer.ts";
import { Event } from "../event.ts";
import { TransportOptions } from "../transport/options.ts";
import { Monitor, Outlet } from "./monitor.ts";
import { EVENT } from "./request.ts";

class NoOutlet extends Outlet {
  send(): void {}
}

class Listening extends TestEnvironment {
  readonly events: Event[] = [];

  override event(event: Event): void {
    this.events.push(event);
  }
}

/** The monitor after one such request, and what it has logged. */
function tell(name: string, words: string, values: [name: string, value: string][]): [Monitor, Event[]] {
  const environment = new Listening();
  const keys = [new TestHostKey()];
  const options = new TransportOptions();
  const monitor = new Monitor(environment, keys, new TestAuthority(), new TestSessions(), options, new NoOutlet());
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
