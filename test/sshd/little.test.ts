/**
 * Where little is: a chroot with the executable, a static shell, a devpts, and the files that say who may log in; no
 * /proc, no /dev/null, nothing else. Started by inetd with the line of an initramfs, and as a listener.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { executable } from "../support/launchers.ts";
import { makeKey, writeKeyFolder, type KeyFile } from "../support/keys.ts";
import { run, type Result } from "../support/openssh.ts";
import { freePort, listening } from "../support/server.ts";
import { until } from "../support/processes.ts";
import { asRoot, installed, searchEnvironment, Stage, type Performance } from "../support/stage.ts";

const UID = 61350;
const BUSYBOX = "/bin/busybox";

/** How an initramfs with busybox has it. */
const LINE = "ssh stream tcp nowait root /ssh/tinysshd tinysshd -lpsv -x sftp=/ssh/sftp-server /etc/tinyssh/sshkeydir";

class LittleSystem {
  readonly stage = new Stage([]);
  readonly root = join(this.stage.folder, "root");
  readonly key: KeyFile = makeKey(join(this.stage.folder, "user_key"));
  private performance: Performance | null = null;
  private port = 0;

  constructor() {
    for (const folder of ["ssh", "bin", "dev/pts", "etc/tinyssh", "srv/guest/.ssh"]) this.folder(folder);
    copyFileSync(executable, join(this.root, "ssh/tinysshd"));
    copyFileSync(BUSYBOX, join(this.root, "bin/sh"));
    writeFileSync(join(this.root, "etc/passwd"), `guest:x:${UID}:${UID}::/srv/guest:/bin/sh\n`);
    writeKeyFolder(makeKey(join(this.stage.folder, "host_key")).path, join(this.root, "etc/tinyssh/sshkeydir"));
    const keys = join(this.root, "srv/guest/.ssh/authorized_keys");
    writeFileSync(keys, this.key.line, { mode: 0o600 });
    chownSync(keys, UID, UID);
  }

  private folder(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true, mode: 0o755 });
  }

  /** `prepare`: shell commands on the stage before the server; then `words`, which may say ROOT, PORT and STAGE. */
  async start(prepare: string, words: string[]): Promise<void> {
    this.port = await freePort();
    const fill = (text: string): string =>
      text.replaceAll("ROOT", this.root).replaceAll("PORT", String(this.port)).replaceAll("STAGE", this.stage.folder);
    writeFileSync(
      join(this.stage.folder, "inetd.conf"),
      // busybox's inetd and OpenBSD's take the same line; the path is in the chroot
      fill(`127.0.0.1:PORT stream tcp nowait root ${this.find("chroot")} chroot ROOT /ssh/tinysshd -lpsv `) +
        "-x sftp=/ssh/sftp-server /etc/tinyssh/sshkeydir\n",
    );
    writeFileSync(join(this.root, "etc/services"), fill("ssh PORT/tcp\n"));
    writeFileSync(join(this.root, "etc/inetd.conf"), `127.0.0.1:\n${LINE}\n`);
    const command = ["sh", "-c", `set -e; ${fill(prepare)}; exec "$@"`, "sh", ...words.map(fill)];
    this.performance = this.stage.perform(command, join(this.stage.folder, "server.log"), searchEnvironment);
    assert.ok(await until(() => listening(this.port), 5000), this.log());
  }

  find(program: string): string {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", program], {
      env: searchEnvironment,
      encoding: "utf8",
    }).trim();
  }

  ssh(words: string[], input = "", user = "guest"): Promise<Result> {
    const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"];
    const common = ["-F", "none", "-o", "IdentityAgent=none", ...settings.flatMap((setting) => ["-o", setting])];
    return run(["ssh", ...common, "-i", this.key.path, "-p", String(this.port), `${user}@127.0.0.1`, ...words], {
      input,
    });
  }

  log(): string {
    return readFileSync(join(this.stage.folder, "server.log"), "utf8");
  }

  async stop(): Promise<void> {
    await this.performance?.end();
    this.stage.remove();
  }
}

const skip = !asRoot || !installed(BUSYBOX);
const devpts = "mount -t devpts -o newinstance,ptmxmode=0666 devpts ROOT/dev/pts";
const server = [
  "chroot",
  "ROOT",
  "/ssh/tinysshd",
  "-v",
  "-xsftp=/ssh/sftp-server",
  "--listen",
  "127.0.0.1:PORT",
  "/etc/tinyssh/sshkeydir",
];

async function works(system: LittleSystem): Promise<void> {
  const command = await system.ssh(["read line; echo $HOME $line; exit 4"], "input\n");
  assert.deepEqual(
    [command.status, command.stdout.toString()],
    [4, "/srv/guest input\n"],
    system.log() + command.stderr,
  );
  const terminal = await system.ssh(["-tt", "test -t 0 && echo $SSH_TTY"]);
  assert.deepEqual(
    [terminal.status, /^\/dev\/pts\/\d+\r\n$/.test(terminal.stdout.toString())],
    [0, true],
    system.log(),
  );
  const subsystem = await system.ssh(["-s", "sftp"]);
  assert.equal(subsystem.status, 127); // /ssh/sftp-server is not there, but it was tried
}

/** A syslog daemon, as far as it prints what it is sent. */
async function syslogd(path: string): Promise<ChildProcess> {
  const program = `
import socket, sys
records = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
records.bind(sys.argv[1])
print("bound", flush=True)
while True: print(records.recv(4096).decode("latin1"), flush=True)`;
  const child = spawn("/usr/bin/python3", ["-c", program, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("under inetd, in a chroot", { skip: skip || !installed("inetd") }, () => {
  const system = new LittleSystem();
  let daemon: ChildProcess | null = null;
  let records = "";
  before(async () => {
    daemon = await syslogd(join(system.root, "dev/log"));
    daemon.stdout!.on("data", (bytes: Buffer) => (records += bytes.toString()));
    await system.start(devpts, ["inetd", "-d", "STAGE/inetd.conf"]);
  });
  after(async () => {
    daemon?.kill("SIGKILL");
    await system.stop();
  });

  test("commands and terminals work", () => works(system));

  test("syslog gets records in its old form, daemon's, with their priorities", async () => {
    assert.equal((await system.ssh(["id"], "", "stranger")).status, 255);
    assert.ok(await until(() => records.includes("fatal: "), 5000), records);
    const head = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d tinysshd\[\d+\]: \w{8}`;
    const line = (priority: number, message: string): RegExp => new RegExp(`^<${priority}>${head}: ${message}`, "m");
    assert.match(records, line(30, String.raw`info: connect: connection from 127\.0\.0\.1:\d+$`));
    assert.match(records, line(30, String.raw`info: disconnect: 127\.0\.0\.1:\d+: finished after \d+\.\d{3} s: `));
    assert.match(records, line(28, "warning: auth: account stranger: not exist$"));
    assert.match(records, line(27, "fatal: the client left before it had logged in$"));
  });
});

/** A busybox that has an inetd: Debian's hasn't, others' have. */
const busybox = installed("busybox") ? execFileSync("sh", ["-c", "command -v busybox"]).toString().trim() : BUSYBOX;
const hasInetd = !skip && execFileSync(busybox, ["--list"]).toString().split("\n").includes("inetd");

describe("under busybox's inetd, in the same chroot", { skip: !hasInetd }, () => {
  const system = new LittleSystem();
  before(() => {
    copyFileSync(busybox, join(system.root, "bin/inetd"));
    appendFileSync(join(system.root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n"); // inetd looks it up
    return system.start(devpts, ["chroot", "ROOT", "/bin/inetd", "-f", "/etc/inetd.conf"]);
  });
  after(() => system.stop());
  test("commands and terminals work", () => works(system));
});

describe("as a listener, in a chroot that is read-only", { skip }, () => {
  const system = new LittleSystem();
  before(() => system.start(`mount --bind -o ro ROOT ROOT; mount -o remount,bind,ro ROOT; ${devpts}`, server));
  after(() => system.stop());
  test("commands and terminals work", () => works(system));
});

describe("without a devpts", { skip }, () => {
  const system = new LittleSystem();
  before(() => system.start(":", server));
  after(() => system.stop());

  test("a terminal is refused, and the log says why; commands work", async () => {
    const { status, stdout } = await system.ssh(["-tt", "echo in"]);
    assert.deepEqual([status, stdout.toString()], [255, ""]);
    assert.match(system.log(), /no terminal to be had \(file does not exist\)/);
    assert.equal((await system.ssh(["echo in"])).stdout.toString(), "in\n");
  });
});

describe("without /etc/passwd", { skip }, () => {
  const system = new LittleSystem();
  before(() => system.start("rm ROOT/etc/passwd", server));
  after(() => system.stop());

  test("nobody logs in, and the log says why", async () => {
    assert.equal((await system.ssh(["id"])).status, 255);
    assert.match(system.log(), /account guest: not exist, for lack of \/etc\/passwd \(file does not exist\)/);
  });
});
