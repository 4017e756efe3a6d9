/** ssh-tpm-keygen: keys that were made elsewhere, taken in at once or wrapped for a TPM before. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { IMPORTABLE, LOADABLE } from "../../src/core/tpm/key-file.ts";
import { AUTH_FAIL, INTEGRITY, kindOf, SUCCESS } from "../../src/core/tpm/response-code.ts";
import { keygenBench } from "../support/keygen.ts";
import { Swtpm } from "../support/swtpm.ts";

const bench = keygenBench();
const other = new Swtpm();
before(() => other.start());
after(() => other.remove());

/** Keys of the sizes that swtpm has. */
const kinds = [
  ["ecdsa", "256"],
  ["ecdsa", "384"],
  ["ecdsa", "521"],
  ["rsa", "2048"],
  ["rsa", "3072"],
] as const;

function sshKey(name: string, type: string, bits: string, passphrase = "", ...more: string[]): string {
  const path = bench.path(name);
  const words = ["-q", "-t", type, "-b", bits, "-N", passphrase, "-C", "its comment", ...more, "-f", path];
  execFileSync("ssh-keygen", words);
  return path;
}

/** A storage root key in PEM, and as a TPM2B_PUBLIC. */
function storageRoot(tpm: Swtpm, algorithm: string, name: string): void {
  const attributes = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda";
  const pem = bench.path(`${name}.pem`);
  const words = ["-Q", "-C", "o", "-G", algorithm, "-c", `${name}.ctx`, "-a", attributes];
  tpm.tool("tpm2_createprimary", ...words, "-f", "pem", "-o", pem);
  tpm.tool("tpm2_flushcontext", "-t");
  tpm.tool("tpm2_readpublic", "-Q", "-c", `${name}.ctx`, "-o", bench.path(`${name}.tss`));
  tpm.tool("tpm2_flushcontext", "-t");
}

for (const [type, bits] of kinds) {
  test(`${type} ${bits}: imported, it signs as the same key, and its .pub stays`, async () => {
    const name = `imported-${type}${bits}`;
    sshKey(name, type, bits);
    const line = bench.read(`${name}.pub`);
    const said = bench.good("--import", name, "-N", "1234");
    assert.match(said, /^Sealing an existing public\/private key pair\.\nYour identification has been saved in /);
    assert.equal(bench.read(`${name}.pub`), line);
    assert.equal(bench.file(`${name}.tpm`).type, LOADABLE);
    assert.equal(Buffer.from(bench.file(`${name}.tpm`).description).toString(), "its comment");
    assert.equal(bench.attributes(`${name}.tpm`), 0x00060040);
    assert.equal(await bench.sign(name, "1234"), SUCCESS);
    assert.equal(kindOf(await bench.sign(name, "1")), AUTH_FAIL);
    bench.tpm.tool("tpm2_dictionarylockout", "-c");
  });
}

test("forms of OpenSSL, and a key without a .pub beside it", async () => {
  for (const form of ["PEM", "PKCS8"]) {
    const path = sshKey(`form-${form}`, "ecdsa", "256");
    execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "", "-m", form, "-f", path]);
    rmSync(`${path}.pub`);
    bench.good("-I", path, "-N", "", "-C", "c");
    assert.ok(bench.read(`form-${form}.pub`).endsWith(" c\n"));
    assert.equal(bench.attributes(`form-${form}.tpm`), 0x00060440, "nobody can lock out a key without a PIN");
    assert.equal(await bench.sign(`form-${form}`), SUCCESS);
  }
});

test("an encrypted key is asked for its passphrase, three times at most", async () => {
  sshKey("encrypted", "ecdsa", "256", "right", "-a", "1");
  const { status, stdout } = bench.run(["--import", "encrypted", "-N", ""], "wrong\nright\n");
  assert.equal(status, 0);
  assert.match(stdout, /Enter existing passphrase .*Wrong passphrase, try again\.\n/);
  assert.equal(await bench.sign("encrypted"), SUCCESS);
  const never = bench.run(["--import", "encrypted", "-N", "", "-f", "never"], "a\n".repeat(1000));
  assert.equal(never.status, 1);
  assert.equal(never.stdout.match(/Enter existing passphrase/g)!.length, 3);
  assert.match(never.stderr, /wrong passphrase/);
  bench.good("--import", "encrypted", "-N", "", "-P", "right", "-f", "by-option");
  assert.equal(await bench.sign("by-option"), SUCCESS);
});

test("what can't be imported is refused with what helps", () => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", bench.path("ed25519")]);
  assert.match(bench.bad("--import", "ed25519"), /ssh-ed25519, which no TPM takes; supported are ecdsa-sha2-nistp256/);
  const path = sshKey("old-form", "rsa", "2048", "secret");
  execFileSync("ssh-keygen", ["-q", "-p", "-P", "secret", "-N", "secret", "-m", "PEM", "-f", path]);
  assert.match(bench.bad("--import", "old-form"), /ssh-keygen -p -f FILE/);
  assert.match(bench.bad("--import", "nothing"), /unable to read nothing \(file does not exist\)/);
  sshKey("too-long", "rsa", "4096");
  assert.match(bench.bad("--import", "too-long", "-N", ""), /unable to import the key: TPM_RC_VALUE/);
  assert.equal(bench.leftovers(), "");
});

test("a no leaves the .pub of another key as it is", () => {
  sshKey("two", "ecdsa", "256");
  sshKey("one", "ecdsa", "256");
  writeFileSync(bench.path("one.pub"), bench.read("two.pub"));
  const { status, stdout } = bench.run(["--import", "one", "-N", ""], "n\n");
  assert.equal(status, 1);
  assert.match(stdout, /one\.pub already exists\.\nOverwrite/);
  assert.equal(bench.read("one.pub"), bench.read("two.pub"));
  assert.throws(() => bench.read("one.tpm"));
});

for (const [algorithm, name] of [
  ["ecc", "ecc-root"],
  ["rsa2048", "rsa-root"],
] as const) {
  test(`wrapped for the TPM with a ${algorithm} root key, without a TPM; no other takes it`, async () => {
    storageRoot(bench.tpm, algorithm, name);
    for (const [type, bits] of kinds) {
      for (const form of ["pem", "tss"]) {
        const key = `${name}-${type}${bits}-${form}`;
        sshKey(key, type, bits);
        const words = ["--wrap", key, "--wrap-with", `${name}.${form}`, "-f", `${key}-wrapped`, "-N", "77"];
        const wrapped = bench.run(words, "", { POSTERN_TPM: "/nonexistent" });
        assert.equal(wrapped.status, 0, wrapped.stderr);
        assert.match(
          wrapped.stdout,
          new RegExp(`^Wrapping an existing public/private ${type} key pair for import\\.\\n`),
        );
        const file = bench.file(`${key}-wrapped.tpm`);
        assert.deepEqual([file.type, file.emptyAuth, file.rsaParent], [IMPORTABLE, false, algorithm !== "ecc"]);
        const said = bench.good("--import", `${key}-wrapped.tpm`, "-f", `${key}-taken`);
        assert.match(said, /^Importing a wrapped public\/private key pair\.\n/);
        assert.equal(bench.read(`${key}-taken.pub`), bench.read(`${key}.pub`));
        assert.equal(await bench.sign(`${key}-taken`, "77"), SUCCESS);
      }
    }
    const stranger = bench.run(["--import", `${name}-ecdsa256-pem-wrapped.tpm`, "-f", "stolen"], "", {
      POSTERN_TPM: other.name,
    });
    assert.equal(stranger.status, 1);
    assert.match(stranger.stderr, /unable to import the key: TPM_RC_(INTEGRITY|VALUE|FAILURE)/);
    assert.throws(() => bench.read("stolen.tpm"));
  });
}

test("a wrapped key is used as it is, and its PIN is changed when it was imported", async () => {
  storageRoot(bench.tpm, "ecc", "used");
  sshKey("direct", "ecdsa", "256");
  bench.good("--wrap", "direct", "--wrap-with", "used.pem", "-f", "direct");
  assert.equal(await bench.sign("direct"), SUCCESS);
  assert.match(bench.bad("-p", "-f", "direct", "-N", "1"), /--import takes it in first/);
  assert.match(bench.bad("--import", "direct.tpm", "-N", "1", "-f", "x"), /change that with -p/);
  bench.good("--import", "direct.tpm", "-f", "direct-in");
  assert.match(bench.bad("--import", "direct-in.tpm", "-f", "x"), /is a TPM's key already/);
  bench.good("-p", "-f", "direct-in", "-N", "12");
  assert.equal(await bench.sign("direct-in", "12"), SUCCESS);
});

test("a key of another TPM is refused as one", async () => {
  bench.good("-f", "foreign", "-N", "", "--tpm", other.name);
  const code = kindOf(await bench.sign("foreign"));
  assert.notEqual(code, SUCCESS);
  const file = bench.file("foreign.tpm");
  file.parentName = new Uint8Array(0);
  writeFileSync(bench.path("foreign.tpm"), file.encode());
  assert.equal(kindOf(await bench.sign("foreign")), INTEGRITY);
});

test("what is no storage root key is refused", () => {
  sshKey("any", "ecdsa", "256");
  const wrap = (root: string): string => bench.bad("--wrap", "any", "--wrap-with", root, "-f", "x");
  assert.match(wrap("any"), /no storage root key/);
  assert.match(wrap("any.tpm-missing"), /file does not exist/);
  const key = sshKey("p384", "ecdsa", "384");
  writeFileSync(bench.path("p384.pem"), execFileSync("ssh-keygen", ["-e", "-m", "PKCS8", "-f", `${key}.pub`]));
  assert.match(wrap("p384.pem"), /no storage root key: it must be ECC P-256 or RSA 2048/);
  writeFileSync(bench.path("cut.tss"), readFileSync(bench.path("used.tss")).subarray(0, 50));
  assert.match(wrap("cut.tss"), /no storage root key/);
});
