/** ssh-tpm-keygen on a TPM of its own, with room for files, and what its keys can do. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createPublicKey, randomBytes, verify, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import assert from "node:assert/strict";
import { Sign } from "../../src/core/tpm/command/key.ts";
import { ALG_ECDSA, ALG_RSASSA, ALG_SHA256 } from "../../src/core/tpm/constants.ts";
import type { Entity } from "../../src/core/tpm/entity.ts";
import { TpmKeyFile } from "../../src/core/tpm/key-file.ts";
import { PublicArea } from "../../src/core/tpm/public-area.ts";
import { SUCCESS } from "../../src/core/tpm/response-code.ts";
import type { Session } from "../../src/core/tpm/session.ts";
import { Signature } from "../../src/core/tpm/signature.ts";
import type { Tpm } from "../../src/core/tpm/tpm.ts";
import { flushLeftovers, KeyUse, Workspace } from "../../src/core/tpm/workspace.ts";
import { installKernels } from "../../src/node/kernels.ts";
import { nativeExecutable } from "./native.ts";
import { temporaryFolder } from "./fixture.ts";
import { Swtpm } from "./swtpm.ts";

installKernels();

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

class Signing extends KeyUse {
  signature = new Signature();
  private readonly digest: Uint8Array;
  private readonly scheme: number;

  constructor(digest: Uint8Array, isRsa: boolean) {
    super();
    this.digest = digest;
    this.scheme = isRsa ? ALG_RSASSA : ALG_ECDSA;
  }

  run(tpm: Tpm, key: Entity, session: Session): number {
    const command = new Sign(key, this.digest, this.scheme, ALG_SHA256);
    const code = tpm.execute(command, [session]);
    this.signature = command.signature;
    return code;
  }
}

export class KeygenBench {
  readonly tpm = new Swtpm();
  private readonly folder: () => string;

  constructor(folder: () => string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder(), name);
  }

  /** Runs it with `input` as its standard input, which is no terminal. */
  run(words: string[], input = "", environment: NodeJS.ProcessEnv = {}): Outcome {
    const inherited: NodeJS.ProcessEnv = { ...process.env, HOME: this.folder(), POSTERN_TPM: this.tpm.name };
    for (const name of ["DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"]) delete inherited[name];
    const result = spawnSync(nativeExecutable("ssh-tpm"), ["ssh-tpm-keygen", ...words], {
      cwd: this.folder(),
      encoding: "utf8",
      env: { ...inherited, ...environment },
      input,
      timeout: 60_000,
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** The same where it must succeed. */
  good(...words: string[]): string {
    const { status, stdout, stderr } = this.run(words);
    assert.equal(status, 0, stderr);
    return stdout;
  }

  /** Where it must fail; returns what it complains of. */
  bad(...words: string[]): string {
    const { status, stderr } = this.run(words);
    assert.equal(status, 1, stderr);
    return stderr;
  }

  /** A conversation at a terminal: an expect script around the command. */
  converse(words: string[], script: string): Outcome {
    const command = [nativeExecutable("ssh-tpm"), "ssh-tpm-keygen", ...words].map((word) => `{${word}}`).join(" ");
    const text = `
      set timeout 20
      proc fail {what} { puts "EXPECTED: $what"; exit 99 }
      proc awaits {text} { expect -ex $text {} timeout { fail $text } eof { fail $text } }
      spawn -noecho ${command}
      ${script}
      expect eof
      exit [lindex [wait] 3]
    `;
    const result = spawnSync("expect", ["-c", text], {
      cwd: this.folder(),
      encoding: "utf8",
      env: { ...process.env, HOME: this.folder(), POSTERN_TPM: this.tpm.name },
      timeout: 60_000,
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** All that it reads and writes, of the TPM too, as strace shows it. */
  traced(...words: string[]): string {
    const trace = this.path("trace");
    const command = [
      "-o",
      trace,
      "-s",
      "100000",
      "-e",
      "trace=read,write",
      nativeExecutable("ssh-tpm"),
      "ssh-tpm-keygen",
    ];
    execFileSync("strace", [...command, ...words], {
      cwd: this.folder(),
      env: { ...process.env, POSTERN_TPM: this.tpm.name },
    });
    return readFileSync(trace, "latin1");
  }

  /** Runs it with a TPM that goes away after some commands, in the midst of the next one. */
  async withDyingTpm(commands: number, ...words: string[]): Promise<Outcome> {
    const socket = this.path(`dying-${commands}`);
    let left = commands;
    const server = createServer((client) => {
      const tpm = connect(this.tpm.socket);
      client.on("data", (bytes) => (left-- > 0 ? tpm.write(bytes) : client.destroy()));
      tpm.on("data", (bytes) => client.write(bytes));
      for (const end of [client, tpm]) end.on("error", () => {}).on("close", () => (tpm.destroy(), client.destroy()));
    });
    server.listen(socket);
    await once(server, "listening");
    const child = spawn(nativeExecutable("ssh-tpm"), ["ssh-tpm-keygen", ...words, "--tpm", `swtpm:path=${socket}`], {
      cwd: this.folder(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const outcome = { status: null as number | null, stdout: "", stderr: "" };
    child.stdout.on("data", (text) => (outcome.stdout += text));
    child.stderr.on("data", (text) => (outcome.stderr += text));
    [outcome.status] = (await once(child, "close")) as [number | null];
    server.close();
    return outcome;
  }

  /** Ends it after some milliseconds. */
  async killed(milliseconds: number, ...words: string[]): Promise<void> {
    const child = spawn(nativeExecutable("ssh-tpm"), ["ssh-tpm-keygen", ...words], {
      cwd: this.folder(),
      env: { ...process.env, POSTERN_TPM: this.tpm.name },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    await sleep(milliseconds);
    child.kill("SIGKILL");
    await ended;
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  mode(name: string): string {
    return (statSync(this.path(name)).mode & 0o7777).toString(8);
  }

  file(name: string): TpmKeyFile {
    const file = TpmKeyFile.parse(readFileSync(this.path(name)));
    assert.equal(file.fault, "");
    return file;
  }

  attributes(name: string): number {
    return PublicArea.decode(this.file(name).publicArea)!.attributes;
  }

  /** The public key in NAME.pub, as ssh-keygen reads it. */
  publicKey(name: string): KeyObject {
    const words = ["-e", "-m", "PKCS8", "-f", this.path(`${name}.pub`)];
    return createPublicKey(execFileSync("ssh-keygen", words));
  }

  /** Has the TPM sign with the key NAME.tpm; the response code, and that what it signs, NAME.pub verifies. */
  async sign(name: string, pin = "", password = ""): Promise<number> {
    const link = this.tpm.connect();
    flushLeftovers(link.tpm); // of what was killed
    const space = new Workspace(link.tpm);
    space.ownerPassword = Buffer.from(password);
    const key = this.publicKey(name);
    const message = randomBytes(100);
    const digest = await crypto.subtle.digest("SHA-256", message);
    const signing = new Signing(new Uint8Array(digest), key.asymmetricKeyType === "rsa");
    try {
      const code = space.withKey(this.file(`${name}.tpm`), Buffer.from(pin), signing);
      if (code === SUCCESS) assert.ok(verifies(key, message, signing.signature), `${name}.pub is another key`);
      return code;
    } finally {
      space.clear();
      await link.close();
    }
  }

  /** What the TPM has counted of wrong PINs. */
  wrongPins(): number {
    const [, count] = /TPM2_PT_LOCKOUT_COUNTER: 0x([0-9A-F]+)/.exec(
      this.tpm.tool("tpm2_getcap", "properties-variable"),
    )!;
    return parseInt(count!, 16);
  }

  /** Objects and sessions that lie in the TPM. */
  leftovers(): string {
    return this.tpm.tool("tpm2_getcap", "handles-transient") + this.tpm.tool("tpm2_getcap", "handles-loaded-session");
  }
}

function verifies(key: KeyObject, message: Uint8Array, signature: Signature): boolean {
  if (key.asymmetricKeyType === "rsa") return verify("sha256", message, key, signature.rsa);
  const bytes = Math.ceil(
    Number(/\d+/.exec(key.asymmetricKeyDetails!.namedCurve!.replace("prime256v1", "256"))![0]) / 8,
  );
  const numbers = [signature.r, signature.s].map((n) => Buffer.concat([Buffer.alloc(bytes - n.length), n]));
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat(numbers));
}

/** One for the tests of a file. */
export function keygenBench(): KeygenBench {
  const bench = new KeygenBench(temporaryFolder());
  before(() => bench.tpm.start());
  after(() => bench.tpm.remove());
  return bench;
}
