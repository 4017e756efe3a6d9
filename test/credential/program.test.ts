/** postern-seal and postern-unseal: files, command lines, exit statuses; and credentials for other machines. */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { credentialBench, systemds } from "../support/credentials.ts";
import { nativeExecutable } from "../support/native.ts";
import { Swtpm } from "../support/swtpm.ts";

const bench = credentialBench();
/** As systemd has it: whose it is, and the secret. */
const hostSecret = (): Buffer => randomBytes(16 + 4096);
before(() => bench.write("host.secret", hostSecret()));

const sealed = (words: string[], data: string | Uint8Array = "secret"): Buffer =>
  bench.good(bench.seal([...words, "-", "-"], data));

describe("files", () => {
  const command = nativeExecutable("postern");

  test("they are for their owner alone, and appear as a whole", () => {
    bench.write("plain", "secret");
    bench.good(bench.run("sh", ["-c", `umask 0; ${command} seal plain sealed && ${command} unseal sealed open`]));
    for (const name of ["sealed", "open"]) assert.equal(statSync(bench.path(name)).mode & 0o777, 0o600);
    assert.equal(bench.read("open").toString(), "secret");
    const trace = ["-f", "-e", "trace=open,openat,creat,chmod,fchmod,write,fsync,fdatasync,rename,renameat,renameat2"];
    const words = ["postern-unseal", "--force", "sealed", "open"];
    const { status, stderr } = bench.run("strace", [...trace, command, ...words], "", { POSTERN_TPM: bench.tpm.name });
    assert.equal(status, 0, stderr);
    const calls = stderr.split("\n");
    const made = calls.findIndex((call) => /O_CREAT.*O_EXCL.*, 0600\)/.test(call));
    const descriptor = / = (\d+)$/.exec(calls[made]!)![1];
    const order = [`fchmod(${descriptor}, 0600)`, `write(${descriptor}, "secret"`, `fsync(${descriptor})`, "rename"];
    const places = order.map((start) => calls.findIndex((call, i) => i > made && call.includes(start)));
    assert.ok(
      places.every((place, i) => place > (i === 0 ? made : places[i - 1]!)),
      stderr,
    );
    assert.ok(!calls.some((call) => /O_CREAT/.test(call) && call.includes('"open"')), "not under its name");
    assert.deepEqual(
      readdirSync(bench.path("")).filter((name) => name.startsWith(".postern-")),
      [],
    );
  });

  test("nothing is replaced without --force, and then only by what is whole", () => {
    bench.write("plain", "secret");
    for (const [words, name] of [
      [["seal", "plain"], "taken"],
      [["unseal", "--name", "", "sealed"], "taken"],
    ] as const) {
      bench.write(name, "old");
      const { status, stderr } = bench.run(command, [...words, name]);
      assert.equal(status, 111);
      assert.match(stderr, /: fatal: unable to write taken; --force replaces it \(file already exists\)\n$/);
      assert.equal(bench.read(name).toString(), "old");
      bench.good(bench.run(command, [words[0], "--force", ...words.slice(1), name]));
      assert.notEqual(bench.read(name).toString(), "old");
    }
    bench.write("broken", "no credential");
    bench.write("taken", "old");
    assert.equal(bench.unseal(["--force", "broken", "taken"]).status, 1);
    assert.equal(bench.read("taken").toString(), "old");
  });

  test("what can't be read or written", () => {
    for (const outcome of [
      bench.seal(["nowhere", "-"]),
      bench.unseal(["nowhere"]),
      bench.seal(["-", "nowhere/file"], "secret"),
      bench.unseal(["-", "nowhere/file"], sealed([])),
      bench.seal(["-", "-"], Buffer.alloc(1048577)),
      bench.unseal(["-"], Buffer.alloc(1638401, "A")),
      bench.seal(["--public-key", "nowhere", "-", "-"]),
      bench.seal(["--pcr-values", "nowhere", "-", "-"]),
      bench.seal(["--for-srk", "nowhere", "-", "-"]),
    ]) {
      assert.equal(outcome.status, 111, outcome.stderr);
      assert.match(outcome.stderr, /^postern-(un)?seal: fatal: .+\n$/);
      assert.equal(outcome.stdout.length, 0);
    }
    bench.good(bench.unseal(["-"], sealed(["--with-key=host"], Buffer.alloc(1048576))));
  });

  test("its name is the output's, and the input's", () => {
    bench.write("plain", "secret");
    bench.good(bench.seal(["--force", "plain", "named"]));
    assert.equal(bench.unseal(["--name", "other", "named"]).status, 3);
    bench.good(bench.unseal(["named"]));
    bench.write("other", bench.read("named"));
    assert.equal(bench.unseal(["other"]).status, 3);
    bench.good(bench.unseal(["--name", "named", "other"]));
    bench.good(bench.unseal(["-"], bench.read("named")));
  });
});

test("blanks and line ends may be anywhere", () => {
  const text = sealed([]).toString();
  for (const other of [text.replaceAll("\n", ""), text.replaceAll("\n", " \r\n\t"), [...text].join(" ")]) {
    assert.equal(bench.good(bench.unseal(["-"], other)).toString(), "secret");
  }
});

test("why a credential can't be opened, by exit status", async () => {
  const tpm = sealed([]);
  const host = sealed(["--with-key=host"]);
  const cases: [status: number, words: string[], input: Buffer | string, message: RegExp][] = [
    [1, [], "", /it is no credential, of an unknown kind, or damaged/],
    [1, [], tpm.subarray(0, -3), /it is no credential/],
    [1, [], Buffer.from(randomBytes(300).toString("base64")), /it is no credential/],
    [1, [], damaged(tpm, -1), /: it is damaged\n/],
    [1, [], damaged(host, -1), /it is damaged, or another machine has sealed it/],
    [2, [], sealed(["--with-key", "null"]), /it is not encrypted with any key/],
    [3, ["--name", "b"], sealed(["--name", "a"]), /it is to be used as a, not as b/],
    [7, ["--tpm", "/nowhere"], tpm, /unable to open the TPM \/nowhere: .+/],
    [7, ["--tpm", "nonsense"], tpm, /not a TPM's name/],
  ];
  for (const [expected, words, input, message] of cases) {
    const { status, stdout, stderr } = bench.unseal([...words, "-"], input);
    assert.equal(status, expected, stderr);
    assert.equal(stdout.length, 0);
    assert.match(stderr, message);
    assert.match(stderr, /^postern-unseal: fatal: unable to unseal -: .+\n$/);
  }
  const without = bench.unseal(["-"], host, { SYSTEMD_CREDENTIAL_SECRET: "/nowhere/secret" });
  assert.equal(without.status, 8);
  assert.match(without.stderr, /the machine has no secret to open it with: \/nowhere\/secret\n$/);
  bench.write("other.secret", hostSecret());
  assert.equal(bench.unseal(["-"], host, { SYSTEMD_CREDENTIAL_SECRET: bench.path("other.secret") }).status, 1);
  assert.equal(bench.leftovers(), "");
});

/** With one bit of one byte changed; `at` counts from the end if it is negative. */
function damaged(text: Buffer, at: number, bit = 1): Buffer {
  const bytes = Buffer.from(text.toString(), "base64");
  bytes[at < 0 ? bytes.length + at : at]! ^= bit;
  return Buffer.from(bytes.toString("base64"));
}

test("no damage of one byte is taken, wherever it is", () => {
  const text = sealed(["--pcrs", "23"]);
  const length = Buffer.from(text.toString(), "base64").length;
  for (let at = 0; at < length; at += 7) {
    const { status, stdout } = bench.unseal(["-"], damaged(text, at, 1 << (at % 8)));
    assert.ok([1, 2, 5, 6, 7, 8, 9].includes(status!), `byte ${at}: ${status}`);
    assert.equal(stdout.length, 0);
  }
  assert.equal(bench.leftovers(), "");
});

test("wrong command lines", () => {
  for (const words of [
    ["-"],
    ["-", "-", "-"],
    ["--with-key=tpm", "-", "-"],
    ["--name", "a/b", "-", "-"],
    ["--name", "..", "-", "-"],
    ["--pcrs", "24", "-", "-"],
    ["--pcrs", "", "-", "-"],
    ["--pcrs=7", "--with-key=host", "-", "-"],
    ["--public-key=f", "--with-key=null", "-", "-"],
    ["--public-key-pcrs=11", "-", "-"],
    ["--not-after=yesterday", "-", "-"],
    ["--not-after=2020-01-01", "-", "-"],
    ["--not-after=+0", "-", "-"],
    ["--for-srk=f", "--with-key=host+tpm2", "-", "-"],
    ["--for-srk=f", "--pcrs=7", "-", "-"],
    ["--for-srk=f", "--with-key=auto", "-", "-"],
    ["--save-pcrs=f", "--pcrs=none", "-", "-"],
  ]) {
    const { status, stdout, stderr } = bench.seal(words, "secret");
    assert.equal(status, 100, words.join(" "));
    assert.equal(stdout.length, 0);
    assert.match(stderr, /^postern-seal: .+\nusage: postern-seal \[options\] INPUT OUTPUT\n$/);
  }
  for (const words of [[], ["-", "-", "-"], ["--name", "a:b", "-"], ["--with-key=tpm2", "-"]]) {
    assert.equal(bench.unseal(words).status, 100);
  }
});

test("auto takes what there is", () => {
  const kindOf = (text: Buffer): string => Buffer.from(text.toString(), "base64").toString("hex", 0, 4);
  const without = { SYSTEMD_CREDENTIAL_SECRET: "/nowhere/secret" };
  const auto = ["--with-key=auto", "-", "-"];
  assert.equal(kindOf(bench.good(bench.seal(auto, "s"))), "93a89409");
  assert.equal(kindOf(bench.good(bench.seal(auto, "s", without))), "0c7cc07b");
  assert.equal(kindOf(bench.good(bench.seal(["--tpm", "/nowhere", ...auto], "s"))), "5a1c6a86");
  const bound = bench.seal(["--tpm", "/nowhere", "--pcrs", "7", ...auto], "s");
  assert.equal(bound.status, 111, "what is to be bound to PCRs is not sealed without them");
  const none = bench.seal(["--tpm", "/nowhere", ...auto], "s", without);
  assert.equal(none.status, 111);
  assert.match(none.stderr, /there is neither a TPM nor systemd's host secret/);
  assert.equal(bench.seal(["--with-key=host", "-", "-"], "s", without).status, 111);
  assert.equal(bench.seal(["--tpm", "/nowhere", "-", "-"], "s").status, 111);
});

test("what is worth a warning", () => {
  const warning = (...words: string[]): string => bench.seal([...words, "-", "-"], "secret").stderr;
  assert.match(warning("--with-key=null"), /warning: sealed with no key/);
  assert.match(warning("--pcrs=16"), /warning: nothing was measured into PCR 16/);
  assert.match(warning("--pcrs=none"), /warning: bound to no PCR/);
  bench.extend(23);
  assert.equal(warning("--pcrs=16+23"), "");
  assert.equal(warning("--with-key=host"), "");
  bench.tpm.tool("tpm2_pcrreset", "23");
});

test("values of PCRs, as tpm2_pcrread prints them", () => {
  bench.write("list", bench.tpm.tool("tpm2_pcrread", "sha1:0,1+sha256:0,16"));
  const text = sealed(["--pcrs", "0+16", "--pcr-values", "list"]);
  bench.good(bench.unseal(["-"], text));
  const missing = bench.seal(["--pcrs", "0+1", "--pcr-values", "list", "-", "-"], "s");
  assert.equal(missing.status, 111);
  assert.match(missing.stderr, /list: not all of PCR 0\+1\n$/);
  bench.write(
    "future",
    bench
      .read("list")
      .toString()
      .replace(/(16\s*: 0x).+/, `$1${"AB".repeat(32)}`),
  );
  assert.equal(bench.unseal(["-"], sealed(["--pcrs", "16", "--pcr-values", "future"])).status, 5);
});

test("keys that nobody signs states with", () => {
  const keys = {
    ec: generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey,
    small: generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey,
    ed: generateKeyPairSync("ed25519").publicKey,
  };
  for (const [name, key] of Object.entries(keys)) {
    bench.write(name, key.export({ format: "pem", type: "spki" }));
    const { status, stderr } = bench.seal(["--public-key", name, "-", "-"], "secret");
    assert.equal(status, 111);
    assert.match(stderr, /: no RSA public key in PEM, of 2048 to 4096 bits: systemd opens nothing for others\n$/);
  }
});

describe("for another machine's TPM", () => {
  const other = new Swtpm();
  const legacy = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth";
  before(async () => {
    await other.start();
    for (const [name, kind, attributes] of [
      ["legacy", "ecc256:aes128cfb", legacy],
      ["root", "ecc256:aes128cfb", `${legacy}|noda`],
      ["rsa", "rsa2048:aes128cfb", legacy],
    ] as const) {
      other.tool("tpm2_createprimary", "-Q", "-C", "o", "-G", kind, "-a", attributes, "-c", name);
      other.tool("tpm2_readpublic", "-Q", "-c", name, "-o", bench.path(`${name}.pub`));
      other.tool("tpm2_readpublic", "-Q", "-c", name, "-f", "pem", "-o", bench.path(`${name}.pem`));
      other.tool("tpm2_flushcontext", "-t");
      if (name === "root") other.tool("tpm2_evictcontrol", "-Q", "-C", "o", "-c", name, "0x81000001");
      other.tool("tpm2_flushcontext", "-t");
    }
  });
  after(() => other.remove());

  for (const file of ["legacy.pem", "legacy.pub", "root.pem", "root.pub", "rsa.pem", "rsa.pub"]) {
    test(`${file}: that one opens it, this one doesn't`, () => {
      const text = sealed(["--for-srk", file, "--tpm", "/nowhere"]);
      assert.equal(bench.good(bench.unseal(["--tpm", other.name, "-"], text)).toString(), "secret");
      const here = bench.unseal(["-"], text);
      assert.equal(here.status, 6, here.stderr);
      assert.equal(here.stdout.length, 0);
      assert.equal(other.tool("tpm2_getcap", "handles-transient") + bench.leftovers(), "");
    });
  }

  test("bound to PCRs of that one", () => {
    bench.write("values", other.tool("tpm2_pcrread", "sha256:16,23"));
    const text = sealed(["--for-srk", "legacy.pub", "--pcrs", "16+23", "--pcr-values", "values"]);
    bench.good(bench.unseal(["--tpm", other.name, "-"], text));
    other.tool("tpm2_pcrextend", `23:sha256=${"5".repeat(64)}`);
    const { status, stderr } = bench.unseal(["--tpm", other.name, "--pcr-values", "values", "-"], text);
    assert.equal(status, 5);
    assert.match(stderr, /; PCR 23 differs\n$/);
  });

  const [, newer] = systemds();
  test("Debian 13's systemd-creds opens what is for its own storage root key", { skip: newer!.skip }, () => {
    const decrypt = (text: Buffer): string => {
      const words = ["decrypt", "--name=one", `--tpm2-device=${other.name}`, "-", "-"];
      const { stdout } = bench.run(newer!.program, words, text);
      for (const kind of ["-t", "-l", "-s"]) other.tool("tpm2_flushcontext", kind);
      return stdout.toString();
    };
    assert.equal(decrypt(sealed(["--for-srk", "legacy.pem", "--name=one"])), "secret");
    assert.equal(decrypt(sealed(["--for-srk", "rsa.pub", "--name=one"])), "secret");
    assert.equal(decrypt(sealed(["--for-srk", "root.pem", "--name=one"])), "", "nor any other");
  });
});
