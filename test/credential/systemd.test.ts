/** postern-seal and postern-unseal against systemd-creds, in both directions. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { before, describe, test } from "node:test";
import { credentialBench, systemds, type Outcome } from "../support/credentials.ts";
import { Swtpm } from "../support/swtpm.ts";

const bench = credentialBench();
const MEASURE = "/usr/lib/systemd/systemd-measure";

/** Ours in systemd's words. */
const KEYS = [
  ["null", "tpm2-absent"],
  ["host", "host"],
  ["tpm2", "tpm2"],
  ["host+tpm2", "host+tpm2"],
] as const;

const isRefused = ({ status, stdout }: Outcome): void => {
  assert.notEqual(status, 0);
  assert.equal(stdout.length, 0);
};

for (const systemd of systemds()) {
  describe(systemd.name, { skip: systemd.skip }, () => {
    before(async () => {
      await bench.tpm.stop();
      await bench.tpm.start(); // with PCRs as after a start
    });

    const encrypt = (words: string[], input?: string | Uint8Array): Buffer =>
      bench.good(bench.creds(systemd, "encrypt", [...words, "-", "-"], input));
    const decrypt = (words: string[], input: Uint8Array): Outcome =>
      bench.creds(systemd, "decrypt", [...systemd.allowNull, ...words, "-", "-"], input);

    for (const [ours, theirs] of KEYS) {
      test(`${ours}: what it seals we open, and what we seal it opens`, () => {
        for (const data of [Buffer.of(), Buffer.from("secret\n"), randomBytes(64), randomBytes(100_000)]) {
          const sealed = encrypt([`--with-key=${theirs}`, "--name=one", "--tpm2-pcrs=0+7"], data);
          assert.deepEqual(bench.good(bench.unseal(["--allow-null", "--name", "one", "-"], sealed)), data);
          const words = ours === "host" || ours === "null" ? [] : ["--pcrs", "0+7"];
          const own = bench.good(bench.seal(["--with-key", ours, ...words, "--name", "one", "-", "-"], data));
          assert.deepEqual(bench.good(decrypt(["--name=one"], own)), data);
          assert.deepEqual(bench.good(bench.unseal(["--allow-null", "--name", "one", "-"], own)), data);
        }
      });
    }

    test("the files look alike", () => {
      const sealed = encrypt(["--with-key=tpm2", "--name=one"], "secret");
      const own = bench.good(bench.seal(["--name", "one", "-", "-"], "secret"));
      assert.deepEqual(
        own
          .toString()
          .split("\n")
          .map(({ length }) => length),
        sealed
          .toString()
          .split("\n")
          .map(({ length }) => length),
      );
    });

    test("another name is refused, none is any", () => {
      const named = encrypt(["--with-key=host", "--name=one"], "secret");
      const { status, stdout, stderr } = bench.unseal(["--name", "two", "-"], named);
      assert.deepEqual([status, stdout.length], [3, 0]);
      assert.match(stderr, /: it is to be used as one, not as two\n$/);
      bench.good(bench.unseal(["--name", "", "-"], named));
      bench.good(bench.unseal(["-"], named));
      isRefused(decrypt(["--name=two"], bench.good(bench.seal(["--with-key=host", "--name=one", "-", "-"], "secret"))));
      const unnamed = bench.good(bench.seal(["--with-key=host", "-", "-"], "secret"));
      bench.good(decrypt(["--name=two"], unnamed));
      bench.good(bench.unseal(["--name", "two", "-"], unnamed));
    });

    test("what is over is refused", () => {
      const words = ["--with-key=host", "--name=one", "--timestamp=2020-01-01 UTC", "--not-after=2020-02-01 UTC"];
      const { status, stdout, stderr } = bench.unseal(["-"], encrypt(words, "secret"));
      assert.deepEqual([status, stdout.length], [4, 0]);
      assert.match(stderr, /: its time is over\n$/);
      const lasting = bench.good(bench.seal(["--with-key=host", "--not-after", "+1h", "-", "-"], "secret"));
      bench.good(decrypt(["--name=one"], lasting));
      bench.good(bench.unseal(["-"], lasting));
      const brief = bench.good(bench.seal(["--with-key=host", "--not-after", "+1s", "-", "-"], "secret"));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2100);
      assert.equal(bench.unseal(["-"], brief).status, 4);
      isRefused(decrypt(["--name=one"], brief));
    });

    test("other PCRs: both refuse, and we say which differ", () => {
      bench.extend(23);
      const theirs = encrypt(["--with-key=tpm2", "--name=one", "--tpm2-pcrs=16+23"], "secret");
      const ours = bench.good(
        bench.seal(["--pcrs", "16+23", "--save-pcrs", "values", "--force", "--name", "one", "-", "-"], "secret"),
      );
      for (const sealed of [theirs, ours]) {
        bench.good(bench.unseal(["--pcr-values", "values", "-"], sealed));
        bench.good(decrypt(["--name=one"], sealed));
      }
      bench.extend(23);
      for (const sealed of [theirs, ours]) {
        const plain = bench.unseal(["-"], sealed);
        assert.deepEqual([plain.status, plain.stdout.length], [5, 0]);
        assert.match(
          plain.stderr,
          /: the machine is not in the state .+ of PCR 16\+23 \(sha256\) not all hold what they held\n$/,
        );
        assert.match(bench.unseal(["--pcr-values", "values", "-"], sealed).stderr, /; PCR 23 differs\n$/);
        isRefused(decrypt(["--name=one"], sealed));
      }
      assert.equal(bench.leftovers(), "");
    });

    test("a state that somebody has signed with systemd-measure", () => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      bench.write("measure.pem", privateKey.export({ format: "pem", type: "pkcs8" }));
      bench.write("measure.pub", publicKey.export({ format: "pem", type: "spki" }));
      const kernel = randomBytes(100);
      bench.write("kernel", kernel);
      const files = ["--linux=kernel", "--private-key=measure.pem", "--public-key=measure.pub"];
      const words = ["sign", ...files, "--bank=sha256", "--phase=enter-initrd", `--tpm2-device=${bench.tpm.name}`];
      bench.write("signatures.json", bench.good(bench.run(MEASURE, words)));
      bench.tpm.tool("tpm2_pcrreset", "23");

      const theirs = encrypt(
        [
          "--with-key=host+tpm2-with-public-key",
          "--name=one",
          "--tpm2-pcrs=23",
          "--tpm2-public-key=measure.pub",
          "--tpm2-public-key-pcrs=11",
        ],
        "secret",
      );
      const ours = bench.good(bench.seal(["--public-key", "measure.pub", "--name", "one", "-", "-"], "secret"));
      const both = [
        "--with-key",
        "host+tpm2",
        "--pcrs",
        "23",
        "--public-key",
        "measure.pub",
        "--name",
        "one",
        "-",
        "-",
      ];
      const all = [theirs, ours, bench.good(bench.seal(both, "secret"))];
      for (const sealed of all) {
        const { status, stderr } = bench.unseal(["--signature", "signatures.json", "-"], sealed);
        assert.equal(status, 9);
        assert.match(stderr, /: nobody has signed what PCR 11 \(sha256\) holds now\n$/);
      }
      // What the boot stub and systemd measure of such a kernel.
      for (const measured of [".linux\0", kernel, "enter-initrd"]) {
        bench.extend(11, createHash("sha256").update(measured).digest("hex"));
      }
      for (const sealed of all) {
        const signed = bench.unseal(["--signature", "signatures.json", "-"], sealed);
        assert.equal(bench.good(signed).toString(), "secret");
        bench.good(decrypt(["--name=one", "--tpm2-signature=signatures.json"], sealed));
        assert.match(
          bench.unseal(["--signature", "kernel", "-"], sealed).stderr,
          /: the file of signatures is damaged\n$/,
        );
        const none = bench.unseal(["--signature", "nowhere", "-"], sealed);
        assert.equal(none.status, 9);
        assert.match(none.stderr, /: it needs signatures of PCR 11 \(sha256\), and there are none\n$/);
      }
      bench.extend(11);
      for (const sealed of all) assert.equal(bench.unseal(["--signature", "signatures.json", "-"], sealed).status, 9);
    });

    test("another TPM: both say that it is another", async () => {
      const sealed = encrypt(["--with-key=tpm2", "--name=one"], "secret");
      const other = new Swtpm();
      await other.start();
      try {
        const { status, stderr } = bench.unseal(["--tpm", other.name, "-"], sealed);
        assert.equal(status, 6);
        assert.match(stderr, /: another TPM has sealed it, or this one before it was cleared\n$/);
        isRefused(decrypt(["--name=one", `--tpm2-device=${other.name}`], sealed));
      } finally {
        await other.remove();
      }
    });
  });
}
