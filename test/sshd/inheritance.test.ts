/** What a session has of the process that started the server, however that was set up: nothing that matters. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asRoot, type Account } from "../support/stage.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

const accounts: Account[] = [
  { name: "visitor", shell: "/bin/sh" },
  { name: "other", shell: "/bin/sh" },
];

/** Starts the server as badly as can be: with a session keyring, signals ignored and blocked, open files, no umask. */
const CARELESS = `
import ctypes, os, signal, sys
libc = ctypes.CDLL(None)
libc.syscall(${process.arch === "arm64" ? 219 : 250}, 1, None)  # keyctl: a new session keyring
for number in range(1, 65):
    if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
os.umask(0)
os.dup2(os.open("/etc/passwd", os.O_RDONLY), 9)
os.environ["LD_PRELOAD_LIKE"] = "inherited"
os.execvp(sys.argv[1], sys.argv[1:])`;

/** Adds a key to the session keyring, or looks for it there. */
const keyring = (action: string): string => `/usr/bin/python3 -c '
import ctypes
libc = ctypes.CDLL(None)
add, keyctl = ${process.arch === "arm64" ? "217, 219" : "248, 250"}
${action}'`;
const addKey = keyring('print(libc.syscall(add, b"user", b"postern", b"secret", 6, -3) > 0)');
const findKey = keyring('print(libc.syscall(keyctl, 10, -3, b"user", b"postern", 0) > 0)');

describe("a careless starter", () => {
  const server = new WrappedServer(accounts);
  before(() => server.start(["/usr/bin/python3", "-c", CARELESS]));
  after(() => server.stop());

  for (const [what, options] of [
    ["a command", []],
    ["a terminal", ["-tt"]],
  ] as const) {
    const says = async (command: string): Promise<string> =>
      (await server.ssh("visitor", true, [...options, command])).stdout.toString().replaceAll("\r", "");

    test(`${what}: no signal is ignored or blocked`, async () => {
      const masks = await says("grep -E 'Sig(Blk|Ign)' /proc/self/status");
      assert.equal(masks, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    });

    test(`${what}: no descriptor but the first three, and that of the folder itself`, async () => {
      assert.equal(await says("ls /proc/self/fd"), options.length === 0 ? "0\n1\n2\n3\n" : "0  1  2  3\n");
    });

    test(`${what}: files are not writable for all`, async () => {
      assert.equal(await says("umask"), "0022\n");
    });

    test(`${what}: the environment is made anew`, async () => {
      assert.doesNotMatch(await says("env"), /inherited/);
    });
  }

  test("users don't share a keyring", { skip: !asRoot }, async () => {
    assert.equal((await server.ssh("visitor", true, [`${addKey}; ${findKey}`])).stdout.toString(), "True\nTrue\n");
    assert.equal((await server.ssh("other", true, [findKey])).stdout.toString(), "False\n");
  });
});
