/** asyncssh, a client that shares no code with OpenSSH: sessions beside each other, SFTP, terminals, signals, new keys. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { run } from "../support/openssh.ts";
import { SFTP_SERVER, underTest } from "../support/server.ts";

/** Debian's own: that one has the package. */
const PYTHON = "/usr/bin/python3";
const program = fileURLToPath(new URL("asyncssh-client.py", import.meta.url));
const skip =
  !existsSync(PYTHON) || spawnSync(PYTHON, ["-W", "ignore", "-c", "import asyncssh"]).status !== 0
    ? "asyncssh is not installed"
    : underTest === "tinysshd" && "tinysshd has one session for each connection";

/** Both sides want new keys. */
const REKEY_BYTES = 1 << 20;
const limits = underTest === "postern" ? ["--rekey-bytes", String(REKEY_BYTES)] : [];
const builtIn = underTest === "postern";
const subsystem = builtIn ? [] : ["-x", `sftp=${SFTP_SERVER}`];
const server = commonServer({ options: ["-vvv", ...subsystem, ...limits] });

/** What asyncssh-client.py says of some cases. */
async function client(cases: string[], key = server().key.path): Promise<Record<string, unknown>> {
  const { port, account, knownHosts } = server();
  const words = ["-W", "ignore", program, String(port), account.name, knownHosts, key, ...cases];
  const { status, stdout, stderr } = await run([PYTHON, ...words], { timeout: 100_000 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.toString()) as Record<string, unknown>;
}

const ended = (stdout: string, status: number | null, signal: string | null = null, stderr = "") => ({
  status,
  signal,
  stdout,
  stderr,
});

describe("asyncssh", { skip }, () => {
  /** What each case found: all in one process, as Python takes its time to start. */
  let found: Record<string, unknown> = {};
  before(async () => {
    const cases = ["command", "environment", "sessions", "too_many", "terminal", "signals", "tunnels", "rekey"];
    found = await client(builtIn || existsSync(SFTP_SERVER) ? [...cases, "sftp"] : cases);
  });

  test("a command: streams and status", () => {
    assert.deepEqual(found.command, ended("input\n", 3, null, "errors\n"));
  });

  test("the environment: what is accepted, and what isn't", () => {
    assert.deepEqual(found.environment, ended("fo_FO\n", 0));
  });

  test("a P-256 user key", async () => {
    const { stage, account, key } = server();
    const other = makeKey(join(stage.folder, "p256"), "ecdsa");
    stage.authorize(account, [key.line, other.line]);
    assert.deepEqual(await client(["command"], other.path), { command: ended("input\n", 3, null, "errors\n") });
    assert.match(server().log(), /ecdsa-sha2-nistp256 SHA256:\S+ accepted/);
  });

  test("sessions at once on one connection", () => {
    assert.deepEqual(found.sessions, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("ten of them, and one more when one has ended", () => {
    assert.deepEqual(found.too_many, { count: 10, refusal: "too many sessions", again: "again\n" });
  });

  test("SFTP", { skip: !builtIn && !existsSync(SFTP_SERVER) }, () => {
    assert.deepEqual(found.sftp, { names: ["renamed"], size: 3 << 20, same: true, gone: true });
  });

  test("a terminal: its name, its modes, its size and a change of it", () => {
    const { before, after, status } = found.terminal as Record<string, string>;
    assert.match(before!, /^vt102\n37 91\n/); // with OPOST off a line ends as it was written
    assert.match(before!, /speed 9600 baud/);
    for (const mode of ["intr = ^X;", "erase = ^H;", " -echo ", " -ixon ", " icrnl ", "-opost "])
      assert.ok(before!.includes(mode), `${mode} in\n${before}`);
    assert.deepEqual([after, status], ["38 92\n", 4]);
  });

  test("signals to a command, and of one that they end", () => {
    assert.deepEqual(found.signals, [ended("got it\n", 5), ended("", null, "TERM"), ended("", null, "KILL")]);
  });

  test("tunnels are refused, and the connection goes on", () => {
    const { refusals, after } = found.tunnels as { refusals: string[]; after: string };
    assert.deepEqual(refusals, ["forwarding is not permitted", "forwarding is not offered", "no listener"]);
    assert.equal(after, "after\n");
  });

  test("new keys every mebibyte, wanted by both sides, under load in both directions", () => {
    assert.deepEqual(found.rekey, [true, true, true]);
    const exchanges = server().log().split("key exchange: ").length - 1;
    assert.ok(exchanges > 24, `${exchanges} key exchanges`);
  });
});
