/** postern-seal and postern-unseal beside systemd-creds, with a TPM, a host secret and room for files. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import assert from "node:assert/strict";
import { root } from "../../src/native/build.ts";
import { nativeExecutable } from "./native.ts";
import { temporaryFolder } from "./fixture.ts";
import { Swtpm } from "./swtpm.ts";

export interface Outcome {
  status: number | null;
  stdout: Buffer;
  stderr: string;
}

/** A systemd-creds. */
export interface Systemd {
  name: string;
  program: string;
  /** What it wants to be told before it opens what was sealed with no key. */
  allowNull: string[];
  /** Why it can't be tried; false if it can. */
  skip: string | false;
}

/** The system's, and Debian 13's, which the first run downloads. */
export function systemds(): Systemd[] {
  const newer = spawnSync(join(root, "script/newer-systemd-creds"), { encoding: "utf8" });
  const why = process.getuid!() !== 0 ? "only root opens by itself" : newer.status !== 0 && newer.stderr.trim();
  return [
    { name: "systemd-creds of Debian 12", program: "systemd-creds", allowNull: [], skip: false },
    { name: "systemd-creds of Debian 13", program: newer.stdout.trim(), allowNull: ["--allow-null"], skip: why },
  ];
}

export class CredentialBench {
  readonly tpm = new Swtpm();
  private readonly folder: () => string;

  constructor(folder: () => string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder(), name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return name;
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Runs a program in the folder. */
  run(program: string, words: string[], input: string | Uint8Array = "", more: NodeJS.ProcessEnv = {}): Outcome {
    const env = {
      ...process.env,
      POSTERN_TPM: this.tpm.name,
      SYSTEMD_CREDENTIAL_SECRET: this.path("host.secret"),
      ...more,
    };
    const result = spawnSync(program, words, { cwd: this.folder(), env, input, timeout: 60_000, maxBuffer: 1 << 24 });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr.toString() };
  }

  seal(words: string[], input?: string | Uint8Array, more?: NodeJS.ProcessEnv): Outcome {
    return this.run(nativeExecutable("postern"), ["postern-seal", ...words], input, more);
  }

  unseal(words: string[], input?: string | Uint8Array, more?: NodeJS.ProcessEnv): Outcome {
    return this.run(nativeExecutable("postern"), ["postern-unseal", ...words], input, more);
  }

  /** systemd-creds encrypt or decrypt, which relies on a resource manager to clear away what it leaves. */
  creds(systemd: Systemd, command: string, words: string[], input?: string | Uint8Array): Outcome {
    const outcome = this.run(systemd.program, [command, `--tpm2-device=${this.tpm.name}`, ...words], input);
    for (const kind of ["-t", "-l", "-s"]) this.tpm.tool("tpm2_flushcontext", kind);
    return outcome;
  }

  /** The same where it must succeed: what is printed. */
  good({ status, stdout, stderr }: Outcome): Buffer {
    assert.equal(status, 0, stderr);
    return stdout;
  }

  /** Adds something to a PCR. */
  extend(pcr: number, digest: string = "5".repeat(64)): void {
    this.tpm.tool("tpm2_pcrextend", `${pcr}:sha256=${digest}`);
  }

  /** What is loaded in the TPM. */
  leftovers(): string {
    return ["handles-transient", "handles-loaded-session", "handles-saved-session"]
      .map((kind) => this.tpm.tool("tpm2_getcap", kind))
      .join("");
  }
}

/** Declares a bench for the tests of a file. */
export function credentialBench(): CredentialBench {
  const bench = new CredentialBench(temporaryFolder());
  before(() => bench.tpm.start());
  after(() => bench.tpm.remove());
  return bench;
}
