/**
 * Machines that boot: a Debian with Postern installed, the images that its builders make, encrypted disks with a real system
 * that says what it has found (test/boot/real-root.sh), a TPM, and somebody at home with OpenSSH.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../src/native/build.ts";
import { DebianTree, debianTreeFault, type Outcome } from "./debian-tree.ts";
import { writeEncryptedDisk } from "./encrypted-disk.ts";
import { makeKey, type KeyFile } from "./keys.ts";
import { nativeExecutable } from "./native.ts";
import { run, type Result } from "./openssh.ts";
import { Swtpm } from "./swtpm.ts";
import { machineFault, PATIENCE, VirtualMachine } from "./virtual-machine.ts";

export type Builder = "dracut" | "initramfs-tools";

/** Why nothing can boot here; false if it can. */
export function bootFault(): string | false {
  return machineFault !== false ? machineFault : debianTreeFault();
}

export const PASSPHRASE = "correct horse battery staple";

/** Where the settings look for host keys by default, and for who may log in. */
const KEYDIR = "/etc/tinyssh/sshkeydir";
const AUTHORIZED_KEYS = "/root/.ssh/authorized_keys";

/** The PCR that a key is sealed to. Before a kernel that it is given, QEMU's firmware measures nothing there but a separator. */
const PCR = 7;
const SEPARATOR = createHash("sha256").update(Buffer.alloc(4, 0xff)).digest("hex");

const realRoot = join(dirname(fileURLToPath(import.meta.url)), "../boot/real-root.sh");
/** What it uses of busybox. */
const APPLETS = "sh cat cut find grep ip ls mount netstat poweroff sed tr".split(" ");

/** Disks by number, from 1. */
export const uuid = (disk: number): string => `00000000-0000-4000-8000-${String(disk).padStart(12, "0")}`;
export const label = (disk: number): string => `real${disk}`;

export class BootBench {
  readonly folder: string = mkdtempSync(join(tmpdir(), "postern-boot-"));
  readonly tree = new DebianTree();
  readonly tpm = new Swtpm();
  private readonly operator: KeyFile = makeKey(join(this.folder, "operator"));
  private readonly knownHosts = join(this.folder, "known_hosts");

  constructor() {
    nativeExecutable("postern");
    nativeExecutable("postern-boot");
    execFileSync("make", ["-s", "install", "PREFIX=/usr", `DESTDIR=${this.tree.root}`], { cwd: root });
    this.tree.file(AUTHORIZED_KEYS, `${this.operator.line}\n`, 0o600);
  }

  private path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs one of the installed programs in the tree, with the TPM. */
  private postern(...words: string[]): void {
    const done = this.tree.run(words, { POSTERN_TPM: this.tpm.name }, this.tpm.folder);
    if (done.status !== 0) throw new Error(`${words.join(" ")}: ${done.output}`);
  }

  /** Gives the machine a host key that anybody can read. It is called `name` by whoever logs in. */
  hostKey(name: string, folder: string = KEYDIR): void {
    mkdirSync(this.tree.path(dirname(folder)), { recursive: true });
    this.postern("tinysshd-makekey", folder);
    const key = readFileSync(this.tree.path(`${folder}/ed25519.pk`));
    const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), key]);
    writeFileSync(this.knownHosts, `${name} ssh-ed25519 ${blob.toString("base64")}\n`, { flag: "a" });
  }

  /** Has the TPM seal the host key, and a second one lie beside it for when that can't be opened. */
  async sealHostKey(name: string, fallbackName: string): Promise<void> {
    await this.tpm.start();
    this.tpm.tool("tpm2_pcrextend", `${PCR}:sha256=${SEPARATOR}`);
    this.hostKey(name);
    this.hostKey(fallbackName, `${KEYDIR}/fallback`);
    const secret = `${KEYDIR}/.ed25519.sk`;
    this.postern("postern-seal", "--name", ".ed25519.sk", "--pcrs", String(PCR), secret, `${secret}.enc`);
    rmSync(this.tree.path(secret));
  }

  /** Has the builder make an image of the tree as it is, and returns its path. */
  build(builder: Builder, words: string[] = []): { image: string; outcome: Outcome } {
    const kernel = this.tree.kernel;
    const inside = `/boot/${builder}.img`;
    const command =
      builder === "dracut"
        ? ["dracut", "--force", "--no-hostonly", "--kver", kernel, ...words, inside]
        : ["mkinitramfs", "-o", inside, ...words, kernel];
    const outcome = this.tree.run(command, { POSTERN_TPM: this.tpm.name }, this.tpm.folder);
    return { image: this.tree.path(inside), outcome };
  }

  /** Another image, in which `files` are in the place of what it had: kernels take archives one behind the other. */
  changed(image: string, files: Record<string, string>): string {
    const changes = mkdtempSync(join(this.folder, "changes-"));
    for (const [name, from] of Object.entries(files)) {
      mkdirSync(dirname(join(changes, name)), { recursive: true });
      copyFileSync(from, join(changes, name));
    }
    const pack = "find . -type f | cpio --quiet -o -H newc -R 0:0";
    const archive = execFileSync("sh", ["-c", pack], { cwd: changes });
    const contents = readFileSync(image);
    const padding = Buffer.alloc((4 - (contents.length % 4)) % 4);
    const path = `${changes}.img`;
    writeFileSync(path, Buffer.concat([contents, padding, archive]));
    return path;
  }

  /** An encrypted disk with the real system. */
  disk(number: number, passphrase: string = PASSPHRASE): string {
    const path = this.path(`disk${number}`);
    const folder = `${path}.root`;
    for (const name of ["bin", "sbin", "etc", "proc", "sys", "dev", "run", "tmp", "root"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    copyFileSync("/bin/busybox", join(folder, "bin/busybox"));
    for (const name of APPLETS) symlinkSync("busybox", join(folder, "bin", name));
    copyFileSync(realRoot, join(folder, "sbin/init"));
    chmodSync(join(folder, "sbin/init"), 0o755);
    writeFileSync(join(folder, "etc/os-release"), "ID=real\nPRETTY_NAME=Real\n");
    writeEncryptedDisk(path, folder, { uuid: uuid(number), passphrase, label: label(number) });
    rmSync(folder, { recursive: true });
    return path;
  }

  /** Switches a machine on, with the TPM. */
  async boot(image: string, disks: string[], commandLine: string[]): Promise<VirtualMachine> {
    await this.tpm.stop();
    await this.tpm.startForMachine();
    const kernel = this.tree.path(`/boot/vmlinuz-${this.tree.kernel}`);
    return VirtualMachine.start({ kernel, initrd: image, commandLine, disks, tpm: this.tpm.control });
  }

  /** The command line of ssh to a machine that is believed to be `name`. */
  sshCommand(machine: VirtualMachine, name: string, words: string[]): string[] {
    const settings = {
      UserKnownHostsFile: this.knownHosts,
      GlobalKnownHostsFile: "/dev/null",
      StrictHostKeyChecking: "yes",
      HostKeyAlias: name,
      IdentityFile: this.operator.path,
      IdentitiesOnly: "yes",
      IdentityAgent: "none",
      BatchMode: "yes",
      LogLevel: "ERROR",
      ConnectTimeout: "20",
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    return ["ssh", "-F", "none", ...options, "-p", String(machine.port), "root@127.0.0.1", ...words];
  }

  ssh(machine: VirtualMachine, name: string, words: string[], input: string = ""): Promise<Result> {
    return run(this.sshCommand(machine, name, words), { input, timeout: PATIENCE });
  }

  /** Logs in as soon as the machine lets one in, and returns what `command` says there. */
  async firstLogin(machine: VirtualMachine, name: string, command: string): Promise<string> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const { status, stdout, stderr } = await this.ssh(machine, name, [command]);
      if (status !== 255) return stdout.toString();
      if (Date.now() > end || machine.isOff) throw machine.failure(`lets nobody in: ${stderr}`);
    }
  }

  async remove(): Promise<void> {
    await this.tpm.remove();
    this.tree.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Debian's own list of what is in an image. */
export function filesOf(image: string): string {
  return spawnSync("lsinitramfs", [image], { encoding: "utf8", maxBuffer: 1 << 26 }).stdout;
}
