/**
 * Virtual machines: QEMU without help of the processor, so that they run wherever tests do. They are slow, and slower on a
 * machine that has other things to do: whatever is waited for gets minutes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./processes.ts";
import { freePort } from "./server.ts";
import { installed } from "./stage.ts";

const QEMU = "qemu-system-x86_64";

/** Why there can't be one; false if there can. */
export const machineFault: string | false = installed(QEMU) ? false : `no ${QEMU}`;

/**
 * The emulation of cmpxchg16b of QEMU 7.2 corrupts what runs (kernel 6.12 died of it in every other boot): kernels do without
 * the instruction if the processor hasn't got it.
 */
const PROCESSOR = "max,-cx16";

/** Milliseconds that something may take. */
export const PATIENCE = 240_000;

export interface MachineSettings {
  kernel: string;
  initrd: string;
  /** Words of the kernel's command line, beside those that every machine gets. */
  commandLine: string[];
  /** Images, which stay as they are: what is written is lost. */
  disks: string[];
  /** Control socket of a TPM, to be switched on by the machine. */
  tpm?: string;
}

export class VirtualMachine {
  /** At 127.0.0.1: the machine's port 22. */
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private complaint = "";

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.folder = folder;
    this.child = child;
    child.stderr!.on("data", (text) => (this.complaint += text));
  }

  static async start(settings: MachineSettings): Promise<VirtualMachine> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "postern-machine-"));
    const words = ["-nodefaults", "-no-reboot", "-display", "none", "-M", "q35", "-accel", "tcg", "-cpu", PROCESSOR];
    words.push("-m", "1024", "-serial", `file:${join(folder, "console")}`, "-device", "virtio-rng-pci");
    words.push("-kernel", settings.kernel, "-initrd", settings.initrd);
    words.push("-append", ["console=ttyS0", "panic=-1", ...settings.commandLine].join(" "));
    words.push("-netdev", `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`);
    words.push("-device", "virtio-net-pci,netdev=net,romfile=");
    for (const disk of settings.disks) words.push("-drive", `file=${disk},if=virtio,format=raw,snapshot=on`);
    if (settings.tpm !== undefined) {
      words.push("-chardev", `socket,id=tpm,path=${settings.tpm}`, "-tpmdev", "emulator,id=tpm,chardev=tpm");
      words.push("-device", "tpm-crb,tpmdev=tpm");
    }
    const child = spawn("setpriv", ["--pdeathsig", "KILL", QEMU, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    return new VirtualMachine(port, folder, child);
  }

  /** All that the console has shown so far. */
  get console(): string {
    const path = join(this.folder, "console");
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  get isOff(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until the console shows it, and returns what it has shown from there on. Throws if that doesn't come. */
  async shows(what: RegExp, milliseconds = PATIENCE): Promise<string> {
    await until(() => what.test(this.console) || this.isOff, milliseconds, 20);
    if (this.isOff) await sleep(100); // for what it has said at last
    const console = this.console;
    const found = console.search(what);
    if (found < 0) throw this.failure(`does not show ${what}`);
    return console.slice(found);
  }

  /** Waits until it has switched itself off. */
  async off(milliseconds = PATIENCE): Promise<void> {
    if (!(await until(() => this.isOff, milliseconds, 100))) throw this.failure("does not switch itself off");
  }

  failure(what: string): Error {
    const lines = this.console.split("\n").slice(-60).join("\n");
    return new Error(`The virtual machine ${what}.\n${this.complaint}\nIts console:\n${lines}`);
  }

  async stop(): Promise<void> {
    if (!this.isOff) {
      const ended = once(this.child, "exit");
      if (this.child.kill("SIGKILL")) await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
