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

  for (const other of [{ pcrs: [11, 12] }, { pcrs: [12] }, { pcrs: [] }, { pkfp: "00" }, { pkfp: "no digits" }]) {
    assert.deepEqual(search({ sha256: [{ ...entry, ...other }] }), ["", false, false]);
  }
  assert.deepEqual(search({ sha384: [entry] }), ["", false, false]);
  assert.deepEqual(search({ sha256: [{ ...entry, pol: "ff" }] }), ["", true, false]);
  assert.deepEqual(search({ sha256: [{ ...entry, sig: "?" }] }), ["", false, false]);
});

test("a file that is anything else is bad", () => {
  const good = JSON.stringify({ sha256: [entry] });
  for (const file of ["", "[]", "{} {}", good.slice(0, -1), { sha256: {} }, { sha256: [1] }]) {
    assert.deepEqual(search(file)[2], true, JSON.stringify(file));
  }
  for (const pcrs of [24, [24], ["11"], [-1], [1e9], [1.5]]) assert.ok(search({ sha256: [{ ...entry, pcrs }] })[2]);
  for (const field of ["pol", "pkfp", "sig"]) assert.ok(search({ sha256: [{ ...entry, [field]: 1 }] })[2]);
});

test("banks", () => {
  assert.deepEqual([ALG_SHA1, ALG_SHA256, ALG_SHA384, ALG_SHA512].map(bankName), [
    "sha1",
    "sha256",
    "sha384",
    "sha512",
  ]);
});
