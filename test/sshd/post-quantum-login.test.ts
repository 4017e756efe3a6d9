/** A login that is post-quantum throughout: the key exchange, the host key and the user's key. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMPOSITE, compositeKey } from "../support/composite-key.ts";
import { commonServer } from "../support/fixture.ts";
import { readKey } from "../support/keys.ts";
import { underTest } from "../support/server.ts";
import { attempt, hostBoundRequest, keyQuery, keyRequest, startAuthentication } from "../support/ssh/authentication.ts";
import { Client, type ClientOptions, type Proposal } from "../support/ssh/client.ts";
import { USERAUTH_FAILURE, USERAUTH_PK_OK, USERAUTH_SUCCESS } from "../support/ssh/numbers.ts";

const skip = underTest !== "postern" && underTest;

const hostKey = compositeKey();
const userKey = compositeKey();
const line = `${COMPOSITE} ${userKey.blob.toString("base64")} somebody`;

let keyFolder = "";
const secretFile = (): string => join(keyFolder, ".mldsa44-ed25519.sk");

const server = commonServer({
  options: ["-vv"],
  moreHostKeys(folder) {
    keyFolder = folder;
    writeFileSync(join(folder, "mldsa44-ed25519.pk"), hostKey.material, { mode: 0o644 });
    writeFileSync(secretFile(), hostKey.seeds, { mode: 0o600 });
  },
});

/** A client that has its keys. */
async function connected(proposal: Partial<Proposal>, options: ClientOptions = {}): Promise<Client> {
  const client = await Client.connect(server().port, { ...options, proposal });
  await client.handshake();
  return client;
}

test("with ML-KEM-768, and both keys of ML-DSA-44 with Ed25519", { skip }, async () => {
  server().stage.authorize(server().account, [server().key.line, line]);
  const client = await connected({ hostKey: [COMPOSITE] }, { keyExchange: "mlkem768x25519-sha256" });
  assert.deepEqual(client.hostKey, hostKey.blob);
  await startAuthentication(client);
  const { name } = server().account;
  assert.equal(await attempt(client, keyQuery(name, userKey)), USERAUTH_PK_OK);
  assert.equal(await attempt(client, keyRequest(client, name, userKey)), USERAUTH_SUCCESS);
  client.destroy();
  assert.match(server().log(), new RegExp(`key exchange: mlkem768x25519-sha256, host key ${COMPOSITE}`));
  assert.match(server().log(), new RegExp(`auth-ok: \\S+ ${name}: ${COMPOSITE} SHA256:\\S+ accepted`));
});

test("a signature that is bound to the host key will do, a stranger's will not", { skip }, async () => {
  const client = await connected({ hostKey: [COMPOSITE] });
  await startAuthentication(client);
  const { name } = server().account;
  assert.equal(await attempt(client, keyRequest(client, name, compositeKey())), USERAUTH_FAILURE);
  assert.equal(await attempt(client, hostBoundRequest(client, name, userKey)), USERAUTH_SUCCESS);
  client.destroy();
});

test("the client's order decides between the host keys", { skip }, async () => {
  for (const [order, chosen] of [
    [["ssh-ed25519", COMPOSITE], "ssh-ed25519"],
    [[COMPOSITE, "ssh-ed25519"], COMPOSITE],
    [["ssh-rsa", COMPOSITE], COMPOSITE],
  ] as const) {
    const client = await connected({ hostKey: [...order] });
    assert.deepEqual(client.serverProposal?.hostKey, ["ssh-ed25519", COMPOSITE]);
    assert.equal(client.hostKey.toString("latin1", 4, 4 + chosen.length), chosen);
    client.destroy();
  }
});

test("new keys on the way, and the other user key", { skip }, async () => {
  const client = await connected({ hostKey: [COMPOSITE] });
  await startAuthentication(client);
  const key = readKey(server().key.path);
  assert.equal(await attempt(client, keyRequest(client, server().account.name, key)), USERAUTH_SUCCESS);
  await client.exchangeKeys();
  client.destroy();
});

test("with a secret key that is not the public one's nothing is signed", { skip }, async () => {
  const seeds = readFileSync(secretFile());
  try {
    for (const wrong of [compositeKey().seeds, seeds.subarray(1)]) {
      writeFileSync(secretFile(), wrong);
      await assert.rejects(connected({ hostKey: [COMPOSITE] }), /closed the connection/);
    }
  } finally {
    writeFileSync(secretFile(), seeds);
  }
  assert.match(
    server().log(),
    /secret key in file \S+\.mldsa44-ed25519\.sk does not belong to the public key beside it/,
  );
});
