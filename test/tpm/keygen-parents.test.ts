/** ssh-tpm-keygen: what keys are kept under, the passwords of that, and the keys of hosts and hierarchies. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { SUCCESS } from "../../src/core/tpm/response-code.ts";
import { keygenBench } from "../support/keygen.ts";

const bench = keygenBench();

const SRK = "0x81000001";
const TEMPLATE = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth";

const names = [
  ["owner", "o", 0x40000001],
  ["endorsement", "e", 0x4000000b],
  ["null", "n", 0x40000007],
  ["platform", "p", 0x4000000c],
] as const;

/** Keeps a primary key of the owner's at 0x81000001. */
function persist(attributes: string): void {
  bench.tpm.tool("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx", "-a", attributes);
  bench.tpm.tool("tpm2_flushcontext", "-t");
  bench.tpm.tool("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "p.ctx", SRK);
  bench.tpm.tool("tpm2_flushcontext", "-t");
}

afterEach(() => {
  if (bench.tpm.tool("tpm2_getcap", "properties-variable").match(/ownerAuthSet: +1/))
    bench.tpm.tool("tpm2_changeauth", "-c", "o", "-p", "owner's");
  if (bench.tpm.tool("tpm2_getcap", "handles-persistent").includes(SRK)) {
    bench.tpm.tool("tpm2_evictcontrol", "-Q", "-C", "o", "-c", SRK);
  }
});

test("a hierarchy goes by its long name and by its short one, and is the one that was named", async () => {
  for (const [long, short, handle] of names) {
    for (const name of [long, short]) {
      bench.good("-f", `under-${name}`, "-N", "", "--parent-handle", name);
      assert.equal(bench.file(`under-${name}.tpm`).parent, handle, name);
      assert.equal(await bench.sign(`under-${name}`), SUCCESS);
    }
  }
  const { stderr } = bench.run(["-f", "for-now", "-N", "", "--parent-handle", "null"]);
  assert.match(stderr, /lasts until the TPM is next reset/);
});

test("a persistent key is used by its handle, and not flushed", async () => {
  persist(`${TEMPLATE}|noda`);
  bench.good("-f", "by-handle", "-N", "", "--parent-handle", SRK);
  assert.equal(bench.file("by-handle.tpm").parent, 0x81000001);
  assert.equal(await bench.sign("by-handle"), SUCCESS);
  assert.match(bench.tpm.tool("tpm2_getcap", "handles-persistent"), /0x81000001/);
  assert.match(bench.good("--status"), /storage root key: 0x81000001, name 000b[0-9a-f]{64}\n/);
  assert.match(bench.bad("-f", "x", "-N", "", "--parent-handle", "0x81000002"), /TPM_RC_HANDLE.*there is nothing/);
});

test("the owner's root key at 0x81000001 serves, and other programs find the key as ever", async () => {
  persist(`${TEMPLATE}|noda`);
  bench.good("-f", "usual", "-N", "");
  assert.equal(bench.file("usual.tpm").parent, 0x40000001);
  bench.tpm.tool("tpm2_evictcontrol", "-Q", "-C", "o", "-c", SRK);
  assert.equal(await bench.sign("usual"), SUCCESS);
});

test("another key at 0x81000001 is left alone", async () => {
  persist(TEMPLATE);
  bench.good("-f", "elsewhere", "-N", "");
  assert.equal(bench.file("elsewhere.tpm").parent, 0x40000001);
  assert.match(bench.good("--status"), /0x81000001 is of another template/);
  assert.equal(await bench.sign("elsewhere"), SUCCESS);
});

test("an owner with a password: -o asks for it, and a kept root key needs none", async () => {
  bench.tpm.tool("tpm2_changeauth", "-c", "o", "owner's");
  assert.match(bench.bad("-f", "locked", "-N", ""), /TPM_RC_BAD_AUTH.*-o asks for the password/);
  assert.match(bench.run(["-f", "locked", "-N", "", "-o"], "wrong\n").stderr, /TPM_RC_BAD_AUTH/);
  const { status, stdout } = bench.run(["-f", "opened", "-N", "", "-o"], "owner's\n");
  assert.equal(status, 0);
  assert.match(stdout, /^Enter owner password: /);
  assert.equal(await bench.sign("opened", "", "owner's"), SUCCESS);
  assert.match(bench.good("--status"), /passwords: owner\n/);

  bench.tpm.tool("tpm2_changeauth", "-c", "o", "-p", "owner's");
  persist(`${TEMPLATE}|noda`);
  bench.tpm.tool("tpm2_changeauth", "-c", "o", "owner's");
  bench.good("-f", "kept-root", "-N", "");
  assert.equal(bench.file("kept-root.tpm").parent, 0x81000001);
  assert.equal(await bench.sign("kept-root"), SUCCESS);
});

test("host keys: those that are missing, RSA first; the folder must be there", async () => {
  assert.match(bench.bad("-A", "-f", "nowhere"), /there is no folder nowhere\/etc\/ssh/);
  mkdirSync(bench.path("host/etc/ssh"), { recursive: true });
  const said = bench.good("-A", "-f", "host");
  assert.ok(said.indexOf("rsa_key.tpm") < said.indexOf("ecdsa_key.tpm"));
  for (const kind of ["rsa", "ecdsa"]) {
    const name = `host/etc/ssh/ssh_tpm_host_${kind}_key`;
    assert.deepEqual([bench.mode(`${name}.tpm`), bench.mode(`${name}.pub`)], ["600", "644"]);
    assert.ok(bench.file(`${name}.tpm`).emptyAuth);
    assert.equal(await bench.sign(name), SUCCESS);
  }
  const before = bench.read("host/etc/ssh/ssh_tpm_host_rsa_key.tpm");
  assert.equal(bench.good("-A", "-f", "host"), "");
  assert.equal(bench.read("host/etc/ssh/ssh_tpm_host_rsa_key.tpm"), before);
});

test("the keys of hierarchies are always the same, each hierarchy's its own, and the owner's takes its password", () => {
  const keys = new Map<string, string>();
  for (const [long, short] of names) {
    mkdirSync(bench.path(`${long}/etc/ssh`), { recursive: true });
    for (const name of [long, short]) {
      bench.good("-A", "-f", long, "--hierarchy", name);
      for (const kind of ["rsa", "ecdsa"]) {
        const line = bench.read(`${long}/etc/ssh/ssh_tpm_host_${kind}_key.pub`);
        const known = keys.get(`${long} ${kind}`);
        assert.ok(known === undefined || known === line);
        keys.set(`${long} ${kind}`, line);
      }
    }
  }
  assert.equal(new Set(keys.values()).size, 8);

  const other = bench.run(["-A", "-f", "owner", "--hierarchy", "endorsement"], "n\n");
  assert.equal(other.status, 1);
  assert.equal(bench.read("owner/etc/ssh/ssh_tpm_host_rsa_key.pub"), keys.get("owner rsa"));

  bench.tpm.tool("tpm2_changeauth", "-c", "o", "owner's");
  assert.equal(bench.run(["-A", "-f", "owner", "--hierarchy", "owner"]).status, 1);
  const { status, stdout } = bench.run(["-A", "-f", "owner", "--hierarchy", "owner", "-o"], "owner's\n");
  assert.equal(status, 0);
  assert.match(stdout, /Found the host key of the hierarchy owner/);
});

test("a hierarchy's key is the primary key of ssh-tpm-agent's template", () => {
  mkdirSync(bench.path("same/etc/ssh"), { recursive: true });
  bench.good("-A", "-f", "same", "--hierarchy", "e");
  const policy = "ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0";
  writeFileSync(bench.path("policy"), Buffer.from(policy, "hex"));
  const attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|decrypt";
  for (const [kind, algorithm] of [
    ["ecdsa", "ecc256:null:null"],
    ["rsa", "rsa2048:null:null"],
  ]) {
    const pem = bench.path(`${kind}.pem`);
    const words = ["-Q", "-C", "e", "-G", algorithm!, "-L", bench.path("policy"), "-a", attributes];
    bench.tpm.tool("tpm2_createprimary", ...words, "-c", "e.ctx", "-f", "pem", "-o", pem);
    bench.tpm.tool("tpm2_flushcontext", "-t");
    const theirs = createPublicKey(bench.read(`${kind}.pem`)).export({ format: "jwk" });
    assert.deepEqual(bench.publicKey(`same/etc/ssh/ssh_tpm_host_${kind}_key`).export({ format: "jwk" }), theirs);
  }
});
