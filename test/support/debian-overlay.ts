/**
 * A Debian system that images can be built in by Debian's own builders, without a trace on this one: an overlay over this
 * machine's files of a folder that has packages, unpacked but not installed, and takes whatever is written. It is there for
 * one command at a time, in a mount namespace of its own. Only root can have one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../src/native/build.ts";
import type { Result } from "./side-by-side.ts";

/** Why there can be no such tree here; false if there can. */
export const missing: string | false = process.getuid!() !== 0 ? "only root mounts overlays" : false;

/** Debian's kernel for virtual machines: small, and with the TPM's drivers built in. */
export const KERNEL_PACKAGE = `linux-image-cloud-${process.arch === "arm64" ? "arm64" : "amd64"}`;

const store = join(root, "build/debian");
const MINUTE = 60_000;

/** Folders of / that are links into /usr, and stay so. */
const merged = ["lib", "sbin", "bin"];
const EXTRACT = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"';

const ENTER = `set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
mount --bind "$2" "$1/root/lib/modules"
for folder in proc sys dev; do mount --rbind /$folder "$1/root/$folder"; done
for folder in run tmp; do mount -t tmpfs tmpfs "$1/root/$folder"; done
cd "$1/root"
shift 2
exec chroot . "$@"`;

/** The folder in which the package `name` is unpacked; it is fetched the first time. */
export function unpacked(name: string): string {
  const folder = join(store, name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  const files = join(unfinished, "files");
  for (const name of merged) {
    mkdirSync(join(files, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(files, name));
  }
  execFileSync("apt-get", ["download", "-qq", "-o", "APT::Sandbox::User=root", name], { cwd: unfinished });
  const archive = readdirSync(unfinished).find((file) => file.endsWith(".deb"))!;
  execFileSync("sh", ["-c", EXTRACT, "sh", join(unfinished, archive), files]);
  for (const name of merged) rmSync(join(files, name));
  const modules = join(files, "usr/lib/modules");
  if (existsSync(modules)) execFileSync("depmod", ["-b", join(files, "usr"), readdirSync(modules)[0]!]);
  try {
    renameSync(files, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another process was quicker
  }
  rmSync(unfinished, { recursive: true, force: true });
  return folder;
}

/** The name of the package that the newest kernel is in. */
function kernelPackage(): string {
  const text = execFileSync("apt-cache", ["depends", "--important", KERNEL_PACKAGE], { encoding: "utf8" });
  return /Depends: (linux-image-\S+)/.exec(text)![1]!;
}

export class DebianOverlay {
  /** Version of the kernel in it, as in /lib/modules. */
  readonly kernel: string;
  /** Holds what is different from the machine, as it would lie in /. */
  readonly changes: string;
  private readonly folder: string = mkdtempSync(join(tmpdir(), "debian-"));
  private readonly modules: string;

  /** `packages`: what is in it beside the kernel and what the machine has; their scripts aren't run. */
  constructor(...packages: string[]) {
    const kernel = unpacked(kernelPackage());
    this.modules = join(kernel, "usr/lib/modules");
    this.kernel = readdirSync(this.modules)[0]!;
    this.changes = join(this.folder, "changes");
    for (const name of ["work", "root", "changes/usr/lib/modules"]) {
      mkdirSync(join(this.folder, name), { recursive: true });
    }
    this.copy(join(kernel, "boot"), "/boot");
    for (const name of packages) cpSync(unpacked(name), this.changes, { recursive: true, verbatimSymlinks: true });
  }

  /** Where the file `path` of the tree is if it was written there. */
  at(path: string): string {
    return join(this.changes, path);
  }

  file(path: string, contents: string | Uint8Array, mode = 0o644): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), contents);
    chmodSync(this.at(path), mode);
  }

  /** Copies a file or folder of this machine into it. */
  copy(from: string, path: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    cpSync(from, this.at(path), { recursive: true, verbatimSymlinks: true });
  }

  read(path: string): Buffer {
    return readFileSync(this.at(path));
  }

  has(path: string): boolean {
    return existsSync(this.at(path));
  }

  /** Lays Postern out in it as `make install` does, from dist/. */
  install(): void {
    execFileSync("make", ["-s", "install", "PREFIX=/usr", `DESTDIR=${this.changes}`], { cwd: root });
  }

  /** Runs a program of the tree in it, as root. */
  run(words: string[], environment: Record<string, string> = {}, milliseconds = 10 * MINUTE): Result {
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/root", ...environment };
    const shell = ["--mount", "sh", "-c", ENTER, "sh", this.folder, this.modules];
    const options = { env, encoding: "utf8", timeout: milliseconds, maxBuffer: 1 << 26 } as const;
    const { status, stdout, stderr } = spawnSync("unshare", [...shell, ...words], options);
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
