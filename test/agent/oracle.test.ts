/** Our agent's answers beside those of OpenSSH's to the same requests, byte for byte where no randomness is in them. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ADD,
  add,
  ADD_CONSTRAINED,
  addConstrained,
  destinations,
  EXTENSION,
  extension,
  lifetime,
  list,
  LOCK,
  ordinaryKey,
  REMOVE,
  REMOVE_ALL,
  sign,
  UNLOCK,
} from "../support/agent-peer.ts";
import { type AgentConnection, type AgentProcess, AgentRoom } from "../support/agent.ts";
import { blobOf, certificateOf } from "../support/certificates.ts";
import { makeKey } from "../support/keys.ts";
import { ed25519Key, p256Key } from "../support/server-peer.ts";
import { encode, message, uint32 } from "../support/ssh/wire.ts";

const room = new AgentRoom();
after(() => room.remove());
let agents: [ours: AgentProcess, theirs: AgentProcess];
before(async () => {
  agents = [await room.start("ours"), await room.startOpenSsh("theirs")];
});

/** Sends all of `requests` to both, each over one connection, and compares the answers. */
async function alike(requests: Uint8Array[], prepared?: [AgentConnection, AgentConnection]): Promise<void> {
  const connections = prepared ?? [await agents[0].connect(), await agents[1].connect()];
  for (const [i, request] of requests.entries()) {
    const [ours, theirs] = [await connections[0].ask(request), await connections[1].ask(request)];
    assert.deepEqual(
      ours.toString("hex"),
      theirs.toString("hex"),
      `request ${i}: ${Buffer.from(request).toString("hex")}`,
    );
  }
  for (const connection of connections) connection.end();
}

const keys = [ordinaryKey(), ordinaryKey()] as const;

test("keys added, listed, used and removed", () =>
  alike([
    list,
    add(keys[0], "first"),
    add(keys[1], "second"),
    list,
    sign(keys[0].blob, "some data"),
    sign(keys[1].blob, Buffer.alloc(200_000, 7)),
    sign(keys[0].blob, ""),
    sign(ordinaryKey().blob, "some data"),
    sign(keys[0].blob, "some data", 4),
    add(keys[0], "another name"),
    list,
    message(REMOVE, keys[0].blob),
    message(REMOVE, keys[0].blob),
    list,
    Buffer.of(REMOVE_ALL),
    Buffer.of(REMOVE_ALL),
    list,
  ]));

test("requests that are cut short, and requests that there are none of", async () => {
  const whole = addConstrained(keys[0], "key", lifetime(60));
  await alike([
    ...Array.from({ length: whole.length - 6 }, (_, i) => whole.subarray(0, i + 1)).filter(
      (one) => one.length % 7 === 1,
    ),
    ...[0, 1, 2, 9, 12, 14, 24, 28, 29, 99, 255].map((number) => Buffer.of(number)),
    Buffer.of(EXTENSION),
    extension("unknown@example.com", "data"),
    list,
  ]);
});

test("constraints that are known, and that are not", () =>
  alike([
    addConstrained(keys[0], "for a minute", lifetime(60)),
    addConstrained(keys[1], "twice", lifetime(60), lifetime(60)),
    addConstrained(keys[1], "of no type", Buffer.of(77)),
    addConstrained(keys[1], "of no name", Buffer.concat([Buffer.of(255), encode("x@example.com", "y")])),
    addConstrained(keys[1], "cut short", lifetime(60).subarray(0, 3)),
    addConstrained(keys[1], "none"),
    list,
    Buffer.of(REMOVE_ALL),
  ]));

test("a lifetime ends", async () => {
  await alike([addConstrained(keys[0], "short", lifetime(1)), addConstrained(keys[1], "long", lifetime(100)), list]);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await alike([list, sign(keys[0].blob, "data"), Buffer.of(REMOVE_ALL)]);
});

test("locked and unlocked", () =>
  alike([
    add(keys[0], "key"),
    message(UNLOCK, "not locked"),
    message(LOCK, "right"),
    message(LOCK, "again"),
    list,
    sign(keys[0].blob, "data"),
    add(keys[1], "another"),
    message(REMOVE, keys[0].blob),
    Buffer.of(REMOVE_ALL),
    extension("session-bind@openssh.com"),
    message(UNLOCK, "wrong"),
    message(UNLOCK, "right"),
    message(UNLOCK, "right"),
    list,
    Buffer.of(REMOVE_ALL),
  ]));

test("keys that only a security key or nobody here can hold", () =>
  alike([
    Buffer.concat([Buffer.of(ADD), encode("ssh-unheard-of", "fields")]),
    Buffer.concat([Buffer.of(ADD_CONSTRAINED), encode("ssh-dss", "fields")]),
    Buffer.concat([Buffer.of(20), encode("no reader", "no pin")]),
    Buffer.concat([Buffer.of(21), encode("no reader", "no pin")]),
    list,
  ]));

test("certificates", () => {
  const authority = makeKey(room.path("authority"));
  const certificate = certificateOf(authority.path, keys[0].blob, { principals: "user" });
  const fields = Buffer.concat([
    encode("ssh-ed25519-cert-v01@openssh.com", certificate),
    keys[0].fields.subarray(4 + "ssh-ed25519".length),
  ]);
  return alike([
    add(keys[0], "key"),
    add({ blob: certificate, fields }, "certified"),
    list,
    sign(certificate, "data"),
    message(REMOVE, keys[0].blob),
    sign(certificate, "data"),
    Buffer.of(REMOVE_ALL),
  ]);
});

test("sessions bound, and what a key for some places shows and signs", async () => {
  const [bastion, target, other] = [ed25519Key(), p256Key(), ed25519Key()];
  const bind = (key: typeof target, id: string, forwarded: boolean, blob: Uint8Array = key.blob): Buffer =>
    extension("session-bind@openssh.com", blob, id, key.sign(Buffer.from(id)), forwarded);
  const hop = (host: string, key: typeof target, user = "") => ({ user, host, keys: [[key.blob]] as [Uint8Array][] });
  const login = (id: string, user: string, key: Uint8Array, hostKey: Uint8Array | null): Buffer => {
    const method = hostKey === null ? "publickey" : "publickey-hostbound-v00@openssh.com";
    const named = hostKey === null ? [] : [hostKey];
    return Buffer.concat([encode(id), message(50, user, "ssh-connection", method, true, "ssh-ed25519", key, ...named)]);
  };
  const key = keys[0].blob;
  await alike([
    addConstrained(
      keys[0],
      "by way of the bastion",
      destinations([{}, hop("bastion", bastion)], [hop("bastion", bastion), hop("target", target, "al?ce")]),
    ),
    addConstrained(keys[1], "straight", destinations([{}, hop("target", target)])),
    addConstrained(ordinaryKey(), "from nowhere", destinations([hop("x", bastion), { host: "y" }])),
    addConstrained(ordinaryKey(), "with a user in front", destinations([{ user: "u" }, hop("y", other)])),
    list,
  ]);
  const both = [target.blob, bastion.blob, other.blob, null];
  const trials = (id: string): Buffer[] =>
    keys.flatMap(({ blob }) =>
      [
        ...both.flatMap((hostKey) => [login(id, "alice", blob, hostKey), login(id, "bob", blob, hostKey)]),
        login("another", "alice", blob, target.blob),
        login(id, "alice", other.blob, target.blob),
        Buffer.from("anything"),
      ].map((data) => sign(blob, data)),
    );
  await alike([...trials("none"), list]);
  for (const binds of [
    [bind(target, "a", false)],
    [bind(other, "a", false)],
    [bind(target, "a", true)],
    [bind(bastion, "a", true)],
    [bind(bastion, "a", false)],
    [bind(bastion, "first", true), bind(target, "a", false)],
    [bind(bastion, "first", true), bind(other, "a", false)],
    [bind(bastion, "first", true), bind(target, "a", true)],
    [bind(bastion, "first", true), bind(bastion, "a", true)],
    [bind(target, "first", true), bind(target, "a", false)],
    [bind(bastion, "a", true), bind(bastion, "a", true), bind(target, "a", true)],
    [bind(bastion, "a", false), bind(target, "b", false)],
    Array.from({ length: 18 }, (_, i) => bind(bastion, i === 0 ? "a" : `${i}`, true)),
  ]) {
    await alike([...binds, list, ...trials("a"), message(REMOVE, other.blob)]);
  }
  await alike([bind(other, "a", false), message(REMOVE, key), add(keys[0], "replaced?"), list]);
  await alike([list, Buffer.of(REMOVE_ALL)]);
});

test("hosts with certificates", async () => {
  const authority = makeKey(room.path("host-authority"));
  const trusted = blobOf(readFileSync(`${authority.path}.pub`, "utf8"));
  const hostKey = ed25519Key();
  const bind = (blob: Uint8Array): Buffer =>
    extension("session-bind@openssh.com", blob, "id", hostKey.sign(Buffer.from("id")), false);
  await alike([
    addConstrained(keys[0], "key", destinations([{}, { host: "one.example", keys: [[trusted, true]] }])),
    addConstrained(keys[1], "no", destinations([{}, { host: "one.example", keys: [[trusted, false]] }])),
  ]);
  for (const options of [
    { host: true, principals: "one.example" },
    { host: true, principals: "*.example" },
    { host: true, principals: "two.example" },
    { host: false, principals: "one.example" },
    { host: true, principals: "one.example", validity: "20200101:20210101" },
    { host: true, principals: "one.example", validity: "20990101:21000101" },
  ]) {
    await alike([bind(certificateOf(authority.path, hostKey.blob, options)), list]);
  }
  await alike([bind(hostKey.blob), list]);
  await alike([Buffer.of(REMOVE_ALL)]);
});

test("a message of a length that can't be ends the connection, in both", async () => {
  for (const head of [uint32(262_145), uint32(0xffffffff)]) {
    for (const agent of agents) {
      const connection = await agent.connect();
      connection.socket.write(Buffer.concat([head, Buffer.of(11)]));
      assert.equal((await connection.answer()).length, 0);
      assert.ok(connection.closed);
    }
  }
});
