/**
 * A bounded run of each fuzz target, and what it has found played to the native form. FUZZ_SECONDS is how long each
 * target is fuzzed; `npm run fuzz` (main.ts) goes on for as long as one likes.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build, ownArchitecture } from "../../src/native/build.ts";
import { readInputs, seeds } from "./corpus.ts";
import { Fuzzer, Planted, targets } from "./load.ts";
import { specimens } from "./specimens.ts";

const milliseconds = Number(process.env["FUZZ_SECONDS"] ?? 3) * 1000;
const SEED = 1;
const DIGEST = 32;

/** What a target must reach at least for the harness to be of use: per cent of the points of one file. */
const reached: Record<string, [file: string, percent: number]> = {
  messages: ["ssh/message/connection.ts", 90],
  base64: ["bytes/base64.ts", 90],
  pem: ["pem/pem.ts", 90],
  "name-list": ["wire/name-list.ts", 90],
  "private-key": ["ssh/key/envelope.ts", 90],
  "key-folder": ["ssh/key/key-folder.ts", 90],
  credential: ["ssh/key/certificate.ts", 70],
  "authorized-keys": ["ssh/auth/key-options.ts", 70],
  "revoked-keys": ["ssh/key/krl.ts", 70],
  addresses: ["ssh/auth/address-list.ts", 90],
  grant: ["ssh/auth/grant.ts", 70],
  framing: ["ssh/transport/cipher.ts", 80],
  "before-keys": ["ssh/transport/negotiation.ts", 80],
  "before-login": ["ssh/auth/authentication.ts", 90],
  "after-login": ["ssh/connection/channel.ts", 85],
  monitor: ["ssh/monitor/monitor.ts", 75],
  "monitor-answers": ["ssh/monitor/answer.ts", 80],
  agent: ["ssh/agent/frame.ts", 90],
  "agent-requests": ["ssh/agent/client.ts", 85],
  sftp: ["ssh/sftp/requests.ts", 80],
  "sftp-read-only": ["ssh/sftp/server.ts", 90],
  "plain-key": ["ssh/key/pem-key.ts", 80],
  "tpm-key-file": ["tpm/key-file.ts", 90],
  "tpm-response": ["tpm/public-area.ts", 90],
  "sealed-credential": ["credential/header.ts", 90],
  "machine-state": ["credential/pcr-signatures.ts", 80],
  "luks-header": ["unlock/luks-header.ts", 90],
  "luks-metadata": ["unlock/luks2-metadata.ts", 80],
  "ask-request": ["unlock/ask-request.ts", 90],
  "initramfs-archive": ["initramfs/archive.ts", 85],
  "unified-kernel": ["initramfs/unified-kernel.ts", 90],
  "initramfs-settings": ["initramfs/settings-file.ts", 95],
  "root-device": ["initramfs/root-device.ts", 95],
  rekeying: ["ssh/transport/key-exchange.ts", 75],
};

/** What each target has found worth keeping. */
const corpora: Buffer[][] = targets.map(() => []);

test("the fuzzer finds what is wrong, shrinks it, and does the same each time", () => {
  const runs = [1, 1, 2].map((seed) => {
    const fuzzer = new Fuzzer(new Planted(), seed);
    const finding = fuzzer.search(performance.now() + 60_000);
    assert.ok(finding !== null, "nothing was found");
    assert.equal(fuzzer.shrink(finding).input.toString(), "SSH-2.0-");
    return fuzzer.runs;
  });
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});

targets.forEach((target, i) => {
  test(`fuzz ${target.name}`, (t) => {
    const fuzzer = new Fuzzer(target, SEED);
    let finding = null;
    for (const input of [...(specimens[target.name] ?? []), ...readInputs(seeds(target.name))])
      finding ??= fuzzer.try(input);
    finding ??= fuzzer.search(performance.now() + milliseconds);
    // A machine that has other things to do is given more time to get as far.
    const [file, percent] = reached[target.name] ?? ["wire/reader.ts", 50];
    const share = (): number => {
      const coverage = fuzzer.coverage.files().find((each) => each.file === file);
      return coverage === undefined ? 0 : (100 * coverage.seen) / coverage.points;
    };
    for (let more = 0; more < 10 && share() < percent; more++)
      finding ??= fuzzer.search(performance.now() + milliseconds);
    if (finding !== null) {
      const { input, what } = fuzzer.shrink(finding);
      assert.fail(`${what}\nthe input, for test/fuzz/corpus/${target.name}.txt:\n${input.toString("base64")}`);
    }
    corpora[i] = fuzzer.corpus;
    t.diagnostic(`${fuzzer.runs} runs, ${fuzzer.coverage.features} features, ${fuzzer.corpus.length} inputs kept`);
    assert.ok(share() >= percent, `${file}: ${Math.round(share())} per cent were reached, not ${percent}`);
  });
});

test("the native form tells the same of all that was found", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "postern-fuzz-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const player = join(folder, "player");
  build("test/fuzz/entry.ts", player, ownArchitecture);
  targets.forEach((target, i) => {
    const fuzzer = new Fuzzer(target, SEED);
    const inputs = corpora[i]!;
    const records = inputs.flatMap((input) => {
      const header = Buffer.alloc(8);
      header.writeUInt32BE(i, 0);
      header.writeUInt32BE(input.length, 4);
      return [header, input];
    });
    const played = spawnSync(player, { input: Buffer.concat(records), maxBuffer: inputs.length * DIGEST + 1 });
    inputs.forEach((input, n) => {
      const answer = played.stdout.subarray(n * DIGEST, (n + 1) * DIGEST);
      const expected = createHash("sha256").update(fuzzer.observe(input)).digest();
      assert.ok(answer.length > 0, `${target.name}: ${played.stderr}\n${input.toString("base64")}`);
      assert.ok(answer.equals(expected), `${target.name}: another answer\n${input.toString("base64")}`);
    });
    assert.equal(played.status, 0);
  });
});
