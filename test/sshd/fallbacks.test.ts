/**
 * Kernels that lack what we use, file systems that refuse it, and limits: strace stands in for them by letting single
 * system calls fail. The login works all the same.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../support/launchers.ts";
import { run } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { installed, type Account } from "../support/stage.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const visitor: Account = { name: "visitor", shell: "/bin/sh" };

/** `failures`: in strace's form, SYSCALL:error=ERROR[:when=N]. Descriptor 9 is open, which concerns nobody. */
async function withFailing(failures: string[], use: (server: WrappedServer) => Promise<void>): Promise<void> {
  const server = new WrappedServer([visitor]);
  const injections = failures.flatMap((failure) => ["-e", `inject=${failure}`]);
  const names = failures.map((failure) => failure.split(":")[0]).join(",");
  try {
    await server.start([
      "sh",
      "-c",
      'exec "$@" 9</dev/null',
      "sh",
      "strace",
      "-f",
      "-qq",
      "-o",
      "/dev/null",
      "-e",
      `trace=${names}`,
      ...injections,
    ]);
    await use(server);
  } finally {
    await server.stop();
  }
}

async function terminalWorks(server: WrappedServer): Promise<void> {
  const { status, stdout } = await server.ssh("visitor", true, ["-tt", "tty; test $(tty) = $SSH_TTY && echo same"]);
  assert.deepEqual([status, /^\/dev\/pts\/\d+\r\nsame\r\n$/.test(stdout.toString())], [0, true], server.log());
}

async function commandWorks(server: WrappedServer): Promise<void> {
  const { status, stdout } = await server.ssh("visitor", true, ["ls /proc/self/fd | wc -l; cat"], { input: "through" });
  assert.deepEqual([status, stdout.toString()], [0, "4\nthrough"], server.log());
}

describe("a login works", { skip: !installed("strace") }, () => {
  test("without getrandom (before Linux 3.17)", () => withFailing(["getrandom:error=ENOSYS"], commandWorks));
  test("without close_range (before Linux 5.9)", () => withFailing(["close_range:error=ENOSYS"], commandWorks));
  test("in a sandbox older than close_range", () => withFailing(["close_range:error=EPERM"], commandWorks));
  test("without TIOCGPTPEER (before Linux 4.13)", () => withFailing(["ioctl:error=EINVAL:when=3"], terminalWorks));
  test("on a devpts that is read-only", () => withFailing(["fchown:error=EROFS", "fchmod:error=EROFS"], terminalWorks));
});

/** Bytes of a login record. */
const RECORD = process.arch === "arm64" ? 400 : 384;

/** Holds a lock on a file until it is ended, as anybody may who may read it. */
async function locker(path: string): Promise<ChildProcess> {
  const program = `
import fcntl, sys, time
file = open(sys.argv[1])
fcntl.lockf(file, fcntl.LOCK_SH)
print("locked", flush=True)
time.sleep(60)`;
  const child = spawn("/usr/bin/python3", ["-c", program, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("login records", () => {
  const server = new WrappedServer([visitor]);
  const file = (name: string): string => join(server.stage.folder, name);
  before(() => server.start(["env"]));
  after(() => server.stop());

  test("are written, and read by who and last", async () => {
    const { stdout } = await server.ssh("visitor", true, ["-tt", "who; tty"]);
    assert.match(stdout.toString(), /^visitor +(pts\/\d+) .*\(127\.0\.0\.1\)\r\n\/dev\/\1\r\n$/);
    const last = (): string => execFileSync("last", ["-f", file("log/wtmp")], { encoding: "utf8" });
    const over = /^visitor +pts\/\d+ +127\.0\.0\.1 .* - \d\d:\d\d +\(00:00\)/;
    assert.ok(await until(() => over.test(last()), 5000), last());
    assert.equal(execFileSync("who", [file("run/utmp")], { encoding: "utf8" }), "");
  });

  test("that somebody keeps locked hold nobody up for long", async () => {
    const child = await locker(file("run/utmp"));
    try {
      await terminalWorks(server);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("are whole or not there at all on a disk that is full", async () => {
    const full = new WrappedServer([visitor]);
    const wtmp = join(full.stage.folder, "log/wtmp");
    try {
      writeFileSync(wtmp, Buffer.alloc(10 * RECORD));
      await full.start(["prlimit", `--fsize=${10 * RECORD + 100}`]);
      await terminalWorks(full);
      await until(() => /: finished/.test(full.log()), 5000);
      assert.equal(statSync(wtmp).size, 10 * RECORD);
    } finally {
      await full.stop();
    }
  });

  test("are not missed", async () => {
    for (const name of ["run/utmp", "log/wtmp"]) rmSync(file(name));
    await terminalWorks(server);
  });
});

test("without a descriptor for signals nothing is served", { skip: !installed("strace") }, async () => {
  const { stage, keyFolder } = new WrappedServer([visitor]);
  const words = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=signalfd4:error=ENFILE", executable];
  const { status, stderr } = await run([...words, keyFolder]);
  assert.deepEqual([status, stderr.includes("fatal: unable to receive signals (")], [111, true], stderr);
  stage.remove();
});

describe("a listener survives", { skip: !installed("strace") }, () => {
  test("a lack of processes", () =>
    // strace counts in each process: the listener's first, then the first of each connection, its network process
    withFailing(["clone:error=EAGAIN:when=1"], async (server) => {
      for (let i = 0; i < 3; i++) assert.equal((await server.ssh("visitor", true, ["true"])).status, 255);
      assert.match(server.log(), /unable to start a process for a connection \(temporary failure\)/);
      assert.equal(server.log().match(/unable to start the network process \(temporary failure\)/g)?.length, 2);
    }));

  test("a lack of processes later on", () =>
    // the listener's second, and the second of each connection, which is to sign
    withFailing(["clone:error=EAGAIN:when=2"], async (server) => {
      for (let i = 0; i < 3; i++) assert.equal((await server.ssh("visitor", true, ["true"])).status, 255);
      assert.match(server.log(), /unable to start a process for a connection \(temporary failure\)/);
      assert.equal(server.log().match(/unable to start a process for a signature \(temporary failure\)/g)?.length, 2);
    }));

  test("a lack of descriptors", () =>
    withFailing(["accept4:error=EMFILE:when=1..2"], async (server) => {
      await commandWorks(server); // the connection waited meanwhile
      assert.match(server.log(), /unable to accept a connection \(process cannot open more files\)/);
    }));
});
