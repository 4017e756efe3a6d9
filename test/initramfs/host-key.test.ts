/** postern-host-key, which an image runs once: what is in its folder afterwards, and what it says, in whatever state a TPM is. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { afterEach, before, beforeEach, test } from "node:test";
import { nativeExecutable } from "../support/native.ts";
import { MadeUpSystem, type Staging } from "../support/staging.ts";
import { Swtpm } from "../support/swtpm.ts";

let tpm: Swtpm;
let system: MadeUpSystem;
before(() => nativeExecutable("postern-boot"));

/** A machine that was just switched on, with a key that is sealed to it in the state that it is in then. */
beforeEach(async () => {
  tpm = new Swtpm();
  await tpm.start();
  system = new MadeUpSystem();
  system.makeKey("/sealed");
  system.makeKey("/fallback");
  copyFileSync(system.at("/sealed/.ed25519.sk"), system.at("/secret"));
  system.sealKey(tpm.name, ["--pcrs", "0+7"], "/sealed");
  copyFileSync(system.at("/sealed/.ed25519.sk.enc"), system.at("/sealed/.ed25519.sk"));
  writeFileSync(system.at("/sealed/pcr-values"), tpm.tool("tpm2_pcrread", "sha256:0,7"));
});
afterEach(async () => {
  system.remove();
  await tpm.remove();
});

const boot = (words: string[]): Staging => system.postern(words, "postern-boot");

function load(name = tpm.name, words = ["--fallback", system.at("/fallback")]): Staging {
  return boot(["host-key", "--tpm", name, ...words, system.at("/sealed"), system.at("/run/keys")]);
}

const read = (path: string): string => readFileSync(system.at(path), "latin1");

/** The folder holds the key of another one, and nothing else but `more`. */
function holds(publicKey: string, secretKey: string, more: string[] = []): void {
  assert.deepEqual(readdirSync(system.at("/run/keys")).toSorted(), [".ed25519.sk", ...more, "ed25519.pk"]);
  assert.equal(read("/run/keys/ed25519.pk"), read(publicKey));
  assert.equal(read("/run/keys/.ed25519.sk"), read(secretKey));
  for (const [path, mode] of [
    ["", 0o700],
    ["/.ed25519.sk", 0o600],
  ] as const)
    assert.equal(statSync(system.at(`/run/keys${path}`)).mode & 0o777, mode);
}

const holdsSealed = (): void => holds("/sealed/ed25519.pk", "/secret");
const holdsFallback = (): void => holds("/fallback/ed25519.pk", "/fallback/.ed25519.sk", ["banner"]);

const extend = (pcr: number): string => tpm.tool("tpm2_pcrextend", `${pcr}:sha256=${"5".repeat(64)}`);

test("the sealed key, as long as all is as it was", () => {
  assert.deepEqual(load(), { status: 0, stdout: "", stderr: "" });
  holdsSealed();
  extend(4);
  assert.deepEqual(load(), { status: 0, stdout: "", stderr: "" }, "a second time, and with another PCR changed");
  holdsSealed();
});

test("PCRs have changed: the other key, and which PCRs", () => {
  for (const [pcr, which] of [
    [7, "PCR 7 differs"],
    [0, "PCR 0\\+7 differ"],
  ] as const) {
    extend(pcr);
    const { status, stderr } = load();
    assert.equal(status, 0);
    assert.match(stderr, new RegExp(`^postern-host-key: warning: unable to open the sealed host key: .*${which}\n$`));
    holdsFallback();
    assert.match(
      read("/run/keys/banner"),
      new RegExp(`^The sealed host key could not be opened: .*${which}\\.\r\nThis is the fallback host key, .*\r\n$`),
    );
  }
});

test("they are as before: the other key, and its banner, are gone", () => {
  copyFileSync(system.at("/sealed/.ed25519.sk"), system.at("/good"));
  writeFileSync(system.at("/sealed/.ed25519.sk"), "damaged");
  load();
  holdsFallback();
  copyFileSync(system.at("/good"), system.at("/sealed/.ed25519.sk"));
  assert.equal(load().status, 0);
  holdsSealed();
});

test("another TPM, and none", async () => {
  const other = new Swtpm();
  await other.start();
  try {
    const { status, stderr } = load(other.name);
    assert.equal(status, 0);
    assert.match(stderr, /unable to open the sealed host key: .*TPM/);
    holdsFallback();
  } finally {
    await other.remove();
  }
  const { status, stderr } = load("/dev/nowhere");
  assert.equal(status, 0);
  assert.match(stderr, /unable to open the sealed host key: .*\/dev\/nowhere/);
  holdsFallback();
  assert.match(read("/run/keys/banner"), /\/dev\/nowhere/);
});

test("a key that is sealed, and not of the public half beside it", () => {
  copyFileSync(system.at("/fallback/ed25519.pk"), system.at("/sealed/ed25519.pk"));
  assert.equal(load().status, 0);
  holdsFallback();
});

test("a fallback that nobody wanted: there is nothing", () => {
  extend(7);
  const { status, stderr } = load(tpm.name, []);
  assert.equal(status, 111);
  assert.match(stderr, /PCR 7 differs\n$/);
  assert.ok(!existsSync(system.at("/run/keys")));
});

test("a fallback that is missing, or broken: there is no key, and it fails", () => {
  extend(7);
  rmSync(system.at("/fallback/.ed25519.sk"));
  const { status, stderr } = load();
  assert.equal(status, 111);
  assert.match(stderr, /fatal: unable to use the fallback key: /);
  assert.ok(!existsSync(system.at("/run/keys/.ed25519.sk")));
});

test("--remove leaves nothing, and takes nothing else", () => {
  const remove = (): Staging => boot(["host-key", "--remove", system.at("/run/keys")]);
  assert.deepEqual(remove(), { status: 0, stdout: "", stderr: "" }, "there is nothing yet");
  for (const change of [(): void => {}, (): unknown => extend(7)]) {
    change();
    load();
    assert.deepEqual(remove(), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(readdirSync(system.at("/run")), []);
  }
  mkdirSync(system.at("/run/keys"));
  writeFileSync(system.at("/run/keys/mine"), "");
  assert.equal(remove().status, 111);
  assert.ok(existsSync(system.at("/run/keys/mine")));
});

test("--wait: for a TPM that comes late", async () => {
  await tpm.stop();
  const words = ["host-key", "--tpm", tpm.name, "--wait", "20", system.at("/sealed"), system.at("/run/keys")];
  const loader = spawn(nativeExecutable("postern-boot"), words, { stdio: "inherit" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(loader.exitCode, null);
  const ended = once(loader, "exit");
  await tpm.start();
  assert.deepEqual(await ended, [0, null]);
  holdsSealed();
});

test("a TPM that says nothing any more: the other key, soon", async () => {
  const silent = createServer().listen(system.at("/silent"));
  await once(silent, "listening");
  try {
    const name = `swtpm:path=${system.at("/silent")}`;
    const words = ["host-key", "--tpm", name, "--answer", "1", "--fallback", system.at("/fallback")];
    words.push(system.at("/sealed"), system.at("/run/keys"));
    const loader = spawn(nativeExecutable("postern-boot"), words, {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 15_000,
    });
    assert.deepEqual(await once(loader, "exit"), [0, null]);
    holdsFallback();
  } finally {
    silent.close();
  }
});

test("command lines", () => {
  assert.equal(boot(["host-key"]).status, 100);
  assert.equal(boot(["host-key", "one"]).status, 100);
  assert.equal(boot(["host-key", "one", "two", "three"]).status, 100);
  assert.equal(boot(["host-key", "--remove", "one", "two"]).status, 100);
  assert.equal(boot(["host-key", "--wait", "soon", "one", "two"]).status, 100);
  assert.equal(boot(["host-key", "--answer", "0", "one", "two"]).status, 100);
});
