/** ssh-tpm-add with our agent on swtpm, beside ssh-add with the same agent, and with OpenSSH's agent. */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { Workshop } from "../support/side-by-side.ts";
import { Swtpm } from "../support/swtpm.ts";

const workshop = new Workshop("ssh-tpm");
const folder = mkdtempSync(join(tmpdir(), "postern-add-"));
const home = join(folder, "home");
const tpm = new Swtpm();
const agents: ChildProcess[] = [];
const ours = join(folder, "agent");
const theirs = join(folder, "ssh-agent");

async function startAgent(socket: string, command: string[]): Promise<void> {
  const agent = spawn(command[0]!, command.slice(1), { stdio: "ignore", env: { ...process.env, SSH_ASKPASS: "" } });
  agents.push(agent);
  assert.ok(await until(() => existsSync(socket), 10_000), `${command.join(" ")} listens`);
}

before(async () => {
  mkdirSync(join(home, ".ssh"), { recursive: true });
  await tpm.start();
  const keygen = (...words: string[]): string => {
    const options = ["--tpm", tpm.name, "-N", "", ...words];
    return execFileSync(workshop.ours("ssh-tpm-keygen"), options, { stdio: ["ignore", "pipe", "pipe"] }).toString();
  };
  keygen("-f", join(folder, "key"), "-C", "the first");
  keygen("-f", join(folder, "rsa"), "-t", "rsa", "-C", "the RSA key");
  const openssh = (...words: string[]): unknown => execFileSync("ssh-keygen", ["-q", ...words], { cwd: folder });
  openssh("-N", "", "-t", "ed25519", "-C", "plain", "-f", "plain");
  copyFileSync(join(folder, "key.tpm"), join(folder, "certified.tpm"));
  copyFileSync(join(folder, "key.pub"), join(folder, "certified.pub"));
  openssh("-s", "plain", "-I", "somebody", "certified.pub");
  await startAgent(ours, [workshop.ours("ssh-tpm-agent"), "-l", ours, "--no-load", "--tpm", tpm.name]);
  await startAgent(theirs, ["ssh-agent", "-D", "-a", theirs]);
});

after(async () => {
  for (const agent of agents) if (agent.exitCode === null && agent.kill("SIGTERM")) await once(agent, "exit");
  await tpm.remove();
  rmSync(folder, { recursive: true, force: true });
  workshop.remove();
});

const environment = (socket: string): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: home,
  SSH_TPM_AUTH_SOCK: socket,
  SSH_AUTH_SOCK: socket,
});

/** Our program; its two outputs together. */
async function add(words: string[], socket = ours): Promise<{ status: number | null; text: string }> {
  const program = workshop.ours("ssh-tpm-add");
  const result = await run([program, ...words], { folder, environment: environment(socket) });
  return { status: result.status, text: result.stdout.toString() + result.stderr };
}

const sshAdd = (words: string[], socket = ours): Promise<Result> =>
  run(["ssh-add", ...words], { folder, environment: environment(socket) });

beforeEach(async () => {
  await sshAdd(["-D"]);
});

test("keys are added, listed as ssh-add lists them, tested and removed", async () => {
  assert.deepEqual(await add(["key.tpm", "rsa.tpm"]), {
    status: 0,
    text: "Identity added: key.tpm (the first)\nIdentity added: rsa.tpm (the RSA key)\n",
  });
  for (const option of ["-l", "-L"]) {
    const { stdout } = await sshAdd([option]);
    assert.deepEqual(await add([option]), { status: 0, text: stdout.toString() });
    assert.equal(stdout.toString().trim().split("\n").length, 2);
  }
  assert.deepEqual(await add(["-T", "key.tpm", "rsa.pub"]), {
    status: 0,
    text: "rsa.pub: the agent signs; whether rightly can't be told here for keys of this type\n",
  });
  assert.deepEqual(await add(["-d", "key.tpm"]), { status: 0, text: "Identity removed: key.pub (the first)\n" });
  const again = await add(["-d", "key.pub"]);
  assert.equal(again.status, 1);
  assert.match(again.text, /unable to remove key\.pub: the agent has no such key/);
  assert.equal((await add(["-T", "key.pub"])).status, 1);
  assert.deepEqual(await add(["-D"]), { status: 0, text: "All identities removed.\n" });
  assert.deepEqual(await add(["-l"]), { status: 1, text: "The agent has no identities.\n" });
});

test("a certificate beside the key is added and removed with it", async () => {
  assert.deepEqual(await add(["certified.tpm"]), {
    status: 0,
    text: "Identity added: certified.tpm (the first)\nCertificate added: certified-cert.pub (the first)\n",
  });
  const { stdout } = await sshAdd(["-l"]);
  assert.match(stdout.toString(), /\(ECDSA\)\n.*\(ECDSA-CERT\)\n$/);
  assert.deepEqual(await add(["-l"]), { status: 0, text: stdout.toString() });
  const signed = await run(["ssh-keygen", "-Y", "sign", "-n", "file", "-f", "certified-cert.pub"], {
    folder,
    environment: environment(ours),
    input: "text",
  });
  assert.equal(signed.status, 0, signed.stderr);
  assert.equal((await add(["-d", "certified.tpm"])).status, 0);
  assert.equal((await add(["-l"])).status, 1);
});

test("a certificate that isn't one, and one for another key", async () => {
  copyFileSync(join(folder, "key.tpm"), join(folder, "odd.tpm"));
  copyFileSync(join(folder, "plain.pub"), join(folder, "odd-cert.pub"));
  const odd = await add(["odd.tpm"]);
  assert.equal(odd.status, 1);
  assert.match(odd.text, /^Identity added: .*\n.*unable to add odd-cert\.pub: it holds no certificate\n$/);
  copyFileSync(join(folder, "rsa.tpm"), join(folder, "odd.tpm"));
  copyFileSync(join(folder, "certified-cert.pub"), join(folder, "odd-cert.pub"));
  const other = await add(["odd.tpm"]);
  assert.equal(other.status, 1);
  assert.match(other.text, /the agent refuses odd-cert\.pub/);
});

test("without a file: what is in ~/.ssh under the usual names", async () => {
  const none = await add([]);
  assert.equal(none.status, 1);
  assert.match(none.text, /there is no key in \S+\/\.ssh: neither id_ecdsa\.tpm nor id_rsa\.tpm\n$/);
  copyFileSync(join(folder, "rsa.tpm"), join(home, ".ssh/id_rsa.tpm"));
  assert.deepEqual(await add([]), {
    status: 0,
    text: `Identity added: ${home}/.ssh/id_rsa.tpm (the RSA key)\n`,
  });
  assert.deepEqual(await add(["-q"]), { status: 0, text: "" });
});

test("-t: the agent forgets it; -c: it signs for nobody who wasn't allowed to", async () => {
  assert.equal((await add(["-t", "1", "key.tpm"])).status, 0);
  assert.equal((await add(["-T", "key.pub"])).status, 0);
  await sleep(1100);
  assert.equal((await add(["-l"])).status, 1, "it is gone");
  assert.equal((await add(["-c", "key.tpm"])).status, 0);
  assert.equal((await add(["-T", "key.pub"])).status, 1, "nobody is there to be asked");
  assert.equal((await add(["-l"])).status, 0);
});

test("what is no TPM key is refused with the reason, and the rest is added all the same", async () => {
  writeFileSync(join(folder, "empty.tpm"), "");
  const { status, text } = await add(["plain", "empty.tpm", "missing.tpm", "key.tpm"]);
  assert.equal(status, 1);
  assert.match(text, /unable to add plain: it is a PEM OPENSSH PRIVATE KEY, not a TSS2 PRIVATE KEY/);
  assert.match(text, /unable to add empty\.tpm: it is no TPM key/);
  assert.match(text, /unable to read missing\.tpm \(file does not exist\)/);
  assert.match(text, /^Identity added: key\.tpm/m);
});

test("the agent is that of SSH_TPM_AUTH_SOCK, or the one in XDG_RUNTIME_DIR, never that of SSH_AUTH_SOCK", async () => {
  const program = workshop.ours("ssh-tpm-add");
  const runtime = mkdtempSync(join(folder, "runtime-"));
  const base = { ...process.env, HOME: home, SSH_AUTH_SOCK: ours, XDG_RUNTIME_DIR: runtime };
  const absent = await run([program, "key.tpm"], { folder, environment: { ...base, SSH_TPM_AUTH_SOCK: "" } });
  assert.equal(absent.status, 1);
  assert.ok(absent.stderr.includes(`unable to reach the agent at ${runtime}/ssh-tpm-agent.sock`), absent.stderr);
});

test("OpenSSH's agent: its keys are listed, tested and removed; it takes no TPM key, which is said", async () => {
  assert.equal((await sshAdd(["-q", "plain"], theirs)).status, 0);
  const { stdout } = await sshAdd(["-l"], theirs);
  assert.deepEqual(await add(["-l"], theirs), { status: 0, text: stdout.toString() });
  assert.deepEqual(await add(["-T", "plain.pub"], theirs), { status: 0, text: "" });
  const refused = await add(["key.tpm"], theirs);
  assert.equal(refused.status, 1);
  assert.match(refused.text, /the agent refuses key\.tpm; if it is ssh-tpm-agent, its log says why/);
  assert.equal((await add(["-d", "plain"], theirs)).status, 0);
  assert.equal((await sshAdd(["-l"], theirs)).status, 1);
});

/** Types `lines` at a terminal as soon as a prompt asks for each. */
function typed(words: string[], lines: string[], socket: string): Promise<Result> {
  const answers = lines.map((line) => `expect ": " { send "${line}\\r" }`).join("\n");
  const command = [workshop.ours("ssh-tpm-add"), ...words].join(" ");
  const script = `set timeout 10\nspawn -noecho ${command}\n${answers}\nexpect eof\nexit [lindex [wait] 3]`;
  return run(["expect", "-c", script], { folder, environment: environment(socket) });
}

for (const [name, socket] of [
  ["ours", ours],
  ["OpenSSH's", theirs],
] as const) {
  test(`-x and -X with a terminal: ${name}`, async () => {
    await sshAdd(["-q", "plain"], socket);
    assert.equal((await typed(["-x"], ["one", "two"], socket)).status, 1, "two passwords that differ");
    const locked = await typed(["-x"], ["open sesame", "open sesame"], socket);
    assert.match(locked.stdout.toString(), /Agent locked\./);
    assert.equal((await add(["-l"], socket)).status, 1);
    const wrong = await typed(["-X"], ["barley"], socket);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout.toString(), /wrong password/);
    assert.equal((await typed(["-X"], ["open sesame"], socket)).status, 0);
    assert.equal((await add(["-l"], socket)).status, 0);
    await sshAdd(["-D"], socket);
  });
}

test("no terminal: -x says so", async () => {
  const { status, text } = await add(["-x"]);
  assert.equal(status, 1);
  assert.match(text, /unable to read the password from \/dev\/tty/);
});

test("the file goes to the agent as it is, and nothing of it is printed", async () => {
  const text = readFileSync(join(folder, "key.tpm"), "utf8");
  const { text: said } = await add(["key.tpm"]);
  assert.ok(!said.includes(text.split("\n")[1]!));
});
