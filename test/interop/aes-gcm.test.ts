/** aes256-gcm@openssh.com, which is off unless asked for: OpenSSH's client, which brings an AES of its own. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { commonServer } from "../support/fixture.ts";
import { ssh } from "../support/openssh.ts";
import { Server, underTest } from "../support/server.ts";

const skip = underTest !== "postern" && underTest;
const AES = ["-c", "aes256-gcm@openssh.com"];
const data = randomBytes(5_000_000);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("aes256-gcm@openssh.com", { skip }, () => {
  const server = commonServer({ options: ["-v", "--aes-gcm"] });

  test("is what was agreed on in both directions", async () => {
    const { status, stderr } = await ssh(server(), ["true"], [...AES, "-o", "LogLevel=DEBUG1"]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /server->client cipher: aes256-gcm@openssh\.com MAC: <implicit>/);
    assert.match(stderr, /client->server cipher: aes256-gcm@openssh\.com MAC: <implicit>/);
  });

  test("5 MB up and down, with new keys on the way", async () => {
    const up = await ssh(server(), ["sha256sum"], [...AES, "-o", "RekeyLimit=1M"], { input: data });
    assert.equal(up.stdout.toString("latin1", 0, 64), sha256(data), up.stderr);
    const both = await ssh(server(), ["cat"], [...AES, "-o", "RekeyLimit=1M"], { input: data });
    assert.equal(sha256(both.stdout), sha256(data), both.stderr);
  });

  test("a client that prefers ChaCha20 gets it", async () => {
    const { stderr } = await ssh(server(), ["true"], ["-o", "LogLevel=DEBUG1"]);
    assert.match(stderr, /server->client cipher: chacha20-poly1305@openssh\.com/);
  });

  test("is refused where it was not asked for", async () => {
    const plain = await Server.start({ options: ["-v"] });
    try {
      const { status } = await ssh(plain, ["true"], AES);
      assert.equal(status, 255);
      await plain.idle();
      assert.match(plain.log(), /no common cipher to the server/);
    } finally {
      await plain.stop();
    }
  });
});
