/** ssh-tpm-keygen: keys that are bound to the state of the machine, or to who approves of it. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { AUTH_FAIL, kindOf, POLICY_FAIL, SUCCESS, UNKNOWN_POLICY, VALUE } from "../../src/core/tpm/response-code.ts";
import { PublicArea } from "../../src/core/tpm/public-area.ts";
import { keygenBench } from "../support/keygen.ts";

const bench = keygenBench();

/** PCRs as after a start. */
afterEach(async () => {
  await bench.tpm.stop();
  await bench.tpm.start();
});

const signs = async (name: string, pin = ""): Promise<number> => kindOf(await bench.sign(name, pin));
const change = (pcr: number): string => bench.tpm.tool("tpm2_pcrextend", `${pcr}:sha256=${"5".repeat(64)}`);
const policyOf = (name: string): string =>
  Buffer.from(PublicArea.decode(bench.file(`${name}.tpm`).publicArea)!.authPolicy).toString("hex");

/** The digest that tpm2-tools compute for conditions, each a command and its words. */
function theirPolicy(...conditions: string[][]): string {
  bench.tpm.tool("tpm2_startauthsession", "-S", "trial.ctx");
  for (const [name, ...words] of conditions) bench.tpm.tool(name!, "-S", "trial.ctx", "-L", "trial.policy", ...words);
  bench.tpm.tool("tpm2_flushcontext", "trial.ctx");
  return readFileSync(join(bench.tpm.folder, "trial.policy"), "hex");
}

test("a key that is bound to PCRs signs while they are as they were", async () => {
  bench.good("-f", "bound", "-N", "", "--pcrs", "0+16,23");
  assert.equal(policyOf("bound"), theirPolicy(["tpm2_policypcr", "-l", "sha256:0,16,23"]));
  assert.equal(bench.attributes("bound.tpm"), 0x00060432, "and in no other way");
  assert.equal(await signs("bound"), SUCCESS);
  change(1);
  assert.equal(await signs("bound"), SUCCESS);
  change(23);
  assert.ok([VALUE, POLICY_FAIL].includes(await signs("bound")));
  assert.equal(bench.leftovers(), "");
});

test("more PCRs than the TPM reads at once", async () => {
  const all = Array.from({ length: 24 }, (_, i) => i);
  bench.good("-f", "all", "-N", "", "--pcrs", all.join("+"), "-t", "rsa");
  assert.equal(await signs("all"), SUCCESS);
  change(23);
  assert.notEqual(await signs("all"), SUCCESS);
});

test("with a PIN it wants both", async () => {
  bench.good("-f", "both", "-N", "1234", "--pcrs", "23");
  assert.equal(policyOf("both"), theirPolicy(["tpm2_policypcr", "-l", "sha256:23"], ["tpm2_policyauthvalue"]));
  assert.equal(await signs("both", "1234"), SUCCESS);
  assert.equal(await signs("both", "4321"), AUTH_FAIL);
  bench.tpm.tool("tpm2_dictionarylockout", "-c");
  bench.good("-p", "-f", "both", "-P", "1234", "-N", "5678");
  assert.equal(await signs("both", "5678"), SUCCESS);
  change(23);
  assert.notEqual(await signs("both", "5678"), SUCCESS);
});

test("a host key that is bound to PCRs", async () => {
  mkdirSync(bench.path("host/etc/ssh"), { recursive: true });
  bench.good("-A", "-f", "host", "--pcrs", "23");
  for (const kind of ["rsa", "ecdsa"]) assert.equal(await signs(`host/etc/ssh/ssh_tpm_host_${kind}_key`), SUCCESS);
  change(23);
  for (const kind of ["rsa", "ecdsa"]) assert.notEqual(await signs(`host/etc/ssh/ssh_tpm_host_${kind}_key`), SUCCESS);
});

test("a key whose policies somebody approves of", async () => {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(bench.path("authority.pem"), authority.privateKey.export({ format: "pem", type: "pkcs8" }));
  writeFileSync(bench.path("authority.pub"), authority.publicKey.export({ format: "pem", type: "spki" }));
  bench.good("-f", "approved", "-N", "1234", "--policy-key", "authority.pub");

  bench.tpm.tool(
    "tpm2_loadexternal",
    "-Q",
    "-C",
    "o",
    "-G",
    "ecc",
    "-u",
    bench.path("authority.pub"),
    "-c",
    "a.ctx",
    "-n",
    "a.name",
  );
  bench.tpm.tool("tpm2_flushcontext", "-t");
  assert.equal(policyOf("approved"), theirPolicy(["tpm2_policyauthorize", "-n", "a.name"], ["tpm2_policyauthvalue"]));
  assert.equal(await signs("approved", "1234"), UNKNOWN_POLICY, "there is no approval yet");

  bench.good("--approve", "authority.pem", "--pcrs", "16+23", "-f", "approved.tpm", "-C", "the first");
  assert.equal(bench.mode("approved.tpm"), "600");
  assert.equal(await signs("approved", "1234"), SUCCESS);
  change(23);
  assert.notEqual(await signs("approved", "1234"), SUCCESS);
  bench.good("--approve", "authority.pem", "--pcrs", "16+23", "-f", "approved", "-C", "the second");
  assert.equal(await signs("approved", "1234"), SUCCESS, "one of two");
  assert.equal(await signs("approved", "1"), AUTH_FAIL);
  bench.tpm.tool("tpm2_dictionarylockout", "-c");
  await bench.tpm.stop();
  await bench.tpm.start();
  assert.equal(await signs("approved", "1234"), SUCCESS, "the other one");
  const names = bench.file("approved.tpm").authPolicies.map(({ name }) => Buffer.from(name).toString());
  assert.deepEqual(names, ["the first", "the second"]);
});

test("approvals of others, and of what needs none, are refused", async () => {
  for (const name of ["mine", "yours"]) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(bench.path(`${name}.pem`), privateKey.export({ format: "pem", type: "sec1" }));
  }
  bench.good("-f", "strict", "-N", "", "--policy-key", "mine.pem");
  const before = bench.read("strict.tpm");
  assert.match(bench.bad("--approve", "yours.pem", "--pcrs", "23", "-f", "strict"), /bound to another authority/);
  bench.good("-f", "plain", "-N", "");
  assert.match(bench.bad("--approve", "mine.pem", "--pcrs", "23", "-f", "plain"), /bound to no authority/);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  writeFileSync(bench.path("rsa.pem"), rsa.export({ format: "pem", type: "pkcs8" }));
  bench.good("-f", "by-rsa", "-N", "", "--policy-key", "rsa.pem");
  assert.match(bench.bad("--approve", "rsa.pem", "--pcrs", "23", "-f", "by-rsa"), /only keys of ECDSA over P-256/);
  assert.equal(bench.read("strict.tpm"), before);
});
