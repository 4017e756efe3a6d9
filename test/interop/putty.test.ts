/** PuTTY's clients on the command line: its own key exchange code, unbounded windows, its private channel requests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { commonServer, temporaryFolder } from "../support/fixture.ts";
import { run, type Result, type RunOptions } from "../support/openssh.ts";
import { SFTP_SERVER, underTest } from "../support/server.ts";
import { asRoot, installed } from "../support/stage.ts";

const DATA_BYTES = 10_000_000;
/** psftp's small writes keep OpenSSH's sftp-server busy. */
const FILE_BYTES = 3_000_000;
const REKEY_BYTES = 1 << 20;

const ours = underTest === "postern";
const limits = ours ? ["--rekey-bytes", String(REKEY_BYTES)] : [];
const server = commonServer({ options: ["-vv", "-x", `sftp=${SFTP_SERVER}`, ...limits] });
const folder = temporaryFolder();
const data = randomBytes(DATA_BYTES);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The key that every account admits, as PuTTY keeps it. */
function prepare(): void {
  const words = [server().key.path, "-O", "private", "-o", join(folder(), "key.ppk"), "--new-passphrase", "/dev/null"];
  execFileSync("puttygen", words, { stdio: "ignore" });
}

/** Options that plink and psftp share. The host key is checked: it must be the server's own. */
function options(): string[] {
  const [, fingerprint] = execFileSync("ssh-keygen", ["-lf", join(server().stage.folder, "host_key.pub")], {
    encoding: "utf8",
  }).split(" ");
  const key = ["-i", join(folder(), "key.ppk"), "-hostkey", fingerprint!, "-l", server().account.name];
  return ["-batch", "-P", String(server().port), ...key];
}

/** PuTTY keeps its settings and random seed under HOME. */
const putty = (command: string[], run_: RunOptions = {}): Promise<Result> =>
  run(command, { ...run_, environment: { ...process.env, HOME: folder() } });

const plink = (words: string[], more: string[] = [], run_: RunOptions = {}): Promise<Result> =>
  putty(["plink", "-ssh", ...options(), ...more, "127.0.0.1", ...words], run_);

describe("PuTTY", { skip: !installed("plink") || !installed("puttygen") }, () => {
  before(prepare);

  test("a command, over a post-quantum key exchange", async () => {
    const { status, stdout, stderr } = await plink(["echo out; echo errors >&2; exit 5"], [], { input: "" });
    assert.deepEqual([status, stdout.toString(), stderr], [5, "out\n", "errors\n"]);
    if (ours) assert.match(server().log(), /key exchange: (sntrup761|mlkem768)x25519-/);
  });

  test("a terminal", async () => {
    const { status, stdout } = await plink(["test -t 0 && stty size; exit 6"], ["-t"], { input: "" });
    assert.deepEqual([status, stdout.toString()], [6, "24 80\r\n"]);
  });

  test("a shell without one", async () => {
    const { status, stdout } = await plink([], ["-T"], { input: "echo in $0; exit 7\n" });
    assert.deepEqual([status, stdout.toString()], [7, "in -sh\n"]);
  });

  test("data there and back, with new keys on the way", async () => {
    const { stdout, stderr } = await plink(["cat"], [], { input: data });
    assert.equal(sha256(stdout), sha256(data), stderr);
    const exchanges = server().log().split("key exchange: ").length - 1;
    if (ours) assert.ok(exchanges > 5, `${exchanges} key exchanges`);
  });

  test("psftp puts and gets", { skip: !installed("psftp") || !existsSync(SFTP_SERVER) }, async () => {
    const { stage, account } = server();
    const remote = join(stage.home(account), "get");
    const file = data.subarray(0, FILE_BYTES);
    writeFileSync(join(folder(), "put"), file);
    writeFileSync(remote, file);
    if (asRoot) chownSync(remote, stage.uid(account), stage.gid(account));
    const { status, stderr } = await putty(["psftp", ...options(), "127.0.0.1"], {
      input: "put put there\nget get back\nquit\n",
      folder: folder(),
    });
    assert.equal(status, 0, stderr);
    assert.equal(sha256(readFileSync(join(stage.home(account), "there"))), sha256(file));
    assert.equal(sha256(readFileSync(join(folder(), "back"))), sha256(file));
  });
});
