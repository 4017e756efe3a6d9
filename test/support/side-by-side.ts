/**
 * The same command line given to two makes of a program, each in a folder of its own that was prepared alike, so that
 * what they print, return and leave behind can be compared.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgramName } from "../../src/native/build.ts";
import { nativeExecutable } from "./native.ts";

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string | Uint8Array;
  /** As it is by default if absent. */
  umask?: number;
  /** Run by a user who may not read or write everything, even if the tests are run by root. */
  unprivileged?: boolean;
  environment?: NodeJS.ProcessEnv;
}

/** Any user without files. */
const NOBODY = "65534";
const root = process.getuid!() === 0;

/** Names that the executable answers to. */
const names = [
  "postern",
  "tinysshd",
  "tinysshnoneauthd",
  "tinysshd-makekey",
  "tinysshd-printkey",
  "tinyssh-convert",
  "tinyssh-keyconvert",
  "sftp-server",
  "postern-seal",
  "postern-unseal",
  "postern-unlock",
  "postern-initramfs",
  "ssh-tpm",
  "ssh-tpm-keygen",
  "ssh-tpm-agent",
  "ssh-tpm-add",
  "ssh-tpm-hostkeys",
];

/** A folder with the executable under all of its names, and room to work in. */
export class Workshop {
  readonly folder: string = mkdtempSync(join(tmpdir(), "postern-tools-"));
  private readonly programs: string = join(this.folder, "programs");

  constructor(executable: ProgramName = "postern") {
    chmodSync(this.folder, 0o755);
    mkdirSync(this.programs, { mode: 0o755 });
    const copy = join(this.folder, "executable"); // where a user without privileges can run it
    copyFileSync(nativeExecutable(executable), copy);
    chmodSync(copy, 0o755);
    for (const name of names) symlinkSync("../executable", join(this.programs, name));
  }

  /** The path of one of our programs. */
  ours(name: string): string {
    return join(this.programs, name);
  }

  /** A new folder that anybody may write to. */
  room(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    return path;
  }

  run(program: string, words: string[], cwd: string, options: RunOptions = {}): Result {
    const drop = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const command = [...(options.unprivileged && root ? drop : []), program, ...words];
    const umask = (options.umask ?? process.umask()).toString(8);
    // From a file, not a pipe: a program that doesn't read its input would break the pipe.
    const inputPath = join(this.folder, "input");
    writeFileSync(inputPath, options.input ?? "");
    const stdin = openSync(inputPath, "r");
    const result = spawnSync("sh", ["-c", `umask ${umask}; exec "$@"`, "sh", ...command], {
      cwd,
      stdio: [stdin, "pipe", "pipe"],
      env: { ...process.env, ...options.environment },
      timeout: 60_000,
    });
    closeSync(stdin);
    if (result.error !== undefined) throw result.error;
    return { status: result.status, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
  }

  remove(): void {
    execFileSync("chmod", ["-R", "u+rwX", this.folder]); // some folders in it are read-only
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Debian's program of that name; null where the package isn't installed. */
export function theirs(name: string): string | null {
  const path = join("/usr/sbin", name);
  return existsSync(path) ? path : null;
}

/** What is in a folder: names with type, permissions and size. */
export function inventory(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const { mode, size } = lstatSync(join(folder, name));
      const type = (mode & 0o170000) === 0o040000 ? "d" : (mode & 0o170000) === 0o100000 ? "-" : "?";
      return `${name} ${type}${(mode & 0o7777).toString(8)}${type === "-" ? ` ${size}` : ""}`;
    });
}
