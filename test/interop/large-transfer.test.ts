/** Much data on one connection of OpenSSH's client while both sides want new keys every mebibyte. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, ssh, sshCommand, startSsh } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { Server, underTest } from "../support/server.ts";

const MEBIBYTE = 1 << 20;
const SESSIONS = 8;
const SESSION_BYTES = 16 * MEBIBYTE;

const ours = underTest === "postern";
const limits = ours ? ["--rekey-bytes", String(MEBIBYTE)] : [];
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("one connection", { skip: underTest === "tinysshd" }, () => {
  /** Not of the fixture's, which ends connections after each test. */
  let server: Server;
  const path = (): string => `${server.stage.folder}/control`;
  const options = (): string[] => ["-S", path(), "-o", "ControlMaster=no", "-o", "ProxyCommand=false"];
  const data = randomBytes(SESSION_BYTES);
  const hash = sha256(data);
  let ended: Promise<unknown> = Promise.resolve();

  before(async () => {
    server = await Server.start({ options: ["-vv", ...limits] });
    writeFileSync(join(server.stage.home(server.account), "data"), data);
    const quick = ["-o", "KexAlgorithms=curve25519-sha256", "-o", "RekeyLimit=1M"];
    ended = once(startSsh(server, ["-M", "-S", path(), "-N", ...quick], []), "close");
    assert.ok(await until(() => existsSync(path()), 5000));
  });
  after(async () => {
    await run(["ssh", "-S", path(), "-O", "exit", "x"]);
    await ended;
    await server.idle().finally(() => server.stop());
  });

  /** Runs the same in all sessions at once. */
  const inAll = async (session: (number: number) => Promise<void>): Promise<void> =>
    void (await Promise.all(Array.from({ length: SESSIONS }, (_, number) => session(number))));

  test(`${SESSIONS} sessions, 16 MiB up in each`, () =>
    inAll(async (number) => {
      const { status, stdout, stderr } = await ssh(server, [`sha256sum; exit ${number}`], options(), { input: data });
      assert.deepEqual([status, stdout.toString("latin1", 0, 64)], [number, hash], stderr);
    }));

  test(`${SESSIONS} sessions, 16 MiB down in each`, () =>
    inAll(async (number) => {
      const { status, stdout, stderr } = await ssh(server, [`cat data; exit ${number}`], options());
      assert.deepEqual([status, sha256(stdout)], [number, hash], stderr);
    }));

  test("one direction in each half of them, with readers that are slow on both sides", () =>
    inAll(async (number) => {
      const slowly = "(sleep 0.3; head -c 3000000; sleep 0.3; cat)";
      const line = sshCommand(server, options())
        .map((word) => `'${word}'`)
        .join(" ");
      if (number % 2 === 0) {
        const { stdout, stderr } = await ssh(server, [`${slowly} | sha256sum`], options(), { input: data });
        assert.equal(stdout.toString("latin1", 0, 64), hash, stderr);
      } else {
        const { stdout, stderr } = await run(["sh", "-c", `${line} cat data | ${slowly}`]);
        assert.equal(sha256(stdout), hash, stderr);
      }
    }));

  test("all that was on one connection, and changed keys hundreds of times", { skip: !ours }, () => {
    const log = server.log();
    assert.equal(log.split("connection from ").length - 1, 1);
    const exchanges = log.split("key exchange: ").length - 1;
    assert.ok(exchanges > 200, `${exchanges} key exchanges`);
  });
});
