/**
 * A network process under an attacker's control: a build of tinysshd in which it does whatever the client says. It
 * tries all that its socket and the kernel might let it do. docs/threat-model.md says what it can.
 */
import assert from "node:assert/strict";
import { createPublicKey, randomBytes, verify } from "node:crypto";
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { INFO, WARNING } from "../../src/core/ssh/environment.ts";
import { Event } from "../../src/core/ssh/event.ts";
import { encoded } from "../../src/core/ssh/message/message.ts";
import { FINISH } from "../../src/core/ssh/monitor/answer.ts";
import * as requests from "../../src/core/ssh/monitor/request.ts";
import { build } from "../../src/native/build.ts";
import { makeKey, readKey, type UserKey } from "../support/keys.ts";
import { holds } from "../support/memory.ts";
import { nativeArchitecture } from "../support/native.ts";
import { descendants, type Process, until } from "../support/processes.ts";
import { Fields } from "../support/ssh/wire.ts";
import { WrappedServer } from "../support/wrapped-server.ts";
import { grantIn, InventedExchange, login, Master, Fallen, signatureIn, verdictIn } from "./master.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-fallen-"));
const executable = join(folder, "tinysshd");
const isRoot = process.getuid!() === 0;

/** Numbers of system calls of x86-64, where these tests run. */
const READ = 0;
const WRITE = 1;

describe("a network process that has fallen", { skip: nativeArchitecture !== "x86_64" }, () => {
  let server: WrappedServer;
  let key: UserKey;
  let hostKey: Buffer;

  before(async () => {
    build("test/fallen/entry.ts", executable, "x86_64");
    const accounts = [
      { name: "visitor", shell: "/bin/sh" },
      { name: "other", shell: "/bin/sh" },
    ];
    server = new WrappedServer(isRoot ? accounts : [accounts[0]!], executable);
    await server.start([]);
    key = readKey(server.key.path);
    hostKey = readKey(join(server.stage.folder, "host_key")).blob;
    if (isRoot) server.stage.authorize(server.stage.accounts[1]!, [makeKey(join(folder, "others")).line]);
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** The word that all lines of a connection have; it is the comment of our identification too. */
  async function wordOf(master: Master): Promise<string> {
    const line = new RegExp(`^tinysshd: (\\w{8}): info: connect: connection from 127\\.0\\.0\\.1:${master.port}$`, "m");
    assert.ok(await until(() => line.test(server.log()), 5000), server.log());
    return line.exec(server.log())![1]!;
  }

  /** The two processes of the one connection that there is, once those of earlier ones have ended. */
  async function bothProcesses(): Promise<{ monitor: Process; network: Process }> {
    const monitors = (): Process[] => descendants(server.pid).filter(({ parent }) => parent === server.pid);
    assert.ok(await until(() => monitors().length === 1, 5000), "others are still there");
    const monitor = monitors()[0]!;
    return { monitor, network: descendants(monitor.pid)[0]! };
  }

  /** Lines of the log about a connection. */
  const linesOf = (word: string): string[] =>
    server
      .log()
      .split("\n")
      .filter((line) => line.includes(`: ${word}: `));

  interface Session {
    master: Master;
    word: string;
    exchange: InventedExchange;
    sessionId: Buffer;
  }

  /** A connection whose one signature was had. */
  async function signedIn(): Promise<Session> {
    const master = await Master.connect(server.port);
    const word = await wordOf(master);
    const exchange = new InventedExchange(hostKey);
    const signature = signatureIn(await master.ask(exchange.request));
    assert.ok(signature !== null && signature.length > 0);
    return { master, word, exchange, sessionId: exchange.hash(word) };
  }

  /** A connection on which visitor has logged in, by a key of his. */
  async function loggedIn(): Promise<Session> {
    const session = await signedIn();
    assert.ok(grantIn(await session.master.ask(login("visitor", key, session.sessionId))) !== null);
    return session;
  }

  /** The monitor takes `record` for what it is: it ends everything, and says why. */
  async function isFault(session: { master: Master; word: string }, record: Uint8Array, fault: RegExp): Promise<void> {
    const news = await session.master.ask(record);
    assert.equal(news, null, `${fault}: it was answered`);
    const said = new RegExp(`the network process has asked for what it must not: .*${fault.source}`);
    assert.ok(
      await until(() => linesOf(session.word).some((line) => said.test(line)), 5000),
      `${fault}:\n${linesOf(session.word).join("\n")}`,
    );
    session.master.close();
  }

  async function started(session: number, what: number, argument = ""): Promise<requests.StartRequest> {
    const m = new requests.StartRequest();
    m.session = session;
    m.what = what;
    m.argument = Buffer.from(argument);
    return m;
  }

  /** What comes out of a session's stream, until its end. */
  async function outputOf(master: Master, descriptor: number): Promise<string> {
    let text = "";
    for (;;) {
      const { result, buffers } = await master.call(READ, descriptor, Buffer.alloc(4096), 4096);
      if (result === 0) return text;
      if (result > 0) text += buffers[0]!.toString("latin1", 0, result);
      else if (result === -11) await new Promise((resolve) => setTimeout(resolve, 20));
      else return `${text} and error ${result}`;
    }
  }

  describe("signatures", () => {
    const isHostsSignature = (signature: Buffer, signed: Buffer): boolean => {
      const raw = new Fields(hostKey);
      raw.string();
      const point = raw.string();
      const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), point]);
      const value = new Fields(signature);
      value.string();
      return verify(null, signed, createPublicKey({ key: der, format: "der", type: "spki" }), value.string());
    };

    test("there is one, over a hash that the monitor made of its own words", async () => {
      const master = await Master.connect(server.port);
      const word = await wordOf(master);
      const exchange = new InventedExchange(hostKey);
      const signature = signatureIn(await master.ask(exchange.request))!;
      assert.ok(isHostsSignature(signature, exchange.hash(word)));
      assert.ok(!isHostsSignature(signature, exchange.hash("another")));
      await isFault({ master, word }, encoded(exchange.request), /a second signature before login/);
    });

    const lies: [string, (m: requests.SignRequest) => void, RegExp][] = [
      ["a KEXINIT that is none", (m) => (m.clientKexInit = randomBytes(200)), /something else than a key exchange/],
      ["no KEXINIT", (m) => (m.clientKexInit = new Uint8Array(0)), /something else than a key exchange/],
      [
        "a KEXINIT with something behind it",
        (m) => (m.clientKexInit = Buffer.concat([m.clientKexInit, Buffer.of(0)])),
        /something else than a key exchange/,
      ],
      ["an identification that is none", (m) => (m.clientIdentification = Buffer.from("x")), /something else than/],
      [
        "an identification that is too long",
        (m) => (m.clientIdentification = Buffer.from(`SSH-2.0-${"x".repeat(300)}`)),
        /something else than/,
      ],
      ["a short cookie", (m) => (m.cookie = m.cookie.subarray(1)), /cannot be: SIGN/],
      [
        "no agreement",
        (m) =>
          (m.clientKexInit = Buffer.from(
            Buffer.from(m.clientKexInit).toString("latin1").replaceAll("curve", "CURVE"),
            "latin1",
          )),
        /no agreement/,
      ],
    ];
    for (const [name, lie, fault] of lies) {
      test(`none over ${name}`, async () => {
        const master = await Master.connect(server.port);
        const exchange = new InventedExchange(hostKey);
        lie(exchange.request);
        await isFault({ master, word: await wordOf(master) }, encoded(exchange.request), fault);
      });
    }
  });

  describe("logins", () => {
    test("by a key that is listed, over this session: the control", async () => {
      const { master } = await loggedIn();
      master.close();
    });

    test("before the key exchange", async () => {
      const master = await Master.connect(server.port);
      const record = encoded(login("visitor", key, Buffer.alloc(32)));
      await isFault({ master, word: await wordOf(master) }, record, /a login before the key exchange/);
    });

    test("with a signature for another session, of the same server", async () => {
      const victim = await signedIn();
      const stolen = login("visitor", key, victim.sessionId);
      const thief = await signedIn();
      assert.equal(grantIn(await thief.master.ask(stolen)), null);
      assert.ok(grantIn(await victim.master.ask(stolen)) !== null, "it was good where it belongs");
      victim.master.close();
      thief.master.close();
    });

    test("with no signature, a changed one, one by another key, and as another user", async () => {
      const { master, sessionId } = await signedIn();
      const stranger = readKey(makeKey(join(folder, "stranger")).path);
      const changed = login("visitor", key, sessionId);
      changed.signature[changed.signature.length - 1]! ^= 1;
      const none = login("visitor", key, sessionId);
      none.signature = new Uint8Array(0);
      const renamed = login("visitor", key, sessionId);
      renamed.user = Buffer.from("root");
      const attempts = [changed, none, renamed, login("visitor", stranger, sessionId), login("root", key, sessionId)];
      if (isRoot) attempts.push(login("other", key, sessionId));
      for (const attempt of attempts) {
        const news = await master.ask(attempt);
        assert.ok(news !== null, "the monitor is there");
        assert.equal(grantIn(news), null);
      }
      master.close();
    });

    test("bound to another host's key", async () => {
      const { master, sessionId } = await signedIn();
      const m = login("visitor", key, sessionId);
      m.hostBound = true;
      assert.equal(grantIn(await master.ask(m)), null);
      master.close();
    });

    test("without any proof", async () => {
      for (const user of ["visitor", "root"]) {
        const { master } = await signedIn();
        const m = new requests.EnterRequest();
        m.user = Buffer.from(user);
        const news = await master.ask(m);
        assert.ok(news !== null);
        assert.equal(grantIn(news), null);
        master.close();
      }
    });

    test("more often than thirty times", async () => {
      const session = await signedIn();
      const guess = login("visitor", key, Buffer.alloc(32));
      for (let i = 0; i < 30; i++) assert.equal(grantIn(await session.master.ask(guess)), null);
      await isFault(session, encoded(login("visitor", key, session.sessionId)), /too many attempts to log in/);
    });

    test("a second time, as somebody else", async () => {
      const session = await loggedIn();
      await isFault(session, encoded(login("root", key, session.sessionId)), /a second login/);
    });

    test("under names that can't be", async () => {
      for (const name of ["", "x".repeat(300), "visitor\0root"]) {
        await isFault(await signedIn(), encoded(login(name, key, Buffer.alloc(32))), /cannot be: login/);
      }
    });
  });

  describe("sessions", () => {
    const kinds = Array.from({ length: 13 }, (_, i) => requests.TERMINAL + i).filter(
      (number) => ![requests.LOG, requests.EVENT, requests.FAREWELL].includes(number),
    );

    test("none before the login, whatever is asked", async () => {
      for (const number of kinds) {
        await isFault(await signedIn(), Buffer.concat([Buffer.of(number), Buffer.alloc(40)]), /before login/);
      }
    });

    test("they are those of the user who has logged in", async () => {
      const { master } = await loggedIn();
      const news = await master.ask(await started(0, requests.COMMAND, "id -un; cat /proc/self/status"));
      assert.equal(verdictIn(news), true);
      assert.equal(news!.descriptors.length, 3);
      const text = await outputOf(master, news!.descriptors[1]!);
      assert.match(text, /^visitor\n/);
      assert.match(text, /^CapEff:\t0+$/m);
      assert.match(text, /^Seccomp:\t0$/m, "what holds the network process doesn't hold the user");
      master.close();
    });

    const impossible: [string, Uint8Array, RegExp][] = [
      ["an eleventh session", Buffer.concat([Buffer.of(requests.CLOSE), Buffer.of(0, 0, 0, 10)]), /cannot be: CLOSE/],
      ["a negative session", Buffer.concat([Buffer.of(requests.CLOSE), Buffer.alloc(4, 255)]), /cannot be: CLOSE/],
      ["a request that there is not", Buffer.of(99), /unknown request 99/],
      ["the number 0", Buffer.of(0), /unknown request 0/],
    ];
    for (const [name, record, fault] of impossible) {
      test(name, async () => isFault(await loggedIn(), record, fault));
    }

    test("a NUL in a command, variables that no client may set, a start in a session that runs", async () => {
      await isFault(await loggedIn(), encoded(await started(0, requests.COMMAND, "id\0")), /cannot be: START/);
      const variable = new requests.VariableRequest();
      variable.name = Buffer.from("LD_PRELOAD");
      variable.value = Buffer.from("/tmp/x.so");
      await isFault(await loggedIn(), encoded(variable), /cannot be: VARIABLE/);
      const session = await loggedIn();
      assert.equal(verdictIn(await session.master.ask(await started(0, requests.COMMAND, "sleep 60"))), true);
      await isFault(session, encoded(await started(0, requests.COMMAND, "true")), /cannot be: START/);
    });

    test("all ten, opened and closed again and again, leave nothing behind", async () => {
      const { master } = await loggedIn();
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 10; i++) {
          const news = await master.ask(await started(i, requests.COMMAND, "exec sleep 60"));
          assert.equal(verdictIn(news), true);
          for (const descriptor of news!.descriptors) await master.call(3, descriptor);
        }
        for (let i = 0; i < 10; i++) {
          const m = new requests.CloseRequest();
          m.session = i;
          await master.tell(m);
        }
        while ((await master.hear(200)) !== null);
      }
      master.close();
      const sleeping = (): number => descendants(server.pid).filter(({ name }) => name === "sleep").length;
      assert.ok(await until(() => sleeping() === 0, 5000), `${sleeping()} left`);
    });

    test("every request, cut short anywhere", async () => {
      const whole = [
        encoded(await started(0, requests.COMMAND, "true")),
        encoded(new requests.TerminalRequest(false)),
        encoded(new requests.VariableRequest()),
        encoded(new requests.SignalRequest()),
        encoded(new requests.BreakRequest()),
        encoded(new requests.CloseRequest()),
        encoded(new requests.FarewellRequest()),
        encoded(new requests.LogRequest()),
      ];
      for (const record of whole) {
        const cut = record.subarray(0, 1 + Math.floor(Math.random() * (record.length - 1)));
        await isFault(await loggedIn(), cut, /cannot be/);
      }
    });
  });

  describe("the monitor's socket", () => {
    test("a record that is too long", async () => {
      const session = await signedIn();
      const record = Buffer.alloc(requests.RECORD_LIMIT + 1, requests.LOG);
      assert.equal(await session.master.ask(record), null);
      session.master.close();
    });

    test("lines for the log are cut down to plain characters, and can't pretend to be others", async () => {
      const { master, word } = await signedIn();
      const m = new requests.LogRequest();
      m.level = WARNING;
      m.text = Buffer.from("x\ntinysshd: aaaaaaaa: info: auth-ok: 127.0.0.1:1: root\u001b[2J");
      await master.tell(m);
      assert.ok(await until(() => linesOf(word).some((line) => line.includes("warning: x?tinysshd:")), 5000));
      assert.doesNotMatch(server.log(), /^tinysshd: aaaaaaaa/m);
      m.level = INFO;
      m.text = Buffer.from("auth-fail: 192.0.2.1:1: root: method password rejected");
      await isFault({ master, word }, encoded(m), /cannot be: LOG/);
    });

    test("a monitor that is told to end does, whatever goes on being said, or is said afterwards", async () => {
      const talking = await signedIn();
      const silent = await loggedIn();
      const words = new requests.EventRequest(new Event("of no interest", ""));
      talking.master.flood(words);
      const monitors = descendants(server.pid).filter(({ parent }) => parent === server.pid);
      for (const { pid } of monitors) process.kill(pid, "SIGTERM");
      assert.equal((await silent.master.hear())!.record[0], FINISH);
      await silent.master.tell(words);
      for (const { word } of [talking, silent]) {
        const end = "the network process did not end in time";
        assert.ok(
          await until(() => linesOf(word).some((line) => line.includes(end)), 15_000),
          linesOf(word).join("\n"),
        );
      }
    });

    test("what it said is heard, also if it ended without listening", async () => {
      const { master, word } = await loggedIn();
      const { monitor, network } = await bothProcesses();
      assert.equal(verdictIn(await master.ask(await started(0, requests.COMMAND, "true"))), true);
      assert.ok(await until(() => linesOf(word).some((line) => line.includes(": status 0")), 5000));
      process.kill(monitor.pid, "SIGSTOP");
      const m = new requests.LogRequest();
      m.level = WARNING;
      m.text = Buffer.from("last words");
      await master.tell(m);
      master.close();
      const state = (): string => /^State:\t(\w)/m.exec(readFileSync(`/proc/${network.pid}/status`, "utf8"))![1]!;
      assert.ok(await until(() => state() === "Z", 5000), state());
      process.kill(monitor.pid, "SIGCONT");
      assert.ok(
        await until(() => linesOf(word).some((line) => line.endsWith("warning: last words")), 5000),
        linesOf(word).join("\n"),
      );
    });

    test("answers that nobody takes don't hold the monitor up", async () => {
      const { master, word } = await signedIn();
      const guess = encoded(login("visitor", key, Buffer.alloc(32)));
      for (let i = 0; i < 30; i++) await master.tell(guess);
      await assert.rejects(async () => {
        for (;;) await master.tell(guess);
      }, Fallen);
      const ended = /the network process has asked for what it must not: too many attempts to log in/;
      assert.ok(await until(() => linesOf(word).some((line) => ended.test(line)), 5000), linesOf(word).join("\n"));
      master.close();
    });
  });

  describe("the system", () => {
    /** What a network process has no business with. */
    const forbidden: [string, number, (number | Uint8Array)[]][] = [
      ["open", 2, [Buffer.from("/etc/passwd\0"), 0]],
      ["openat", 257, [-100, Buffer.from("/etc/passwd\0"), 0]],
      ["stat", 4, [Buffer.from("/\0"), Buffer.alloc(256)]],
      ["socket", 41, [2, 1, 0]],
      ["connect", 42, [0, Buffer.alloc(16), 16]],
      ["sendmsg", 46, [3, Buffer.alloc(56), 0]],
      ["recvmsg of another descriptor", 47, [0, Buffer.alloc(56), 0]],
      ["setsockopt of another option", 54, [0, 1, 2, Buffer.alloc(4), 4]],
      ["socketpair", 53, [1, 1, 0, Buffer.alloc(8)]],
      ["fork", 57, []],
      ["vfork", 58, []],
      ["clone", 56, [17, 0, 0, 0, 0]],
      ["clone3", 435, [Buffer.alloc(88), 88]],
      ["execve", 59, [Buffer.from("/bin/sh\0"), 0, 0]],
      ["execveat", 322, [-100, Buffer.from("/bin/sh\0"), 0, 0, 0]],
      ["kill", 62, [1, 0]],
      ["tgkill", 234, [1, 1, 0]],
      ["pidfd_open", 434, [1, 0]],
      ["ptrace", 101, [0, 0, 0, 0]],
      ["process_vm_readv", 310, [1, 0, 0, 0, 0, 0]],
      ["mmap", 9, [0, 4096, 7, 34, -1, 0]],
      ["mprotect", 10, [0x400000, 4096, 7]],
      ["memfd_create", 319, [Buffer.from("x\0"), 0]],
      ["setuid", 105, [0]],
      ["setresuid", 117, [0, 0, 0]],
      ["capset", 126, [Buffer.alloc(8), Buffer.alloc(24)]],
      ["prctl", 157, [4, 1]],
      ["seccomp", 317, [1, 0, 0]],
      ["chroot", 161, [Buffer.from(".\0")]],
      ["mount", 165, [0, 0, 0, 0, 0]],
      ["unshare", 272, [0x10000000]],
      ["setns", 308, [0, 0]],
      ["ioctl", 16, [0, 0x5412, Buffer.from("x")]],
      ["fcntl", 72, [0, 3]],
      ["dup2", 33, [0, 5]],
      ["prlimit64", 302, [0, 7, 0, 0]],
      ["bpf", 321, [0, 0, 0]],
      ["io_uring_setup", 425, [1, Buffer.alloc(120)]],
      ["userfaultfd", 323, [0]],
      ["keyctl", 250, [0, 0]],
      ["perf_event_open", 298, [0, 0, 0, 0, 0]],
      ["write by the number of x32", 0x40000001, [1, Buffer.from("x"), 1]],
    ];
    for (const [name, number, values] of forbidden) {
      test(`${name} ends the process`, async () => {
        const master = await Master.connect(server.port);
        const word = await wordOf(master);
        await assert.rejects(master.call(number, ...values), Fallen);
        const died = "the network process was ended by signal 31";
        assert.ok(await until(() => linesOf(word).some((line) => line.includes(died)), 5000), linesOf(word).join("\n"));
      });
    }

    test("controls: what it needs, it may", async () => {
      const master = await Master.connect(server.port);
      const { result, buffers } = await master.call(318, Buffer.alloc(16), 16, 0); // getrandom
      assert.equal(result, 16);
      assert.notDeepEqual(buffers[0], Buffer.alloc(16));
      assert.equal((await master.call(228, 1, Buffer.alloc(16))).result, 0); // clock_gettime
      master.close();
    });

    test("it holds the client, a pipe for its last words, and the monitor", async () => {
      const master = await Master.connect(server.port);
      const held: number[] = [];
      for (let i = 0; i < 70; i++) {
        if (i === 3) held.push(i); // nothing is to be read from the monitor
        else if ((await master.call(WRITE, i, Buffer.alloc(1), 0)).result !== -9) held.push(i);
      }
      assert.deepEqual(held, [0, 1, 2, 3]);
      master.close();
    });

    test("seen from outside: nobody's, in an empty root, without capabilities", async () => {
      const { master } = await signedIn();
      const { network } = await bothProcesses();
      const status = (pid: number): string => readFileSync(`/proc/${pid}/status`, "utf8");
      const text = status(network.pid);
      for (const name of ["CapInh", "CapPrm", "CapEff", "CapAmb"])
        assert.match(text, new RegExp(`^${name}:\t0+$`, "m"));
      assert.match(text, /^NoNewPrivs:\t1$/m);
      assert.match(text, /^Seccomp:\t2$/m);
      if (isRoot) {
        assert.match(text, /^Uid:\t65534\t65534\t65534\t65534$/m);
        assert.match(text, /^Gid:\t65534\t65534\t65534\t65534$/m);
        assert.match(text, /^Groups:\t ?$/m);
        assert.match(text, /^CapBnd:\t0+$/m);
        assert.match(readlinkSync(`/proc/${network.pid}/root`), /\.postern-[0-9a-f]+( \(deleted\))?$/);
      }
      const limits = readFileSync(`/proc/${network.pid}/limits`, "utf8");
      assert.match(limits, /^Max processes +0 +0 /m);
      assert.match(limits, /^Max file size +0 +0 /m);
      assert.match(limits, /^Max core file size +0 +0 /m);
      master.close();
    });

    test("the host's secret key is in the memory of neither process", { skip: !isRoot }, async () => {
      const { master } = await signedIn();
      const { monitor, network } = await bothProcesses();
      const secret = readFileSync(join(server.keyFolder, ".ed25519.sk")).subarray(0, 32);
      const publicKey = readFileSync(join(server.keyFolder, "ed25519.pk"));
      for (const { pid } of [monitor, network]) {
        assert.equal(holds(pid, secret), false);
        assert.equal(holds(pid, publicKey), true, "the control: what it has is found");
      }
      master.close();
    });
  });
});
