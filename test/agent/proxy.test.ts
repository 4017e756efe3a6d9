/** Proxied agents: OpenSSH's own, with keys that we can't keep. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { comments, extension, FAILURE, list, ordinaryKey, add, sign, SUCCESS } from "../support/agent-peer.ts";
import { type AgentProcess, AgentRoom } from "../support/agent.ts";
import { blobOf } from "../support/certificates.ts";
import { makeKey } from "../support/keys.ts";
import { ed25519Key } from "../support/server-peer.ts";
import { until } from "../support/processes.ts";

const room = new AgentRoom();
after(() => room.remove());

const is = (answer: Buffer): number => answer[0]!;
const blob = (name: string): Buffer => blobOf(readFileSync(room.path(`${name}.pub`), "utf8"));

describe("OpenSSH's agent behind ours", () => {
  let ours: AgentProcess;
  let theirs: AgentProcess;
  before(async () => {
    makeKey(room.path("ed25519"));
    for (const [name, type, bits] of [
      ["rsa", "rsa", "2048"],
      ["p384", "ecdsa", "384"],
    ] as const) {
      execFileSync("ssh-keygen", ["-q", "-t", type, "-b", bits, "-N", "", "-C", name, "-f", room.path(name)]);
    }
    theirs = await room.startOpenSsh("theirs");
    const words = ["--no-load", "-A", theirs.socket, "-A", theirs.socket, "-A", room.path("nobody")];
    ours = await room.start("ours", words);
  });

  test("keeps what we can't, and signs with it", () => {
    for (const name of ["ed25519", "rsa", "p384"]) {
      const { status, stderr } = ours.run("ssh-add", [room.path(name)]);
      assert.equal(status, 0, stderr);
      assert.equal(ours.run("ssh-add", ["-T", room.path(`${name}.pub`)]).status, 0, name);
    }
    assert.equal(ours.list().length, 3);
    assert.deepEqual(
      theirs
        .list()
        .map((line) => line.split(" ")[2])
        .toSorted(),
      ["p384", "rsa"],
    );
  });

  test("takes lifetimes as they are", async () => {
    theirs.run("ssh-add", ["-D"]);
    assert.equal(ours.run("ssh-add", ["-t", "1", room.path("rsa")]).status, 0);
    assert.equal(theirs.list().length, 1);
    assert.ok(await until(() => theirs.list()[0]!.includes("no identities"), 5000));
    assert.ok(!ours.list().some((line) => line.includes("RSA")));
  });

  test("removes its keys one by one, or all", () => {
    ours.run("ssh-add", [room.path("rsa"), room.path("p384")]);
    assert.equal(ours.run("ssh-add", ["-d", room.path("rsa.pub")]).status, 0);
    assert.equal(ours.run("ssh-add", ["-d", room.path("rsa.pub")]).status, 1);
    assert.equal(theirs.list().length, 1);
    assert.equal(ours.run("ssh-add", ["-D"]).status, 0);
    assert.match(theirs.list()[0]!, /no identities/);
    assert.match(ours.list()[0]!, /no identities/);
  });

  test("judges by itself what may be used where", async () => {
    const known = room.path("known_hosts");
    const [here, there] = [ed25519Key(), ed25519Key()];
    writeFileSync(
      known,
      `here ssh-ed25519 ${here.blob.toString("base64")}\nthere ssh-ed25519 ${there.blob.toString("base64")}\n`,
    );
    assert.equal(ours.run("ssh-add", ["-H", known, "-h", "here", room.path("rsa")]).status, 0);
    const bind = (key: typeof here): Buffer =>
      extension("session-bind@openssh.com", key.blob, "id", key.sign(Buffer.from("id")), false);
    for (const [key, seen] of [
      [here, ["rsa"]],
      [there, []],
    ] as const) {
      const client = await ours.connect();
      assert.equal(is(await client.ask(bind(key))), SUCCESS);
      assert.deepEqual(comments(await client.ask(list)), seen);
      client.end();
    }
    ours.run("ssh-add", ["-D"]);
  });

  test("bug 5: is found again when it was started anew", async () => {
    ours.run("ssh-add", [room.path("rsa")]);
    await theirs.stop("SIGKILL");
    rmSync(theirs.socket, { force: true });
    assert.match(ours.list()[0]!, /no identities/);
    assert.equal(ours.run("ssh-add", [room.path("rsa")]).status, 1, "nobody is there to keep it");
    theirs = await room.startOpenSsh("theirs");
    assert.equal(ours.run("ssh-add", [room.path("rsa")]).status, 0);
    assert.equal(ours.list().length, 1);
    assert.equal(ours.run("ssh-add", ["-T", room.path("rsa.pub")]).status, 0);
  });

  test("has what is nobody's business of ours byte for byte", async () => {
    const [near, far] = [await ours.connect(), await theirs.connect()];
    const request = sign(blob("rsa"), "data", 4);
    assert.deepEqual(await near.ask(request), await far.ask(request));
    near.end();
    far.end();
  });
});

describe("agents that misbehave", () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));

  /** An agent that does with each connection what `answer` does; ours in front of it. */
  async function inFront(name: string, answer: (bytes: Buffer) => Buffer | null): Promise<AgentProcess> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        const answered = answer(bytes);
        if (answered === null) socket.destroy();
        else socket.write(answered);
      });
    }).listen(room.path(`${name}-behind`));
    servers.push(server);
    return room.start(name, ["--no-load", "-A", room.path(`${name}-behind`)]);
  }

  test("that say nothing hold up a list for a while, and nobody else", async () => {
    let asked = 0;
    const agent = await inFront("silent", () => {
      asked++;
      return Buffer.alloc(0);
    });
    const [client, other] = [await agent.connect(), await agent.connect()];
    const before = asked;
    client.send(list);
    assert.ok(await until(() => asked > before, 5000));
    const key = ordinaryKey();
    const begun = Date.now();
    assert.equal(is(await other.ask(add(key, "key"))), SUCCESS);
    assert.equal(is(await other.ask(sign(key.blob, "data"))), 14);
    assert.ok(Date.now() - begun < 1000);
    assert.deepEqual(comments(await client.answer()), []);
    assert.ok(Date.now() - begun > 2000 && Date.now() - begun < 6000);
    await agent.stop();
  });

  test("that hang up, or send what isn't a message, have no keys", async () => {
    for (const [name, answer] of [
      ["hangs-up", () => null],
      ["too-long", () => Buffer.from([255, 255, 255, 255, 12])],
      ["of-no-length", () => Buffer.from([0, 0, 0, 0])],
      ["no-list", () => Buffer.from([0, 0, 0, 5, 12, 255, 255, 255, 255])],
    ] as const) {
      const agent = await inFront(name, answer);
      const client = await agent.connect();
      assert.deepEqual(comments(await client.ask(list)), [], name);
      client.end();
      await agent.stop();
    }
  });

  test("that are ours themselves are not asked", async () => {
    const agent = await room.start("mirror", ["--no-load", "-A", `${room.folder}/./mirror`]);
    const client = await agent.connect();
    assert.deepEqual(comments(await client.ask(list)), []);
    assert.equal(is(await client.ask(sign(ordinaryKey().blob, "data"))), FAILURE);
    client.end();
    await agent.stop();
  });
});
