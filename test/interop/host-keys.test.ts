/** Host keys of all kinds as OpenSSH's client meets them: several, certified, held by ssh-agent, and one that is to come. */
import assert from "node:assert/strict";
import { spawn, execFileSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { certify } from "../support/certificates.ts";
import { commonServer } from "../support/fixture.ts";
import { nativeExecutable } from "../support/native.ts";
import { run, sshCommand, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { type Server, underTest } from "../support/server.ts";

const skip = underTest !== "postern" && underTest;

const tool = (name: string, ...words: string[]): string =>
  execFileSync(nativeExecutable("postern"), [name, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const printed = (folder: string): string[] => tool("tinysshd-printkey", folder).trimEnd().split("\n");

/** A key pair by ssh-keygen; its public line. */
function keygen(path: string, type: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8").trimEnd();
}

interface Login {
  result: Result;
  /** The lines of known_hosts afterwards, without the host's name. */
  known: string[];
}

/** Logs in with a known_hosts file that holds `known`, each of which may begin with a marker. */
async function logIn(server: Server, known: string[], options: string[] = []): Promise<Login> {
  const file = join(server.stage.folder, "known_hosts.test");
  const host = `[127.0.0.1]:${server.port}`;
  writeFileSync(file, known.map((line) => `${line.replace(/^(@\S+ )?/, `$1${host} `)}\n`).join(""));
  const settings = ["-o", `UserKnownHostsFile=${file}`, ...options];
  const result = await run(sshCommand(server, settings, ["echo", "in"]));
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return { result, known: lines.map((line) => line.replace(`${host} `, "")) };
}

const isIn = ({ result }: Login): void =>
  assert.deepEqual([result.status, result.stdout.toString()], [0, "in\n"], result.stderr);

const chosen = (algorithm: string): string[] => ["-o", `HostKeyAlgorithms=${algorithm}`];
const UPDATE = ["-o", "UpdateHostKeys=yes"];

describe("several host keys", { skip }, () => {
  let folder = "";
  const server = commonServer({
    options: ["-vv"],
    moreHostKeys(path) {
      folder = path;
      tool("tinysshd-makekey", "--ecdsa", "--post-quantum", path);
      tool("tinysshd-makekey", join(path, "next"));
    },
  });

  test("each serves, as the client chooses", async () => {
    const [ed25519, ecdsa] = printed(folder);
    for (const line of [ed25519!, ecdsa!]) isIn(await logIn(server(), [line], chosen(line.split(" ")[0]!)));
    const { result } = await logIn(server(), [ed25519!], chosen("ecdsa-sha2-nistp256"));
    assert.equal(result.status, 255);
  });

  test("a client that knows one learns the others, the next one too, and only if it is to", async () => {
    const [ed25519, ecdsa] = printed(folder);
    const [next] = printed(join(folder, "next"));
    const without = await logIn(server(), [ed25519!], ["-o", "UpdateHostKeys=no"]);
    assert.deepEqual(without.known, [ed25519]);
    for (const known of [ed25519!, ecdsa!]) {
      const login = await logIn(server(), [known], UPDATE);
      isIn(login);
      assert.deepEqual(login.known.toSorted(), [ed25519, ecdsa, next].toSorted());
    }
  });

  test("the next one does not serve yet", async () => {
    const [next] = printed(join(folder, "next"));
    assert.equal((await logIn(server(), [next!], chosen("ssh-ed25519"))).result.status, 255);
  });

  test("a key that is no longer the server's is forgotten", async () => {
    const [ed25519] = printed(folder);
    const stale = keygen(join(server().stage.folder, "stale"), "ed25519");
    const { known } = await logIn(server(), [ed25519!, stale], UPDATE);
    assert.ok(known.includes(ed25519!) && !known.includes(stale));
  });
});

describe("a change of the host key", { skip }, () => {
  let folder = "";
  const server = commonServer({
    launcher: "tcpserver",
    moreHostKeys(path) {
      folder = path;
      tool("tinysshd-makekey", "-q", join(path, "next"));
    },
  });

  test("a client that came by meanwhile goes on as if nothing had happened, another one is warned", async () => {
    const [old] = printed(folder);
    const [next] = printed(join(folder, "next"));
    const learnt = (await logIn(server(), [old!], UPDATE)).known;
    assert.deepEqual(learnt.toSorted(), [old, next].toSorted());
    for (const file of ["ed25519.pk", ".ed25519.sk"]) renameSync(join(folder, "next", file), join(folder, file));
    const login = await logIn(server(), learnt, UPDATE);
    isIn(login);
    assert.deepEqual(login.known, [next]);
    assert.equal((await logIn(server(), [old!])).result.status, 255);
  });
});

describe("host certificates", { skip }, () => {
  let authority = "";
  let folder = "";
  const server = commonServer({
    options: ["-vv"],
    moreHostKeys(path) {
      folder = path;
      authority = join(path, "../authority");
      keygen(authority, "ecdsa");
      tool("tinysshd-makekey", "-q", "--ecdsa", path);
      for (const [i, name] of ["ed25519", "nistp256"].entries()) {
        writeFileSync(join(path, `${name}.pub`), `${printed(path)[i]}\n`);
        certify(authority, join(path, name), { host: true, principals: "127.0.0.1,[127.0.0.1]" });
      }
    },
  });
  const trusted = (): string => `@cert-authority ${readFileSync(`${authority}.pub`, "utf8").trimEnd()}`;

  test("a client that trusts the authority logs in, and need not know the key", async () => {
    for (const type of ["ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com"]) {
      isIn(await logIn(server(), [trusted()], chosen(type)));
      assert.ok(server().log().includes(`host key ${type}`));
    }
    isIn(await logIn(server(), [trusted()]));
    assert.equal((await logIn(server(), [], chosen("ssh-ed25519"))).result.status, 255);
  });

  test("a login that is bound to the certificate, and new keys on the way", async () => {
    const login = await logIn(server(), [trusted()], ["-o", "RekeyLimit=1K", "-o", "LogLevel=DEBUG3"]);
    assert.deepEqual([login.result.status, login.result.stdout.toString()], [0, "in\n"]);
  });

  test("who goes by keys is served as before, and learns no certificate", async () => {
    const [ed25519, ecdsa] = printed(folder);
    const { known } = await logIn(server(), [ed25519!], UPDATE);
    assert.deepEqual(known.toSorted(), [ed25519, ecdsa].toSorted());
  });
});

describe("host keys in ssh-agent", { skip }, () => {
  const work = mkdtempSync(join(tmpdir(), "agent-"));
  const socket = join(work, "socket");
  let agent: ChildProcess | null = null;
  let line = "";

  async function startAgent(...keys: string[]): Promise<void> {
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await until(() => existsSync(socket), 5000);
    const environment = { ...process.env, SSH_AUTH_SOCK: socket };
    for (const key of keys)
      execFileSync("ssh-add", ["-q", join(work, key)], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  }

  async function stopAgent(): Promise<void> {
    const process = agent;
    agent = null;
    if (process === null) return;
    const exit = once(process, "exit");
    process.kill("SIGKILL");
    await exit;
    rmSync(socket, { force: true });
  }

  /** Answers any request with `reply`, or not at all. */
  async function pretend(reply: Buffer | null): Promise<() => Promise<void>> {
    const open: Socket[] = [];
    const impostor = createServer((connection) => {
      open.push(connection);
      connection.on("error", () => {});
      connection.once("data", () => reply && connection.write(reply));
    });
    impostor.listen(socket);
    await once(impostor, "listening");
    return async () => {
      for (const connection of open) connection.destroy();
      impostor.close();
      await once(impostor, "close");
    };
  }

  before(() => {
    line = keygen(join(work, "ecdsa"), "ecdsa");
    keygen(join(work, "stranger"), "ecdsa");
  });
  afterEach(stopAgent);
  after(() => rmSync(work, { recursive: true }));

  const server = commonServer({
    options: ["-v", "--host-key-agent", socket],
    moreHostKeys(path) {
      copyFileSync(join(work, "ecdsa.pub"), join(path, "nistp256.pub"));
      copyFileSync(join(path, "../host_key.pub"), join(path, "ed25519.pub"));
    },
  });
  const withAgent = chosen("ecdsa-sha2-nistp256");
  /** The folder's own key. */
  const own = (): string => readFileSync(server().knownHosts, "utf8").split(" ").slice(1, 3).join(" ");
  const logged = (text: string): boolean => server().log().includes(`host key agent ${socket}: ${text}`);

  test("the agent is away: said at the start; its key serves nobody, the folder's does", async () => {
    assert.ok(logged("unable to connect, for now"));
    const { result } = await logIn(server(), [line], withAgent);
    assert.equal(result.status, 255);
    assert.ok(logged("unable to connect ("));
    isIn(await logIn(server(), [own()]));
  });

  test("the agent comes, goes, and comes again", async () => {
    for (let i = 0; i < 2; i++) {
      await startAgent("ecdsa");
      isIn(await logIn(server(), [line], withAgent));
      await stopAgent();
      assert.equal((await logIn(server(), [line], withAgent)).result.status, 255);
    }
  });

  test("its key is learnt, and only that which the folder names", async () => {
    await startAgent("ecdsa", "stranger");
    const { known } = await logIn(server(), [own()], UPDATE);
    assert.deepEqual(known.toSorted(), [line, own()].toSorted());
  });

  test("an agent without the key", async () => {
    await startAgent("stranger");
    assert.equal((await logIn(server(), [line], withAgent)).result.status, 255);
    assert.ok(logged("it does not sign with ecdsa-sha2-nistp256 SHA256:"));
  });

  test("answers that are none, and a signature of something else, go no further", async () => {
    const blob = (...parts: Buffer[]): Buffer =>
      Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, part.length >> 8, part.length & 255]), part]));
    const signature = blob(Buffer.from("ecdsa-sha2-nistp256"), blob(Buffer.alloc(32, 1), Buffer.alloc(32, 1)));
    const cases: [Buffer, string][] = [
      [blob(Buffer.concat([Buffer.of(14), blob(signature)])), "its signature is not one by"],
      [blob(Buffer.of(14)), "its signature is not one by"],
      [blob(Buffer.of(5)), "it does not sign with"],
      [Buffer.alloc(4), "no answer"],
      [Buffer.alloc(8, 255), "no answer"],
    ];
    for (const [reply, text] of cases) {
      const end = await pretend(reply);
      const before = server().log().length;
      assert.equal((await logIn(server(), [line], withAgent)).result.status, 255);
      assert.ok(server().log().slice(before).includes(text), server().log().slice(before));
      await end();
    }
  });

  test("an agent that hangs keeps nobody else from logging in", async () => {
    const end = await pretend(null);
    const hanging = spawn(sshCommand(server(), withAgent)[0]!, sshCommand(server(), withAgent).slice(1), {
      stdio: "ignore",
    });
    for (let i = 0; i < 3; i++) isIn(await logIn(server(), [own()]));
    assert.equal(hanging.exitCode, null, "it waits");
    await end();
    await once(hanging, "exit");
    assert.ok(logged("no answer"));
  });
});
