/** Keys that may be used in places alone: what a connection sees of them, and what they sign for it. */
import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  add,
  addConstrained,
  AgentPeer,
  ask,
  comments,
  destinations,
  extension,
  FAILURE,
  type Hop,
  list,
  ordinaryKey,
  REMOVE,
  sign,
  status,
  SUCCESS,
} from "../../../../test/support/agent-peer.ts";
import { blobOf, certificateOf } from "../../../../test/support/certificates.ts";
import { makeKey, readKey, type UserKey } from "../../../../test/support/keys.ts";
import { ed25519Key, p256Key } from "../../../../test/support/server-peer.ts";
import { encode, message } from "../../../../test/support/ssh/wire.ts";
import type { AgentClient } from "./client.ts";

const bind = (hostKey: UserKey, id: string, forwarded: boolean, blob: Uint8Array = hostKey.blob): Buffer =>
  extension("session-bind@openssh.com", blob, id, hostKey.sign(Buffer.from(id)), forwarded);

/** What a client has an agent sign to log in: RFC 4252 section 7, and OpenSSH's PROTOCOL section 3.1 with a host key. */
function login(id: string, user: string, key: Uint8Array, hostKey: Uint8Array | null): Buffer {
  const method = hostKey === null ? "publickey" : "publickey-hostbound-v00@openssh.com";
  const named = hostKey === null ? [] : [hostKey];
  return Buffer.concat([encode(id), message(50, user, "ssh-connection", method, true, "ssh-ed25519", key, ...named)]);
}

const [bastion, target, other] = [ed25519Key(), p256Key(), ed25519Key()];
const hop = (host: string, key: UserKey, user = ""): Hop => ({ user, host, keys: [[key.blob]] });

/** An agent with one key that may be used so, and a client of it. */
function restricted(...hops: [Hop, Hop][]) {
  const peer = new AgentPeer();
  const client = peer.client();
  const key = ordinaryKey();
  assert.equal(status(client, addConstrained(key, "key", destinations(...hops))), SUCCESS);
  return { peer, client, key };
}
const sees = (client: AgentClient): boolean => comments(ask(client, list)).length > 0;
const signs = (client: AgentClient, key: Uint8Array, data: Uint8Array): boolean =>
  ask(client, sign(key, data))[0] === 14;

describe("session-bind", () => {
  test("is believed if the host key has signed, in order, and not too often", () => {
    const client = new AgentPeer().client();
    assert.equal(status(client, bind(bastion, "one", true)), SUCCESS);
    assert.equal(status(client, bind(bastion, "one", true)), SUCCESS, "once more the same");
    assert.equal(status(client, bind(target, "one", true)), FAILURE, "another host with the same session id");
    assert.equal(status(client, bind(target, "two", true, bastion.blob)), FAILURE, "another's signature");
    assert.equal(status(client, bind(target, "x".repeat(129), true)), FAILURE, "a session id that is too long");
    assert.equal(status(client, extension("session-bind@openssh.com", encode("ssh-rsa"), "", "", true)), FAILURE);
    assert.equal(status(client, Buffer.concat([bind(target, "two", true), Buffer.of(0)])), FAILURE, "a byte too many");
    for (let i = 0; i < 14; i++) assert.equal(status(client, bind(bastion, `more ${i}`, true)), SUCCESS);
    assert.equal(status(client, bind(target, "last", false)), SUCCESS);
    assert.equal(status(client, bind(target, "one more", false)), FAILURE, "after a login");
  });

  test("is noted at most sixteen times", () => {
    const client = new AgentPeer().client();
    for (let i = 0; i < 16; i++) assert.equal(status(client, bind(bastion, `${i}`, true)), SUCCESS);
    assert.equal(status(client, bind(bastion, "16", true)), FAILURE);
  });
});

describe("a key for one host", () => {
  const direct: [Hop, Hop] = [{}, hop("target", target, "al*")];

  test("signs logins there alone", () => {
    const { client, key } = restricted(direct);
    assert.ok(sees(client), "here it is listed");
    assert.ok(!signs(client, key.blob, login("id", "alice", key.blob, target.blob)), "without a session");
    assert.equal(status(client, bind(target, "id", false)), SUCCESS);
    assert.ok(sees(client));
    assert.ok(signs(client, key.blob, login("id", "alice", key.blob, target.blob)));
    assert.ok(signs(client, key.blob, login("id", "alice", key.blob, null)), "the first hop need not name the host");
    assert.ok(!signs(client, key.blob, login("id", "bob", key.blob, target.blob)), "another user");
    assert.ok(!signs(client, key.blob, login("di", "alice", key.blob, target.blob)), "another session");
    assert.ok(!signs(client, key.blob, login("id", "alice", key.blob, bastion.blob)), "another host");
    assert.ok(!signs(client, key.blob, login("id", "alice", other.blob, target.blob)), "another key");
    assert.ok(!signs(client, key.blob, Buffer.from("SSHSIG, or anything else")));
    const whole = login("id", "alice", key.blob, target.blob);
    for (let length = 0; length < whole.length; length++)
      assert.ok(!signs(client, key.blob, whole.subarray(0, length)));
    for (const change of ["ssh-connection", "publickey-hostbound-v00@openssh.com"]) {
      const changed = Buffer.from(whole);
      changed[changed.indexOf(change)]! ^= 1;
      assert.ok(!signs(client, key.blob, changed), change);
    }
  });

  test("isn't seen on the way to another, nor through one to which the agent is forwarded", () => {
    for (const [hostKey, forwarded] of [
      [other, false],
      [other, true],
      [target, true],
    ] as const) {
      const { peer, key } = restricted(direct);
      const client = peer.client();
      assert.equal(status(client, bind(hostKey, "id", forwarded)), SUCCESS);
      assert.ok(!sees(client));
      assert.ok(!signs(client, key.blob, login("id", "alice", key.blob, hostKey.blob)));
      assert.equal(status(client, message(REMOVE, key.blob)), FAILURE, "what isn't seen isn't removed");
      assert.equal(status(client, add(key, "replaced")), FAILURE, "nor replaced");
      assert.ok(sees(peer.client()));
    }
  });

  test("isn't seen by a connection that could not show where it comes from", () => {
    const { peer } = restricted(direct);
    const client = peer.client();
    assert.equal(status(client, bind(bastion, "id", true, target.blob)), FAILURE);
    assert.ok(!sees(client));
  });
});

describe("a key for a host behind another", () => {
  const through: [Hop, Hop][] = [
    [{}, hop("bastion", bastion)],
    [hop("bastion", bastion), hop("target", target, "alice")],
  ];

  test("goes that way and no other", () => {
    const { peer, key } = restricted(...through);
    const client = peer.client();
    status(client, bind(bastion, "first", true));
    assert.ok(sees(client), "on the bastion it is listed");
    assert.ok(!signs(client, key.blob, login("first", "alice", key.blob, bastion.blob)), "a hop is no login");
    status(client, bind(target, "second", false));
    assert.ok(sees(client));
    assert.ok(signs(client, key.blob, login("second", "alice", key.blob, target.blob)));
    assert.ok(!signs(client, key.blob, login("second", "alice", key.blob, null)), "the host must be named");
    assert.ok(!signs(client, key.blob, login("first", "alice", key.blob, target.blob)));

    const straight = peer.client();
    status(straight, bind(target, "third", false));
    assert.ok(!sees(straight), "not without the bastion");
    const elsewhere = peer.client();
    status(elsewhere, bind(bastion, "first", true));
    status(elsewhere, bind(other, "second", false));
    assert.ok(!sees(elsewhere), "not from the bastion to others");
  });

  test("that ends at the bastion isn't seen there", () => {
    const { peer } = restricted(through[0]!);
    const client = peer.client();
    status(client, bind(bastion, "first", true));
    assert.ok(!sees(client));
  });
});

describe("a host that an authority speaks for", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-bindings-"));
  after(() => rmSync(folder, { recursive: true }));
  const authority = makeKey(join(folder, "authority"));
  const authorityBlob = blobOf(readFileSync(`${authority.path}.pub`, "utf8"));
  makeKey(join(folder, "host"));
  const hostKey = readKey(join(folder, "host"));

  function isSeen(options: object, host: string, trusted: [Uint8Array, boolean][] = [[authorityBlob, true]]): boolean {
    const { peer } = restricted([{}, { host, keys: trusted }]);
    peer.host.seconds = Date.now() / 1000;
    const client = peer.client();
    const certificate = certificateOf(authority.path, hostKey.blob, {
      host: true,
      principals: "*.example,target",
      ...options,
    });
    assert.equal(status(client, bind(hostKey, "id", false, certificate)), SUCCESS);
    return sees(client);
  }

  test("is known by a certificate for its name", () => {
    assert.ok(isSeen({}, "target"));
    assert.ok(!isSeen({}, "any.example"), "the names in certificates are no patterns here");
    assert.ok(!isSeen({}, "other"));
    assert.ok(!isSeen({ host: false }, "target"), "a user's certificate");
    assert.ok(!isSeen({ validity: "20200101:20210101" }, "target"), "an old one");
    assert.ok(!isSeen({}, "target", [[authorityBlob, false]]), "the authority isn't the host");
    assert.ok(!isSeen({}, "target", [[hostKey.blob, false]]), "the host without its certificate is another");
    assert.ok(!isSeen({}, "target", [[other.blob, true]]), "another authority");
  });

  test("and an authority's own key is no host's", () => {
    const { peer } = restricted([{}, { host: "target", keys: [[hostKey.blob, true]] }]);
    const client = peer.client();
    assert.equal(status(client, bind(hostKey, "id", false)), SUCCESS);
    assert.ok(!sees(client));
  });
});
