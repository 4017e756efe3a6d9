/** What an image gets of Postern: how much it is, and that what was left out of it is missed by nobody. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { nativeArchitecture, nativeExecutable } from "../support/native.ts";
import { withSystem } from "../support/staging.ts";
import { Swtpm } from "../support/swtpm.ts";
import { WrappedServer } from "../support/wrapped-server.ts";

/** What executable, keys, units and authorized_keys may add to an image that zstd -19 compresses: docs/decisions/0011. */
const LIMIT = (nativeArchitecture === "x86_64" ? 100 : 128) << 10;

describe("the size of what an image gets", () => {
  const tpm = new Swtpm();
  before(() => tpm.start());
  after(() => tpm.remove());

  for (const builder of ["mkinitcpio", "dracut", "initramfs-tools"]) {
    test(builder, (t) =>
      withSystem((system) => {
        system.makeKey();
        system.makeKey("/etc/tinyssh/sshkeydir/fallback");
        system.sealKey(tpm.name);
        const { status, stderr } = system.stage(builder, ["--tpm", tpm.name]);
        assert.equal(status, 0, stderr);
        const pack = "find . | LC_ALL=C sort | cpio --quiet -o -H newc | zstd -19 -q | wc -c";
        const size = Number(execFileSync("sh", ["-c", pack], { cwd: system.tree, encoding: "utf8" }));
        t.diagnostic(`${size} bytes with zstd -19, of ${LIMIT}`);
        assert.ok(size <= LIMIT, `${size} bytes`);
      }),
    );
  }
});

describe("the server of an image", () => {
  let server: WrappedServer;
  before(async () => {
    server = new WrappedServer([{ name: "visitor", shell: "/bin/sh" }], nativeExecutable("postern-boot"), []);
    await server.start([]);
  });
  after(() => server.stop());

  const methods = execFileSync("ssh", ["-Q", "kex"], { encoding: "utf8" }).trim().split("\n");
  for (const method of ["sntrup761x25519-sha512@openssh.com", "mlkem768x25519-sha256", "curve25519-sha256"]) {
    test(`runs a command, by ${method}`, { skip: !methods.includes(method) }, async () => {
      const { status, stdout, stderr } = await server.ssh("visitor", true, ["-o", `KexAlgorithms=${method}`, "id -un"]);
      assert.deepEqual([status, stdout.toString(), stderr.toString()], [0, "visitor\n", ""]);
    });
  }

  test("moves more than one packet each way", async () => {
    const input = Buffer.alloc(300_000, "passphrases are shorter than that\n");
    const { status, stdout } = await server.ssh("visitor", true, ["cat"], { input });
    assert.equal(status, 0);
    assert.ok(stdout.equals(input));
  });

  test("gives a terminal", async () => {
    const { status, stdout } = await server.ssh("visitor", true, ["-tt", "test -t 0 && stty -a"]);
    assert.equal(status, 0);
    assert.match(stdout.toString(), /speed \d+ baud/);
  });

  test("refuses what it is without, and says so", async () => {
    const sftp = await server.ssh("visitor", true, ["-s", "sftp"]);
    assert.notEqual(sftp.status, 0);
    const forwarded = await server.ssh("visitor", true, ["-W", "127.0.0.1:1"]);
    assert.notEqual(forwarded.status, 0);
    assert.match(forwarded.stderr.toString(), /forwarding failed/);
    assert.match(server.log(), /sftp: refused: this build is without it/);
  });

  test("refuses an unknown key", async () => {
    assert.notEqual((await server.ssh("visitor", false, ["true"])).status, 0);
  });

  test("names an option that it is without", () =>
    withSystem((system) => {
      const { status, stderr } = system.postern(["sshd", "--tcp-forwarding", "keys"], "postern-boot");
      assert.equal(status, 100);
      assert.match(stderr, /unknown option --tcp-forwarding/);
    }));
});
