/** Post-quantum host keys, certified and in an agent, which no client of Debian's knows yet: with a client of our own. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { encode, Fields, message } from "../support/ssh/wire.ts";
import { COMPOSITE, compositeKey, verifyComposite } from "../support/composite-key.ts";
import { commonServer } from "../support/fixture.ts";
import { readKey } from "../support/keys.ts";
import { underTest } from "../support/server.ts";
import { login } from "../support/ssh/authentication.ts";
import { Client } from "../support/ssh/client.ts";

const skip = underTest !== "postern" && underTest;

const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const CERTIFICATE = "ssh-mldsa44-ed25519-cert-v01@openssh.com";

const hostKey = compositeKey();
const authority = compositeKey();
const work = mkdtempSync(join(tmpdir(), "agent-"));

/** An agent with the one key. */
const agent = createServer((connection) => {
  connection.on("error", () => {});
  connection.on("data", (bytes) => {
    const request = new Fields(new Fields(bytes).string());
    assert.equal(request.byte(), SIGN_REQUEST);
    assert.deepEqual(request.string(), hostKey.blob);
    connection.write(encode(message(SIGN_RESPONSE, hostKey.sign(request.string()))));
  });
});
before(async () => {
  agent.listen(join(work, "socket"));
  await once(agent, "listening");
});
after(() => {
  agent.close();
  rmSync(work, { recursive: true });
});

/** PROTOCOL.certkeys: a host's, for ever. */
function certificate(): Buffer {
  const always = [Buffer.alloc(8), Buffer.alloc(8, 255)];
  const fields = [
    encode(CERTIFICATE, Buffer.alloc(32), hostKey.material),
    Buffer.alloc(8),
    Buffer.of(0, 0, 0, 2),
    encode("a host", encode("127.0.0.1")),
    ...always,
    encode("", "", "", authority.blob),
  ];
  const signed = Buffer.concat(fields);
  return Buffer.concat([signed, encode(authority.sign(signed))]);
}
const made = certificate();

const server = commonServer({
  options: ["-v", "--host-key-agent", join(work, "socket")],
  moreHostKeys(folder) {
    const line = (type: string, blob: Buffer): string => `${type} ${blob.toString("base64")} a comment\n`;
    writeFileSync(join(folder, "mldsa44-ed25519.pub"), line(COMPOSITE, hostKey.blob));
    writeFileSync(join(folder, "mldsa44-ed25519-cert.pub"), line(CERTIFICATE, made));
  },
});

test("an agent's post-quantum key serves, plain and certified, also for new keys on the way", { skip }, async () => {
  for (const [type, blob] of [
    [COMPOSITE, hostKey.blob],
    [CERTIFICATE, made],
  ] as const) {
    const client = await Client.connect(server().port, { proposal: { hostKey: [type] } });
    await login(client, server().account.name, readKey(server().key.path));
    assert.deepEqual(client.hostKey, blob);
    await client.exchangeKeys();
    client.destroy();
  }
});

test("and is announced and proved", { skip }, async () => {
  const client = await Client.connect(server().port);
  await login(client, server().account.name, readKey(server().key.path));
  const announcement = await client.expect(80);
  assert.ok(announcement.includes(encode(hostKey.blob)) && !announcement.includes(made));
  client.send(message(80, "hostkeys-prove-00@openssh.com", true, hostKey.blob));
  const proof = new Fields(new Fields((await client.expect(81)).subarray(1)).string());
  assert.equal(proof.text(), COMPOSITE);
  const proved = encode("hostkeys-prove-00@openssh.com", client.sessionId, hostKey.blob);
  assert.ok(verifyComposite(hostKey.material, proved, proof.string()));
  client.destroy();
});
