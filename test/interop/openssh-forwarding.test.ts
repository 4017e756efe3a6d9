/** Forwarding with OpenSSH's client: connections to elsewhere (-W, -L, -J), and the client's agent (-A). */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { certify } from "../support/certificates.ts";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { run, ssh, sshCommand, startSsh, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { freePort, listening, underTest } from "../support/server.ts";
import { installed } from "../support/stage.ts";

const server = commonServer({ options: ["-v", "--tcp-forwarding", "--agent-forwarding"] });
const plain = commonServer({ options: ["-v"] });
const folder = temporaryFolder();
const ours = { skip: underTest !== "postern" && underTest };
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A target on this machine that does what it is told with each connection. */
async function target(serve: (socket: Socket) => void, host = "127.0.0.1"): Promise<TcpServer> {
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  listener.listen(0, host);
  await once(listener, "listening");
  return listener;
}
const portOf = (listener: TcpServer): number => (listener.address() as AddressInfo).port;
const echo = (): Promise<TcpServer> => target((socket) => socket.pipe(socket));

const through = (place: string, input: Uint8Array | string, options: string[] = []): Promise<Result> =>
  run(sshCommand(server(), ["-o", "LogLevel=INFO", ...options, "-W", place], []), { input });

/** With these lines as authorized_keys. */
async function withLine(options: string, work: () => Promise<void>): Promise<void> {
  const { stage, account, key } = server();
  stage.authorize(account, [`${options} ${key.line}`]);
  try {
    await work();
  } finally {
    stage.authorize(account, [key.line]);
  }
}

/** Listens by `ssh -L` and gives the port. */
async function tunnel(to: string): Promise<{ port: number; client: ChildProcess }> {
  const port = await freePort();
  const client = startSsh(server(), ["-N", "-L", `127.0.0.1:${port}:${to}`], []);
  await until(() => listening(port), 10_000);
  return { port, client };
}

async function end(client: ChildProcess): Promise<void> {
  if (client.exitCode !== null || client.signalCode !== null) return;
  const gone = once(client, "exit");
  client.kill();
  await gone;
}

/** Sends `bytes` and their end, and gives what comes back. */
async function exchange(port: number, bytes: Uint8Array): Promise<Buffer> {
  return talk(connect({ port, host: "127.0.0.1", allowHalfOpen: true }), bytes);
}

async function talk(socket: Socket, bytes: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, "end");
  return Buffer.concat(chunks);
}

describe("connections to elsewhere", ours, () => {
  test("by number and by name, over IPv4 and IPv6", async () => {
    for (const [host, names] of [
      ["127.0.0.1", ["127.0.0.1", "localhost", "LocalHost"]],
      ["::1", ["[::1]", "ip6-localhost"]],
    ] as const) {
      const listener = await target((socket) => socket.end("hello"), host);
      for (const name of names) {
        const { status, stdout, stderr } = await through(`${name}:${portOf(listener)}`, "");
        assert.deepEqual([status, stdout.toString()], [0, "hello"], `${name}: ${stderr}`);
      }
      listener.close();
    }
    assert.match(server().log(), /forward: \S+: to localhost:\d+: connected/);
  });

  test("all addresses of a name are tried", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const listener = await target((socket) => socket.end("hello"), host);
      const { stdout, stderr } = await through(`both:${portOf(listener)}`, "");
      assert.equal(stdout.toString(), "hello", `${host}: ${stderr}`);
      listener.close();
    }
  });

  test("what was sent is answered after its end", async () => {
    const listener = await target((socket) => {
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("end", () => socket.end(sha256(Buffer.concat(chunks))));
    });
    const bytes = randomBytes(3_000_000);
    const { status, stdout, stderr } = await through(`127.0.0.1:${portOf(listener)}`, bytes);
    assert.deepEqual([status, stdout.toString()], [0, sha256(bytes)], stderr);
    listener.close();
  });

  test("what the target sends after it has closed its input, and before", async () => {
    const bytes = randomBytes(5_000_000);
    const listener = await target((socket) => socket.end(bytes));
    const { status, stdout } = await through(`127.0.0.1:${portOf(listener)}`, "x");
    assert.deepEqual([status, sha256(stdout)], [0, sha256(bytes)]);
    listener.close();
  });

  test("40 MB there and back, and 50 connections at once", async () => {
    const listener = await echo();
    const { port, client } = await tunnel(`127.0.0.1:${portOf(listener)}`);
    try {
      const bytes = randomBytes(40_000_000);
      assert.equal(sha256(await exchange(port, bytes)), sha256(bytes));
      const many = Array.from({ length: 50 }, () => randomBytes(200_000));
      const back = await Promise.all(many.map((one) => exchange(port, one)));
      assert.deepEqual(back.map(sha256), many.map(sha256));
    } finally {
      await end(client);
      listener.close();
    }
  });

  test("a jump through this server to the next one", async () => {
    // -J's inner ssh takes its options from a configuration alone.
    const configuration = join(folder(), "config");
    const settings = [server(), plain()].flatMap(({ port, knownHosts, key, account }, i) => [
      `Host ${i === 0 ? "jump" : "next"}`,
      `  HostName 127.0.0.1\n  Port ${port}\n  User ${account.name}`,
      `  UserKnownHostsFile ${knownHosts}\n  IdentityFile ${key.path}`,
      "  IdentitiesOnly yes\n  IdentityAgent none\n  BatchMode yes",
    ]);
    writeFileSync(configuration, `${settings.join("\n")}\n`);
    const input = randomBytes(1_000_000);
    const result = await run(["ssh", "-F", configuration, "-J", "jump", "next", "cat"], { input });
    assert.deepEqual([result.status, sha256(result.stdout)], [0, sha256(input)], result.stderr);
  });

  test("a SOCKS proxy (-D), 30 connections at a time", async () => {
    const listener = await echo();
    const port = await freePort();
    const client = startSsh(server(), ["-N", "-D", `127.0.0.1:${port}`], []);
    try {
      assert.ok(await until(() => listening(port), 10_000));
      const one = async (): Promise<void> => {
        const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        socket.write(Buffer.of(5, 1, 0)); // RFC 1928
        await once(socket, "data");
        const place = Buffer.of(5, 1, 0, 1, 127, 0, 0, 1, portOf(listener) >> 8, portOf(listener) & 255);
        socket.write(place);
        const [answer] = (await once(socket, "data")) as [Buffer];
        assert.equal(answer[1], 0);
        const bytes = randomBytes(50_000);
        assert.equal(sha256(await talk(socket, bytes)), sha256(bytes));
      };
      await Promise.all(Array.from({ length: 30 }, one));
    } finally {
      await end(client);
      listener.close();
    }
  });

  test("dbclient -L", { skip: !installed("dbclient") }, async () => {
    const listener = await echo();
    const key = join(folder(), "dropbear");
    assert.equal((await run(["dropbearconvert", "openssh", "dropbear", server().key.path, key])).status, 0);
    const port = await freePort();
    const words = ["-y", "-y", "-N", "-i", key, "-L", `127.0.0.1:${port}:127.0.0.1:${portOf(listener)}`];
    const address = ["-p", `${server().port}`, `${server().account.name}@127.0.0.1`];
    const client = spawn("dbclient", [...words, ...address], { stdio: "ignore" });
    try {
      assert.ok(await until(() => listening(port), 10_000));
      const bytes = randomBytes(3_000_000);
      assert.equal(sha256(await exchange(port, bytes)), sha256(bytes));
    } finally {
      await end(client);
      listener.close();
    }
  });

  test("a target that ends first listens still", async () => {
    let heard = "";
    const listener = await target((socket) => {
      socket.end("bye");
      socket.on("data", (bytes: Buffer) => (heard += bytes.toString()));
    });
    const { port, client } = await tunnel(`127.0.0.1:${portOf(listener)}`);
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.resume();
    await once(socket, "end");
    socket.end("still there");
    assert.ok(await until(() => heard === "still there", 5000), heard);
    await end(client);
    listener.close();
  });

  test("a target that reads nothing holds up nobody, and little waits for it", async () => {
    const held: Socket[] = [];
    const listener = await target((socket) => held.push(socket.pause()));
    const { port, client } = await tunnel(`127.0.0.1:${portOf(listener)}`);
    const stuck = connect(port, "127.0.0.1").on("error", () => {});
    stuck.write(randomBytes(50_000_000));
    await until(() => held.length > 0 && stuck.bytesWritten > 1 << 20, 5000);
    assert.equal((await ssh(server(), ["echo in"])).stdout.toString(), "in\n");
    for (const { pid, name } of server().serving()) {
      const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
      assert.ok(resident < 8192, `${name}: ${resident} kB`);
    }
    for (const socket of [stuck, ...held]) socket.destroy();
    await end(client);
    listener.close();
  });

  test("nobody there, no such name", async () => {
    const port = await freePort();
    for (const [place, why] of [
      [`127.0.0.1:${port}`, /connection refused/],
      [`localhost:${port}`, /connection refused/],
      ["no-such-name.invalid:80", /no such host/],
      ["-x:80", /no such host/],
      ["a b:80", /no such host/],
    ] as const) {
      const before = server().log().length;
      const { status, stderr } = await through(place, "");
      assert.notEqual(status, 0);
      assert.match(stderr, /open failed: connect failed/, place);
      assert.match(server().log().slice(before), why, place);
    }
  });

  test("refused without the switch", async () => {
    const listener = await echo();
    const { status, stderr } = await run(
      sshCommand(plain(), ["-o", "LogLevel=INFO", "-W", `127.0.0.1:${portOf(listener)}`], []),
      { input: "" },
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /administratively prohibited/);
    assert.match(plain().log(), /forward: \S+: to 127\.0\.0\.1:\d+: refused: without --tcp-forwarding/);
    listener.close();
  });

  test("as the options of the key have it", async () => {
    const listener = await target((socket) => socket.end("hello"));
    const port = portOf(listener);
    const rows: [options: string, place: string, permitted: boolean][] = [
      ["no-port-forwarding", "127.0.0.1", false],
      ["restrict", "127.0.0.1", false],
      ["restrict,port-forwarding", "127.0.0.1", true],
      [`permitopen="127.0.0.1:${port}"`, "127.0.0.1", true],
      [`permitopen="127.0.0.1:${port}"`, "localhost", false],
      [`permitopen="127.0.0.1:${port === 80 ? 81 : 80}"`, "127.0.0.1", false],
      [`permitopen="other:1",permitopen="*:${port}"`, "localhost", true],
      [`permitopen="localhost:*"`, "localhost", true],
      [`permitopen="localhost:*",no-port-forwarding`, "localhost", false],
      [`command="false"`, "127.0.0.1", true],
    ];
    for (const [options, host, permitted] of rows)
      await withLine(options, async () => {
        const { status, stdout, stderr } = await through(`${host}:${port}`, "");
        assert.equal(status === 0 && stdout.toString() === "hello", permitted, `${options} ${host}: ${stderr}`);
        if (!permitted) assert.match(stderr, /administratively prohibited/);
      });
    listener.close();
  });

  test("as a certificate has it", async () => {
    const listener = await target((socket) => socket.end("hello"));
    const { stage, account, key } = server();
    const ca = makeKey(join(folder(), "ca"));
    stage.authorize(account, [`cert-authority ${ca.line}`]);
    try {
      const certified = makeKey(join(folder(), "certified")).path;
      for (const permitted of [true, false]) {
        const options = permitted ? [] : ["no-port-forwarding"];
        const certificate = certify(ca.path, certified, { principals: account.name, options });
        const place = `127.0.0.1:${portOf(listener)}`;
        const identity = ["-o", `IdentityFile=${certified}`, "-o", `CertificateFile=${certificate}`];
        const { stdout } = await through(place, "", identity);
        assert.equal(stdout.toString(), permitted ? "hello" : "");
      }
    } finally {
      stage.authorize(account, [key.line]);
      listener.close();
    }
  });

  test("the connection is the user's, not root's", async () => {
    const uids: string[] = [];
    const listener = await target((socket) => {
      const hex = (socket.remotePort ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const line = readFileSync("/proc/net/tcp", "utf8")
        .split("\n")
        .find((row) => row.includes(`0100007F:${hex} 0100007F`));
      uids.push(line?.trim().split(/\s+/)[7] ?? "");
      socket.end();
    });
    await through(`127.0.0.1:${portOf(listener)}`, "");
    assert.deepEqual(uids, [String(server().stage.uid(server().account))]);
    listener.close();
  });

  test("remote forwarding and Unix sockets stay out", async () => {
    const remote = await ssh(server(), ["true"], ["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1"]);
    assert.equal(remote.status, 255);
  });
});

describe("the client's agent", ours, () => {
  let agent: ChildProcess;
  let socket = "";
  before(async () => {
    socket = join(folder(), "agent");
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await until(() => existsSync(socket), 5000);
    const environment = { ...process.env, SSH_AUTH_SOCK: socket };
    execFileSync("ssh-add", ["-q", server().key.path], { env: environment, stdio: "ignore" });
  });
  after(() => agent.kill());

  /** `ssh -A` with a command. */
  const forwarded = (command: string, to = server): Promise<Result> => {
    const words = sshCommand(to(), ["-A", "-o", `IdentityAgent=${socket}`], [command]);
    return run(words);
  };

  test("is seen, by the user alone, and gone afterwards", async () => {
    const { status, stdout, stderr } = await forwarded(
      'ssh-add -l && stat -c "%a %u" "$(dirname "$SSH_AUTH_SOCK")" && echo "$SSH_AUTH_SOCK"',
    );
    assert.equal(status, 0, stderr);
    const [listed, mode, path] = stdout.toString().split("\n");
    assert.match(listed!, /SHA256:\S+ .*\(ED25519\)/);
    assert.equal(mode, `700 ${server().stage.uid(server().account)}`);
    assert.match(path!, /^\/tmp\/ssh-[0-9a-f]{16}\/agent\.\d+$/);
    await server().idle();
    assert.ok(!existsSync(dirname(path!)), "the folder is gone");
  });

  test("logs in from there", async () => {
    const { port, account } = server();
    const nested = `ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p ${port} ${account.name}@127.0.0.1 echo nested`;
    const { status, stdout, stderr } = await forwarded(nested);
    assert.deepEqual([status, stdout.toString()], [0, "nested\n"], stderr);
  });

  test("serves many at once", async () => {
    const { status, stdout, stderr } = await forwarded(
      "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ssh-add -l & done; wait",
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout.toString().match(/SHA256/g)?.length, 20);
  });

  test("wanted by more programs than there are channels, the rest can be had later", async () => {
    const greedy = [
      "import os, socket, subprocess, time",
      "def connect():",
      "    s = socket.socket(socket.AF_UNIX)",
      "    s.connect(os.environ['SSH_AUTH_SOCK'])",
      "    return s",
      "children = [os.fork() for i in range(2)]",
      "held = [connect() for i in range(200)]",
      "for i in range(2000): connect().close()",
      "for s in held: s.close()",
      "if not all(children): os._exit(0)",
      "for pid in children: os.waitpid(pid, 0)",
      "time.sleep(1)",
      "print(subprocess.run(['ssh-add', '-l'], capture_output=True, timeout=10).returncode)",
    ].join("\n");
    const { status, stdout, stderr } = await forwarded(`python3 -c "${greedy}"`);
    assert.deepEqual([status, stdout.toString()], [0, "0\n"], stderr + server().log().slice(-1000));
  });

  test("wanted by far more than can be told of, all the time: sessions begin and end", async () => {
    const mux = join(folder(), "mux");
    const flood = `import os, socket
while True:
    all = [socket.socket(socket.AF_UNIX) for i in range(400)]
    for one in all:
        one.setblocking(False)
        one.connect_ex(os.environ["SSH_AUTH_SOCK"])
    for one in all:
        one.close()`;
    const options = ["-A", "-o", `IdentityAgent=${socket}`, "-M", "-S", mux];
    const client = startSsh(server(), options, [`exec timeout 20 python3 -c '${flood}'`]);
    assert.ok(await until(() => existsSync(mux), 5000));
    for (let i = 0; i < 12; i++) {
      const result = await ssh(server(), ["echo in"], ["-S", mux]);
      assert.equal(result.stdout.toString(), "in\n", server().log().slice(-500));
    }
    assert.equal(client.exitCode, null);
    await end(client);
  });

  test("is refused without the switch, and by the key", async () => {
    const probe = 'echo "[$SSH_AUTH_SOCK]"';
    assert.equal((await forwarded(probe, plain)).stdout.toString(), "[]\n");
    assert.match(plain().log(), /forward: \S+: to the client's agent: refused: without --agent-forwarding/);
    for (const options of ["no-agent-forwarding", "restrict"])
      await withLine(options, async () => assert.equal((await forwarded(probe)).stdout.toString(), "[]\n"));
    await withLine("restrict,agent-forwarding", async () =>
      assert.match((await forwarded(probe)).stdout.toString(), /agent\.\d+/),
    );
  });

  test("the folder goes also if the monitor is killed", async () => {
    const client = startSsh(server(), ["-A", "-o", `IdentityAgent=${socket}`], ['echo "$SSH_AUTH_SOCK"; exec cat']);
    const [line] = (await once(client.stdout!, "data")) as [Buffer];
    const path = line.toString().trim();
    assert.ok(existsSync(path));
    process.kill(server().serving()[0]!.pid, "SIGKILL"); // the others see it end
    assert.ok(await until(() => !existsSync(dirname(path)), 5000));
    await end(client);
  });
});
