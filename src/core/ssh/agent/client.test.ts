/** One client's requests: the answers, and what is asked of a person and of proxied agents on the way. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import {
  ADD,
  add,
  addConstrained,
  AgentPeer,
  ask,
  comments,
  confirm,
  destinations,
  EXTENSION,
  extension,
  FAILURE,
  lifetime,
  list,
  LOCK,
  ordinaryKey,
  PinSigner,
  REMOVE,
  REMOVE_ALL,
  sign,
  status,
  SUCCESS,
  UNLOCK,
} from "../../../../test/support/agent-peer.ts";
import { encode, Fields, message, uint32 } from "../../../../test/support/ssh/wire.ts";
import { EMPTY } from "../../bytes/bytes.ts";
import { type AgentClient, NOTHING, PERSON, PROXY, TIME } from "./client.ts";
import { Constraints } from "./constraints.ts";
import { IDENTITIES_LIMIT } from "./identity.ts";
import { ASK_CONSENT, ASK_PIN } from "./question.ts";
import { FAILED, LAST_TRY, LOCKED_OUT, PASSWORD_WANTED, WRONG_PIN } from "./signer.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const receive = (client: AgentClient, request: Uint8Array): void => client.receive(new Uint8Array(request));
const isSigned = (client: AgentClient): boolean => client.need === NOTHING && client.answer[0] === 14;

describe("ordinary keys", () => {
  test("are listed in their order, sign, and go", () => {
    const client = new AgentPeer().client();
    const [first, second] = [ordinaryKey(), ordinaryKey()];
    assert.deepEqual(comments(ask(client, list)), []);
    assert.equal(status(client, add(first, "first")), SUCCESS);
    assert.equal(status(client, add(second, "second")), SUCCESS);
    assert.deepEqual(comments(ask(client, list)), ["first", "second"]);

    const answer = new Fields(ask(client, sign(first.blob, "data")));
    assert.equal(answer.byte(), 14);
    const signature = new Fields(answer.string());
    assert.equal(signature.text(), "ssh-ed25519");
    const x = first.blob.subarray(-32).toString("base64url");
    const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
    assert.ok(verify(null, Buffer.from("data"), key, signature.string()));

    assert.equal(status(client, message(REMOVE, first.blob)), SUCCESS);
    assert.equal(status(client, message(REMOVE, first.blob)), FAILURE);
    assert.equal(status(client, sign(first.blob, "data")), FAILURE);
    assert.equal(status(client, Buffer.of(REMOVE_ALL)), SUCCESS);
    assert.deepEqual(comments(ask(client, list)), []);
  });

  test("are taken whole, sound and alone", () => {
    const client = new AgentPeer().client();
    const key = ordinaryKey();
    const whole = add(key, "comment");
    for (let length = 2; length < whole.length; length++) {
      assert.equal(status(client, whole.subarray(0, length)), FAILURE, `${length}`);
    }
    assert.equal(status(client, Buffer.concat([whole, confirm])), FAILURE, "a constraint where there is none");
    const other = ordinaryKey();
    const mixed = Buffer.concat([other.fields.subarray(0, 51), key.fields.subarray(51)]);
    assert.equal(status(client, add({ ...key, fields: mixed }, "comment")), FAILURE, "another public key");
    assert.equal(status(client, whole), SUCCESS);
  });

  test("bug 4: of a type that is kept nowhere they are refused, and the log says why", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    assert.equal(status(client, Buffer.concat([Buffer.of(ADD), encode("ssh-rsa", "n", "e")])), FAILURE);
    assert.match(peer.host.lines.join("\n"), /keys of type ssh-rsa can't be kept here/);
    assert.deepEqual(comments(ask(client, list)), []);
  });

  test("added again take the new conditions", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    const key = ordinaryKey();
    assert.equal(status(client, addConstrained(key, "old", lifetime(10), confirm)), SUCCESS);
    assert.equal(status(client, add(key, "new")), SUCCESS);
    peer.host.time += 20_000;
    assert.deepEqual(comments(ask(client, list)), ["new"]);
    assert.equal(ask(client, sign(key.blob, "data"))[0], 14);
  });

  test("are not more than there may be", () => {
    const client = new AgentPeer().client();
    const key = ordinaryKey();
    assert.equal(status(client, add(key, "first")), SUCCESS);
    for (let i = 1; i < IDENTITIES_LIMIT; i++) assert.equal(status(client, add(ordinaryKey(), `${i}`)), SUCCESS);
    assert.equal(status(client, add(ordinaryKey(), "one more")), FAILURE);
    assert.equal(status(client, add(key, "known")), SUCCESS);
    assert.equal(comments(ask(client, list)).length, IDENTITIES_LIMIT);
  });
});

describe("constraints", () => {
  test("a lifetime ends", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    status(client, addConstrained(ordinaryKey(), "short", lifetime(3)));
    status(client, addConstrained(ordinaryKey(), "long", lifetime(1000)));
    assert.equal(peer.agent.nextExpiry(), peer.host.time + 3000);
    peer.host.time += 2999;
    assert.deepEqual(comments(ask(client, list)), ["short", "long"]);
    peer.host.time += 1;
    assert.deepEqual(comments(ask(client, list)), ["long"]);
  });

  test("what isn't known, comes twice, or isn't well-formed is refused, and the key with it", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    const here = { host: "there", keys: [[Buffer.from("key")] as [Buffer]] };
    for (const constraints of [
      [Buffer.of(3), uint32(1)],
      [Buffer.of(255), encode("unknown@example.com", "")],
      [Buffer.of(255), encode("restrict-destination-v00@openssh.com", "")],
      [lifetime(1), lifetime(1)],
      [confirm, confirm],
      [lifetime(1).subarray(0, 3)],
      [destinations([{}, {}])],
      [destinations([{ user: "somebody" }, here])],
      [destinations([{ host: "without keys" }, here])],
      [destinations([{}, { host: "without keys" }])],
      [destinations([{}, here]), destinations([{}, here])],
      [destinations([{}, here]).subarray(0, -1)],
    ]) {
      assert.equal(status(client, addConstrained(ordinaryKey(), "key", ...constraints)), FAILURE);
    }
    assert.deepEqual(comments(ask(client, list)), []);
    assert.equal(peer.host.lines.length, 12);
  });

  test("whoever says no to a use has said so", () => {
    const peer = new AgentPeer();
    const client = peer.client(0, "ssh (7) <- git");
    const key = ordinaryKey();
    status(client, addConstrained(key, "key\n\x1b", confirm));
    for (const yes of [false, true, false]) {
      receive(client, sign(key.blob, "data"));
      assert.equal(client.need, PERSON);
      assert.equal(client.question!.kind, ASK_CONSENT);
      assert.match(
        client.question!.text,
        /^Allow use of key key\?\?\?\nKey fingerprint SHA256:[\w+/]{43}\.\nRequested by ssh \(7\) <- git$/,
      );
      client.answered(yes, EMPTY);
      assert.equal(isSigned(client), yes);
    }
  });

  test("a key that is removed, or whose time is over, during the question doesn't sign", () => {
    const peer = new AgentPeer();
    const [client, other] = [peer.client(), peer.client()];
    const key = ordinaryKey();
    status(client, addConstrained(key, "key", confirm));
    receive(client, sign(key.blob, "data"));
    status(other, message(REMOVE, key.blob));
    client.answered(true, EMPTY);
    assert.equal(client.answer[0], FAILURE);
    status(client, addConstrained(key, "key", confirm, lifetime(1)));
    receive(client, sign(key.blob, "data"));
    peer.host.time += 1000;
    client.reconsider();
    client.answered(true, EMPTY);
    assert.equal(client.answer[0], FAILURE);
  });
});

describe("PINs", () => {
  /** An agent with one key behind a PIN. */
  function withPin(options = {}) {
    const peer = new AgentPeer(options);
    const signer = new PinSigner("key", "1234");
    assert.ok(peer.agent.add(signer, EMPTY, new Constraints()));
    const request = sign(signer.blob, "data", 4);
    return { ...peer, peer, signer, request, client: peer.client() };
  }

  test("are asked for once, and kept", () => {
    const { client, signer, request } = withPin();
    receive(client, request);
    assert.equal(client.need, PERSON);
    assert.deepEqual([client.question!.kind, client.question!.text], [ASK_PIN, "Enter passphrase for (key): "]);
    client.answered(true, bytes("1234"));
    assert.ok(isSigned(client));
    assert.match(Buffer.from(client.answer).toString(), /flags 4/);
    assert.ok(isSigned(client));
    assert.equal(ask(client, request)[0], 14);
    assert.deepEqual(signer.tried, [
      ["1234", false],
      ["1234", true], // it is known to be right
    ]);
  });

  test("bug 9: three wrong ones are enough", () => {
    const { client, signer, request } = withPin();
    receive(client, request);
    for (let i = 0; i < 3; i++) {
      assert.equal(client.need, PERSON);
      assert.match(client.question!.text, i === 0 ? /^Enter/ : /^Wrong PIN, try again\.\nEnter/);
      client.answered(true, bytes("wrong"));
    }
    assert.deepEqual([client.need, client.answer[0]], [NOTHING, FAILURE]);
    assert.equal(signer.tried.length, 3);
  });

  test("bug 8: one that has become wrong, or meets a lockout, is forgotten", () => {
    for (const outcome of [WRONG_PIN, LOCKED_OUT]) {
      const { client, signer, request, peer } = withPin();
      receive(client, request);
      client.answered(true, bytes("1234"));
      assert.ok(peer.pinMemory.some((byte) => byte !== 0));
      signer.outcomes = [outcome];
      receive(client, request);
      assert.equal(client.need, outcome === WRONG_PIN ? PERSON : NOTHING);
      assert.ok(peer.pinMemory.every((byte) => byte === 0));
      client.answered(false, EMPTY);
      receive(client, request);
      assert.equal(client.need, PERSON, "it is asked for anew");
    }
  });

  test("one that was typed during a lockout isn't kept", () => {
    const { client, signer, request, peer } = withPin();
    signer.outcomes = [LOCKED_OUT];
    receive(client, request);
    client.answered(true, bytes("wrong"));
    assert.equal(client.answer[0], FAILURE);
    assert.match(peer.host.lines.at(-1)!, /too many wrong PINs/);
    assert.ok(peer.pinMemory.every((byte) => byte === 0));
    receive(client, request);
    assert.equal(client.need, PERSON);
  });

  test("the last try is a person's to risk", () => {
    for (const yes of [true, false]) {
      const { client, signer, request } = withPin();
      signer.outcomes = [LAST_TRY];
      receive(client, request);
      client.answered(true, bytes("1234"));
      assert.equal(client.need, PERSON);
      assert.deepEqual(client.question!.kind, ASK_CONSENT);
      assert.match(client.question!.text, /^One more wrong PIN would lock the TPM/);
      client.answered(yes, EMPTY);
      assert.equal(isSigned(client), yes);
      assert.deepEqual(
        signer.tried.map(([, force]) => force),
        yes ? [false, true] : [false],
      );
    }
  });

  test("after a wrong one that was risked, the next is not risked unasked", () => {
    const { client, signer, request } = withPin();
    signer.outcomes = [LAST_TRY, WRONG_PIN, LAST_TRY];
    receive(client, request);
    client.answered(true, bytes("wrong"));
    client.answered(true, EMPTY);
    client.answered(true, bytes("1234"));
    assert.equal(client.question!.kind, ASK_CONSENT);
    assert.deepEqual(
      signer.tried.map(([, force]) => force),
      [false, true, false],
    );
  });

  test("an empty one, or none, costs no attempt", () => {
    for (const yes of [true, false]) {
      const { client, signer, request } = withPin();
      receive(client, request);
      client.answered(yes, EMPTY);
      assert.equal(client.answer[0], FAILURE);
      assert.equal(signer.tried.length, 0);
    }
  });

  test("grow old", () => {
    const { client, request, peer } = withPin({ lifetime: 5000 });
    receive(client, request);
    client.answered(true, bytes("1234"));
    assert.equal(peer.agent.nextExpiry(), peer.host.time + 5000);
    peer.host.time += 5000;
    peer.agent.expire();
    assert.ok(peer.pinMemory.every((byte) => byte === 0));
    receive(client, request);
    assert.equal(client.need, PERSON);
  });

  test("aren't kept where there is no place for them", () => {
    const { client, request } = withPin({ pins: 0 });
    for (let i = 0; i < 2; i++) {
      receive(client, request);
      assert.equal(client.need, PERSON);
      client.answered(true, bytes("1234"));
      assert.ok(isSigned(client));
    }
  });

  test("make room for others", () => {
    const { client, peer } = withPin({ pins: 1 });
    for (const name of ["a", "b", "a"]) {
      const signer = new PinSigner(name, "1234");
      peer.agent.add(signer, EMPTY, new Constraints());
      receive(client, sign(signer.blob, "data"));
      assert.equal(client.need, PERSON, name);
      client.answered(true, bytes("1234"));
    }
  });

  test("that one client has learned serve another that waits", () => {
    const { client, peer, request } = withPin();
    const other = peer.client();
    receive(client, request);
    receive(other, request);
    client.answered(true, bytes("1234"));
    assert.equal(other.need, PERSON);
    other.reconsider();
    assert.ok(isSigned(other));
  });

  test("that are asked for again are so in the same words, also when it had to wait", () => {
    const { client, request } = withPin();
    receive(client, request);
    client.answered(true, bytes("wrong"));
    client.reconsider();
    assert.match(client.question!.text, /^Wrong PIN, try again/);
  });

  test("are gone with the key, and when the agent is locked", () => {
    for (const request of [Buffer.of(REMOVE_ALL), message(LOCK, "passphrase")]) {
      const { client, peer, request: signature, signer } = withPin();
      receive(client, signature);
      client.answered(true, bytes("1234"));
      status(client, request);
      assert.ok(peer.pinMemory.every((byte) => byte === 0));
      assert.equal(signer.wiped, request[0] === REMOVE_ALL);
    }
  });

  test("are not to blame when the TPM fails", () => {
    const { client, signer, request, peer } = withPin();
    receive(client, request);
    client.answered(true, bytes("1234"));
    signer.outcomes = [FAILED];
    assert.equal(status(client, request), FAILURE);
    assert.match(peer.host.lines.at(-1)!, /the TPM is gone/);
    assert.equal(ask(client, request)[0], 14);
  });
});

describe("the password of what holds keys", () => {
  function withPassword() {
    const peer = new AgentPeer();
    const signers = ["a", "b"].map((name) => new PinSigner(name, ""));
    for (const signer of signers) peer.agent.add(signer, EMPTY, new Constraints());
    return { peer, client: peer.client(), signers, requests: signers.map((signer) => sign(signer.blob, "data")) };
  }

  test("is asked for when it is wanted, and remembered for all that it holds", () => {
    const { client, signers, requests } = withPassword();
    signers[0]!.outcomes = [PASSWORD_WANTED, PASSWORD_WANTED];
    receive(client, requests[0]!);
    assert.deepEqual([client.question!.kind, client.question!.text], [ASK_PIN, "Enter owner password: "]);
    client.reconsider();
    client.answered(true, bytes("wrong"));
    assert.equal(client.need, PERSON);
    client.answered(true, bytes("right"));
    assert.ok(isSigned(client));
    assert.deepEqual(signers[0]!.unlocked, ["wrong", "right"]);
    signers[1]!.outcomes = [PASSWORD_WANTED];
    assert.equal(ask(client, requests[1]!)[0], 14);
    assert.deepEqual(signers[1]!.unlocked, ["right"]);
  });

  test("is forgotten when it is wrong, and asked for three times at most", () => {
    const { client, signers, requests, peer } = withPassword();
    signers[0]!.outcomes = [PASSWORD_WANTED];
    receive(client, requests[0]!);
    client.answered(true, bytes("right"));
    assert.ok(peer.pinMemory.some((byte) => byte !== 0));
    signers[0]!.outcomes = Array.from({ length: 9 }, () => PASSWORD_WANTED);
    receive(client, requests[0]!);
    assert.ok(peer.pinMemory.every((byte) => byte === 0));
    for (let i = 0; i < 3; i++) {
      assert.equal(client.need, PERSON);
      client.answered(true, bytes("wrong"));
    }
    assert.deepEqual([client.need, client.answer[0]], [NOTHING, FAILURE]);
  });

  test("that one client has told serves another that waits", () => {
    const { client, signers, requests, peer } = withPassword();
    const other = peer.client();
    for (const signer of signers) signer.outcomes = [PASSWORD_WANTED];
    receive(client, requests[0]!);
    receive(other, requests[1]!);
    client.answered(true, bytes("right"));
    signers[1]!.outcomes = [PASSWORD_WANTED];
    other.reconsider();
    assert.ok(isSigned(other));
  });
});

describe("lock", () => {
  test("hides everything until it is opened", () => {
    const peer = new AgentPeer();
    const client = peer.client(1);
    const key = ordinaryKey();
    status(client, add(key, "key"));
    assert.equal(status(client, message(UNLOCK, "right")), FAILURE);
    assert.equal(status(client, message(LOCK, "right")), SUCCESS);
    assert.deepEqual(comments(ask(client, list)), []);
    for (const request of [
      message(LOCK, "other"),
      sign(key.blob, "data"),
      add(ordinaryKey(), "more"),
      message(REMOVE, key.blob),
      Buffer.of(REMOVE_ALL),
      extension("query"),
    ]) {
      assert.equal(status(client, request), FAILURE);
    }
    assert.equal(status(client, message(UNLOCK, "right")), SUCCESS);
    receive(client, list);
    client.relayed(EMPTY);
    assert.deepEqual(comments(client.answer), ["key"]);
  });

  test("is opened by an empty passphrase if that is its", () => {
    const client = new AgentPeer().client();
    assert.equal(status(client, message(LOCK, "")), SUCCESS);
    assert.equal(status(client, message(UNLOCK, "\0")), FAILURE);
  });

  test("looks at the next passphrase later and later, whoever tries", () => {
    const peer = new AgentPeer();
    const [client, other] = [peer.client(), peer.client()];
    status(client, message(LOCK, "right"));
    assert.equal(status(client, message(UNLOCK, "wrong")), FAILURE);
    for (const delay of [100, 200, 300]) {
      receive(other, message(UNLOCK, "wrong"));
      assert.deepEqual([other.need, other.time], [TIME, peer.host.time + delay]);
      peer.host.time += delay - 1;
      other.reconsider();
      assert.equal(other.need, TIME);
      peer.host.time++;
      other.reconsider();
      assert.deepEqual([other.need, other.answer[0]], [NOTHING, FAILURE]);
    }
    receive(client, message(UNLOCK, "right"));
    peer.host.time = client.time;
    client.reconsider();
    assert.equal(client.answer[0], SUCCESS);
  });

  test("ends what waits for a person", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    const key = ordinaryKey();
    status(client, addConstrained(key, "key", confirm));
    receive(client, sign(key.blob, "data"));
    status(peer.client(), message(LOCK, "passphrase"));
    client.answered(true, EMPTY);
    assert.equal(client.answer[0], FAILURE);
  });
});

describe("proxied agents", () => {
  const theirs = (...names: string[]): Uint8Array =>
    new Uint8Array(
      Buffer.concat([Buffer.of(12), uint32(names.length), ...names.map((name) => encode(`blob of ${name}`, name))]),
    );

  test("list theirs behind ours, each key once, and only what is well-formed", () => {
    const peer = new AgentPeer();
    const client = peer.client(4);
    peer.agent.add(new PinSigner("ours", ""), EMPTY, new Constraints());
    receive(client, list);
    for (const [i, answer] of [
      theirs("a", "b"),
      new Uint8Array([5]),
      theirs("b", "c"),
      theirs("d").subarray(0, 9),
    ].entries()) {
      assert.deepEqual([client.need, client.proxy], [PROXY, i]);
      assert.deepEqual(
        client.relay.map((one) => Buffer.from(one)),
        [list],
      );
      client.relayed(answer);
    }
    assert.deepEqual(comments(client.answer), ["ours", "a", "b", "c"]);
  });

  test("are given what isn't ours byte for byte, and the first answer that isn't a no comes back so", () => {
    const client = new AgentPeer().client(3);
    const requests = [
      sign(encode("sk-ssh-ed25519@openssh.com", "key", "ssh:"), "data", 7),
      Buffer.concat([Buffer.of(25), encode("sk-ssh-ed25519@openssh.com", "anything"), Buffer.of(255)]),
      Buffer.concat([Buffer.of(20), encode("reader", "pin")]),
    ];
    for (const request of requests) {
      receive(client, request);
      for (const [i, answer] of [Buffer.of(5), Buffer.of(), Buffer.of(14, 1, 2, 3)].entries()) {
        assert.deepEqual([client.need, client.proxy], [PROXY, i]);
        assert.deepEqual(
          client.relay.map((one) => Buffer.from(one)),
          [request],
        );
        client.relayed(answer);
      }
      assert.deepEqual([client.need, Buffer.from(client.answer)], [NOTHING, Buffer.of(14, 1, 2, 3)]);
    }
  });

  test("all of them remove, and one that has done it is enough; for everything none may say no", () => {
    const client = new AgentPeer().client(2);
    for (const [request, answers, outcome] of [
      [message(REMOVE, "key"), [5, 6], 6],
      [message(REMOVE, "key"), [6, 5], 6],
      [message(REMOVE, "key"), [5, 5], 5],
      [Buffer.of(REMOVE_ALL), [6, 6], 6],
      [Buffer.of(REMOVE_ALL), [6, 5], 5],
    ] as const) {
      receive(client, request);
      for (const answer of answers) {
        assert.equal(client.need, PROXY);
        client.relayed(new Uint8Array([answer]));
      }
      assert.equal(client.answer[0], outcome);
    }
  });

  test("hear first by which sessions the connection came", () => {
    const client = new AgentPeer().client(1);
    const bind = extension("session-bind@openssh.com", "no key", "id", "no signature", false);
    assert.equal(status(client, bind), FAILURE);
    receive(client, list);
    assert.deepEqual(
      client.relay.map((one) => Buffer.from(one)),
      [bind, list],
    );
  });

  test("are left alone by a connection that says too much", () => {
    for (const [count, size] of [
      [17, 1],
      [1, 20_000],
    ] as const) {
      const client = new AgentPeer().client(1);
      for (let i = 0; i < count; i++) {
        assert.equal(status(client, extension("session-bind@openssh.com", Buffer.alloc(size), "", "", true)), FAILURE);
      }
      assert.deepEqual(comments(ask(client, list)), []);
    }
  });
});

describe("extensions", () => {
  test("query tells which there are", () => {
    const names = encode("query", "query", "session-bind@openssh.com", "tpm-add-key");
    assert.deepEqual(ask(new AgentPeer().client(), extension("query")), Buffer.concat([Buffer.of(29), names]));
  });

  test("others are refused, and so are requests that nobody knows", () => {
    const client = new AgentPeer().client();
    for (const request of [
      extension("unknown@example.com", "x"),
      Buffer.of(EXTENSION),
      Buffer.of(99),
      Buffer.of(0),
      Buffer.of(20),
    ]) {
      assert.equal(status(client, request), FAILURE);
    }
    assert.equal(status(client, Buffer.concat([list, Buffer.of(0)])), FAILURE);
  });

  test("tpm-add-key adds a key, with its certificate and its conditions", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    const signer = new PinSigner("sealed", "");
    peer.host.tpmKeys.set("a file", signer);
    const certificate = Buffer.concat([
      encode("ecdsa-sha2-nistp384-cert-v01@openssh.com", "nonce"),
      new Fields(signer.blob).rest().subarray(23),
      encode("the rest"),
    ]);
    const request = (...fields: (number | boolean | string | Uint8Array)[]): Buffer =>
      Buffer.concat([extension("tpm-add-key"), Buffer.of(17), encode("TPMKEY"), message(0, ...fields).subarray(1)]);
    assert.equal(status(client, Buffer.concat([request("a file", certificate), lifetime(5)])), SUCCESS);
    assert.deepEqual(comments(ask(client, list)), ["sealed", "sealed"]);
    for (const blob of [signer.blob, certificate]) assert.equal(ask(client, sign(blob, "data"))[0], 14);
    peer.host.time += 5000;
    assert.deepEqual(comments(ask(client, list)), []);

    assert.equal(status(client, request("a file", "no certificate")), 28);
    assert.equal(status(client, Buffer.concat([request("a file", ""), Buffer.of(9)])), 28);
    assert.equal(status(client, request("another file", "")), 28);
    assert.equal(status(client, request("a file")), 28);
    assert.equal(status(client, extension("tpm-add-key")), 28);
  });

  test("tpm-add-key is for this machine's own clients: a copy of a file is not to be of use elsewhere", () => {
    const peer = new AgentPeer();
    const client = peer.client();
    peer.host.tpmKeys.set("a file", new PinSigner("sealed", ""));
    const request = Buffer.concat([extension("tpm-add-key"), Buffer.of(17), encode("TPMKEY", "a file", "")]);
    assert.equal(status(client, extension("session-bind@openssh.com", "host key", "id", "signature", true)), FAILURE);
    assert.equal(status(client, request), 28);
    assert.match(peer.host.lines.join("\n"), /not added: .* came from another machine/);
    assert.equal(status(peer.client(), request), SUCCESS);
  });

  test("bug 10: tpm-add-key with an empty file is refused, and the list stays as it is", () => {
    const client = new AgentPeer().client();
    const empty = Buffer.concat([extension("tpm-add-key"), Buffer.of(17), encode("TPMKEY", "", "")]);
    assert.equal(status(client, empty), 28);
    assert.deepEqual(comments(ask(client, list)), []);
  });
});

test("a certificate's key signs for it, also where only the key was added", () => {
  const peer = new AgentPeer();
  const client = peer.client();
  const signer = new PinSigner("key", "");
  peer.agent.add(signer, EMPTY, new Constraints());
  const fields = new Fields(signer.blob);
  fields.string();
  const certificate = (name: string): Buffer => Buffer.concat([encode(name, "nonce"), fields.rest()]);
  const blob = certificate("ecdsa-sha2-nistp384-cert-v01@openssh.com");
  assert.equal(ask(client, sign(blob, "data"))[0], 14);
  assert.equal(status(client, sign(certificate("ecdsa-sha2-nistp256-cert-v01@openssh.com"), "data")), FAILURE);
});

test("a request is overwritten once it is answered", () => {
  const client = new AgentPeer().client();
  for (const request of [add(ordinaryKey(), "key"), message(LOCK, "passphrase"), message(UNLOCK, "passphrase")]) {
    const copy = new Uint8Array(request);
    client.receive(copy);
    assert.ok(copy.every((byte) => byte === 0));
  }
});
