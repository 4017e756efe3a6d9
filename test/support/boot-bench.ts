/**
 * Machines that boot: a Debian with Postern installed, the images that its builders make, encrypted disks with a real system
 * that says what it has found (test/boot/real-root.sh), a TPM, and somebody at home with OpenSSH.
 */
import { execFileSync } from "node:child_process";
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
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../src/native/build.ts";
import { DebianTree, debianTreeFault } from "./debian-tree.ts";
import { writeEncryptedDisk } from "./encrypted-disk.ts";
import { makeKey, type KeyFile } from "./keys.ts";
import { nativeExecutable } from "./native.ts";
import { run, type Result } from "./openssh.ts";
import { until } from "./processes.ts";
import { Swtpm } from "./swtpm.ts";
import { TerminalLogin } from "./terminal-login.ts";
import { machineFault, PATIENCE, VirtualMachine } from "./virtual-machine.ts";

export type Builder = "dracut" | "initramfs-tools";

/** Why nothing can boot here; false if it can. */
export function bootFault(): string | false {
  return machineFault !== false ? machineFault : debianTreeFault();
}

export const PASSPHRASE = "correct horse battery staple";

/** Where the settings look for host keys by default, and for who may log in. */
const KEYDIR = "/etc/tinyssh/sshkeydir";
const SECRET = ".ed25519.sk";
const AUTHORIZED_KEYS = "/root/.ssh/authorized_keys";

/** The PCR that a key is sealed to. Before a kernel that it is given, QEMU's firmware measures nothing there but a separator. */
const PCR = 7;
const SEPARATOR = createHash("sha256").update(Buffer.alloc(4, 0xff)).digest("hex");

const realRoot = join(dirname(fileURLToPath(import.meta.url)), "../boot/real-root.sh");
/** What it uses of busybox. */
const APPLETS = "sh cat cut find grep ip ls mount netstat poweroff sed tr".split(" ");

/** Milliseconds from one attempt to be answered to the next. */
const CALL_MILLISECONDS = 300;

/** Disks by number, from 1. */
export const uuid = (disk: number): string => `00000000-0000-4000-8000-${String(disk).padStart(12, "0")}`;
export const label = (disk: number): string => `real${disk}`;

export class BootBench {
  private readonly folder: string = mkdtempSync(join(tmpdir(), "postern-boot-"));
  readonly tree = new DebianTree();
  private tpm = new Swtpm();
  private readonly operator: KeyFile = makeKey(join(this.folder, "operator"));
  private readonly knownHosts = join(this.folder, "known_hosts");

  constructor() {
    nativeExecutable("postern");
    nativeExecutable("postern-boot");
    const targets = ["install", "install-dracut", "install-initramfs-tools"];
    execFileSync("make", ["-s", ...targets, "PREFIX=/usr", `DESTDIR=${this.tree.root}`], { cwd: root });
    this.tree.file(AUTHORIZED_KEYS, `${this.operator.line}\n`, 0o600);
    this.tree.file("/etc/systemd/network/10-wired.network", "[Match]\nName=en*\n[Network]\nDHCP=yes\n");
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
    const secret = `${KEYDIR}/${SECRET}`;
    this.postern("postern-seal", "--name", SECRET, "--pcrs", String(PCR), secret, `${secret}.enc`);
    rmSync(this.tree.path(secret));
  }

  /** The image as it would be had the key been sealed, and the image built, when the PCR held something else. */
  async builtOtherwise(image: string): Promise<string> {
    const secret = `${this.tpm.folder}/secret`;
    const sealed = `${this.tpm.folder}/sealed`;
    await this.tpm.stop();
    await this.tpm.start();
    this.tpm.tool("tpm2_pcrextend", `${PCR}:sha256=${SEPARATOR}`);
    this.postern("postern-unseal", "--name", SECRET, `${KEYDIR}/${SECRET}.enc`, secret);
    this.tpm.tool("tpm2_pcrextend", `${PCR}:sha256=${SEPARATOR}`);
    const values = `${this.tpm.folder}/values`;
    this.postern("postern-seal", "--name", SECRET, "--pcrs", String(PCR), "--save-pcrs", values, secret, sealed);
    await this.tpm.stop();
    const folder = "etc/postern/sealed";
    return this.changed(image, { [`${folder}/${SECRET}`]: sealed, [`${folder}/pcr-values`]: values });
  }

  /** Puts another TPM into the machine. */
  async replaceTpm(): Promise<void> {
    await this.tpm.remove();
    this.tpm = new Swtpm();
  }

  /** Has the builder make an image of the tree as it is, and returns its path. */
  build(builder: Builder): string {
    const { kernel } = this.tree;
    const inside = `/boot/${builder}.img`;
    const command =
      builder === "dracut"
        ? ["dracut", "--force", "--no-hostonly", "--add", "postern postern-network", "--kver", kernel, inside]
        : ["mkinitramfs", "-o", inside, kernel];
    const { status, output } = this.tree.run(command, { POSTERN_TPM: this.tpm.name }, this.tpm.folder);
    if (status !== 0) throw new Error(output);
    return this.tree.path(inside);
  }

  /** Another image, in which `files` are in the place of what it had: kernels take archives one behind the other. */
  private changed(image: string, files: Record<string, string>): string {
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
  disk(number: number): string {
    const path = join(this.folder, `disk${number}`);
    const folder = `${path}.root`;
    for (const name of ["bin", "sbin", "etc", "proc", "sys", "dev", "run", "tmp", "root"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    copyFileSync("/bin/busybox", join(folder, "bin/busybox"));
    for (const name of APPLETS) symlinkSync("busybox", join(folder, "bin", name));
    copyFileSync(realRoot, join(folder, "sbin/init"));
    chmodSync(join(folder, "sbin/init"), 0o755);
    writeFileSync(join(folder, "etc/os-release"), "ID=real\nPRETTY_NAME=Real\n");
    writeEncryptedDisk(path, folder, { uuid: uuid(number), passphrase: PASSPHRASE, label: label(number) });
    rmSync(folder, { recursive: true });
    return path;
  }

  /** Runs `work` with a machine, which is switched on, and off afterwards. */
  async withMachine(
    image: string,
    disks: string[],
    commandLine: string[],
    work: (machine: VirtualMachine) => Promise<void>,
    { tpm = true } = {},
  ): Promise<void> {
    await this.tpm.stop();
    if (tpm) await this.tpm.startForMachine();
    const kernel = this.tree.path(`/boot/vmlinuz-${this.tree.kernel}`);
    const control = tpm ? this.tpm.control : undefined;
    const machine = await VirtualMachine.start({ kernel, initrd: image, commandLine, disks, tpm: control });
    try {
      await work(machine);
    } catch (error) {
      throw machine.failure(`fails: ${(error as Error).stack}`);
    } finally {
      await machine.stop();
      await this.tpm.stop();
    }
  }

  /** The command line of ssh to a machine that is believed to be `name`. */
  private sshCommand(machine: VirtualMachine, name: string, words: string[], more: string[] = []): string[] {
    const settings = {
      UserKnownHostsFile: this.knownHosts,
      GlobalKnownHostsFile: "/dev/null",
      StrictHostKeyChecking: "yes",
      HostKeyAlias: name,
      IdentityFile: this.operator.path,
      IdentitiesOnly: "yes",
      IdentityAgent: "none",
      BatchMode: "yes",
      LogLevel: "INFO", // with banners
      ConnectTimeout: "20",
    };
    const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    return ["ssh", "-F", "none", ...more, ...options, "-p", String(machine.port), "root@127.0.0.1", ...words];
  }

  /** Logs in with a terminal. It ends with the machine at the latest. */
  terminal(machine: VirtualMachine, name: string): TerminalLogin {
    return new TerminalLogin(this.sshCommand(machine, name, [], ["-tt"]));
  }

  /** Runs ssh to its end: with `words` as the command, or to log in with none. */
  ssh(machine: VirtualMachine, name: string, words: string[], input: string = ""): Promise<Result> {
    return run(this.sshCommand(machine, name, words), { input, timeout: PATIENCE });
  }

  /** Waits until the console shows that there is an address, and returns in how many milliseconds from then on somebody answers. */
  async answers(machine: VirtualMachine, address: RegExp): Promise<number> {
    await machine.shows(address);
    const begun = Date.now();
    const callers: Socket[] = [];
    let heard = false;
    try {
      await until(() => {
        // A call that the machine has no ear for yet is repeated after seconds only: so there are others.
        if (Date.now() - begun >= callers.length * CALL_MILLISECONDS) {
          callers.push(
            connect(machine.port, "127.0.0.1")
              .on("error", () => {})
              .on("data", () => (heard = true)),
          );
        }
        return heard || machine.isOff;
      }, PATIENCE);
    } finally {
      for (const caller of callers) caller.destroy();
    }
    if (!heard) throw machine.failure("does not answer");
    return Date.now() - begun;
  }

  async remove(): Promise<void> {
    await this.tpm.remove();
    this.tree.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
