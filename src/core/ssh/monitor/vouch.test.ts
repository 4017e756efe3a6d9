/** What the monitor signs beside exchange hashes: proofs of its host keys, for a session of its own, and few of them. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { kexInit, lists, TestEnvironment, TestHostKey } from "../../../../test/support/transport-peer.ts";
import { TestAuthority, TestSessions } from "../../../../test/support/server-peer.ts";
import { encode, Fields, message } from "../../../../test/support/ssh/wire.ts";
import { PROOFS_LIMIT } from "../connection/host-key-rotation.ts";
import { TransportOptions } from "../transport/options.ts";
import { SIGNATURE } from "./answer.ts";
import { Monitor, Outlet } from "./monitor.ts";
import { ENTER, SIGN, VOUCH } from "./request.ts";

class Answers extends Outlet {
  readonly sent: Buffer[] = [];

  send(answer: Uint8Array): void {
    this.sent.push(Buffer.from(answer));
  }
}

class TestCertificate extends TestHostKey {
  override algorithm(): string {
    return "ssh-ed25519-cert-v01@openssh.com";
  }

  override isCertificate(): boolean {
    return true;
  }
}

/** A key whose last message is kept. */
class WatchedKey extends TestHostKey {
  signed: Uint8Array[] = [];

  override sign(text: Uint8Array): Uint8Array | null {
    this.signed.push(text.slice());
    return super.sign(text);
  }
}

function monitor(): { tell: (...fields: (number | string | Uint8Array)[]) => Buffer[]; key: WatchedKey; it: Monitor } {
  const answers = new Answers();
  const key = new WatchedKey();
  const authority = new TestAuthority();
  authority.open.add("user");
  const keys = [key, new TestCertificate()];
  const it = new Monitor(new TestEnvironment(), keys, authority, new TestSessions(), new TransportOptions(), answers);
  return {
    it,
    key,
    tell(number, ...fields) {
      it.receive(new Uint8Array(message(number as number, ...fields)));
      return answers.sent.splice(0);
    },
  };
}

const exchange = (): (string | Uint8Array)[] => {
  const point = Buffer.alloc(32, 9);
  return ["SSH-2.0-client", kexInit(lists()), Buffer.alloc(16), point, point, encode(point)];
};

test("before a login nothing is vouched for", () => {
  for (const signed of [false, true]) {
    const { tell, it, key } = monitor();
    if (signed) tell(SIGN, ...exchange());
    key.signed = [];
    assert.deepEqual(tell(VOUCH, 0), []);
    assert.match(it.fault, /before login/);
    assert.deepEqual(key.signed, []);
  }
});

test("the proof is over the session id that the monitor signed itself, and over its own key", () => {
  const { tell, key } = monitor();
  tell(SIGN, ...exchange());
  const [sessionId] = key.signed;
  tell(ENTER, "user");
  const [answer] = tell(VOUCH, 0);
  const fields = new Fields(answer!.subarray(1));
  assert.equal(answer![0], SIGNATURE);
  const proved = encode("hostkeys-prove-00@openssh.com", sessionId!, key.publicKey());
  assert.deepEqual(Buffer.from(key.signed[1]!), proved);
  const signature = new Fields(fields.string());
  signature.string();
  const x = Buffer.from(key.publicKey().subarray(-32)).toString("base64url");
  const publicKey = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
  assert.ok(verify(null, proved, publicKey, signature.string()));
});

test("no certificate, no key that isn't there, nothing behind the request", () => {
  for (const fields of [[1], [2], [0xffffffff], [0, 0], []]) {
    const { tell, it, key } = monitor();
    tell(SIGN, ...exchange());
    tell(ENTER, "user");
    assert.deepEqual(tell(VOUCH, ...fields), []);
    assert.match(it.fault, /VOUCH/);
    assert.equal(key.signed.length, 1);
  }
});

test(`no more than ${PROOFS_LIMIT} proofs`, () => {
  const { tell, it } = monitor();
  tell(SIGN, ...exchange());
  tell(ENTER, "user");
  for (let i = 0; i < PROOFS_LIMIT; i++) assert.equal(tell(VOUCH, 0).length, 1);
  assert.equal(it.fault, "");
  assert.deepEqual(tell(VOUCH, 0), []);
  assert.match(it.fault, /VOUCH/);
});
