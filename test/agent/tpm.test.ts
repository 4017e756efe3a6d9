/** Keys in a TPM, by way of the agent: PINs and their end, hierarchies, and TPMs that go, come back, or are others. */
import { after, afterEach, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ALG_RSA, DECRYPT, SIGN } from "../../src/core/tpm/constants.ts";
import { TpmKeyFile } from "../../src/core/tpm/key-file.ts";
import { PublicArea } from "../../src/core/tpm/public-area.ts";
import { add, comments, confirm, extension, FAILURE, list, ordinaryKey, sign, SUCCESS } from "../support/agent-peer.ts";
import { type AgentProcess, AgentRoom } from "../support/agent.ts";
import { certify } from "../support/certificates.ts";
import { KeygenBench } from "../support/keygen.ts";
import { makeKey } from "../support/keys.ts";
import { until } from "../support/processes.ts";
import { encode } from "../support/ssh/wire.ts";
import { Swtpm } from "../support/swtpm.ts";

const room = new AgentRoom();
const bench = new KeygenBench(() => room.folder);
const { tpm } = bench;
before(() => tpm.start());
const running: AgentProcess[] = [];
afterEach(async () => {
  for (const agent of running.splice(0)) await agent.stop();
});
after(async () => {
  await tpm.remove();
  await room.remove();
});

/** A key in `folder`, without a PIN or with one. */
function makeTpmKey(path: string, pin = "", ...words: string[]): void {
  bench.good("-f", room.path(path), "-N", pin, "-C", path, ...words);
  tpm.tool("tpm2_dictionarylockout", "-c");
}

async function start(name: string, words: string[], environment: NodeJS.ProcessEnv = {}): Promise<AgentProcess> {
  const agent = await room.start(name, ["--tpm", tpm.name, "-d", ...words], environment);
  running.push(agent);
  return agent;
}
const forced = (program: string): NodeJS.ProcessEnv => ({ SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: "force" });

/** True if a file can be signed with the key, and ssh-keygen finds the signature good. */
async function signs(agent: AgentProcess, publicKey: string): Promise<boolean> {
  const file = room.path("signed");
  writeFileSync(file, `${Math.random()}`);
  rmSync(`${file}.sig`, { force: true });
  const made = await agent.runBeside("ssh-keygen", ["-Y", "sign", "-n", "file", "-f", room.path(publicKey), file]);
  if (made.status !== 0) return false;
  const check = `ssh-keygen -Y check-novalidate -n file -s '${file}.sig' < '${file}'`;
  assert.equal((await agent.runBeside("sh", ["-c", check])).status, 0, "the signature is bad");
  return true;
}

describe("keys in a folder", () => {
  before(() => {
    mkdirSync(room.path("keys/below/that"), { recursive: true });
    makeTpmKey("keys/b-key");
    makeTpmKey("keys/below/that/a-key", "", "-t", "rsa");
    makeTpmKey("keys/below/p384", "", "-b", "384");
    writeFileSync(
      room.path("keys/broken.tpm"),
      "-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n-----END TSS2 PRIVATE KEY-----\n",
    );
    writeFileSync(room.path("keys/empty.tpm"), "");
    mkdirSync(room.path("keys/folder.tpm"));
    makeKey(room.path("authority"));
  });

  test("are all found, with their certificates, in an order that stays", async () => {
    certify(room.path("authority"), room.path("keys/b-key"), { principals: "user" });
    const agent = await start("folder", ["--key-dir", room.path("keys")]);
    assert.deepEqual(
      agent.list().map((line) => line.split(" ").slice(2).join(" ")),
      ["keys/b-key (ECDSA)", "keys/b-key (ECDSA-CERT)", "keys/below/p384 (ECDSA)", "keys/below/that/a-key (RSA)"],
    );
    for (const name of ["b-key", "below/p384", "below/that/a-key"])
      assert.ok(await signs(agent, `keys/${name}.pub`), name);
    assert.match(agent.stderr, /TPM key not added: .*broken\.tpm|not added/);
    assert.ok(await signs(agent, "keys/b-key-cert.pub"), "with the certificate");
  });

  test("SIGHUP has them loaded anew, and what ssh-add gave stays", async () => {
    const agent = await start("reloaded", ["--key-dir", room.path("keys")]);
    const client = await agent.connect();
    await client.ask(add(ordinaryKey(), "ordinary"));
    renameSync(room.path("keys/below"), room.path("away"));
    makeTpmKey("keys/new");
    agent.child.kill("SIGHUP");
    const names = async () => comments(await client.ask(list));
    for (let i = 0; i < 100 && !(await names()).includes("keys/new"); i++) await sleep(20);
    assert.deepEqual((await names()).toSorted(), ["keys/b-key", "keys/b-key", "keys/new", "ordinary"]);
    renameSync(room.path("away"), room.path("keys/below"));
    client.end();
  });

  test("SIGHUP does not lift what one was added with meanwhile", async () => {
    const agent = await start("constrained", ["--key-dir", room.path("keys")], forced("/bin/false"));
    const file = readFileSync(room.path("keys/b-key.tpm"));
    const client = await agent.connect();
    const request = [extension("tpm-add-key"), Buffer.of(17), encode("TPMKEY", file, ""), confirm];
    assert.equal((await client.ask(Buffer.concat(request)))[0], SUCCESS);
    assert.ok(!(await signs(agent, "keys/b-key.pub")), "nobody says yes");
    agent.child.kill("SIGHUP");
    assert.ok(await until(() => /loading the keys anew[^]*loaded .*below/.test(agent.stderr), 5000));
    assert.ok(!(await signs(agent, "keys/b-key.pub")), "still nobody does");
    assert.ok(await signs(agent, "keys/below/p384.pub"));
    client.end();
  });

  test("that no TPM can have aren't taken, whatever a client says of them", async () => {
    const area = new PublicArea();
    area.type = ALG_RSA;
    area.attributes = SIGN | DECRYPT;
    area.keyBits = 64;
    area.unique = Buffer.alloc(8, 0xc5);
    const file = new TpmKeyFile();
    file.emptyAuth = true;
    file.publicArea = area.encoded();
    file.privateArea = Buffer.alloc(100, 1);
    const agent = await start("tiny", ["--no-load"]);
    const client = await agent.connect();
    const request = Buffer.concat([extension("tpm-add-key"), Buffer.of(17), encode("TPMKEY", file.encode(), "")]);
    assert.equal((await client.ask(request))[0], 28);
    const blob = encode("ssh-rsa", Buffer.of(1, 0, 1), Buffer.concat([Buffer.of(0), area.unique]));
    assert.equal((await client.ask(sign(blob, "data", 4)))[0], FAILURE); // SHA-512, which is padded here if the TPM can't
    assert.deepEqual(agent.list(), ["The agent has no identities."]);
    client.end();
  });

  test("aren't loaded by --no-load", async () => {
    const agent = await start("not-loaded", ["--no-load", "--key-dir", room.path("keys")]);
    assert.deepEqual(agent.list(), ["The agent has no identities."]);
  });
});

describe("PINs", () => {
  before(() => {
    mkdirSync(room.path("pins"));
    makeTpmKey("pins/key", "1234");
  });
  afterEach(() => void tpm.tool("tpm2_dictionarylockout", "-c"));
  const counter = (): number =>
    Number(/TPM2_PT_LOCKOUT_COUNTER: (\S+)/.exec(tpm.tool("tpm2_getcap", "properties-variable"))![1]);
  const folder = (): string[] => ["--key-dir", room.path("pins")];

  test("are asked for once", async () => {
    const askpass = room.askpass("right.sh", "echo 1234");
    const agent = await start("pin", folder(), forced(askpass.program));
    for (let i = 0; i < 3; i++) assert.ok(await signs(agent, "pins/key.pub"));
    assert.deepEqual(askpass.asked(), ["|Enter passphrase for (pins/key): "]);
  });

  test("are asked for each time without a cache, and again when the time is over", async () => {
    const askpass = room.askpass("each.sh", "echo 1234");
    const without = await start("no-cache", [...folder(), "--no-cache"], forced(askpass.program));
    for (let i = 0; i < 2; i++) assert.ok(await signs(without, "pins/key.pub"));
    assert.equal(askpass.asked().length, 2);
    const short = await start("short", [...folder(), "--pin-timeout", "1s"], forced(askpass.program));
    for (let i = 0; i < 2; i++) assert.ok(await signs(short, "pins/key.pub"));
    assert.equal(askpass.asked().length, 3);
    await sleep(1100);
    assert.ok(await signs(short, "pins/key.pub"));
    assert.equal(askpass.asked().length, 4);
  });

  test("bug 9: a wrong one is asked for again, not for ever; and the last try is not made without a word", async () => {
    const askpass = room.askpass("wrong.sh", 'case "$1" in *Use*) exit 1;; esac\necho wrong');
    const agent = await start("wrong", folder(), forced(askpass.program));
    assert.ok(!(await signs(agent, "pins/key.pub")));
    const asked = askpass.asked();
    assert.equal(asked.length, 4, asked.join("\n"));
    assert.match(asked[1]!, /^\|Wrong PIN, try again\.\nEnter passphrase for/);
    assert.match(asked[3]!, /^confirm\|One more wrong PIN would lock the TPM/);
    assert.equal(counter(), 2, "the third was not tried");
  });

  test("the last try isn't made without a word after the right one was forgotten either", async () => {
    const answer = room.path("last");
    const askpass = room.askpass("last.sh", `case "$1" in *Use*) exit 1;; esac\ncat '${answer}'`);
    writeFileSync(answer, "1234\n");
    const agent = await start("last-try", [...folder(), "--no-cache"], forced(askpass.program));
    assert.ok(await signs(agent, "pins/key.pub"));
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "2", "-t", "1000", "-l", "1000");
    bench.run(["-p", "-f", room.path("pins/key.tpm"), "-P", "not it", "-N", "new"]);
    writeFileSync(answer, "wrong\n");
    assert.ok(!(await signs(agent, "pins/key.pub")));
    assert.match(askpass.asked().at(-1)!, /^confirm\|One more wrong PIN would lock the TPM/);
    assert.equal(counter(), 1, "it was not tried");
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "3", "-t", "1000", "-l", "1000");
  });

  test("bug 8: one that was typed during a lockout isn't kept, nor the one from before", async () => {
    const answer = room.path("answer");
    const askpass = room.askpass("lockout.sh", `cat '${answer}'`);
    writeFileSync(answer, "1234\n");
    const agent = await start("lockout", folder(), forced(askpass.program));
    assert.ok(await signs(agent, "pins/key.pub"));
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000");
    bench.run(["-p", "-f", room.path("pins/key.tpm"), "-P", "not it", "-N", "new"], "y\n");
    assert.equal(counter(), 1, "the TPM is locked");
    assert.ok(!(await signs(agent, "pins/key.pub")));
    assert.match(agent.stderr, /too many wrong PINs: the TPM takes none for a while/);
    tpm.tool("tpm2_dictionarylockout", "-s", "-n", "3", "-t", "1000", "-l", "1000");
    tpm.tool("tpm2_dictionarylockout", "-c");
    assert.ok(await signs(agent, "pins/key.pub"), "afterwards it is asked for anew");
    assert.equal(askpass.asked().length, 2);
  });
});

describe("hierarchies", () => {
  test("bug 13: their keys come in an order that stays, under the hierarchy's name, and sign", async () => {
    const lists: string[][] = [];
    for (const [i, name] of ["owner", "o", "endorsement"].entries()) {
      const agent = await start(`hierarchy-${i}`, ["--no-load", "--hierarchy", name]);
      lists.push(agent.list());
      const lines = agent.run("ssh-add", ["-L"]).stdout.trimEnd().split("\n");
      for (const [k, line] of lines.entries()) {
        writeFileSync(room.path(`hierarchy-${i}-${k}.pub`), `${line}\n`);
        for (let n = 0; n < 2; n++) assert.ok(await signs(agent, `hierarchy-${i}-${k}.pub`), line);
      }
    }
    assert.deepEqual(lists[0], lists[1]);
    assert.match(lists[0]!.join("\n"), /^256 .* owner hierarchy key \(ECDSA\)\n2048 .* owner hierarchy key \(RSA\)$/);
    assert.notDeepEqual(lists[2], lists[0]);
    const unknown = room.run(["--hierarchy", "endoresement", "-l", room.path("none")]);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /not owner, endorsement, null, platform/);
  });

  test("keys of one that were there before the TPM was reset are there afterwards", async () => {
    const agent = await start("hierarchy-reset", ["--no-load", "--hierarchy", "owner"]);
    writeFileSync(room.path("reset.pub"), agent.run("ssh-add", ["-L"]).stdout.split("\n")[0]!);
    assert.ok(await signs(agent, "reset.pub"));
    await tpm.stop();
    await tpm.start();
    assert.ok(await signs(agent, "reset.pub"));
  });
});

describe("the owner's password", () => {
  before(() => {
    mkdirSync(room.path("owned"));
    makeTpmKey("owned/key");
    tpm.tool("tpm2_changeauth", "-c", "o", "secret");
  });
  after(() => void tpm.tool("tpm2_changeauth", "-c", "o", "-p", "secret"));
  const folder = (): string[] => ["--key-dir", room.path("owned")];

  test("is missed in clear words", async () => {
    const agent = await start("not-asked", folder());
    assert.ok(!(await signs(agent, "owned/key.pub")));
    assert.match(agent.stderr, /-o asks for the password/);
  });

  test("is asked for when it is needed, three times at most, and remembered when it is right", async () => {
    const answer = room.path("owner-answer");
    const askpass = room.askpass("owner.sh", `cat '${answer}'`);
    writeFileSync(answer, "wrong\n");
    const agent = await start("asked", [...folder(), "-o"], forced(askpass.program));
    assert.ok(!(await signs(agent, "owned/key.pub")));
    assert.equal(askpass.asked().length, 3);
    writeFileSync(answer, "secret\n");
    assert.ok(await signs(agent, "owned/key.pub"));
    await sleep(1200); // the TPM is closed, and has to be given it anew
    assert.ok(await signs(agent, "owned/key.pub"));
    assert.deepEqual(askpass.asked().slice(3), ["|Enter owner password: "]);
  });

  test("is taken from the environment", async () => {
    const agent = await start("given", [...folder(), "--no-cache"], { SSH_TPM_AGENT_OWNER_PASSWORD: "secret" });
    assert.ok(await signs(agent, "owned/key.pub"));
  });

  test("bug 11: counts for the keys of a hierarchy too", async () => {
    const askpass = room.askpass("hierarchy.sh", "echo secret");
    const agent = await start("asked-first", ["--no-load", "--hierarchy", "owner", "-o"], forced(askpass.program));
    assert.deepEqual(askpass.asked(), ["|Enter owner password: "]);
    assert.equal(agent.list().length, 2);
    const without = room.run(["--no-load", "--hierarchy", "owner", "-l", room.path("without"), "--tpm", tpm.name]);
    assert.equal(without.status, 1);
    assert.match(without.stderr, /-o asks for the password/);
  });
});

describe("a TPM", () => {
  before(() => {
    mkdirSync(room.path("lasting"));
    makeTpmKey("lasting/key");
  });
  const folder = (): string[] => ["--key-dir", room.path("lasting")];
  const loaded = (): string =>
    tpm.tool("tpm2_getcap", "handles-transient") + tpm.tool("tpm2_getcap", "handles-loaded-session");

  test("has nothing of ours in it after a moment, and after we were killed", async () => {
    const agent = await start("tidy", folder());
    assert.ok(await signs(agent, "lasting/key.pub"));
    await sleep(1500);
    assert.equal(loaded(), "");
    assert.ok(await signs(agent, "lasting/key.pub"));
    await agent.stop("SIGKILL");
    const next = await start("tidier", folder());
    assert.ok(await signs(next, "lasting/key.pub"));
    await next.stop();
    assert.equal(loaded(), "");
  });

  test("may be reset between two signatures, and in the middle of use", async () => {
    const agent = await start("reset", folder());
    for (let i = 0; i < 3; i++) {
      assert.ok(await signs(agent, "lasting/key.pub"));
      await tpm.stop();
      await tpm.start();
    }
    assert.ok(await signs(agent, "lasting/key.pub"));
  });

  test("that is gone is said to be, and found again", async () => {
    const agent = await start("gone", folder());
    assert.equal(agent.list().length, 1, "no TPM is needed for a list");
    await tpm.stop();
    assert.ok(!(await signs(agent, "lasting/key.pub")));
    assert.ok(await until(() => agent.stderr.includes("no signature with lasting/key"), 5000));
    assert.match(agent.stderr, /unable to reach|does not|no TPM|TPM/);
    await tpm.start();
    assert.ok(await signs(agent, "lasting/key.pub"));
  });

  test("that is another one is known for it", async () => {
    const agent = await start("replaced", folder());
    assert.ok(await signs(agent, "lasting/key.pub"));
    const other = new Swtpm();
    await other.start();
    await tpm.stop();
    renameSync(other.socket, tpm.socket);
    assert.ok(!(await signs(agent, "lasting/key.pub")));
    assert.match(agent.stderr, /another TPM|another parent|parent/);
    await other.remove();
    await tpm.start();
    assert.ok(await signs(agent, "lasting/key.pub"));
  });

  test("isn't needed for a sign request that can't be", async () => {
    const agent = await start("unneeded", folder());
    await tpm.stop();
    const client = await agent.connect();
    assert.equal((await client.ask(sign(Buffer.from("no key"), "data")))[0], FAILURE);
    client.end();
    await tpm.start();
  });
});
