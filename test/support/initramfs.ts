/** A folder that stands for an initramfs with disks in it, and stand-ins for the programs that ask for passphrases. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Result } from "./side-by-side.ts";

const scripts = join(dirname(fileURLToPath(import.meta.url)), "../unlock");

export interface AskerSettings {
  right: string;
  tries?: number;
  wait?: number;
  /** It takes the answer that another one gets, once. */
  cached?: boolean;
  message?: string;
  id?: string;
  notAfter?: number;
  /** Options of crypttab(5). */
  options?: string;
}

export interface FifoDisk {
  name: string;
  device: string;
  right: string;
  tries?: number;
  header?: string;
}

/** A program that asks. */
export class Asker {
  /** What it received, one for each try. */
  readonly received: { data: string; uid?: number; truncated?: boolean }[] = [];
  readonly process: ChildProcess;
  private questions = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly ended: Promise<unknown>;

  constructor(words: string[]) {
    this.process = spawn("/usr/bin/python3", words, { stdio: ["ignore", "pipe", "inherit"] });
    this.ended = once(this.process, "exit");
    createInterface({ input: this.process.stdout! }).on("line", (line) => {
      const what = JSON.parse(line);
      if (what.asks === undefined) this.received.push(what);
      else {
        this.questions++;
        for (const wake of this.waiting.splice(0)) wake();
      }
    });
  }

  /** Waits until it has asked `times` times. */
  async asked(times = 1): Promise<this> {
    while (this.questions < times) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this;
  }

  /** Waits for its end; true if its disks are open. */
  async opened(): Promise<boolean> {
    await this.ended;
    return this.process.exitCode === 0;
  }
}

export class Initramfs {
  readonly root: string = mkdtempSync(join(tmpdir(), "pu-")); // short: there are sockets in it
  private readonly askers: Asker[] = [];

  /** Writes a file. `path` begins with a slash. */
  file(path: string, contents: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(this.root + path), { recursive: true });
    writeFileSync(this.root + path, contents);
    chmodSync(this.root + path, mode);
  }

  /** Copies a file into it. */
  copy(from: string, path: string): void {
    mkdirSync(dirname(this.root + path), { recursive: true });
    cpSync(from, this.root + path);
  }

  has(path: string): boolean {
    return existsSync(this.root + path);
  }

  async systemd(name: string, device: string, { options = "luks", ...settings }: AskerSettings): Promise<Asker> {
    const script = join(scripts, "systemd-asker.py");
    const words = [script, "attach", name, device, "none", options, this.root, JSON.stringify(settings)];
    return this.started(words);
  }

  async initramfsTools(disks: FifoDisk[]): Promise<Asker> {
    return this.started([join(scripts, "initramfs-tools-asker.py"), this.root, JSON.stringify(disks)]);
  }

  private started(words: string[]): Promise<Asker> {
    const asker = new Asker(words);
    this.askers.push(asker);
    return asker.asked();
  }

  /** Runs `program` with --root. Programs in the folder's /sbin come before those of the machine. */
  async run(program: string, words: string[], input: string | Uint8Array = ""): Promise<Result> {
    const env = { ...process.env, PATH: `${this.root}/sbin:/usr/sbin:/usr/bin:/sbin:/bin` };
    const child = spawn(program, ["--root", this.root, ...words], { env, timeout: 60_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.stdin.on("error", () => {}); // it may have ended without reading
    child.stdin.end(input);
    await once(child, "close");
    return { status: child.exitCode, stdout, stderr };
  }

  remove(): void {
    for (const asker of this.askers) asker.process.kill("SIGKILL");
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Makes a LUKS image with cryptsetup; a key derivation as cheap as is taken here, so that it is quick. */
export function formatLuks(path: string, passphrase: string, options: string[] = []): void {
  spawnSync("truncate", ["-s", "20M", path]);
  const cheap = options.includes("--pbkdf") || options.includes("luks1") ? [] : ["--pbkdf", "pbkdf2"];
  const cost = options.includes("--pbkdf-force-iterations") ? [] : ["--pbkdf-force-iterations", "20000"];
  const words = ["luksFormat", "-q", ...cheap, ...cost, ...options, path, "-"];
  const result = spawnSync("cryptsetup", words, { input: passphrase, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`cryptsetup: ${result.stderr}`);
}
