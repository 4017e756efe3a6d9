/** The ways to a TPM: a character device, sockets of both kinds; and what is left in one that has no resource manager. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { CreatePrimary } from "../../src/core/tpm/command/object.ts";
import { RH_NULL } from "../../src/core/tpm/constants.ts";
import { Entity } from "../../src/core/tpm/entity.ts";
import { SUCCESS } from "../../src/core/tpm/response-code.ts";
import { storageRoot } from "../../src/core/tpm/templates.ts";
import { installKernels } from "../../src/node/kernels.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { nativeExecutable } from "../support/native.ts";
import { run, type Result } from "../support/openssh.ts";
import { until } from "../support/processes.ts";
import { freePort, listening } from "../support/server.ts";
import { Swtpm } from "../support/swtpm.ts";

installKernels();
const folder = temporaryFolder();
const executable = (): string => nativeExecutable("postern");
const keygen = (tpm: string, ...words: string[]): Promise<Result> =>
  run([executable(), "ssh-tpm-keygen", ...words, "--tpm", tpm]);

describe("a TPM is reached", () => {
  const tpm = new Swtpm();
  const helpers: ChildProcess[] = [];
  before(() => tpm.start());
  after(async () => {
    for (const helper of helpers) helper.kill("SIGKILL");
    await tpm.remove();
  });

  /** Starts socat between the TPM's socket and `place`. */
  function relay(place: string): void {
    helpers.push(spawn("socat", [place, `UNIX-CONNECT:${tpm.socket}`], { stdio: "ignore" }));
  }

  const reaches = async (name: string): Promise<void> => {
    const key = join(folder(), `key-${Math.random()}`);
    const made = await keygen(name, "-f", key, "-N", "");
    assert.equal(made.status, 0, made.stderr);
    assert.ok(existsSync(`${key}.tpm`) && existsSync(`${key}.pub`));
  };

  test("by the path of a socket, with and without what it is", async () => {
    await reaches(`swtpm:path=${tpm.socket}`);
    await reaches(tpm.socket);
  });

  test("as a character device", async () => {
    const device = join(folder(), "tpm0");
    relay(`PTY,raw,echo=0,link=${device}`);
    assert.ok(await until(() => existsSync(device), 5000));
    await reaches(`device:${device}`);
    helpers.pop()!.kill("SIGKILL");
  });

  test("by a port", async () => {
    const port = await freePort();
    relay(`TCP-LISTEN:${port},bind=127.0.0.1`);
    assert.ok(await until(() => listening(port), 5000));
    await reaches(`swtpm:host=127.0.0.1,port=${port}`);
    helpers.pop()!.kill("SIGKILL");
  });

  test("not where there is none, and the reason is said", async () => {
    for (const [name, words] of [
      [join(folder(), "nothing"), /unable to open the TPM \S+nothing: file does not exist/],
      [`swtpm:host=127.0.0.1,port=${await freePort()}`, /unable to open the TPM.*refused/],
      ["tabrmd", /tabrmd: not a TPM's name/],
      ["swtpm:host=nowhere", /not an address and a port/],
      ["swtpm:paht=x", /unknown: paht=x/],
    ] as const) {
      const result = await keygen(name, "-f", join(folder(), "unmade"), "-N", "");
      assert.equal(result.status, 1, name);
      assert.match(result.stderr, words);
      assert.ok(!existsSync(join(folder(), "unmade.tpm")));
    }
  });
});

describe("nothing is left in a TPM", () => {
  let tpm: Swtpm;
  let agent: ChildProcess | undefined;
  let keys = "";
  let socket = "";
  beforeEach(async () => {
    tpm = new Swtpm();
    await tpm.start();
    keys = join(folder(), `keys-${Math.random()}`);
    socket = join(keys, "agent");
    mkdirSync(keys);
    const made = await keygen(tpm.name, "-f", join(keys, "key"), "-N", "");
    assert.equal(made.status, 0, made.stderr);
    await startAgent();
  });
  afterEach(async () => {
    await stopAgent("SIGKILL");
    await tpm.remove();
  });

  async function startAgent(): Promise<void> {
    agent = spawn(executable(), ["ssh-tpm-agent", "-l", socket, "--key-dir", keys, "--tpm", tpm.name], {
      stdio: "ignore",
    });
    assert.ok(await until(() => existsSync(socket), 5000));
  }

  async function stopAgent(signal: NodeJS.Signals): Promise<void> {
    if (agent?.exitCode === null && agent.signalCode === null && agent.kill(signal)) await once(agent, "exit");
  }

  async function sign(): Promise<void> {
    const words = ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", join(keys, "key.pub")];
    const result = await run(words, { input: "text", environment: { ...process.env, SSH_AUTH_SOCK: socket } });
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout.toString(), /BEGIN SSH SIGNATURE/);
  }

  const left = (): string =>
    ["handles-transient", "handles-loaded-session"].map((kind) => tpm.tool("tpm2_getcap", kind)).join("");

  test("by an agent that is told to end, or has nothing to do", async () => {
    await sign();
    assert.equal(left(), ""); // tpm2_getcap waits until the agent has let go
    await sign();
    await stopAgent("SIGTERM");
    assert.equal(left(), "");
  });

  test("by an agent that was killed, once another one has begun", async () => {
    for (let i = 0; i < 3; i++) {
      await sign();
      await stopAgent("SIGKILL");
      await startAgent();
    }
    await sign();
    assert.equal(left(), "");
  });

  test("by a program that comes after one that was killed", async () => {
    await sign();
    await stopAgent("SIGKILL");
    assert.notEqual(left(), "");
    const made = await keygen(tpm.name, "-f", join(keys, "other"), "-N", "");
    assert.equal(made.status, 0, made.stderr);
    assert.equal(left(), "");
  });

  test("nor by others, where there is no room otherwise", async () => {
    await sign();
    assert.equal(left(), "");
    const link = tpm.connect();
    for (let i = 0; i < 3; i++) {
      const primary = new CreatePrimary(Entity.permanent(RH_NULL), storageRoot());
      assert.equal(link.tpm.execute(primary, [null]), SUCCESS);
    }
    await link.close();
    await sign();
    assert.equal(left(), "");
  });

  test("and it is used again after a reset", async () => {
    await sign();
    await tpm.stop();
    await tpm.start();
    await sign();
    assert.equal(left(), "");
  });
});
