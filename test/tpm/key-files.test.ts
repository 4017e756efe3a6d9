/** Key files go to tpm2-openssl and tpm2-tools, and come from them. */
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AUTH_FAIL, kindOf, SUCCESS } from "../../src/core/tpm/response-code.ts";
import { keygenBench } from "../support/keygen.ts";

const bench = keygenBench();

const hasProvider = existsSync("/usr/lib/x86_64-linux-gnu/ossl-modules/tpm2.so");
const skip = !hasProvider && "tpm2-openssl is not installed";
const provider = ["-provider", "tpm2", "-provider", "default", "-propquery", "?provider=tpm2"];

/** Signs by `openssl dgst`; the signature must be the key's. */
function signedByOpenssl(name: string, pin = ""): void {
  const [message, signature] = [bench.path("message"), bench.path("signature")];
  writeFileSync(message, "message");
  const words = ["dgst", ...provider, "-sha256", "-sign", bench.path(`${name}.tpm`), "-out", signature];
  bench.tpm.tool("openssl", ...words, ...(pin ? ["-passin", `pass:${pin}`] : []), message);
  assert.ok(verify("sha256", readFileSync(message), bench.publicKey(name), readFileSync(signature)));
}

/** NAME.pub for a key of openssl's. */
function publicLine(name: string): void {
  writeFileSync(bench.path(`${name}.pub`), bench.good("--print-pubkey", `${name}.tpm`));
}

for (const [type, bits] of [
  ["ecdsa", "256"],
  ["ecdsa", "384"],
  ["rsa", "2048"],
]) {
  test(`${type} ${bits}: ours are used by openssl, with a PIN and without`, { skip }, () => {
    for (const pin of ["", "1234"]) {
      const name = `ours-${type}${bits}${pin}`;
      bench.good("-t", type!, "-b", bits!, "-f", name, "-N", pin, "-C", "");
      signedByOpenssl(name, pin);
    }
  });
}

test("keys of openssl are used, and their PINs changed, by us", { skip }, async () => {
  for (const pin of ["", "1234"]) {
    for (const algorithm of [
      ["EC", "group:P-256"],
      ["RSA", "bits:2048"],
    ]) {
      const name = `openssl-${algorithm[0]}${pin}`;
      const words = ["genpkey", ...provider.slice(0, 4), "-algorithm", algorithm[0]!, "-pkeyopt", algorithm[1]!];
      bench.tpm.tool(
        "openssl",
        ...words,
        ...(pin ? ["-pkeyopt", `user-auth:${pin}`] : []),
        "-out",
        bench.path(`${name}.tpm`),
      );
      publicLine(name);
      assert.equal(bench.file(`${name}.tpm`).emptyAuth, pin === "");
      assert.equal(await bench.sign(name, pin), SUCCESS);
      if (pin) assert.equal(kindOf(await bench.sign(name, "1")), AUTH_FAIL);
      bench.tpm.tool("tpm2_dictionarylockout", "-c");
      bench.good("-p", "-f", name, "-P", pin, "-N", "55");
      assert.equal(await bench.sign(name, "55"), SUCCESS);
      signedByOpenssl(name, "55");
    }
  }
});

test("ours are loaded by tpm2-tools", () => {
  for (const type of ["ecdsa", "rsa"]) {
    bench.good("-t", type, "-f", `tools-${type}`, "-N", "1234", "-C", "");
    bench.tpm.tool("tpm2_load", "-Q", "-r", bench.path(`tools-${type}.tpm`), "-c", "ours.ctx");
    const message = join(bench.tpm.folder, "message");
    writeFileSync(message, "message");
    const words = ["-c", "ours.ctx", "-p", "1234", "-g", "sha256", "-f", "plain", "-o", "signature", "message"];
    bench.tpm.tool("tpm2_flushcontext", "-t");
    bench.tpm.tool("tpm2_sign", "-Q", ...words);
    bench.tpm.tool("tpm2_flushcontext", "-t");
    const signature = readFileSync(join(bench.tpm.folder, "signature"));
    assert.ok(verify("sha256", readFileSync(message), bench.publicKey(`tools-${type}`), signature));
  }
});

test("what tpm2-tools encode is used by us", async () => {
  const attributes = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda";
  bench.tpm.tool("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "prim.ctx", "-a", attributes);
  bench.tpm.tool("tpm2_flushcontext", "-t");
  bench.tpm.tool(
    "tpm2_create",
    "-Q",
    "-C",
    "prim.ctx",
    "-G",
    "ecc256:ecdsa",
    "-p",
    "77",
    "-u",
    "k.pub",
    "-r",
    "k.priv",
  );
  bench.tpm.tool("tpm2_flushcontext", "-t");
  const words = ["-C", "prim.ctx", "-u", "k.pub", "-r", "k.priv", "-o", bench.path("encoded.tpm")];
  bench.tpm.tool("tpm2_encodeobject", ...words);
  bench.tpm.tool("tpm2_flushcontext", "-t");
  publicLine("encoded");
  assert.equal(await bench.sign("encoded", "77"), SUCCESS);
});

test("a comment keeps those programs from reading a file of the original's, but not one of ours", { skip }, () => {
  bench.good("-f", "commented", "-N", "", "-C", "a comment");
  signedByOpenssl("commented");
  const file = bench.file("commented.tpm");
  assert.equal(Buffer.from(file.description).toString(), "a comment");
  file.describedBefore = false;
  copyFileSync(bench.path("commented.pub"), bench.path("original.pub"));
  writeFileSync(bench.path("original.tpm"), file.encode());
  assert.throws(() => signedByOpenssl("original"));
});
