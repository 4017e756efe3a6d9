/** ssh-tpm-hostkeys: what it installs, what it leaves alone, what it refuses, and the list of the machine's keys. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "../support/openssh.ts";
import { Workshop, type Result } from "../support/side-by-side.ts";
import { asRoot, searchEnvironment } from "../support/stage.ts";

const workshop = new Workshop("ssh-tpm");
after(() => workshop.remove());

const clean = { DESTDIR: "", PREFIX: "", TEMPLATE_BINARY: "", XDG_CONFIG_HOME: "" };
const UNITS = ["ssh-tpm-agent.socket", "ssh-tpm-agent.service", "ssh-tpm-genkeys.service"];
const ENABLE = "Enable with: systemctl enable --now ssh-tpm-agent.socket\n";

function hostkeys(words: string[], environment: NodeJS.ProcessEnv, name = "ssh-tpm-hostkeys"): Result {
  return workshop.run(workshop.ours(name), words, workshop.folder, { environment: { ...clean, ...environment } });
}

test("units for a package: DESTDIR, PREFIX, and the programs that they name", () => {
  for (const [environment, folder, program] of [
    [{}, "usr", "/usr/bin"],
    [{ PREFIX: "/opt/postern" }, "opt/postern", "/opt/postern/bin"],
    [{ TEMPLATE_BINARY: "/nix/store/abc-1.0/bin/ssh-tpm-agent" }, "usr", "/nix/store/abc-1.0/bin"],
  ] as const) {
    const room = workshop.room(`package-${folder.length}-${program.length}`);
    const units = join(room, folder, "lib/systemd/system");
    const { status, stdout, stderr } = hostkeys(["--install-system-units"], { DESTDIR: room, ...environment });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(stdout, UNITS.map((unit) => `Installed ${join(units, unit)}\n`).join("") + ENABLE);
    const [, agent, genkeys] = UNITS.map((unit) => readFileSync(join(units, unit), "utf8"));
    assert.match(agent!, new RegExp(`^ExecStart=${program}/ssh-tpm-agent --key-dir /etc/ssh$`, "m"));
    assert.match(genkeys!, new RegExp(`^ExecStart=${program}/ssh-tpm-keygen -A$`, "m"));
  }
});

test("what is there is left as it is, and the rest is installed", () => {
  const room = workshop.room("partly");
  const units = join(room, "usr/lib/systemd/system");
  mkdirSync(units, { recursive: true });
  writeFileSync(join(units, UNITS[1]!), "mine");
  const { status, stdout } = hostkeys(["-install-system-units"], { DESTDIR: room });
  assert.equal(status, 0);
  assert.equal(
    stdout,
    `Installed ${units}/${UNITS[0]}\n${units}/${UNITS[1]} exists: left as it is\nInstalled ${units}/${UNITS[2]}\n${ENABLE}`,
  );
  assert.equal(readFileSync(join(units, UNITS[1]!), "utf8"), "mine");
});

test("programs that can't be named in a unit, or aren't there, are refused before anything is written", () => {
  const room = workshop.room("refused");
  for (const path of ["bin/ssh-tpm-agent", "/a b/ssh-tpm-agent", "/a%h/x", "/a;b/x", '/a"/x', "/a\n/x", "/é/x"]) {
    const { status, stderr } = hostkeys(["--install-system-units"], { DESTDIR: room, TEMPLATE_BINARY: path });
    assert.equal(status, 1, path);
    assert.match(stderr, /^ssh-tpm-hostkeys: fatal: unable to name .+ in a unit: not an absolute path/);
  }
  assert.ok(!existsSync(join(room, "usr")));
  const absent = hostkeys(["--install-system-units"], { TEMPLATE_BINARY: "/no/such/ssh-tpm-agent" });
  assert.equal(absent.status, 1);
  assert.match(absent.stderr, /there is no \/no\/such\/ssh-tpm-agent; TEMPLATE_BINARY may say where the agent is/);
});

test("a folder that can't be written to", () => {
  const room = workshop.room("closed");
  chmodSync(room, 0o555);
  const options = { unprivileged: true, environment: { ...clean, DESTDIR: room } };
  const program = workshop.ours("ssh-tpm-hostkeys");
  const { status, stderr } = workshop.run(program, ["--install-system-units"], workshop.folder, options);
  assert.equal(status, 1);
  assert.match(stderr, /unable to create directory \S+\/usr\/lib\/systemd\/system \(access denied\)/);
});

test("a user's units go where systemd looks for them, and name the program beside this one", () => {
  const room = workshop.room("home");
  const programs = workshop.room("bin");
  copyFileSync(join(workshop.folder, "executable"), join(programs, "ssh-tpm"));
  chmodSync(join(programs, "ssh-tpm"), 0o755);
  symlinkSync("ssh-tpm", join(programs, "ssh-tpm-agent"));
  for (const [environment, folder] of [
    [{ HOME: join(room, "one") }, "one/.config/systemd/user"],
    [{ HOME: "/nowhere", XDG_CONFIG_HOME: join(room, "two") }, "two/systemd/user"],
  ] as const) {
    const { status, stdout, stderr } = workshop.run(join(programs, "ssh-tpm-agent"), ["--install-user-units"], "/", {
      unprivileged: true,
      environment: { ...clean, ...environment },
    });
    assert.deepEqual([status, stderr], [0, ""]);
    const units = join(room, folder);
    assert.ok(stdout.endsWith("Enable with: systemctl --user enable --now ssh-tpm-agent.socket\n"), stdout);
    const service = readFileSync(join(units, "ssh-tpm-agent.service"), "utf8");
    assert.match(service, new RegExp(`^ExecStart=${programs}/ssh-tpm-agent$`, "m"));
    assert.ok(existsSync(join(units, "ssh-tpm-agent.socket")));
  }
});

test("sshd's configuration: where it belongs, once, and as sshd understands it", async () => {
  const room = workshop.room("sshd");
  const refused = hostkeys(["--install-sshd-config"], { DESTDIR: room });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /unable to configure sshd: no \S+\/etc\/ssh\/sshd_config\.d \(file does not exist\)/);
  const folder = join(room, "etc/ssh/sshd_config.d");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "10-ssh-tpm-agent.conf");
  const first = hostkeys(["--install-sshd-config"], { DESTDIR: room });
  assert.deepEqual(first, {
    status: 0,
    stdout: `Installed ${file}\nRestart sshd for it to take effect.\n`,
    stderr: "",
  });
  const again = hostkeys(["--install-sshd-config"], { DESTDIR: room });
  assert.deepEqual([again.status, again.stdout.split("\n")[0]], [0, `${file} exists: left as it is`]);

  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(room, "host")]);
  const main = join(room, "sshd_config");
  writeFileSync(main, `HostKey ${room}/host\nInclude ${file}\nUsePAM no\n`);
  const sshd = await run(["sh", "-c", 'exec "$(command -v sshd)" -T -f "$1"', "sh", main], {
    environment: searchEnvironment,
  });
  const settings = sshd.stdout.toString().split("\n");
  assert.ok(settings.includes("hostkeyagent /var/tmp/ssh-tpm-agent.sock"), sshd.stderr);
  for (const type of ["ecdsa", "rsa"]) assert.ok(settings.includes(`hostkey /etc/ssh/ssh_tpm_host_${type}_key.pub`));
});

test("the list: of the one socket, whatever the environment says", { skip: !asRoot && "not root" }, async () => {
  const room = workshop.room("var-tmp");
  const script = `
    set -e
    mount --bind "$1" /var/tmp
    "$2" && exit 9 || [ $? = 1 ]
    ssh-keygen -q -t ecdsa -N "" -C "host key" -f /var/tmp/key
    ssh-agent -D -a /var/tmp/ssh-tpm-agent.sock >/dev/null & agent=$!
    trap 'kill $agent' EXIT
    while [ ! -e /var/tmp/ssh-tpm-agent.sock ]; do sleep 0.05; done
    SSH_AUTH_SOCK=/var/tmp/ssh-tpm-agent.sock ssh-add -q /var/tmp/key
    "$2"
    cat /var/tmp/key.pub`;
  const program = workshop.ours("ssh-tpm-hostkeys");
  const result = await run(["unshare", "--mount", "sh", "-c", script, "sh", room, program], {
    environment: { ...process.env, SSH_TPM_AUTH_SOCK: "/nowhere" },
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /unable to reach the agent at \/var\/tmp\/ssh-tpm-agent\.sock \(file does not exist\)/);
  const [listed, line] = result.stdout.toString().trim().split("\n");
  assert.match(listed!, /^ecdsa-sha2-nistp256 \S+ host key$/);
  assert.equal(listed, line);
});
