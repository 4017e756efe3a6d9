/** Several host keys, and how OpenSSH's client learns them: known_hosts before and after a login. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { nativeExecutable } from "../support/native.ts";
import { run, sshCommand, type Result } from "../support/openssh.ts";
import { underTest } from "../support/server.ts";

const skip = underTest !== "postern" && underTest;

const tool = (name: string, ...words: string[]): string =>
  execFileSync(nativeExecutable("postern"), [name, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

describe("OpenSSH's client and several host keys", { skip }, () => {
  let folder = "";
  const server = commonServer({
    options: ["-vv"],
    moreHostKeys(path) {
      folder = path;
      tool("tinysshd-makekey", "--ecdsa", "--post-quantum", path);
    },
  });

  const printed = (): string[] => tool("tinysshd-printkey", folder).trimEnd().split("\n");

  /** Logs in with a known_hosts file of one's own, which is given back as it is then. */
  async function logIn(
    known: string[],
    options: string[] = [],
    program = "ssh",
  ): Promise<{ result: Result; known: string[] }> {
    const file = join(server().stage.folder, "known_hosts.test");
    const host = `[127.0.0.1]:${server().port}`;
    writeFileSync(file, known.map((line) => `${host} ${line}\n`).join(""));
    const settings = ["-o", `UserKnownHostsFile=${file}`, ...options];
    const [, ...words] = sshCommand(server(), settings, ["echo", "in"]);
    const result = await run([program, ...words]);
    const after = readFileSync(file, "utf8").trimEnd().split("\n");
    return { result, known: after.map((line) => line.replace(`${host} `, "")) };
  }

  test("each key serves, as the client chooses", async () => {
    const [ed25519, ecdsa] = printed();
    for (const line of [ed25519!, ecdsa!]) {
      const { result } = await logIn([line], ["-o", `HostKeyAlgorithms=${line.split(" ")[0]}`]);
      assert.deepEqual([result.status, result.stdout.toString()], [0, "in\n"], result.stderr);
    }
    const { result } = await logIn([ed25519!], ["-o", "HostKeyAlgorithms=ecdsa-sha2-nistp256"]);
    assert.equal(result.status, 255);
  });

  test("a client that knows one key learns the others, and only when it is to", async () => {
    const [ed25519, ecdsa] = printed();
    const without = await logIn([ed25519!], ["-o", "UpdateHostKeys=no"]);
    assert.deepEqual([without.result.status, without.known], [0, [ed25519]]);
    for (const known of [ed25519!, ecdsa!]) {
      const { result, known: learnt } = await logIn([known], ["-o", "UpdateHostKeys=yes"]);
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(learnt.toSorted(), [ed25519, ecdsa].toSorted());
    }
  });

  test("a key that is no longer the server's is forgotten", async () => {
    const [ed25519, ecdsa] = printed();
    const old = join(server().stage.folder, "old");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", old]);
    const stale = readFileSync(`${old}.pub`, "utf8").trimEnd();
    const { known } = await logIn([ed25519!, stale], ["-o", "UpdateHostKeys=yes"]);
    assert.deepEqual(known.toSorted(), [ed25519, ecdsa].toSorted());
  });
});
