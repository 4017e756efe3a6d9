/** Images as builders make them, small: a tree with what `postern initramfs stage` has added, packed by real programs. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nativeExecutable } from "./native.ts";
import type { Result } from "./side-by-side.ts";
import { KEYDIR, MadeUpSystem } from "./staging.ts";

export type Builder = "mkinitcpio" | "dracut" | "initramfs-tools";

/** What `--for` doesn't tell: the rest of an image, as far as the check looks for it. */
const SH = Buffer.from("#!/bin/sh\n");
const PASSWD = "root:x:0:0:root:/root:/bin/sh\n";

export class Image {
  /** The system that it is made for: a machine with one interface. */
  readonly system: MadeUpSystem = new MadeUpSystem();
  /** The files of the image. */
  readonly tree: string = this.system.at("image");
  /** Where it is packed to. */
  readonly path: string = this.system.at("initramfs");
  readonly builder: Builder;

  /** `tpm`: the name of the one that the host key is sealed by, with another as its fallback; a bare key if it is empty. */
  constructor(builder: Builder = "mkinitcpio", tpm = "") {
    this.builder = builder;
    this.system.makeKey();
    if (tpm !== "") {
      this.system.sealKey(tpm);
      this.system.makeKey(`${KEYDIR}/fallback`);
    }
    this.device("net", "eth0", "virtio_pci", "virtio_net");
    mkdirSync(join(this.tree, "usr/bin"), { recursive: true });
    mkdirSync(join(this.tree, "usr/lib/modules/6.1.0/kernel/drivers/net"), { recursive: true });
    this.link("bin", "usr/bin");
    this.link("lib", "usr/lib");
    this.file("usr/bin/busybox", SH, 0o755);
    this.link("usr/bin/sh", "busybox");
    this.file("etc/passwd", PASSWD);
    this.file("usr/lib/modules/6.1.0/kernel/drivers/net/virtio-net.ko.xz", "");
    this.file("usr/lib/modules/6.1.0/modules.builtin", "kernel/drivers/virtio/virtio_pci.ko\n");
    if (builder === "initramfs-tools") this.addScripts();
    else this.addSystemd();
    this.stage(tpm === "" ? [] : ["--tpm", tpm]);
  }

  /** Writes a file of the image. */
  file(path: string, contents: string | Uint8Array, mode = 0o644): this {
    write(join(this.tree, path), contents, mode);
    return this;
  }

  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.tree, path)), { recursive: true });
    symlinkSync(target, join(this.tree, path));
    return this;
  }

  read(path: string): Buffer {
    return readFileSync(join(this.tree, path));
  }

  /** Changes a text, which has to be there. */
  replace(path: string, from: string | RegExp, to: string): this {
    const text = this.read(path).toString();
    if (text.replace(from, to) === text) throw new Error(`${path} has no ${from}`);
    writeFileSync(join(this.tree, path), text.replace(from, to));
    return this;
  }

  remove(path: string): this {
    rmSync(join(this.tree, path), { recursive: true });
    return this;
  }

  mode(path: string, mode: number): this {
    chmodSync(join(this.tree, path), mode);
    return this;
  }

  /** Packs it; `compress` is a filter. */
  pack(compress = "cat", owner = "0:0"): this {
    const command = `find . | sort | cpio -o -H newc -R ${owner} --quiet | ${compress}`;
    const bytes = execFileSync("sh", ["-c", command], { cwd: this.tree, maxBuffer: 1 << 28 });
    writeFileSync(this.path, bytes, { mode: 0o600 });
    return this;
  }

  check(words: string[] = [], environment: NodeJS.ProcessEnv = {}): Result {
    const env = { ...process.env, ...environment };
    const usual = ["--root", this.system.root, "--executable", nativeExecutable("postern-boot")];
    const all = ["initramfs", "check", ...usual, ...words, this.path];
    const { status, stdout, stderr } = spawnSync(nativeExecutable("postern"), all, { env, encoding: "utf8" });
    return { status, stdout, stderr };
  }

  end(): void {
    this.system.remove();
  }

  /** A device of the system in sysfs, with the modules of the drivers on the way to it. */
  device(kind: "net" | "tpm", name: string, ...modules: string[]): void {
    const sys = this.system.at("sys");
    let path = "devices";
    for (const module of modules) {
      path += `/${name}-${module}`;
      const driver = join(sys, "bus/drivers", module);
      mkdirSync(driver, { recursive: true });
      write(join(sys, "module", module, "initstate"), "live\n");
      if (!existsSync(join(driver, "module"))) symlinkSync(`../../../module/${module}`, join(driver, "module"));
      mkdirSync(join(sys, path), { recursive: true });
      symlinkSync(`${"../".repeat(path.split("/").length)}bus/drivers/${module}`, join(sys, path, "driver"));
    }
    mkdirSync(join(sys, path, kind, name), { recursive: true });
    mkdirSync(join(sys, "class", kind), { recursive: true });
    symlinkSync(`../../${path}/${kind}/${name}`, join(sys, "class", kind, name));
  }

  private addSystemd(): void {
    this.file("usr/lib/systemd/systemd", SH, 0o755);
    this.file("usr/lib/systemd/systemd-networkd", SH, 0o755);
    this.file("etc/systemd/network/20-wired.network", "[Match]\nName=*\n[Network]\nDHCP=yes\n");
    this.link("init", "usr/lib/systemd/systemd");
  }

  private addScripts(): void {
    const script = "scripts/init-premount/postern";
    this.file("init", SH, 0o755);
    this.file(script, "#!/bin/sh\n/usr/lib/postern/serve &\n", 0o755);
    this.file("scripts/init-premount/ORDER", `/${script} "$@"\n[ -e /conf/param.conf ] && . /conf/param.conf\n`);
  }

  private stage(words: string[]): void {
    const { status, stderr } = this.system.stage(this.builder, ["--image", this.tree, ...words]);
    if (status !== 0) throw new Error(stderr);
    execFileSync("cp", ["-a", `${this.system.tree}/.`, this.tree]);
  }
}

function write(path: string, contents: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  chmodSync(path, mode);
}
