/** Which ~/.ssh/authorized_keys is believed: TinySSH's rules, tried with a real login for each. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { commonServer } from "../support/fixture.ts";
import { ssh } from "../support/openssh.ts";
import { asRoot } from "../support/stage.ts";

const server = commonServer();

const home = (): string => server().stage.home(server().account);
const folder = (): string => join(home(), ".ssh");
const file = (): string => join(folder(), "authorized_keys");
const own = (path: string): void => {
  if (asRoot) chownSync(path, server().stage.uid(server().account), server().stage.gid(server().account));
};

/** What a home looks like, with the file's good content; restored after each test. */
interface Scene {
  name: string;
  arrange: () => void;
  restore?: () => void;
  /** What the log says if it is refused; it is to be accepted if there is nothing. */
  refusal?: RegExp;
  root?: boolean;
}

let good = "";

/** Puts the file elsewhere, with a symbolic link in its place. */
function linkTo(target: string, path: string): void {
  renameSync(file(), path);
  symlinkSync(target, file());
}

const scenes: Scene[] = [
  { name: "as it should be", arrange: () => {} },
  { name: "readable by all", arrange: () => chmodSync(file(), 0o644) },
  { name: "with comments, blanks and other keys", arrange: () => writeFileSync(file(), `# mine\n\n  \t${good}`) },
  { name: "without a last newline", arrange: () => writeFileSync(file(), good.trimEnd()) },
  { name: "with carriage returns", arrange: () => writeFileSync(file(), `${good.trimEnd()}\r\n`) },
  {
    name: "behind 2000 other keys",
    arrange: () => writeFileSync(file(), `ssh-ed25519 ${"A".repeat(68)} other\n`.repeat(2000) + good),
  },
  { name: "without the key", arrange: () => writeFileSync(file(), "ssh-rsa AAAA\n"), refusal: /rejected/ },
  { name: "empty", arrange: () => writeFileSync(file(), ""), refusal: /rejected/ },
  {
    name: "with options in front of the key",
    arrange: () => writeFileSync(file(), `from="127.0.0.1",restrict ${good}`),
  },
  {
    name: "with unknown options in front of the key",
    arrange: () => writeFileSync(file(), `frobnicate ${good}`),
    refusal: /line 1: unknown option frobnicate/,
  },
  {
    name: "with a line that is too long",
    arrange: () => writeFileSync(file(), `${"x".repeat(65536)}\n${good}`),
    refusal: /line that is too long/,
  },
  {
    name: "larger than a mebibyte",
    arrange: () => writeFileSync(file(), "\n".repeat(1 << 20) + good),
    refusal: /rejected/,
  },
  { name: "absent", arrange: () => rmSync(file()), refusal: /unable to open .*file does not exist/ },
  { name: "writable by its group", arrange: () => chmodSync(file(), 0o620), refusal: /authorized_keys is writable/ },
  { name: "writable by others", arrange: () => chmodSync(file(), 0o602), refusal: /authorized_keys is writable/ },
  {
    name: "in a folder that is writable by its group",
    arrange: () => chmodSync(folder(), 0o720),
    restore: () => chmodSync(folder(), 0o700),
    refusal: /the folder of authorized_keys is writable/,
  },
  {
    name: "in a home that is writable by others",
    arrange: () => chmodSync(home(), 0o777),
    restore: () => chmodSync(home(), 0o755),
    refusal: /a folder above authorized_keys is writable/,
  },
  {
    name: "unreadable for the user",
    arrange: () => chmodSync(file(), 0),
    refusal: /access denied/,
  },
  {
    name: "a folder",
    arrange: () => {
      rmSync(file());
      mkdirSync(file());
      own(file());
    },
    restore: () => rmSync(file(), { recursive: true }),
    refusal: /not a regular file/,
  },
  {
    name: "a FIFO that nobody writes to",
    arrange: () => {
      rmSync(file());
      execFileSync("mkfifo", ["-m", "600", file()]);
      own(file());
    },
    refusal: /not a regular file/,
  },
  {
    name: "root's own",
    root: true,
    arrange: () => {
      chownSync(file(), 0, 0);
      chmodSync(file(), 0o644);
    },
  },
  {
    name: "another user's",
    root: true,
    arrange: () => {
      chownSync(file(), 54321, 54321);
      chmodSync(file(), 0o644);
    },
    refusal: /neither the user's nor root's/,
  },
  {
    name: "in another user's folder",
    root: true,
    arrange: () => {
      chmodSync(folder(), 0o755);
      chownSync(folder(), 54321, 54321);
    },
    restore: () => {
      chmodSync(folder(), 0o700);
      own(folder());
    },
    refusal: /neither the user's nor root's/,
  },
  {
    name: "a symbolic link to a file that is as safe",
    arrange: () => linkTo("../keys", join(home(), "keys")),
    restore: () => rmSync(join(home(), "keys")),
  },
  {
    name: "a symbolic link from a link to an absolute path",
    arrange: () => {
      linkTo("again", join(home(), "keys"));
      symlinkSync(join(server().stage.homeOnStage(server().account), "keys"), join(folder(), "again"));
    },
    restore: () => {
      rmSync(join(home(), "keys"));
      rmSync(join(folder(), "again"));
    },
  },
  {
    name: "a symbolic link into a folder that is writable by others",
    arrange: () => {
      mkdirSync(join(home(), "open"));
      own(join(home(), "open"));
      chmodSync(join(home(), "open"), 0o777);
      linkTo("../open/keys", join(home(), "open/keys"));
    },
    restore: () => rmSync(join(home(), "open"), { recursive: true }),
    refusal: /the folder of authorized_keys is writable/,
  },
  {
    name: "a symbolic link through a folder that is writable by others",
    arrange: () => {
      mkdirSync(join(home(), "open"));
      own(join(home(), "open"));
      chmodSync(join(home(), "open"), 0o777);
      linkTo("../open/hop", join(home(), "keys"));
      symlinkSync("../keys", join(home(), "open/hop"));
    },
    restore: () => {
      rmSync(join(home(), "open"), { recursive: true });
      rmSync(join(home(), "keys"));
    },
    refusal: /the folder of authorized_keys is writable/,
  },
  {
    name: "in a folder that is a symbolic link to one that is as safe",
    arrange: () => {
      renameSync(folder(), join(home(), "safe"));
      symlinkSync("safe", folder());
    },
    restore: () => {
      rmSync(folder());
      renameSync(join(home(), "safe"), folder());
    },
  },
  {
    name: "in a folder that is a symbolic link, in a home that is writable by others",
    arrange: () => {
      renameSync(folder(), join(server().stage.folder, "homes/safe"));
      symlinkSync("../safe", folder());
      chmodSync(home(), 0o777);
    },
    restore: () => {
      rmSync(folder());
      renameSync(join(server().stage.folder, "homes/safe"), folder());
      chmodSync(home(), 0o755);
    },
    refusal: /a folder above authorized_keys is writable/,
  },
  {
    name: "a symbolic link that is another user's",
    root: true,
    arrange: () => {
      linkTo("keys", join(folder(), "keys"));
      lchownSync(file(), 54321, 54321);
    },
    restore: () => rmSync(join(folder(), "keys")),
    refusal: /a symbolic link on the way to authorized_keys is neither the user's nor root's/,
  },
  {
    name: "a symbolic link to itself",
    arrange: () => {
      rmSync(file());
      symlinkSync("authorized_keys", file());
    },
    refusal: /too many symbolic links/,
  },
  {
    name: "a symbolic link to nothing",
    arrange: () => {
      rmSync(file());
      symlinkSync("nothing", file());
    },
    refusal: /file does not exist/,
  },
];

for (const { name, arrange, restore, refusal, root } of scenes) {
  test(`${name}: ${refusal ? "refused" : "accepted"}`, { skip: root && !asRoot }, async () => {
    good = readFileSync(file(), "utf8");
    arrange();
    const before = server().log().length;
    try {
      const { status, stdout } = await ssh(server(), ["echo in"]);
      assert.deepEqual([status, stdout.toString()], refusal ? [255, ""] : [0, "in\n"], server().log().slice(before));
      if (refusal) assert.match(server().log().slice(before), refusal);
    } finally {
      restore?.();
      rmSync(file(), { recursive: true, force: true });
      server().stage.authorize(server().account, [good]);
    }
  });
}
