/** OpenSSH moves files: scp's old protocol, sftp through OpenSSH's sftp-server, and 1 GiB through a pipe each way. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { clientOptions, run, sshCommand } from "../support/openssh.ts";
import { SFTP_SERVER } from "../support/server.ts";
import { asRoot } from "../support/stage.ts";

const server = commonServer();
const folder = temporaryFolder();

const FILE_BYTES = 8_000_000;

/** A file with random content, in our folder or in the account's home. */
function makeFile(path: string): Buffer {
  const data = randomBytes(FILE_BYTES);
  writeFileSync(path, data);
  const { stage, account } = server();
  if (asRoot) chownSync(path, stage.uid(account), stage.gid(account));
  return data;
}

const home = (name: string): string => join(server().stage.home(server().account), name);

test("scp -O there and back", async () => {
  const remote = `${server().account.name}@127.0.0.1`;
  const scp = (from: string, to: string) =>
    run(["scp", "-O", ...clientOptions(server()), "-P", String(server().port), from, to]);
  const data = makeFile(join(folder(), "there"));
  const there = await scp(join(folder(), "there"), `${remote}:there`);
  assert.equal(there.status, 0, there.stderr);
  assert.ok(readFileSync(home("there")).equals(data));
  const back = await scp(`${remote}:there`, join(folder(), "back"));
  assert.equal(back.status, 0, back.stderr);
  assert.ok(readFileSync(join(folder(), "back")).equals(data));
});

test("sftp puts, gets and lists", { skip: !existsSync(SFTP_SERVER) }, async () => {
  const data = makeFile(join(folder(), "put"));
  const other = makeFile(home("other"));
  const remote = `${server().account.name}@127.0.0.1`;
  const sftp = ["sftp", ...clientOptions(server()), "-P", String(server().port), "-b", "-", remote];
  const batch = [
    "put put uploaded",
    "get other downloaded",
    "mkdir box",
    "rename uploaded box/file",
    "ls -l box",
    "rm other",
  ];
  const result = await run(sftp, { input: `${batch.join("\n")}\n`, folder: folder() });
  assert.equal(result.status, 0, result.stderr);
  assert.ok(readFileSync(home("box/file")).equals(data));
  assert.ok(readFileSync(join(folder(), "downloaded")).equals(other));
  assert.match(result.stdout.toString(), new RegExp(`${FILE_BYTES} .*box/file`));
  assert.ok(!existsSync(home("other")));
});

describe("1 GiB", () => {
  // Not all alike, so that lost, doubled or swapped blocks show; and quick to make on both sides.
  const SOURCE = "openssl enc -aes-128-ctr -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c 1073741824";
  const HASH = "sha256sum | cut -c -64";
  const options = { timeout: 120_000 };
  let expected = "";

  /** Runs a shell line in which SSH stands for the command line of ssh, before its command. */
  const shell = async (line: string): Promise<string> => {
    const words = sshCommand(server(), ["-o", "Ciphers=chacha20-poly1305@openssh.com"]).map((word) => `'${word}'`);
    const result = await run(["sh", "-c", line.replace("SSH", words.join(" "))], options);
    return result.stdout.toString().trim();
  };

  test("download", async () => {
    expected = await shell(`${SOURCE} | ${HASH}`);
    assert.equal(await shell(`SSH '${SOURCE}' | ${HASH}`), expected);
  });

  test("upload", async () => {
    assert.equal(await shell(`${SOURCE} | SSH '${HASH}'`), expected);
  });
});
