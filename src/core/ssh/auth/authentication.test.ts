import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { UserKey } from "../../../../test/support/keys.ts";
import { ed25519Key, p256Key, ServerPeer } from "../../../../test/support/server-peer.ts";
import { encode, message } from "../../../../test/support/ssh/wire.ts";
import { MESSAGES_LIMIT, USER_LIMIT } from "./authentication.ts";

const REQUEST = 50;
const FAILURE = message(51, "publickey", false);
const SUCCESS = Buffer.of(52);
const CONNECTION = "ssh-connection";
const HOST_BOUND = "publickey-hostbound-v00@openssh.com";

/** Reasons of DISCONNECT. */
const PROTOCOL_ERROR = 2;
const SERVICE_NOT_AVAILABLE = 7;
const NO_MORE_AUTH_METHODS = 14;

const keys: Record<string, () => UserKey> = { "ssh-ed25519": ed25519Key, "ecdsa-sha2-nistp256": p256Key };

function peer(key: UserKey = ed25519Key()): { peer: ServerPeer; key: UserKey } {
  const peer = new ServerPeer();
  peer.authority.users.set("user", [key]);
  peer.authenticating();
  return { peer, key };
}

const query = (key: UserKey, user = "user"): Buffer =>
  message(REQUEST, user, CONNECTION, "publickey", false, key.algorithm, key.blob);
/** A request that lacks its signature. */
const unsigned = (key: UserKey, user = "user", algorithm = key.algorithm): Buffer =>
  message(REQUEST, user, CONNECTION, "publickey", true, algorithm, key.blob);
const unsignedHostBound = (key: UserKey, hostKey: Uint8Array): Buffer =>
  message(REQUEST, "user", CONNECTION, HOST_BOUND, true, key.algorithm, key.blob, hostKey);

const log = (peer: ServerPeer): string => peer.environment.lines.map((line) => line.message).join("\n");

for (const [type, make] of Object.entries(keys)) {
  test(`${type}: asked about, then signed`, () => {
    const { peer: client, key } = peer(make());
    assert.deepEqual(client.ask(query(key)), [message(60, key.algorithm, key.blob)]);
    assert.deepEqual(client.authority.asked, [], "a question leads to no look at the account");
    assert.equal(client.server.user().length, 0);
    assert.deepEqual(client.ask(client.signed(unsigned(key), key)), [SUCCESS]);
    assert.equal(Buffer.from(client.server.user()).toString(), "user");
    assert.match(log(client), new RegExp(`auth-ok: user: ${type} SHA256:[A-Za-z0-9+/]{43} accepted`));
  });

  test(`${type}: bound to the host key`, () => {
    const { peer: client, key } = peer(make());
    const hostKey = client.hostKey.publicKey();
    const asked = message(REQUEST, "user", CONNECTION, HOST_BOUND, false, key.algorithm, key.blob, hostKey);
    assert.deepEqual(client.ask(asked), [message(60, key.algorithm, key.blob)]);
    assert.deepEqual(client.ask(client.signed(unsignedHostBound(key, hostKey), key)), [SUCCESS]);
  });

  test(`${type}: a signature with any bit turned is a failure, and no more`, () => {
    const { peer: client, key } = peer(make());
    const good = client.signed(unsigned(key), key);
    for (const at of [good.length - 1, good.length - 40]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 4;
      assert.deepEqual(client.ask(bad), [FAILURE]);
    }
    assert.deepEqual(client.authority.asked, []);
    assert.match(log(client), /with a bad signature rejected/);
    assert.deepEqual(client.ask(good), [SUCCESS]);
  });
}

test("an unlisted key and an unknown user are told the same, after the same question to the authority", () => {
  const { peer: client } = peer();
  const key = ed25519Key();
  assert.deepEqual(client.ask(client.signed(unsigned(key), key)), [FAILURE]);
  assert.deepEqual(client.ask(client.signed(unsigned(key, "nobody"), key)), [FAILURE]);
  assert.deepEqual(client.ask(query(key, "nobody")), [message(60, key.algorithm, key.blob)]);
  assert.deepEqual(client.authority.asked, ["user", "nobody"]);
});

test("a signature over another session, user, or key is refused", () => {
  const { peer: client, key } = peer();
  client.authority.users.set("other", [key]);
  assert.deepEqual(client.ask(client.signed(unsigned(key), key, randomBytes(32))), [FAILURE]);
  const signature = key.sign(Buffer.concat([encode(client.sessionId), unsigned(key, "other")]));
  assert.deepEqual(client.ask(Buffer.concat([unsigned(key), encode(signature)])), [FAILURE]);
  assert.deepEqual(client.ask(client.signed(unsigned(key), ed25519Key())), [FAILURE]);
  assert.deepEqual(client.authority.asked, []);
});

test("a request bound to another host key is refused, and so is its signature under plain publickey", () => {
  const { peer: client, key } = peer();
  const other = ed25519Key().blob;
  assert.deepEqual(client.ask(client.signed(unsignedHostBound(key, other), key)), [FAILURE]);
  assert.match(log(client), /bound to a host key that isn't ours rejected/);
  const bound = unsignedHostBound(key, client.hostKey.publicKey());
  const signature = key.sign(Buffer.concat([encode(client.sessionId), bound]));
  assert.deepEqual(client.ask(Buffer.concat([unsigned(key), encode(signature)])), [FAILURE]);
});

test("algorithm, key and signature must agree", () => {
  const { peer: client, key } = peer();
  const p256 = p256Key();
  client.authority.users.set("user", [key, p256]);
  for (const algorithm of ["ecdsa-sha2-nistp256", "ssh-rsa", "", "ssh-ed25519-cert-v01@openssh.com"]) {
    assert.deepEqual(client.ask(client.signed(unsigned(key, "user", algorithm), key)), [FAILURE], algorithm);
  }
  assert.deepEqual(client.ask(message(REQUEST, "user", CONNECTION, "publickey", false, "ssh-rsa", key.blob)), [
    FAILURE,
  ]);
  assert.deepEqual(client.ask(client.signed(unsigned(p256), key)), [FAILURE]);
  assert.deepEqual(client.ask(client.signed(unsigned(p256), p256)), [SUCCESS]);
});

test("malformed keys and signatures are failures", () => {
  const { peer: client, key } = peer();
  for (const length of [0, 31, 33]) {
    const bad: UserKey = { ...key, blob: encode("ssh-ed25519", Buffer.alloc(length, 1)) };
    assert.deepEqual(client.ask(query(bad)), [FAILURE]);
    assert.deepEqual(client.ask(client.signed(unsigned(bad), key)), [FAILURE]);
  }
  for (const length of [0, 63, 65]) {
    const signature = encode("ssh-ed25519", Buffer.alloc(length));
    assert.deepEqual(client.ask(Buffer.concat([unsigned(key), encode(signature)])), [FAILURE]);
  }
  assert.deepEqual(client.authority.asked, []);
});

test("a request cut short in its method's fields, or with bytes behind them, ends the connection", () => {
  const key = ed25519Key();
  const whole = query(key);
  const head = message(REQUEST, "user", CONNECTION, "publickey").length;
  for (let length = head; length < whole.length; length += 7) {
    const { peer: client } = peer(key);
    client.send(whole.subarray(0, length));
    assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "malformed USERAUTH_REQUEST"]);
  }
  const { peer: client } = peer(key);
  client.send(Buffer.concat([whole, Buffer.of(0)]));
  assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "malformed USERAUTH_REQUEST"]);
});

test("none is answered with what would do, unless the authority permits it", () => {
  const { peer: client } = peer();
  assert.deepEqual(client.ask(message(REQUEST, "user", CONNECTION, "none")), [FAILURE]);
  client.authority.open.add("guest");
  assert.deepEqual(client.ask(message(REQUEST, "guest", CONNECTION, "none")), [SUCCESS]);
  assert.match(log(client), /auth-ok: guest: none accepted/);
});

test("other methods are failures", () => {
  const { peer: client } = peer();
  for (const method of ["password", "keyboard-interactive", "hostbased", "gssapi-with-mic", "", "publickey2", "None"]) {
    const request = Buffer.concat([message(REQUEST, "user", CONNECTION, method), randomBytes(20)]);
    assert.deepEqual(client.ask(request), [FAILURE], method);
  }
});

test("a user name has from 1 to 256 bytes, and no NUL", () => {
  const { peer: client } = peer();
  const longest = "u".repeat(USER_LIMIT);
  assert.deepEqual(client.ask(message(REQUEST, longest, CONNECTION, "none")), [FAILURE]);
  for (const user of ["", `${longest}u`, "us\0er", "user\0"]) {
    const { peer: client } = peer();
    client.send(message(REQUEST, user, CONNECTION, "none"));
    assert.deepEqual(client.disconnected(), [PROTOCOL_ERROR, "the user name is empty, too long, or holds a NUL"]);
  }
});

test("the name of the user may change from one request to the next", () => {
  const { peer: client, key } = peer();
  assert.deepEqual(client.ask(message(REQUEST, "other", CONNECTION, "none")), [FAILURE]);
  assert.deepEqual(client.ask(client.signed(unsigned(key), key)), [SUCCESS]);
});

test("there is no service but ssh-userauth, and behind it ssh-connection", () => {
  for (const name of ["ssh-connection", "ssh-userauth\0", ""]) {
    const client = new ServerPeer();
    client.handshake();
    client.send(message(5, name));
    assert.equal(client.disconnected()[0], SERVICE_NOT_AVAILABLE);
  }
  const { peer: client } = peer();
  assert.deepEqual(client.ask(message(5, "ssh-userauth")), [message(6, "ssh-userauth")], "twice is well");
  client.send(message(REQUEST, "user", "ssh-userauth", "none"));
  assert.equal(client.disconnected()[0], SERVICE_NOT_AVAILABLE);
});

test("nobody logs in before asking for ssh-userauth", () => {
  const client = new ServerPeer();
  client.authority.open.add("user");
  client.handshake();
  client.send(message(REQUEST, "user", CONNECTION, "none"));
  assert.equal(client.disconnected()[0], PROTOCOL_ERROR);
  assert.equal(client.server.user().length, 0);
});

test("so many messages, and no more, until a user has logged in", () => {
  for (const attempts of [MESSAGES_LIMIT - 2, MESSAGES_LIMIT - 1]) {
    const { peer: client, key } = peer();
    for (let i = 0; i < attempts; i++) assert.deepEqual(client.ask(query(key)).length, 1);
    client.send(client.signed(unsigned(key), key));
    if (attempts + 2 <= MESSAGES_LIMIT) assert.deepEqual(client.take(), [SUCCESS]);
    else assert.deepEqual(client.disconnected(), [NO_MORE_AUTH_METHODS, "too many attempts to log in"]);
  }
});

test("requests after success are passed over without a word", () => {
  const { peer: client, key } = peer();
  assert.deepEqual(client.ask(client.signed(unsigned(key), key)), [SUCCESS]);
  client.authority.open.add("root");
  for (let i = 0; i < 3; i++) assert.deepEqual(client.ask(message(REQUEST, "root", CONNECTION, "none")), []);
  assert.equal(Buffer.from(client.server.user()).toString(), "user");
  assert.ok(!client.server.closed());
});

test("no session before login", () => {
  const { peer: client } = peer();
  client.send(message(90, "session", 0, 1 << 20, 32768));
  assert.equal(client.disconnected()[0], PROTOCOL_ERROR);
});
