/** OpenSSH's ControlMaster: many sessions on one connection. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { run, ssh, startSsh } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { underTest } from "../support/server.ts";

const SESSIONS = 8;

const server = commonServer();

/** Runs `body` with the options that share one connection. */
async function withMaster(body: (options: string[]) => Promise<void>): Promise<void> {
  const path = `${server().stage.folder}/control`;
  const master = startSsh(server(), ["-M", "-S", path, "-N"], []);
  const closed = once(master, "close");
  try {
    const check = (): Promise<boolean> => run(["ssh", "-S", path, "-O", "check", "x"]).then((r) => r.status === 0);
    let ready = false;
    await until(() => (void check().then((is) => (ready ||= is)), ready), 5000, 100);
    assert.ok(ready, "the master connection is up");
    await body(["-S", path, "-o", "ControlMaster=no", "-o", "ProxyCommand=false"]);
  } finally {
    await run(["ssh", "-S", path, "-O", "exit", "x"]);
    await closed;
  }
}

test(`${SESSIONS} sessions at once, each with its own data and status`, { skip: underTest === "tinysshd" }, () =>
  withMaster(async (options) => {
    const sessions = Array.from({ length: SESSIONS }, async (_, i) => {
      const data = randomBytes(1_000_000);
      const result = await ssh(server(), [`cat; exit ${i}`], options, { input: data });
      assert.equal(result.status, i, result.stderr);
      assert.ok(result.stdout.equals(data), `session ${i}: ${result.stdout.length} bytes`);
    });
    await Promise.all(sessions);
  }),
);

test("a session that stands still doesn't hold up the others", { skip: underTest === "tinysshd" }, () =>
  withMaster(async (options) => {
    const still = startSsh(server(), options, ["head -c 20000000 /dev/zero"]); // nobody reads: its window fills up
    const blocked = (): boolean =>
      server()
        .serving()
        .some((process) => process.name === "head");
    assert.ok(await until(blocked, 5000));
    for (let i = 0; i < 3; i++) {
      assert.ok(blocked());
      const result = await ssh(server(), ["echo", String(i)], options);
      assert.equal(result.stdout.toString(), `${i}\n`);
    }
    still.kill("SIGKILL");
    await once(still, "exit");
    // OpenSSH's master says so at once to OpenSSH's server alone (eow@openssh.com); to others, when next it says something
    await ssh(server(), ["true"], options);
    assert.ok(await until(() => !blocked(), 5000), "head has ended");
  }),
);

test("sessions one after the other on one connection", { skip: underTest === "tinysshd" }, () =>
  withMaster(async (options) => {
    for (let i = 0; i < 20; i++) {
      const result = await ssh(server(), [`exit ${i}`], options);
      assert.equal(result.status, i, result.stderr);
    }
  }),
);
