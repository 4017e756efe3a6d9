import assert from "node:assert/strict";
import { test } from "node:test";
import { ALG_SHA1, ALG_SHA256, ALG_SHA384, ALG_SHA512 } from "../tpm/constants.ts";
import { bankName, SignatureSearch } from "./pcr-signatures.ts";

const key = Buffer.alloc(32, 1);
const policy = Buffer.alloc(32, 2);
const entry = { pcrs: [11], pkfp: key.toString("hex"), pol: policy.toString("hex"), sig: "c2lnbmF0dXJl" };

function search(file: unknown): [signature: string, keyIsThere: boolean, bad: boolean] {
  const one = new SignatureSearch(ALG_SHA256, 1 << 11, key, policy);
  const found = Buffer.from(one.in(Buffer.from(typeof file === "string" ? file : JSON.stringify(file)))).toString();
  return [found, one.keyIsThere, one.bad];
}

test("a signature is found by bank, PCRs, key and state", () => {
  const found = ["signature", true, false];
  assert.deepEqual(search({ sha256: [entry] }), found);
  assert.deepEqual(
    search({ sha1: [{ ...entry, sig: "AAAA" }], sha256: [{ ...entry, pol: "" }, entry], x: null }),
    found,
  );
  assert.deepEqual(search({ sha256: [{ more: [{ a: "\\" }], ...entry }] }), found);
  assert.deepEqual(search({ sha256: [{ ...entry, pol: policy.toString("hex").toUpperCase() }] }), found);
  assert.deepEqual(search({ sha256: [1, "a", [], {}, entry] }), found);
});

test("and no other", () => {
  const pcrs = [[11, 12], [12], [], 11, [24], [-1], [1.5], [11, 43], ["no"]];
  const others = [...pcrs.map((list) => ({ pcrs: list })), { pkfp: "00" }, { pkfp: "no digits" }, { pkfp: 1 }];
  for (const other of others) {
    const [signature, keyIsThere] = search({ sha256: [{ ...entry, ...other }] });
    assert.deepEqual([signature, keyIsThere], ["", false], JSON.stringify(other));
  }
  for (const other of [{ pol: "ff" }, { pol: 1 }, { sig: "?" }, { sig: [] }]) {
    assert.deepEqual(search({ sha256: [{ ...entry, ...other }] }), ["", true, false], JSON.stringify(other));
  }
  for (const file of [{ sha384: [entry] }, { sha256: entry }, {}]) assert.deepEqual(search(file), ["", false, false]);
});

test("a file that is no such object is bad", () => {
  const good = JSON.stringify({ sha256: [entry] });
  for (const file of ["", "[]", "1", "{} {}", good.slice(0, -1), `${good}x`]) {
    assert.deepEqual(search(file), ["", false, true], file);
  }
});

test("banks", () => {
  assert.deepEqual([ALG_SHA1, ALG_SHA256, ALG_SHA384, ALG_SHA512].map(bankName), [
    "sha1",
    "sha256",
    "sha384",
    "sha512",
  ]);
});
