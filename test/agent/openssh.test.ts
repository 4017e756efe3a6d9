/** OpenSSH's programs, and git, with our agent. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { type AgentProcess, AgentRoom } from "../support/agent.ts";
import { certify } from "../support/certificates.ts";
import { commonServer } from "../support/fixture.ts";
import { makeKey } from "../support/keys.ts";
import { sshCommand } from "../support/openssh.ts";

const room = new AgentRoom();
after(() => room.remove());
let agent: AgentProcess;
before(async () => {
  agent = await room.start("socket");
  makeKey(room.path("ed25519"));
  makeKey(room.path("ecdsa"), "ecdsa");
});
const server = commonServer();

const succeeds = (program: string, words: string[], input?: string): string => {
  const { status, stdout, stderr } = agent.run(program, words, input === undefined ? {} : { input });
  assert.equal(status, 0, `${program} ${words.join(" ")}: ${stderr}`);
  return stdout;
};

test("ssh-add", () => {
  for (const name of ["ed25519", "ecdsa"]) succeeds("ssh-add", [room.path(name)]);
  const lines = succeeds("ssh-add", ["-L"]).trimEnd().split("\n");
  assert.deepEqual(
    lines,
    ["ed25519", "ecdsa"].map((name) => readFileSync(room.path(`${name}.pub`), "utf8").trim()),
  );
  for (const name of ["ed25519", "ecdsa"]) succeeds("ssh-add", ["-T", room.path(`${name}.pub`)]);
  succeeds("ssh-add", ["-d", room.path("ecdsa.pub")]);
  assert.equal(agent.list().length, 1);
  succeeds("ssh-add", ["-t", "1000", room.path("ecdsa")]);
  succeeds("ssh-add", ["-D"]);
  assert.deepEqual(agent.list(), ["The agent has no identities."]);
});

test("a signature of a file, checked by ssh-keygen", () => {
  for (const name of ["ed25519", "ecdsa"]) {
    succeeds("ssh-add", [room.path(name)]);
    writeFileSync(room.path("file"), "content");
    succeeds("ssh-keygen", ["-Y", "sign", "-n", "file", "-f", room.path(`${name}.pub`), room.path("file")]);
    succeeds("ssh-keygen", ["-Y", "check-novalidate", "-n", "file", "-s", room.path("file.sig")], "content");
    execFileSync("rm", [room.path("file.sig")]);
  }
});

test("a commit that git has signed", () => {
  const repository = room.path("repository");
  const git = (...words: string[]): string => succeeds("git", ["-C", repository, ...words]);
  execFileSync("git", ["init", "-q", repository]);
  writeFileSync(room.path("signers"), `user@example.com ${readFileSync(room.path("ed25519.pub"), "utf8")}`);
  for (const [name, value] of [
    ["user.name", "user"],
    ["user.email", "user@example.com"],
    ["gpg.format", "ssh"],
    ["user.signingKey", room.path("ed25519.pub")],
    ["gpg.ssh.allowedSignersFile", room.path("signers")],
  ]) {
    git("config", name!, value!);
  }
  git("commit", "-q", "-S", "--allow-empty", "-m", "signed");
  git("verify-commit", "HEAD");
});

/** The words of an `ssh` that has our agent for its keys. */
function login(options: string[], command: string[]): string[] {
  const ours = ["-o", `IdentityAgent=${agent.socket}`, "-o", "IdentitiesOnly=no"];
  const words = sshCommand(server(), [...ours, ...options], command);
  return words.map((word) => (word.startsWith("IdentityFile=") ? "IdentityFile=none" : word));
}
const logsIn = async (options: string[], command: string[]) => {
  const [program, ...words] = login(options, command);
  return agent.runBeside(program!, words);
};

test("a login, and one whose key may go to that host alone", async () => {
  succeeds("ssh-add", ["-D"]);
  assert.notEqual((await logsIn([], ["true"])).status, 0, "without a key");
  succeeds("ssh-add", [server().key.path]);
  const plain = await logsIn([], ["echo", "in"]);
  assert.deepEqual([plain.status, plain.stdout], [0, "in\n"], plain.stderr);

  succeeds("ssh-add", ["-D"]);
  const known = `[127.0.0.1]:${server().port}`;
  succeeds("ssh-add", ["-H", server().knownHosts, "-h", known, server().key.path]);
  const bound = await logsIn([], ["echo", "bound"]);
  assert.deepEqual([bound.status, bound.stdout], [0, "bound\n"], bound.stderr);

  succeeds("ssh-add", ["-D"]);
  const others = room.path("others");
  makeKey(room.path("another-host"));
  writeFileSync(others, `another ${readFileSync(room.path("another-host.pub"), "utf8")}`);
  succeeds("ssh-add", ["-H", others, "-h", "another", server().key.path]);
  assert.notEqual((await logsIn([], ["true"])).status, 0, "a key for another host");
  assert.equal(agent.list().length, 1);
});

test("a certificate beside its key", async () => {
  succeeds("ssh-add", ["-D"]);
  makeKey(room.path("authority"));
  certify(room.path("authority"), room.path("ed25519"), { principals: server().account.name });
  succeeds("ssh-add", [room.path("ed25519")]);
  assert.deepEqual(
    agent.list().map((line) => line.split(" ").at(-1)),
    ["(ED25519)", "(ED25519-CERT)"],
  );
  succeeds("ssh-add", ["-T", room.path("ed25519.pub")]);
});
