/** What keeps a server from starting, and what it says then: one clear line, and the right exit status. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { certify, type CertificateOptions } from "../support/certificates.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { makeKey, writeKeyFolder } from "../support/keys.ts";
import { executable } from "../support/launchers.ts";
import { run, type Result } from "../support/openssh.ts";
import { freePort, listening } from "../support/server.ts";
import { until } from "../support/processes.ts";
import { asRoot } from "../support/stage.ts";

const folder = temporaryFolder();
const keys = (): string => join(folder(), "keys");
const program = (name = "tinysshd"): string => join(folder(), name);

before(() => {
  chmodSync(folder(), 0o755);
  for (const name of ["tinysshd", "tinysshnoneauthd"]) copyFileSync(executable, program(name));
  writeKeyFolder(makeKey(join(folder(), "host_key")).path, keys());
});

function start(words: string[], name = "tinysshd"): Promise<Result> {
  return run([program(name), ...words], { input: "" });
}

/** The server says `line`, whole, and exits with `status`. */
async function refuses(words: string[], status: number, line: RegExp, name?: string): Promise<void> {
  const result = await start(words, name);
  assert.match(result.stderr, line);
  assert.equal(result.stderr.split("\n").length, status === 100 ? 3 : 2, result.stderr);
  assert.deepEqual([result.status, result.stdout.toString()], [status, ""]);
}

describe("the command line", () => {
  const cases: [string[], RegExp][] = [
    [[], /missing operand/],
    [["-z"], /unknown option -z/],
    [["-x", "sftp"], /-x sftp: not name=command/],
    [["-x", "=cat"], /-x =cat: not name=command/],
    [Array.from({ length: 65 }, (_, i) => `-xs${i}=cat`), /more than 64 subsystems/],
    [["-SP"], /-S and -P together leave no key exchange/],
    [["--listen", "localhost:22"], /--listen localhost:22: not ADDRESS:PORT; say /],
    [["--listen", "127.0.0.1:70000"], /not ADDRESS:PORT/],
    [["--log", "xml"], /--log xml: not text or json/],
    [["--rekey-bytes", "1k"], /--rekey-bytes 1k: not a number from 1 to /],
    [["--login-timeout", "0"], /--login-timeout 0: not a number from 1 to /],
    [["--keepalive", "-1"], /--keepalive -1: not a number from 0 to /],
    [["--keepalive", "9".repeat(400)], /not a number/],
  ];
  for (const [words, line] of cases) {
    test(words.join(" ").slice(0, 40) || "no words", () => {
      const operands = words.length === 0 ? [] : [keys()];
      return refuses([...words, ...operands], 100, line);
    });
  }
});

/** A key folder with a public key file of that content, or with none. */
function withKey(name: string, content: string | null): string {
  const path = join(folder(), name);
  mkdirSync(path);
  if (content !== null) writeFileSync(join(path, "ed25519.pk"), content);
  return path;
}

describe("the key folder", () => {
  test("is not there", () =>
    refuses([join(folder(), "none")], 111, /none\/ed25519\.pk: .*makekey.*\(file does not exist\)/));
  test("is empty", () => refuses([withKey("empty", null)], 111, /makekey.*\(file does not exist\)/));
  test("has a key that is too short", () => refuses([withKey("short", "x".repeat(31))], 111, /has 31 bytes, not 32/));
  test("has a key that is too long", () => refuses([withKey("long", "x".repeat(33))], 111, /has 33 bytes, not 32/));
  /** A folder with the usual key in it, and further files. */
  function withFiles(name: string, files: Record<string, string>): string {
    const path = withKey(name, null);
    for (const half of ["ed25519.pk", ".ed25519.sk"]) copyFileSync(join(keys(), half), join(path, half));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
    return path;
  }

  /** A certificate over the folder's key, or over the one in `subject`. */
  function certificate(options: CertificateOptions, subject = "host_key"): string {
    const authority = join(folder(), "authority");
    if (!existsSync(authority)) makeKey(authority);
    return readFileSync(certify(authority, join(folder(), subject), options), "utf8");
  }

  test("has a certificate for another key", async () => {
    makeKey(join(folder(), "another"));
    const files = { "ed25519-cert.pub": certificate({ host: true }, "another") };
    await refuses([withFiles("other", files)], 111, /certificate in file \S+ed25519-cert\.pub: it is not for the key/);
  });
  test("has a certificate of a user", async () => {
    const files = { "ed25519-cert.pub": certificate({ principals: "user" }) };
    await refuses([withFiles("user", files)], 111, /it is a user's, not a host's/);
  });
  test("has a certificate that somebody changed", async () => {
    const [type, base64] = certificate({ host: true, serial: 1n }).split(" ");
    const blob = Buffer.from(base64!, "base64");
    blob[blob.length - 1]! ^= 1;
    const files = { "ed25519-cert.pub": `${type} ${blob.toString("base64")}\n` };
    await refuses([withFiles("changed", files)], 111, /its authority's signature is wrong/);
  });
  test("has a certificate that is none", async () => {
    for (const [name, content] of Object.entries({ a: "", b: "hello\n", c: "ssh-ed25519-cert-v01@openssh.com AAAA\n" }))
      await refuses([withFiles(`none-${name}`, { "ed25519-cert.pub": content })], 111, /ed25519-cert\.pub/);
    const key = { "ed25519-cert.pub": readFileSync(join(folder(), "host_key.pub"), "utf8") };
    await refuses([withFiles("none-d", key)], 111, /malformed, or of a type that is not known here/);
  });
  test("has a certificate that has expired: said, and served without", async () => {
    const files = { "ed25519-cert.pub": certificate({ host: true, validity: "20200101:20200102" }) };
    const { stderr } = await start(["-v", withFiles("expired", files)]);
    assert.match(stderr, /warning: unable to use certificate in file \S+ed25519-cert\.pub: it has expired/);
    assert.match(stderr, /connect/);
  });
  test("names a key of an agent that is of another kind, or none", async () => {
    const agent = ["--host-key-agent", join(folder(), "agent")];
    const wrong = { "nistp256.pub": readFileSync(join(folder(), "host_key.pub"), "utf8") };
    await refuses([...agent, withFiles("kind", wrong)], 111, /nistp256\.pub: it is not of type ecdsa-sha2-nistp256/);
    await refuses([...agent, withFiles("no-key", { "nistp256.pub": "#\n" })], 111, /nistp256\.pub/);
    await refuses([...agent.slice(0, 1), "", withFiles("no-path", {})], 100, /--host-key-agent needs the path/);
  });
  test("has a file for an agent, and there is none: it does not count", async () => {
    const { stderr } = await start(["-v", withFiles("no-agent", { "nistp256.pub": "anything\n" })]);
    assert.match(stderr, /connect/);
  });
  test("has a broken key for later", async () => {
    const path = withFiles("later", {});
    mkdirSync(join(path, "next"));
    writeFileSync(join(path, "next/ed25519.pk"), "x");
    await refuses([path], 111, /next\/ed25519\.pk: ed25519\.pk has 1 bytes, not 32/);
  });
  test("is a file", () => refuses([program()], 111, /not a directory/));
  test("can't be read", { skip: asRoot }, () => {
    const path = withKey("closed", "x".repeat(32));
    chmodSync(join(path, "ed25519.pk"), 0);
    return refuses([path], 111, /access denied/);
  });
});

describe("the address", () => {
  test("is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await refuses(
      ["--listen", `127.0.0.1:${port}`, keys()],
      111,
      /unable to listen on 127.*another port.*\(address already used\)/,
    );
    other.close();
  });
  test("is not this machine's", () =>
    refuses(["--listen", "192.0.2.1:2222", keys()], 111, /an address of this machine \(address not available\)/));
  test("is for root", { skip: !asRoot }, async () => {
    const result = await run([
      "setpriv",
      "--reuid=61299",
      "--clear-groups",
      program(),
      "--listen",
      "127.0.0.1:1",
      keys(),
    ]);
    assert.match(result.stderr, /ports below 1024 are for root \(access denied\)/);
    assert.equal(result.status, 111);
  });
});

describe("the network process's user", { skip: !asRoot }, () => {
  for (const [user, why] of [
    ["nobody-at-all", "there is no such user"],
    ["root", "it must be a user without rights"],
  ] as const) {
    test(user, () => refuses(["--network-user", user, keys()], 111, new RegExp(`--network-user ${user}: ${why}`)));
  }
});

describe("the server without proof", () => {
  const name = "tinysshnoneauthd";
  test("needs a program to run", () =>
    refuses([keys()], 111, /fatal: rejecting to run without -e customprogram\n/, name));
  test("is not for root", { skip: !asRoot }, () =>
    refuses(["-e", "id", keys()], 111, /fatal: rejecting to run under UID=0\n/, name),
  );
});

test("-q says nothing", async () => {
  const { status, stderr } = await start(["-q", join(folder(), "none")]);
  assert.deepEqual([status, stderr], [111, ""]);
});

test("words behind the key folder are ignored, as in TinySSH", async () => {
  const { status, stdout } = await start([keys(), "more", "words"]);
  assert.equal(status, 111); // the client left at once
  assert.ok(stdout.toString("latin1").startsWith("SSH-2.0-"));
});

test("closed standard descriptors: no client is sent the log, and SIGTERM ends a listener well", async () => {
  const port = await freePort();
  const closed = [
    "sh",
    "-c",
    'exec "$@" <&- >&- 2>&-',
    "sh",
    program(),
    "-vvv",
    "--listen",
    `127.0.0.1:${port}`,
    keys(),
  ];
  const child = spawn(closed[0]!, closed.slice(1), { stdio: "ignore" });
  const exit = once(child, "exit");
  assert.ok(await until(() => listening(port), 5000));
  const keyscan = await run(["ssh-keyscan", "-t", "ed25519", "-p", String(port), "127.0.0.1"]);
  const [type, key] = readFileSync(join(folder(), "host_key.pub"), "utf8").split(" ");
  assert.match(keyscan.stdout.toString(), new RegExp(`${type} ${key!.replaceAll("+", "\\+")}`));
  child.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
});
