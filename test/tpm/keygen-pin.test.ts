/** ssh-tpm-keygen -p: -P is the old PIN and -N the new one, and nothing else about the key changes. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { NamedPolicy, PolicyCommand } from "../../src/core/tpm/key-file.ts";
import { AUTH_FAIL, kindOf, SUCCESS } from "../../src/core/tpm/response-code.ts";
import { keygenBench } from "../support/keygen.ts";

const bench = keygenBench();

const signs = async (name: string, pin: string): Promise<number> => kindOf(await bench.sign(name, pin));

test("the old PIN is -P and the new one -N, and a change costs no attempt", async () => {
  bench.good("-f", "key", "-N", "1111", "-C", "cp");
  const publicLine = bench.read("key.pub");
  assert.equal(
    bench.good("-p", "-f", "key.tpm", "-P", "1111", "-N", "2222"),
    "Key has comment 'cp'\nYour identification has been saved with the new passphrase.\n",
  );
  assert.equal(bench.wrongPins(), 0);
  assert.equal(await signs("key", "2222"), SUCCESS);
  assert.equal(await signs("key", "1111"), AUTH_FAIL);
  bench.tpm.tool("tpm2_dictionarylockout", "-c");
  assert.equal(bench.mode("key.tpm"), "600");
  assert.equal(bench.read("key.pub"), publicLine);
});

test("a wrong old PIN is said to be one, with how many are left, and changes nothing", async () => {
  bench.good("-f", "wrong", "-N", "1111");
  const before = bench.read("wrong.tpm");
  assert.match(
    bench.bad("-p", "-f", "wrong", "-P", "9999", "-N", "1"),
    /wrong PIN or password.*; 2 more wrong ones lock/,
  );
  assert.equal(bench.read("wrong.tpm"), before);
  assert.equal(bench.wrongPins(), 1);
  bench.tpm.tool("tpm2_dictionarylockout", "-c");
  assert.equal(await signs("wrong", "1111"), SUCCESS);
});

test("the last wrong PIN before a lockout is tried only after a yes", async () => {
  bench.good("-f", "careful", "-N", "1111");
  for (let i = 0; i < 2; i++) bench.bad("-p", "-f", "careful", "-P", "9999", "-N", "1");
  assert.equal(bench.wrongPins(), 2);
  const { status, stdout } = bench.run(["-p", "-f", "careful", "-P", "9999", "-N", "1"], "n\n");
  assert.equal(status, 1);
  assert.match(stdout, /the TPM will be locked for a while\.\nTry it \(y\/n\)\? /);
  assert.equal(bench.wrongPins(), 2);
  const right = bench.run(["-p", "-f", "careful", "-P", "1111", "-N", "2222"], "y\n");
  assert.equal(right.status, 0, right.stderr);
  assert.equal(await signs("careful", "2222"), SUCCESS);
  bench.tpm.tool("tpm2_dictionarylockout", "-c");
});

test("a PIN is taken away, and given again", async () => {
  bench.good("-f", "gone", "-N", "1111");
  bench.good("-p", "-f", "gone", "-P", "1111", "-N", "");
  assert.ok(bench.file("gone.tpm").emptyAuth);
  assert.equal(await signs("gone", ""), SUCCESS);
  const { stderr } = bench.run(["-p", "-f", "gone", "-N", "3333"]);
  assert.equal(stderr, "");
  assert.equal(await signs("gone", "3333"), SUCCESS);
});

test("a key that was made without a PIN gets one with a warning: wrong ones aren't counted", async () => {
  bench.good("-f", "late", "-N", "");
  const { status, stderr } = bench.run(["-p", "-f", "late", "-N", "4444"]);
  assert.equal(status, 0);
  assert.match(stderr, /does not count wrong ones/);
  assert.equal(await signs("late", "4444"), SUCCESS);
});

test("questions at a terminal", async () => {
  bench.good("-f", "asked", "-N", "1111", "-C", "c");
  const { status, stdout } = bench.converse(
    ["-p"],
    `awaits "Enter file in which the key is (${bench.path(".ssh/id_ecdsa.tpm")}): "
     send "asked.tpm\\r"
     awaits "Key has comment 'c'"
     awaits "Enter old passphrase: "
     send "1111\\r"
     awaits "Enter new passphrase (empty for no passphrase): "
     send "5555\\r"
     awaits "Enter same passphrase: "
     send "5555\\r"
     awaits "Your identification has been saved with the new passphrase."`,
  );
  assert.equal(status, 0, stdout);
  assert.doesNotMatch(stdout, /1111|5555/);
  assert.equal(await signs("asked", "5555"), SUCCESS);
});

test("fields of the file that have nothing to do with it are kept", () => {
  bench.good("-f", "rich", "-N", "1111");
  const file = bench.file("rich.tpm");
  file.authPolicies.push(new NamedPolicy(Buffer.from("n"), [new PolicyCommand(0x16c, Buffer.of(0, 0, 1, 0x5d))]));
  file.policy.push(new PolicyCommand(0x16b, Buffer.of()));
  writeFileSync(bench.path("rich.tpm"), file.encode());
  bench.good("-p", "-f", "rich", "-P", "1111", "-N", "2222");
  const after = bench.file("rich.tpm");
  assert.notDeepEqual(after.privateArea, file.privateArea);
  after.privateArea = file.privateArea;
  assert.equal(Buffer.from(after.encode()).toString(), Buffer.from(file.encode()).toString());
});

test("a PIN never crosses the bus", async () => {
  bench.good("-f", "bus", "-N", "secret-one");
  const trace = bench.traced("-p", "-f", "bus", "-P", "secret-one", "-N", "secret-two");
  assert.match(trace, /^write\(\d+, "\\200\\2/m, "commands with sessions were seen");
  assert.ok(!trace.includes("secret-one") && !trace.includes("secret-two"));
  assert.equal(await signs("bus", "secret-two"), SUCCESS);
});

test("an end of the program at any moment leaves a key that works, with the one PIN or the other", async () => {
  bench.good("-f", "killed", "-N", "1111");
  for (let after = 1; after <= 12; after++) {
    await bench.killed(after, "-p", "-f", "killed", "-P", "1111", "-N", "2222");
    const codes = [await signs("killed", "1111"), await signs("killed", "2222")];
    bench.tpm.tool("tpm2_dictionarylockout", "-c");
    assert.ok(codes.includes(SUCCESS), `${after} ms`);
    if (codes[1] === SUCCESS) bench.good("-p", "-f", "killed", "-P", "2222", "-N", "1111");
  }
  assert.equal(bench.leftovers(), "");
});
