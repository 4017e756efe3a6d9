/** A system below a folder, made up, from which the trees of images are staged. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeKey, type KeyFile } from "./keys.ts";
import { nativeExecutable } from "./native.ts";

export interface Staging {
  status: number | null;
  stdout: string;
  stderr: string;
}

export const KEYDIR = "/etc/tinyssh/sshkeydir";
export const CONFIG = "/etc/postern/initramfs.conf";

export class MadeUpSystem {
  readonly root: string = mkdtempSync(join(tmpdir(), "postern-system-"));
  /** Lets root in. */
  readonly user: KeyFile = makeKey(join(this.root, "user"));
  /** Variables that count, beside PATH. */
  readonly environment: NodeJS.ProcessEnv = {};

  constructor() {
    this.file("/root/.ssh/authorized_keys", `${this.user.line}\n`, 0o600);
    this.file("/etc/kernel/cmdline", "root=/dev/mapper/root rw\n");
  }

  at(path: string): string {
    return join(this.root, path);
  }

  /** Writes a file. `path` begins with a slash. */
  file(path: string, contents: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), contents);
    chmodSync(this.at(path), mode);
  }

  configure(text: string): void {
    this.file(CONFIG, text);
  }

  /** Makes a folder with a host key. */
  makeKey(folder: string = KEYDIR): void {
    mkdirSync(dirname(this.at(folder)), { recursive: true });
    this.postern(["makekey", "-q", this.at(folder)]);
  }

  /** Seals the key in the folder, and leaves nothing of it but that. */
  sealKey(tpm: string, words: string[] = ["--pcrs", "7"], folder: string = KEYDIR): void {
    const secret = this.at(`${folder}/.ed25519.sk`);
    const all = ["seal", "--tpm", tpm, "--name", ".ed25519.sk", ...words, secret, `${secret}.enc`];
    const { status, stderr } = this.postern(all);
    if (status !== 0) throw new Error(stderr);
    rmSync(secret);
  }

  /** Runs `postern`, or what an image has of it, with `words`. */
  postern(words: string[], name: "postern" | "postern-boot" = "postern"): Staging {
    const env = { PATH: process.env.PATH, ...this.environment };
    const options = { cwd: this.root, env, encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(nativeExecutable(name), words, options);
    return { status, stdout, stderr };
  }

  /** Stages a tree in the folder `tree`. */
  stage(builder: string, words: string[] = [], executable: string = nativeExecutable("postern-boot")): Staging {
    const options = ["--for", builder, "--root", this.root, "--executable", executable];
    return this.postern(["initramfs", "stage", ...options, ...words, this.tree]);
  }

  get tree(): string {
    return this.at("tree");
  }

  has(path: string): boolean {
    return existsSync(this.at(path));
  }

  /** What is in a file of the tree. */
  staged(path: string): Buffer {
    return readFileSync(join(this.tree, path));
  }

  /**
   * The tree as text: each file's mode and name, and below it what is in it. A file that is the same as one of the system
   * is named after that; `names` says what else there is.
   */
  listing(names: [contents: Buffer, name: string][] = []): string {
    const known = [...names, [readFileSync(nativeExecutable("postern-boot")), "postern-boot"] as const];
    let text = "";
    for (const path of readdirSync(this.tree, { recursive: true, encoding: "utf8" }).toSorted()) {
      const status = lstatSync(join(this.tree, path));
      const mode = (status.mode & 0o7777).toString(8).padStart(4, "0");
      if (status.isSymbolicLink()) text += `     ${path} -> ${readlinkSync(join(this.tree, path))}\n`;
      else if (status.isDirectory()) text += `${mode} ${path}/\n`;
      else {
        const contents = this.staged(path);
        const name = known.find(([other]) => contents.equals(other))?.[1];
        text += `${mode} ${path}${name === undefined ? "" : ` = ${name}`}\n`;
        if (name === undefined) text += contents.toString().replaceAll(/^(?=.)/gm, "     | ");
      }
    }
    return text;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Calls `work` with a system that is gone afterwards. */
export function withSystem<T>(work: (system: MadeUpSystem) => T): T {
  const system = new MadeUpSystem();
  try {
    return work(system);
  } finally {
    system.remove();
  }
}
