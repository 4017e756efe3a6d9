import { test } from "node:test";
import assert from "node:assert/strict";
import { kexInit, lists, type Lists, TestHostKey } from "../../../../test/support/transport-peer.ts";
import { HostKey } from "../environment.ts";
import { Reader } from "../../wire/reader.ts";
import { KexInit } from "../message/transport.ts";
import { cipherNames } from "./ciphers.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";
import { type Agreement, Offer } from "./negotiation.ts";

class OtherHostKey extends HostKey {
  algorithm(): string {
    return "ecdsa-sha2-nistp256";
  }

  publicKey(): Uint8Array {
    return new Uint8Array(0);
  }

  sign(): Uint8Array | null {
    return null;
  }
}

const methods = [
  "mlkem768x25519-sha256",
  "sntrup761x25519-sha512",
  "sntrup761x25519-sha512@openssh.com",
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
];
const ours = new Offer(keyExchangeMethods(true, true), [new TestHostKey(), new OtherHostKey()], cipherNames(false));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function negotiate(changes: Partial<Lists>, follows = false, offer = ours): Agreement {
  return offer.negotiate(KexInit.decode(new Reader(kexInit(lists(changes), follows).subarray(1))));
}

const names = (state: boolean, quantum: boolean): string[] => keyExchangeMethods(state, quantum).map((m) => m.name);

test("we offer post-quantum methods first, and the marker of strict key exchange once", () => {
  const first = ours.kexInit(true);
  assert.equal(text(first.kexAlgorithms), [...methods, "kex-strict-s-v00@openssh.com"].join());
  assert.equal(text(ours.kexInit(false).kexAlgorithms), methods.join());
  assert.equal(text(first.hostKeyAlgorithms), "ssh-ed25519,ecdsa-sha2-nistp256");
  for (const list of [first.encryptionToServer, first.encryptionToClient])
    assert.equal(text(list), "chacha20-poly1305@openssh.com");
  for (const list of [first.compressionToServer, first.compressionToClient]) assert.equal(text(list), "none");
  assert.equal(first.firstKexPacketFollows, false);
});

test("-s, -S, -p and -P choose among the methods", () => {
  assert.deepEqual(names(true, true), methods);
  assert.deepEqual(names(true, false), methods.slice(3));
  assert.deepEqual(names(false, true), methods.slice(0, 3));
  assert.deepEqual(names(false, false), []);
});

test("each method alone is agreed on", () => {
  for (const kex of methods) assert.equal(negotiate({ kex }).method?.name, kex);
});

test("the client's order counts, not ours", () => {
  assert.equal(negotiate({ kex: "x,curve25519-sha256,mlkem768x25519-sha256" }).method?.name, "curve25519-sha256");
  assert.equal(negotiate({ kex: methods.toReversed().join() }).method?.name, "curve25519-sha256@libssh.org");
  assert.equal(negotiate({ hostKey: "ecdsa-sha2-nistp256,ssh-ed25519" }).hostKey?.algorithm(), "ecdsa-sha2-nistp256");
});

test("what is not in common is named, with both lists", () => {
  const cases: [Partial<Lists>, string][] = [
    [{ kex: "diffie-hellman-group14-sha256" }, "key exchange method"],
    [{ kex: "" }, "key exchange method"],
    [{ kex: "ext-info-c,kex-strict-c-v00@openssh.com,kex-strict-s-v00@openssh.com" }, "key exchange method"],
    [{ kex: "curve25519-sha25,curve25519-sha2566" }, "key exchange method"],
    [{ hostKey: "ssh-rsa,ssh-ed25519-cert-v01@openssh.com" }, "host key algorithm"],
    [{ hostKey: "" }, "host key algorithm"],
    [{ cipherToServer: "aes128-ctr" }, "cipher to the server"],
    [{ cipherToClient: "aes128-ctr" }, "cipher to the client"],
    [{ cipherToClient: "" }, "cipher to the client"],
    [{ compressionToServer: "zlib,zlib@openssh.com" }, "compression to the server"],
    [{ compressionToClient: "zlib" }, "compression to the client"],
  ];
  for (const [changes, missing] of cases) {
    const agreement = negotiate(changes);
    assert.equal(agreement.missing, missing);
    assert.equal(agreement.theirs, Object.values(changes)[0]);
    assert.ok(agreement.ours.length > 0);
    assert.equal(agreement.method, null);
  }
});

test("MAC lists have no say, as the cipher needs no MAC", () => {
  for (const mac of ["", "hmac-sha1", "umac-64@openssh.com", "hmac-sha2-256"])
    assert.equal(negotiate({ macToServer: mac, macToClient: mac }).missing, "");
});

test("with nothing on offer nothing is agreed on", () => {
  assert.equal(
    negotiate({}, true, new Offer([], [new TestHostKey()], cipherNames(false))).missing,
    "key exchange method",
  );
  assert.equal(
    negotiate({}, true, new Offer(keyExchangeMethods(true, true), [], cipherNames(false))).missing,
    "host key algorithm",
  );
});

test("a guess is right only if both sides prefer the same method and the same host key", () => {
  const both = { kex: "mlkem768x25519-sha256,curve25519-sha256", hostKey: "ssh-ed25519" };
  assert.equal(negotiate(both, true).wrongGuess, false);
  assert.equal(negotiate(both, false).wrongGuess, false);
  assert.equal(negotiate({ ...both, kex: "curve25519-sha256,mlkem768x25519-sha256" }, true).wrongGuess, true);
  assert.equal(negotiate({ ...both, kex: "x,mlkem768x25519-sha256" }, true).wrongGuess, true);
  assert.equal(negotiate({ ...both, hostKey: "ecdsa-sha2-nistp256,ssh-ed25519" }, true).wrongGuess, true);
  assert.equal(negotiate({ ...both, hostKey: "ecdsa-sha2-nistp256" }, false).wrongGuess, false);
});

test("markers count wherever they stand, but only the client's own", () => {
  const marked = negotiate({ kex: "ext-info-c,kex-strict-c-v00@openssh.com,curve25519-sha256" });
  assert.deepEqual([marked.strict, marked.extInfo], [true, true]);
  const others = negotiate({ kex: "ext-info-s,kex-strict-s-v00@openssh.com,curve25519-sha256" });
  assert.deepEqual([others.strict, others.extInfo], [false, false]);
});

test("a list fit for a log line is cut and cleaned", () => {
  const agreement = negotiate({ kex: `\n\x1b[31m${"x".repeat(5000)}` });
  assert.match(agreement.theirs, /^\?\?\[31mx+$/);
  assert.ok(agreement.theirs.length <= 512);
});

test("AES-GCM is chosen where it is offered and the client prefers it, in each direction by itself", () => {
  const [chacha, aes] = cipherNames(true);
  const both = new Offer(keyExchangeMethods(true, true), [new TestHostKey()], cipherNames(true));
  const lists = { cipherToServer: `aes128-gcm@openssh.com,${aes},${chacha}`, cipherToClient: `${chacha},${aes}` };
  const agreement = negotiate(lists, false, both);
  assert.deepEqual([agreement.cipherToServer, agreement.cipherToClient], [aes, chacha]);
  assert.equal(text(both.kexInit(true).encryptionToClient), `${chacha},${aes}`);
  assert.equal(negotiate({ cipherToServer: aes! }).missing, "cipher to the server");
});
