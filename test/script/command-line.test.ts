/** The multi-call executable's names, every program's help and version, and the log's forms. */
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../../src/core/version.ts";
import { Workshop, type Result, type RunOptions } from "../support/side-by-side.ts";

const postern = new Workshop("postern");
const tinysshd = new Workshop("tinysshd");
const sshTpm = new Workshop("ssh-tpm");
after(() => {
  sshTpm.remove();
  postern.remove();
  tinysshd.remove();
});

const programs: [name: string, short: string][] = [
  ["tinysshd", "sshd"],
  ["tinysshnoneauthd", "noneauthd"],
  ["tinysshd-makekey", "makekey"],
  ["tinysshd-printkey", "printkey"],
  ["tinyssh-convert", "convert"],
  ["tinyssh-keyconvert", "keyconvert"],
  ["postern-seal", "seal"],
  ["postern-unseal", "unseal"],
];

const tpmPrograms: [name: string, short: string][] = [
  ["ssh-tpm-keygen", "keygen"],
  ["ssh-tpm-agent", "agent"],
  ["ssh-tpm-add", "add"],
  ["ssh-tpm-hostkeys", "hostkeys"],
];

function run(name: string, words: string[], options?: RunOptions, workshop = postern): Result {
  return workshop.run(workshop.ours(name), words, workshop.room("work"), options);
}

/** What any program's help and version are. */
function helps(name: string, workshop: Workshop): void {
  const help = run(name, ["--help"], {}, workshop);
  assert.deepEqual([help.status, help.stderr], [0, ""]);
  assert.ok(help.stdout.startsWith(`usage: ${name} `), help.stdout);
  for (const line of help.stdout.split("\n")) assert.ok(line.length <= 120, line);
  const version = { status: 0, stdout: `${name} (postern) ${VERSION}\n`, stderr: "" };
  assert.deepEqual(run(name, ["--version"], {}, workshop), version);
}

for (const [name, short] of programs) {
  test(`${name} --help, --version, and no words at all`, () => {
    helps(name, postern);
    const bare = run(name, []);
    assert.deepEqual([bare.status, bare.stdout], [100, ""]);
    assert.match(bare.stderr, new RegExp(`^${name}: missing operand\nusage: ${name} .+\n$`));
  });

  test(`postern ${name} and postern ${short} are ${name}`, () => {
    const own = run(name, ["--help"]);
    assert.deepEqual(run("postern", [name, "--help"]), own);
    assert.deepEqual(run("postern", [short, "--help"]), own);
    assert.deepEqual(run("postern", [short, "--nonsense"]), run(name, ["--nonsense"]));
  });
}

for (const [name, short] of tpmPrograms) {
  test(`${name}: in both executables, by each of its names, with Go's grammar`, () => {
    for (const [executable, workshop] of [
      ["postern", postern],
      ["ssh-tpm", sshTpm],
    ] as const) {
      helps(name, workshop);
      const own = run(name, ["--help"], {}, workshop);
      for (const words of [
        [name, "-h"],
        [short, "-help"],
        [short, "--h"],
      ]) {
        assert.deepEqual(run(executable, words, {}, workshop), own);
      }
    }
    const unknown = run(name, ["--nonsense"]);
    assert.deepEqual([unknown.status, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, new RegExp(`^${name}: unknown option --nonsense\nusage: ${name} .+\n$`));
  });
}

test("Go's grammar: one dash or two, values, switches, and where options end", () => {
  const reached = /unable to reach the agent at \/nowhere \(file does not exist\)\n$/;
  const accepted = [
    ["-c"],
    ["--c"],
    ["-c=true", "-q=0"],
    ["-t", "5"],
    ["--t=1h30m"],
    ["-c", "-", "-x"],
    ["--", "--c"],
    ["f", "--y"],
  ];
  const environment = { SSH_TPM_AUTH_SOCK: "/nowhere" };
  for (const words of accepted) {
    const { status, stderr } = run("ssh-tpm-add", words, { environment });
    assert.match(stderr, reached, words.join(" "));
    assert.equal(status, 1);
  }
  assert.equal(run("ssh-tpm-add", ["-l=f", "-l"], { environment }).status, 2, "as ssh-add");
  for (const [words, message] of [
    [["-cq"], "unknown option -cq"],
    [["---c"], "unknown option ---c"],
    [["-=c"], "unknown option -=c"],
    [["-c=maybe"], "-c maybe: not true or false"],
    [["-t"], "-t needs a value: LIFE"],
    [["-t", "1y"], "-t 1y: not a time, such as 90, 10m or 1h30m"],
    [["-l", "-d"], "-l and -d exclude each other"],
    [["-D", "word"], "unexpected word: word"],
    [["-T"], "missing operand"],
  ] as const) {
    const { status, stderr } = run("ssh-tpm-add", [...words], { environment });
    assert.equal(stderr, `ssh-tpm-add: ${message}\nusage: ssh-tpm-add [options] [file ...]\n`);
    assert.equal(status, 2);
  }
});

test("every option in a help text is understood", () => {
  for (const [name] of programs) {
    const { stdout } = run(name, ["--help"]);
    const words = [...stdout.matchAll(/^ {2}(?:(-\S)(?:, | |$)|) *(--[a-z-]+)?/gm)].flatMap((match) => match.slice(1));
    const options = words.filter((word) => word !== undefined && !/^--(help|version)$|^-h$/.test(word));
    assert.ok(options.length > 0 || name === "tinysshd-printkey");
    for (const option of options) {
      const { stderr } = run(name, [option!, "1"]);
      assert.doesNotMatch(stderr, /unknown option/, `${name} ${option}`);
    }
  }
});

test("postern without a program, or with one that there is none of, lists them", () => {
  const bare = run("postern", []);
  assert.deepEqual([bare.status, bare.stdout], [100, ""]);
  for (const [name, short] of [...programs, ...tpmPrograms])
    assert.match(bare.stderr, new RegExp(`^ +${short} +${name} +\\S`, "m"));
  const unknown = run("postern", ["no\x1b[31msuch"]);
  assert.equal(unknown.status, 100);
  assert.ok(unknown.stderr.startsWith("postern: unknown program no?[31msuch\nusage: "), unknown.stderr);
  assert.deepEqual(run("postern", ["--help"]), { status: 0, stdout: bare.stderr, stderr: "" });
  assert.deepEqual(run("postern", ["--version"]), { status: 0, stdout: `postern ${VERSION}\n`, stderr: "" });
});

test("the tinysshd executable is the server under any name but the key tools'", () => {
  for (const name of ["tinysshd", "sshd-of-ours"]) {
    const path = join(tinysshd.folder, "programs", name);
    if (name !== "tinysshd") symlinkSync("../executable", path);
    assert.match(tinysshd.run(path, ["--help"], "/").stdout, /^usage: tinysshd \[options\] keydir/);
  }
  assert.match(run("tinysshnoneauthd", ["--help"], {}, tinysshd).stdout, /^usage: tinysshnoneauthd /);
  assert.match(run("tinysshd-makekey", ["--help"], {}, tinysshd).stdout, /^usage: tinysshd-makekey /);
  assert.match(run("tinysshd-printkey", ["--help"], {}, tinysshd).stdout, /^usage: tinysshd-printkey /);
});

test("a caller that gives the program no name gets the server, or the list", () => {
  const [server, list] = [tinysshd, postern].map((workshop) =>
    workshop.run("bash", ["-c", 'exec -a "" "$1"', "bash", join(workshop.folder, "executable")], "/"),
  );
  assert.match(server!.stderr, /^tinysshd: missing operand\n/);
  assert.match(list!.stderr, /^usage: postern PROGRAM/);
});

test("options as bundles, with values in the same word or the next; long ones with = or without", () => {
  const rejected: [words: string[], message: string][] = [
    [["-vvz"], "unknown option -z"],
    [["-vx"], "-x needs a value: name=command"],
    [["--nonsense=1"], "unknown option --nonsense"],
    [["--log"], "--log needs a value: text|json"],
    [["--log=yaml", "keys"], "--log yaml: not text or json"],
    [["-vxnonsense", "keys"], "-x nonsense: not name=command"],
    [["-x", "nonsense", "keys"], "-x nonsense: not name=command"],
    [["--login-timeout=0", "keys"], "--login-timeout 0: not a number from 1 to 1000000000000000"],
    [["--rekey-bytes", "9e9", "keys"], "--rekey-bytes 9e9: not a number from 1 to 1000000000000000"],
    [["--keepalive=", "keys"], "--keepalive : not a number from 0 to 1000000000000000"],
    [["-é"], "unknown option -?"],
    [["keys", "--listen", "127.0.0.1:22"], "--listen comes too late: options go first"],
  ];
  for (const [words, message] of rejected) {
    const result = run("tinysshd", words);
    assert.equal(result.status, 100);
    assert.equal(result.stderr, `tinysshd: ${message}\nusage: tinysshd [options] keydir\n`, words.join(" "));
  }
  const accepted = [
    ["-vvxsftp=/bin/false", "-qlL", "missing"],
    ["-x", "sftp=/bin/false", "-e", "-command", "--", "missing"],
    ["--log=text", "--log", "text", "-", "missing"],
    ["missing", "-z", "ignored", "as", "TinySSH", "does"],
  ];
  for (const words of accepted) assert.equal(run("tinysshd", words).status, 111, words.join(" "));
});

test("the log as text: TinySSH's line", () => {
  const { status, stderr } = run("tinysshd", ["missing\n\x07"]);
  assert.equal(status, 111);
  assert.match(stderr, /^tinysshd: (\w+: )?fatal: [ -~]*missing\?\?[ -~]* \(file does not exist\)\n$/);
  assert.deepEqual(run("tinysshd", ["-q", "missing"]), { status: 111, stdout: "", stderr: "" });
});

test("the log as JSON: one object with the same content", () => {
  const { stderr } = run("tinysshd", ["--log=json", 'miss"\\\ning']);
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0]!) as Record<string, string>;
  assert.ok(Math.abs(Date.parse(line.time!) - Date.now()) < 60_000, line.time);
  assert.deepEqual([line.level, line.program, line.error], ["fatal", "tinysshd", "file does not exist"]);
  assert.ok(line.message!.includes('miss"\\?ing'), line.message);
});

/** How systemd names a file in JOURNAL_STREAM. */
function identity(path: string): string {
  const descriptor = openSync(path, "r");
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  closeSync(descriptor);
  return `${dev}:${ino}`;
}

test("the journal is given priorities, and nothing else is", () => {
  const room = postern.room("journal");
  const stderrOf = (stream: (file: string) => string): string => {
    const path = join(room, "stderr");
    const descriptor = openSync(path, "w");
    try {
      execFileSync(postern.ours("tinysshd"), ["missing"], {
        cwd: room,
        env: { ...process.env, JOURNAL_STREAM: stream(path) },
        stdio: ["ignore", "ignore", descriptor],
      });
    } catch {
      // it fails: that is what it is to report
    } finally {
      closeSync(descriptor);
    }
    return readFileSync(path, "utf8");
  };
  assert.match(stderrOf(identity), /^<3>tinysshd: .*fatal: /);
  assert.match(
    stderrOf((path) => `${identity(path)}1`),
    /^tinysshd: .*fatal: /,
  );
  assert.match(
    stderrOf(() => ""),
    /^tinysshd: .*fatal: /,
  );
});
