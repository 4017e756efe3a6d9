/** ssh-tpm-keygen: new keys, their files, and the questions about both. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SUCCESS } from "../../src/core/tpm/response-code.ts";
import { keygenBench } from "../support/keygen.ts";
import { nativeExecutable } from "../support/native.ts";

const bench = keygenBench();

const kinds = [
  [[], "ecdsa-sha2-nistp256"],
  [["-t", "ecdsa", "-b", "384"], "ecdsa-sha2-nistp384"],
  [["--t=ecdsa", "-b=521"], "ecdsa-sha2-nistp521"],
  [["-t", "rsa"], "ssh-rsa"],
  [["-t", "rsa", "-b", "3072"], "ssh-rsa"],
] as const;

for (const [i, [options, type]] of kinds.entries()) {
  test(`a key of type ${type} ${options.join(" ")}`, async () => {
    const name = `kind${i}`;
    const said = bench.good(...options, "-f", name, "-N", "", "-C", "a comment");
    const fingerprint = execFileSync("ssh-keygen", ["-lf", bench.path(`${name}.pub`)], { encoding: "utf8" }).split(
      " ",
    )[1];
    assert.equal(
      said,
      `Generating a sealed public/private ${type === "ssh-rsa" ? "rsa" : "ecdsa"} key pair.\n` +
        `Your identification has been saved in ${name}.tpm\nYour public key has been saved in ${name}.pub\n` +
        `The key fingerprint is:\n${fingerprint} a comment\n`,
    );
    const line = bench.read(`${name}.pub`);
    assert.ok(line.startsWith(`${type} `) && line.endsWith(" a comment\n"));
    assert.equal(bench.good("--print-pubkey", `${name}.tpm`), line);
    assert.deepEqual([bench.mode(`${name}.tpm`), bench.mode(`${name}.pub`)], ["600", "644"]);
    assert.equal(await bench.sign(name), SUCCESS);
    assert.equal(bench.leftovers(), "");
  });
}

test("a key without a PIN is not stopped by a lockout, one with a PIN is protected by it", () => {
  bench.good("-f", "open", "-N", "");
  bench.good("-f", "closed", "-N", "1234");
  assert.equal(bench.attributes("open.tpm"), 0x00060472);
  assert.equal(bench.attributes("closed.tpm"), 0x00060072);
  assert.deepEqual([bench.file("open.tpm").emptyAuth, bench.file("closed.tpm").emptyAuth], [true, false]);
});

test("the comment is who and where, unless said", () => {
  bench.good("-f", "whose", "-N", "");
  assert.ok(bench.read("whose.pub").endsWith(` ${userInfo().username}@${hostname()}\n`));
  bench.good("-f", "nobody's", "-N", "", "-C", "");
  assert.match(bench.read("nobody's.pub"), /^\S+ \S+\n$/);
  bench.good("-f", "elsewhere", "-N", "", "-C", "naïve ☃");
  assert.ok(bench.read("elsewhere.pub").endsWith(" naïve ☃\n"));
  assert.equal(bench.good("--print-pubkey", "elsewhere.tpm"), bench.read("elsewhere.pub"));
  bench.good("-f", "evil", "-N", "", "-C", "one\nssh-ed25519 AAAA two");
  assert.equal(bench.read("evil.pub").split("\n").length, 2);
});

test("files have their modes whatever the umask, from the first byte on", () => {
  const before = process.umask(0o000);
  try {
    bench.good("-f", "umask", "-N", "");
  } finally {
    process.umask(before);
  }
  assert.deepEqual([bench.mode("umask.tpm"), bench.mode("umask.pub")], ["600", "644"]);
});

test("a no to Overwrite leaves both files as they are, and so does no answer at all", () => {
  bench.good("-f", "kept", "-N", "");
  const files = [bench.read("kept.tpm"), bench.read("kept.pub")];
  for (const answer of ["n\n", "", "\n", "yesterday\n", "y\nn\n"]) {
    const { status, stdout } = bench.run(["-f", "kept", "-N", ""], answer);
    assert.equal(status, 1, answer);
    assert.match(stdout, /kept\.tpm already exists\.\nOverwrite \(y\/n\)\? /);
    assert.doesNotMatch(stdout, /saved/);
    assert.deepEqual([bench.read("kept.tpm"), bench.read("kept.pub")], files, answer);
  }
  const { status } = bench.run(["-f", "kept", "-N", ""], "y\ny\n");
  assert.equal(status, 0);
  assert.notEqual(bench.read("kept.tpm"), files[0]);
  assert.notEqual(bench.read("kept.pub"), files[1]);
});

test("a file that can't be written leaves nothing half-made", { skip: process.getuid!() !== 0 && "not root" }, () => {
  mkdirSync(bench.path("full"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "none", bench.path("full")]);
  try {
    writeFileSync(bench.path("full/filler"), Buffer.alloc(4096));
    assert.match(bench.bad("-f", "full/key", "-N", ""), /unable to write full\/key\.tpm \(out of disk space\)/);
    assert.deepEqual(readdirSync(bench.path("full")), ["filler"]);
  } finally {
    execFileSync("umount", [bench.path("full")]);
  }
});

test("a TPM that goes away in mid-command leaves no files, and is said to have gone", async () => {
  for (let commands = 0; ; commands++) {
    const { status, stderr } = await bench.withDyingTpm(commands, "-f", "dying", "-N", "1234", "--pcrs", "23");
    if (status === 0) {
      assert.ok(commands > 4, "there are some to die in");
      return;
    }
    assert.equal(status, 1);
    assert.match(stderr, /the TPM does not answer|unable to read the PCRs/, `${commands}`);
    assert.deepEqual(
      readdirSync(bench.path(".")).filter((name) => /^dying\.|^\.postern/.test(name)),
      [],
    );
  }
});

test("an end of the program at any moment leaves whole files or none", async () => {
  for (let after = 0; after < 12; after++) {
    await bench.killed(after, "-f", "killed", "-N", "");
    if (existsSync(bench.path("killed.tpm"))) {
      bench.good("--print-pubkey", "killed.tpm");
      rmSync(bench.path("killed.tpm"));
    }
    if (existsSync(bench.path("killed.pub"))) assert.match(bench.read("killed.pub"), /^\S+ \S+ \S+\n$/);
    rmSync(bench.path("killed.pub"), { force: true });
  }
});

test("questions at a terminal: file, PIN twice until they agree, and where it went", async () => {
  const home = bench.path(".ssh");
  rmSync(home, { recursive: true, force: true });
  const { status, stdout } = bench.converse(
    [],
    `awaits "Generating a sealed public/private ecdsa key pair."
     awaits "Enter file in which to save the key (${join(home, "id_ecdsa")}): "
     send "\\r"
     awaits "Enter passphrase (empty for no passphrase): "
     send "1234\\r"
     awaits "Enter same passphrase again: "
     send "4321\\r"
     awaits "Passphrases do not match.  Try again."
     awaits "Enter passphrase (empty for no passphrase): "
     send "1234\\r"
     awaits "Enter same passphrase again: "
     send "1234\\r"
     awaits "Your identification has been saved in ${join(home, "id_ecdsa.tpm")}"
     awaits "SHA256:"`,
  );
  assert.equal(status, 0, stdout);
  assert.doesNotMatch(stdout, /1234|4321/, "what is typed is not shown");
  assert.equal(bench.mode(".ssh"), "700");
  assert.equal(await bench.sign(".ssh/id_ecdsa", "1234"), SUCCESS);
  const again = bench.converse(
    ["-N", ""],
    `awaits "Enter file in which to save the key"
     send "\\r"
     awaits "Overwrite (y/n)? "
     send "n\\r"`,
  );
  assert.equal(again.status, 1, again.stdout);
  assert.equal(await bench.sign(".ssh/id_ecdsa", "1234"), SUCCESS);
});

test("without a terminal a PIN comes from standard input, where an end is none", async () => {
  assert.equal(bench.run(["-f", "piped"], "77\n77\n").status, 0);
  assert.equal(await bench.sign("piped", "77"), SUCCESS);
  assert.equal(bench.run(["-f", "silent"]).status, 0);
  rmSync(bench.path(".ssh"), { recursive: true, force: true });
  assert.equal(bench.run([]).status, 0);
  assert.equal(await bench.sign(".ssh/id_ecdsa"), SUCCESS);
  assert.equal(bench.run([]).status, 1, "but nothing is replaced");
  assert.equal(bench.file("silent.tpm").emptyAuth, true);
});

test("a dialog asks where there is no terminal but a display, and stops when it is closed", async () => {
  const askpass = bench.path("askpass");
  writeFileSync(askpass, '#!/bin/sh\necho "$1" >> "$HOME/asked"\necho 4711\n');
  chmodSync(askpass, 0o755);
  const environment = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force" };
  assert.equal(bench.run(["-f", "asked-for"], "", environment).status, 0);
  assert.equal(await bench.sign("asked-for", "4711"), SUCCESS);
  assert.equal(bench.read("asked"), "Enter passphrase (empty for no passphrase): \nEnter same passphrase again: \n");
  writeFileSync(askpass, "#!/bin/sh\nexit 1\n");
  assert.equal(bench.run(["-f", "refused"], "", environment).status, 1);
  assert.throws(() => bench.read("refused.tpm"));
});

test("a PIN that no TPM takes is refused before anything is done", () => {
  assert.match(bench.bad("-f", "long", "-N", "1".repeat(33)), /at most 32 bytes/);
  bench.good("-f", "just-fits", "-N", "1".repeat(32));
});

test("what can't be is refused before the TPM is touched, or anything asked", () => {
  const impossible: [RegExp, ...string[]][] = [
    [/-t ed25519: not ecdsa or rsa/, "-t", "ed25519"],
    [/ecdsa keys have 256, 384 or 521 bits/, "-b", "224"],
    [/rsa keys have 2048, 3072 or 4096 bits/, "-t", "rsa", "-b", "1024"],
    [/--hierarchy goes with -A/, "--hierarchy", "owner"],
    [/--hierarchy endoresement: not one of owner, endorsement/, "-A", "--hierarchy", "endoresement"],
    [/--parent-handle plattform: not one of/, "--parent-handle", "plattform"],
    [/--parent-handle 0x80000000: not one of/, "--parent-handle", "0x80000000"],
    [/--pcrs 24: not a list of PCRs/, "--pcrs", "24"],
    [/--pcrs 0\+: not a list/, "--pcrs", "0+"],
    [/exclude each other/, "--pcrs", "0", "--policy-key", "x"],
    [/--wrap needs --wrap-with/, "--wrap", "x"],
    [/--wrap-with goes with --wrap/, "--wrap-with", "x"],
    [/--approve needs --pcrs and -f/, "--approve", "x"],
    [/only one thing/, "-p", "-A"],
  ];
  for (const [what, ...words] of impossible) {
    const { status, stdout, stderr } = bench.run([...words, "--tpm", "/nonexistent"]);
    assert.match(stderr, what);
    assert.deepEqual([status, stdout], [1, ""], words.join(" "));
  }
});

test("what is no option, or lacks its value, is refused with 2", () => {
  for (const words of [["--nosuchflag"], ["-f"], ["-b", "many"], ["word"]]) {
    const { status, stdout, stderr } = bench.run(words);
    assert.match(stderr, /usage: ssh-tpm-keygen/);
    assert.deepEqual([status, stdout], [2, ""], words.join(" "));
  }
  assert.equal(bench.run(["-help"]).status, 0);
});

test("with standard output closed nothing is written into the key's file but the key", () => {
  const words = [nativeExecutable("ssh-tpm"), "ssh-tpm-keygen", "-f", bench.path("closed-output"), "-N", ""];
  const closed = ["-c", 'exec "$@" <&- >&-', "sh", ...words, "--tpm", bench.tpm.name];
  execFileSync("sh", closed, { stdio: "ignore" });
  assert.match(
    bench.read("closed-output.tpm"),
    /^Comment: \S+\nParent name: [0-9a-f]+\n-----BEGIN[^]*-----END TSS2 PRIVATE KEY-----\n$/,
  );
  assert.match(bench.read("closed-output.pub"), /^\S+ \S+ \S+\n$/);
});

test("what needs no TPM is done without one, and what needs one says where it looked", () => {
  const environment = { POSTERN_TPM: "/nonexistent" };
  bench.good("-f", "printed", "-N", "", "-C", "c");
  assert.equal(bench.run(["--print-pubkey", "printed.tpm"], "", environment).stdout, bench.read("printed.pub"));
  for (const words of [["--supported"], ["--status"], ["-f", "never", "-N", ""]]) {
    const { status, stderr } = bench.run(words, "", environment);
    assert.equal(status, 1);
    assert.match(stderr, /unable to open the TPM \/nonexistent: file does not exist/);
  }
  assert.match(bench.bad("--print-pubkey", "nofile"), /nofile \(file does not exist\)/);
  writeFileSync(bench.path("no-key"), "ssh-ed25519 AAAA");
  assert.match(bench.bad("--print-pubkey", "no-key"), /no TPM key: there is no line -----BEGIN TSS2 PRIVATE KEY-----/);
});

test("what the TPM can make, and what it is", () => {
  assert.equal(bench.good("--supported"), "ecdsa bit lengths: 256 384 521\nrsa bit lengths: 2048 3072\n");
  const status = bench.good("--status");
  assert.match(status, /^TPM: 2\.0 revision 1\.\d\d, IBM SW/);
  assert.match(status, /hashes: sha256 sha384 sha512\n/);
  assert.match(status, /passwords: none is set\n/);
  assert.match(status, /wrong PINs: 0 of 3 allowed, one is forgotten every 1000 seconds/);
  assert.match(status, /loaded: 0 objects, 0 sessions\n/);
});
