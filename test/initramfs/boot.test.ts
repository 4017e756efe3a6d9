/** Staged trees as an image has them: systemd, or the script, starts the server in them, and people log in with ssh. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { afterEach, before, beforeEach, describe, test } from "node:test";
import { run, type Result } from "../support/openssh.ts";
import { freePort } from "../support/server.ts";
import { KEYDIR, MadeUpSystem } from "../support/staging.ts";
import { asRoot } from "../support/stage.ts";
import { Swtpm } from "../support/swtpm.ts";
import { Image } from "../support/systemd.ts";

const FALLBACK = `${KEYDIR}/fallback`;
const options = { skip: asRoot ? false : "only root may lay a tree over the machine's files" };

/** As one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

describe("an image", options, () => {
  let system: MadeUpSystem;
  let image: Image | null = null;
  let port = 0;
  before(async () => {
    port = await freePort();
  });
  afterEach(async () => {
    await image?.remove();
    image = null;
    system.remove();
  });

  /** A system with a host key, the settings and an image of it that runs. */
  async function boot(
    builder: string,
    settings: string | Uint8Array = "",
    change: () => void = () => {},
  ): Promise<void> {
    system = new MadeUpSystem();
    system.makeKey();
    system.file(
      "/etc/postern/initramfs.conf",
      Buffer.concat([Buffer.from(`SD_TINYSSH_PORT=${port}\n`), Buffer.from(settings)]),
    );
    change();
    stage(builder);
    await start();
  }

  function stage(builder: string, words: string[] = []): void {
    rmSync(system.tree, { recursive: true, force: true });
    const { status, stderr } = system.stage(builder, words);
    assert.equal(status, 0, stderr);
  }

  /** Runs what was staged. */
  async function start(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const units = ["postern.socket", "postern-host-key.service"];
    const there = units.filter((unit) => system.has(`tree/etc/systemd/system/${unit}`));
    image =
      there.length === 0
        ? new Image(system.tree, ["/usr/lib/postern/serve"], environment)
        : Image.boot(system.tree, there, environment);
    await image.listens(port);
  }

  /** Runs ssh: the server must have the key in `folder`. */
  function ssh(words: string[] = [], more: string[] = ["-T"], input = "", folder = KEYDIR): Promise<Result> {
    const key = system.postern(["printkey", system.at(folder)]).stdout;
    writeFileSync(system.at("known_hosts"), `[127.0.0.1]:${port} ${key}`);
    const settings = [`UserKnownHostsFile=${system.at("known_hosts")}`, "StrictHostKeyChecking=yes", "BatchMode=yes"];
    const all = [...settings, `IdentityFile=${system.user.path}`, "IdentitiesOnly=yes", "IdentityAgent=none"];
    const set = all.flatMap((setting) => ["-o", setting]);
    return run(["ssh", "-F", "none", ...set, ...more, "-p", String(port), "root@127.0.0.1", ...words], { input });
  }

  const outcome = ({ status, stdout, stderr }: Result): [number | null, string, string] => [
    status,
    stdout.toString("latin1"),
    stderr,
  ];

  for (const builder of ["dracut", "initramfs-tools"]) {
    test(`${builder}: a login is for postern unlock, and commands are run`, async () => {
      await boot(builder);
      const nothing = "postern-unlock: no disk waits for a passphrase\n";
      assert.deepEqual(outcome(await ssh([], ["-T"], "passphrase\n")), [3, "", nothing]);
      const { status, stdout } = await ssh([], ["-tt"]);
      assert.deepEqual([status, stdout.toString().replaceAll("\r", "")], [3, nothing]);
      assert.deepEqual(outcome(await ssh(["postern", "unlock", "--json"], [], "passphrase\n")), [3, "[]\n", nothing]);
      assert.deepEqual(outcome(await ssh(["cat; exit 9"], [], "input")), [9, "input", ""]);
    });

    const everything = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1)).join("");
    const words = `%h %n %% $HOME $${"{HOME}"} $$ \\t \\x41 \\\\ " ; # é\xff`;
    test(`${builder}: a command has any character`, async () => {
      const said = everything + words;
      const command = `printf %s ${quoted(said)}`;
      await boot(builder, Buffer.from(`SD_TINYSSH_COMMAND=${quoted(command)}\n`, "latin1"));
      assert.deepEqual(outcome(await ssh()), [0, said, ""]);
      const instead = "postern: no commands are taken here: log in without one\n";
      assert.deepEqual(outcome(await ssh(["id"])), [1, "", instead]);
      assert.deepEqual(outcome(await ssh(["sftp"], ["-s"])), [1, "", instead]);
    });

    test(`${builder}: a command, and others by clients if it is said so; a key's own goes before both`, async () => {
      const settings = "SD_TINYSSH_COMMAND='echo chosen'\nPOSTERN_REMOTE_COMMANDS=yes\n";
      await boot(builder, settings);
      assert.deepEqual(outcome(await ssh()), [0, "chosen\n", ""]);
      assert.deepEqual(outcome(await ssh(["echo named"])), [0, "named\n", ""]);
      await image!.remove();
      system.file("/root/.ssh/authorized_keys", `restrict,command="echo bound" ${system.user.line}\n`);
      stage(builder);
      await start();
      assert.deepEqual(outcome(await ssh()), [0, "bound\n", ""]);
      assert.deepEqual(outcome(await ssh(["echo named"])), [0, "bound\n", ""]);
    });

    test(`${builder}: a shell, and what it reads first`, async () => {
      await boot(builder, "SD_TINYSSH_SCRIPT=/etc/postern/profile\n", () =>
        system.file("/etc/postern/profile", 'echo "welcome $USER"\n'),
      );
      assert.deepEqual(outcome(await ssh([], ["-T"], "echo in; exit 4\n")), [4, "welcome root\nin\n", ""]);
      assert.deepEqual(outcome(await ssh(["echo named"])), [0, "named\n", ""]);
    });

    describe(`${builder}: a sealed key`, () => {
      let tpm: Swtpm; // another one for each test: one whose power was cut counts that as wrong PINs
      beforeEach(() => (tpm = new Swtpm()).start());
      afterEach(() => tpm.remove());

      function seal(settings = ""): void {
        system = new MadeUpSystem();
        system.makeKey();
        system.makeKey(FALLBACK);
        system.sealKey(tpm.name, ["--pcrs", "0+7"]);
        system.configure(`SD_TINYSSH_PORT=${port}\n${settings}`);
        stage(builder, ["--tpm", tpm.name]);
      }

      const environment = (): NodeJS.ProcessEnv => ({ POSTERN_TPM: tpm.name });

      test("is opened once", async () => {
        seal();
        await start(environment());
        const said = await ssh(["ls -A /run/postern/keys; stat -c %a /run/postern/keys /run/postern/keys/.ed25519.sk"]);
        assert.deepEqual(outcome(said), [0, ".ed25519.sk\ned25519.pk\n700\n600\n", ""]);
        await tpm.stop();
        assert.deepEqual(outcome(await ssh(["echo again"])), [0, "again\n", ""]);
      });

      test("gives way to another, and a banner says why", async () => {
        seal();
        tpm.tool("tpm2_pcrextend", `7:sha256=${"5".repeat(64)}`);
        await start(environment());
        const [code, out, error] = outcome(await ssh(["echo in"], [], "", FALLBACK));
        assert.deepEqual([code, out], [0, "in\n"]);
        assert.match(error, /^The sealed host key could not be opened: .*PCR 7 differs.*\.\r?\nThis is the fallback/);
      });

      test("and no other one, if nobody wants it: nobody gets in", async () => {
        seal("POSTERN_FALLBACK=no\n");
        tpm.tool("tpm2_pcrextend", `7:sha256=${"5".repeat(64)}`);
        if (builder === "initramfs-tools") {
          image = new Image(system.tree, ["/usr/lib/postern/serve"], environment());
          assert.equal(await image.ended(), 111);
          assert.match(image.log(), /^postern-host-key: fatal: unable to open the sealed host key: .*PCR 7 differs/m);
        } else {
          await start(environment());
          assert.equal((await ssh(["echo in"])).status, 255);
          assert.equal((await ssh(["echo in"], [], "", FALLBACK)).status, 255);
        }
      });
    });
  }
});
