/** Clients learn of host keys, and are shown that they are the server's: by node:crypto's verdict. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { ServerPeer } from "../../../../test/support/server-peer.ts";
import { encode, Fields, message } from "../../../../test/support/ssh/wire.ts";
import { HostKey } from "../environment.ts";
import { PROOFS_LIMIT } from "./host-key-rotation.ts";

const REQUEST = 80;
const SUCCESS = 81;
const FAILURE = Buffer.of(82);
const PROVE = "hostkeys-prove-00@openssh.com";

class MadeKey extends HostKey {
  readonly pair = generateKeyPairSync("ed25519");
  private readonly certificate: boolean;
  usable = true;

  constructor(certificate = false) {
    super();
    this.certificate = certificate;
  }

  algorithm(): string {
    return this.certificate ? "ssh-ed25519-cert-v01@openssh.com" : "ssh-ed25519";
  }

  publicKey(): Buffer {
    return encode(this.algorithm(), Buffer.from(this.pair.publicKey.export({ format: "jwk" }).x!, "base64url"));
  }

  sign(text: Uint8Array): Uint8Array | null {
    return this.usable ? encode("ssh-ed25519", sign(null, text, this.pair.privateKey)) : null;
  }

  override isCertificate(): boolean {
    return this.certificate;
  }
}

function loggedIn(...keys: HostKey[]): ServerPeer {
  const client = new ServerPeer(() => {}, keys);
  client.logIn();
  return client;
}

const ask = (client: ServerPeer, ...blobs: Uint8Array[]): Buffer[] =>
  client.ask(message(REQUEST, PROVE, true, ...blobs));

function isProof(client: ServerPeer, key: HostKey, publicKey: KeyObject, proof: Buffer): boolean {
  const fields = new Fields(proof);
  assert.equal(fields.text(), "ssh-ed25519");
  const signed = encode(PROVE, client.sessionId, key.publicKey());
  return verify(null, signed, publicKey, fields.string());
}

test("all keys are announced once, at the login and not before, but no certificate", () => {
  const [second, certificate] = [new MadeKey(), new MadeKey(true)];
  const client = new ServerPeer(() => {}, [certificate, second]);
  client.authenticating();
  assert.deepEqual(client.announcements, []);
  client.authority.open.add("user");
  client.ask(message(50, "user", "ssh-connection", "none"));
  const own = client.hostKey.publicKey();
  const announced = message(REQUEST, "hostkeys-00@openssh.com", false, own, second.publicKey());
  assert.deepEqual(client.announcements, [announced]);
  client.run();
  assert.equal(client.announcements.length, 1);
});

test("a second key of an algorithm is announced, and the first one signs", () => {
  const second = new MadeKey();
  second.usable = false;
  assert.equal(loggedIn(second).announcements.length, 1);
});

test("keys are proved, in the order in which they are asked for", () => {
  const [one, other] = [new MadeKey(), new MadeKey()];
  const client = loggedIn(one, other);
  const [answer] = ask(client, other.publicKey(), one.publicKey());
  assert.equal(answer![0], SUCCESS);
  const fields = new Fields(answer!.subarray(1));
  const [first, second] = [fields.string(), fields.string()];
  assert.ok(isProof(client, other, other.pair.publicKey, first));
  assert.ok(isProof(client, one, one.pair.publicKey, second));
  assert.ok(!isProof(client, one, one.pair.publicKey, first));
});

test("nothing is proved of strangers' keys, of certificates, of no key, or of a key that cannot sign", () => {
  const [mine, certificate, broken] = [new MadeKey(), new MadeKey(true), new MadeKey()];
  broken.usable = false;
  const client = loggedIn(mine, certificate, broken);
  const stranger = new MadeKey();
  assert.deepEqual(ask(client, stranger.publicKey()), [FAILURE]);
  assert.deepEqual(ask(client, mine.publicKey(), stranger.publicKey()), [FAILURE]);
  assert.deepEqual(ask(client, certificate.publicKey()), [FAILURE]);
  assert.deepEqual(ask(client, broken.publicKey()), [FAILURE]);
  assert.deepEqual(ask(client), [FAILURE]);
  assert.deepEqual(client.ask(Buffer.concat([message(REQUEST, PROVE, true), Buffer.of(0, 0, 0)])), [FAILURE]);
  assert.deepEqual(client.ask(Buffer.concat([message(REQUEST, PROVE, true, mine.publicKey()), Buffer.of(0)])), [
    FAILURE,
  ]);
  assert.deepEqual(client.ask(message(REQUEST, PROVE, false, mine.publicKey())), []);
  assert.equal(ask(client, mine.publicKey())[0]![0], SUCCESS);
});

test(`no more than ${PROOFS_LIMIT} proofs`, () => {
  const key = new MadeKey();
  const client = loggedIn(key);
  for (let i = 0; i < PROOFS_LIMIT; i++) assert.equal(ask(client, key.publicKey())[0]![0], SUCCESS);
  assert.deepEqual(ask(client, key.publicKey()), [FAILURE]);
  assert.ok(!client.server.closed());
});
