/** `postern initramfs stage`: every mistake that would keep people out keeps an image from being built. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeKey } from "../support/keys.ts";
import { nativeExecutable } from "../support/native.ts";
import { KEYDIR, withSystem, type MadeUpSystem } from "../support/staging.ts";
import { Swtpm } from "../support/swtpm.ts";

describe("mistakes keep an image from being built", () => {
  const tpm = new Swtpm();
  before(() => tpm.start());
  after(() => tpm.remove());

  /** Nothing is left, and there is one line about what is wrong. */
  function refuses(system: MadeUpSystem, what: RegExp, words: string[] = [], status = 111): void {
    const outcome = system.stage("dracut", ["--tpm", tpm.name, ...words]);
    assert.equal(outcome.status, status, outcome.stderr);
    assert.equal(outcome.stdout, "");
    const lines = outcome.stderr.split("\n").filter((line) => line !== "" && !line.includes(": warning: "));
    assert.equal(lines.length, status === 100 ? 2 : 1, outcome.stderr);
    assert.match(lines[0]!, what);
    assert.match(lines[0]!, status === 100 ? /^postern-initramfs stage: / : /^postern-initramfs: fatal: /);
    assert.deepEqual(
      readdirSync(system.root).filter((name) => name === "tree" || name.startsWith(".postern")),
      [],
    );
  }

  /** Each puts something wrong into a system with a bare host key. */
  const mistakes: [name: string, what: RegExp, change: (system: MadeUpSystem) => void][] = [
    ["no host key", /missing SSH host key: no .*tinysshd-makekey/, (s) => rmSync(s.at(KEYDIR), { recursive: true })],
    [
      "no host key where it was said to be, though the machine has one",
      /missing SSH host key: no .* in .*\/etc\/keys: /,
      (s) => {
        mkdirSync(s.at("/etc/ssh"));
        makeKey(s.at("/etc/ssh/ssh_host_ed25519_key"));
        s.configure("SD_TINYSSH_KEYDIR=/etc/keys\n");
      },
    ],
    ["no public half", /unable to read .*\/ed25519\.pk \(/, (s) => rmSync(s.at(`${KEYDIR}/ed25519.pk`))],
    [
      "halves of two keys",
      /unable to use the key in .*sshkeydir: /,
      (s) => {
        s.makeKey("/other");
        copyFileSync(s.at("/other/ed25519.pk"), s.at(`${KEYDIR}/ed25519.pk`));
      },
    ],
    ["half a key", /unable to use the key in .*sshkeydir: /, (s) => s.file(`${KEYDIR}/.ed25519.sk`, "short", 0o600)],
    [
      "a key that others can read",
      /unable to use .*\.ed25519\.sk: others have rights on it: chmod 600$/,
      (s) => chmodSync(s.at(`${KEYDIR}/.ed25519.sk`), 0o640),
    ],
    [
      "a key that is a folder",
      /unable to use .*\.ed25519\.sk: it is no file$/,
      (s) => {
        rmSync(s.at(`${KEYDIR}/.ed25519.sk`));
        mkdirSync(s.at(`${KEYDIR}/.ed25519.sk`));
      },
    ],
    [
      "a machine's key with a passphrase",
      /unable to convert .*: it is encrypted$/,
      (s) => {
        rmSync(s.at(KEYDIR), { recursive: true });
        mkdirSync(s.at("/etc/ssh"));
        const words = ["-q", "-t", "ed25519", "-N", "secret", "-f", s.at("/etc/ssh/ssh_host_ed25519_key")];
        execFileSync("ssh-keygen", words);
      },
    ],
    [
      "a machine's key of another type",
      /unable to convert .*: it is of another type$/,
      (s) => {
        rmSync(s.at(KEYDIR), { recursive: true });
        mkdirSync(s.at("/etc/ssh"));
        makeKey(s.at("/etc/ssh/ssh_host_ed25519_key"), "ecdsa");
      },
    ],
    [
      "no authorized_keys",
      /unable to read .*\/root\/\.ssh\/authorized_keys \(/,
      (s) => rmSync(s.at("/root/.ssh/authorized_keys")),
    ],
    ["nobody's key", /authorized_keys: no key in it lets anybody in$/, (s) => s.file("/root/.ssh/authorized_keys", "")],
    [
      "only a key that is not taken",
      /authorized_keys: no key in it lets anybody in$/,
      (s) => {
        execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", s.at("/rsa")]);
        copyFileSync(s.at("/rsa.pub"), s.at("/root/.ssh/authorized_keys"));
      },
    ],
    [
      "more authorized_keys than the server reads",
      /unable to read .*authorized_keys \(/,
      (s) => s.file("/root/.ssh/authorized_keys", `${s.user.line}\n`.padEnd(1048577, "#")),
    ],
    ["no script", /unable to read .*\/etc\/script \(/, (s) => s.configure("SD_TINYSSH_SCRIPT=/etc/script\n")],
    [
      "both a command and a script",
      /initramfs\.conf: SD_TINYSSH_COMMAND and SD_TINYSSH_SCRIPT exclude each other$/,
      (s) => {
        s.file("/etc/script", "");
        s.configure("SD_TINYSSH_COMMAND=id\nSD_TINYSSH_SCRIPT=/etc/script\n");
      },
    ],
    [
      "a command, and yet a shell",
      /SD_TINYSSH_COMMAND and POSTERN_LOGIN exclude each other$/,
      (s) => s.configure("SD_TINYSSH_COMMAND=id\nPOSTERN_LOGIN=shell\n"),
    ],
    [
      "a script, and yet no shell",
      /SD_TINYSSH_SCRIPT and POSTERN_LOGIN=unlock exclude each other$/,
      (s) => {
        s.file("/etc/script", "");
        s.configure("SD_TINYSSH_SCRIPT=/etc/script\nPOSTERN_LOGIN=unlock\n");
      },
    ],
    [
      "a shell that takes no commands",
      /POSTERN_LOGIN=shell and POSTERN_REMOTE_COMMANDS=no exclude each other$/,
      (s) => s.configure("POSTERN_LOGIN=shell\nPOSTERN_REMOTE_COMMANDS=no\n"),
    ],
    [
      "a command that is too long",
      /initramfs\.conf:2: SD_TINYSSH_COMMAND has more than 16384 bytes$/,
      (s) => s.configure(`\nSD_TINYSSH_COMMAND=${"a".repeat(16385)}\n`),
    ],
    [
      "a setting that is unknown",
      /initramfs\.conf:3: unknown setting SD_TINYSSH_PROT$/,
      (s) => s.configure("# the port\n\nSD_TINYSSH_PROT=23\n"),
    ],
    [
      "a setting that a shell would read in another way",
      /initramfs\.conf:2: a shell would not take \$ as it is: it has to be in single quotes$/,
      (s) => s.configure('\nSD_TINYSSH_COMMAND="echo $HOME"\n'),
    ],
    [
      "a folder that is none",
      /initramfs\.conf:1: SD_TINYSSH_KEYDIR keys: not an absolute path$/,
      (s) => s.configure("SD_TINYSSH_KEYDIR=keys\n"),
    ],
    [
      "neither yes nor no",
      /initramfs\.conf:1: POSTERN_FALLBACK maybe: not yes or no$/,
      (s) => s.configure("POSTERN_FALLBACK=maybe\n"),
    ],
    [
      "neither a shell nor postern unlock",
      /initramfs\.conf:1: POSTERN_LOGIN bash: not unlock or shell$/,
      (s) => s.configure("POSTERN_LOGIN=bash\n"),
    ],
    ...["0", "65536", "22abc", "09", "020", "0x16", "+22", "-1", "2 2", "20+2", "1e3", "99999999999", "é"].map(
      (port): [string, RegExp, (system: MadeUpSystem) => void] => [
        `port ${port}`,
        /initramfs\.conf:1: SD_TINYSSH_PORT .*: not a number from 1 to 65535$/,
        (s) => s.configure(`SD_TINYSSH_PORT='${port}'\n`),
      ],
    ),
    [
      "a port in the environment",
      /environment: SD_TINYSSH_PORT ssh: not a number from 1 to 65535$/,
      (s) => (s.environment.SD_TINYSSH_PORT = "ssh"),
    ],
  ];

  for (const [name, what, change] of mistakes) {
    test(name, () =>
      withSystem((system) => {
        system.makeKey();
        change(system);
        refuses(system, what);
      }),
    );
  }

  /** The same of a system with a sealed key and a fallback. */
  const sealed: [name: string, what: RegExp, change: (system: MadeUpSystem) => void][] = [
    [
      "no other key beside a sealed one",
      /no key for when the sealed one can't be opened in .*fallback: make one with tinysshd-makekey, or set POSTERN/,
      (s) => rmSync(s.at(`${KEYDIR}/fallback`), { recursive: true }),
    ],
    [
      "the other key has no public half",
      /unable to read .*\/fallback\/ed25519\.pk \(/,
      (s) => rmSync(s.at(`${KEYDIR}/fallback/ed25519.pk`)),
    ],
    [
      "what is sealed belongs to another public half",
      /unable to use the key in .*sshkeydir: /,
      (s) => {
        s.makeKey("/other");
        copyFileSync(s.at("/other/ed25519.pk"), s.at(`${KEYDIR}/ed25519.pk`));
      },
    ],
    [
      "what is sealed is damaged",
      /unable to unseal .*\.enc: it is no credential, of an unknown kind, or damaged$/,
      (s) => s.file(`${KEYDIR}/.ed25519.sk.enc`, "c2VhbGVk"),
    ],
  ];

  for (const [name, what, change] of sealed) {
    test(name, () =>
      withSystem((system) => {
        system.makeKey();
        system.makeKey(`${KEYDIR}/fallback`);
        system.sealKey(tpm.name);
        change(system);
        refuses(system, what);
      }),
    );
  }

  test("the other key is the one that is sealed", () =>
    withSystem((system) => {
      system.makeKey();
      mkdirSync(system.at(`${KEYDIR}/fallback`));
      for (const file of ["ed25519.pk", ".ed25519.sk"])
        copyFileSync(system.at(`${KEYDIR}/${file}`), system.at(`${KEYDIR}/fallback/${file}`));
      system.sealKey(tpm.name);
      refuses(system, /the key in .*fallback is the sealed one, which it would give away: it has to be another$/);
    }));

  test("what is sealed has another name, or needs what isn't there at boot, or nothing at all", () =>
    withSystem((system) => {
      system.configure("POSTERN_FALLBACK=no\n");
      const others: [words: string[], what: RegExp][] = [
        [["--name", "other"], /unable to unseal .*: it is to be used as other, not as \.ed25519\.sk$/],
        [["--with-key", "host+tpm2"], /its key is in a file of this system too, which is not there at boot/],
        [["--with-key", "null"], /it is not encrypted with any key: anybody can read it/],
      ];
      system.file("/host.secret", Buffer.alloc(16 + 4096, 7), 0o400);
      system.environment.SYSTEMD_CREDENTIAL_SECRET = system.at("/host.secret");
      for (const [words, what] of others) {
        rmSync(system.at(KEYDIR), { recursive: true, force: true });
        system.makeKey();
        system.sealKey(tpm.name, words);
        refuses(system, what);
      }
    }));

  test("the sealed key can't be opened in the state that the machine has now, or without its TPM", async () => {
    const other = new Swtpm();
    await other.start();
    try {
      withSystem((system) => {
        system.configure("POSTERN_FALLBACK=no\n");
        system.makeKey();
        system.sealKey(tpm.name);
        tpm.tool("tpm2_pcrextend", `7:sha256=${"5".repeat(64)}`);
        refuses(system, /unable to unseal .*sk\.enc: .*PCR/);
        refuses(system, /unable to unseal .*sk\.enc: .*TPM/, ["--tpm", other.name]);
        refuses(system, /unable to unseal .*sk\.enc: .*nowhere/, ["--tpm", system.at("/nowhere")]);
      });
    } finally {
      await other.remove();
    }
  });

  test("what the command line names", () =>
    withSystem((system) => {
      system.makeKey();
      refuses(system, /unable to read \/nowhere \(/, ["--config", "/nowhere"]);
      refuses(system, /unable to read \/nowhere \(/, ["--cmdline", "/nowhere"]);
      refuses(system, /unable to read \/nowhere \(/, ["--executable", "/nowhere"]);
      refuses(system, /\/etc\/passwd is no executable$/, ["--executable", "/etc/passwd"]);
      refuses(system, /there is no folder \/nowhere$/, ["--image", "/nowhere"]);
      refuses(system, /--for grub: not mkinitcpio, dracut or initramfs-tools$/, ["--for", "grub"], 100);
      refuses(system, /unknown option --fro$/, ["--fro"], 100);
    }));

  test("what the command line lacks", () =>
    withSystem((system) => {
      const run = (...words: string[]): unknown => {
        const { status, stdout, stderr } = system.postern(["initramfs", ...words]);
        assert.equal(stdout, "");
        return [status, stderr.split("\n")[0]];
      };
      assert.deepEqual(run(), [100, "postern-initramfs: the first word has to be stage or check"]);
      assert.deepEqual(run("stage"), [100, "postern-initramfs stage: missing operand"]);
      assert.deepEqual(run("stage", "tree"), [100, "postern-initramfs stage: --for says what the image is built by"]);
      const two = ["stage", "--for", "dracut", "tree", "more"];
      assert.deepEqual(run(...two), [100, "postern-initramfs stage: unexpected word: more"]);
      const { status, stdout } = system.postern(["initramfs", "stage", "--help"]);
      assert.equal(status, 0);
      for (const line of stdout.split("\n")) assert.ok(line.length <= 120, line);
    }));

  test("the folder is there already, or can't be", () =>
    withSystem((system) => {
      system.makeKey();
      mkdirSync(system.tree);
      const { status, stderr } = system.stage("dracut");
      assert.deepEqual([status, readdirSync(system.tree)], [111, []]);
      assert.match(stderr, /^postern-initramfs: fatal: unable to create directory .*tree \(file already exists\)\n$/);
      rmSync(system.tree, { recursive: true });
      symlinkSync("nowhere", system.tree);
      assert.equal(system.stage("dracut").status, 111);
      const words = ["initramfs", "stage", "--for", "dracut", "--root", system.root, "/nowhere/tree"];
      const inNowhere = system.postern([
        ...words.slice(0, -1),
        "--executable",
        nativeExecutable("postern-boot"),
        "/nowhere/tree",
      ]);
      assert.match(inNowhere.stderr, /^postern-initramfs: fatal: unable to create directory \/nowhere\/tree \(/);
      assert.equal(inNowhere.status, 111);
    }));

  test("several at once are all told", () =>
    withSystem((system) => {
      system.file("/root/.ssh/authorized_keys", "");
      const { status, stderr } = system.stage("dracut");
      assert.equal(status, 111);
      assert.deepEqual(
        stderr
          .trimEnd()
          .split("\n")
          .map((line) => /no key in it|missing SSH host key/.exec(line)?.[0]),
        ["no key in it", "missing SSH host key"],
      );
    }));
});
