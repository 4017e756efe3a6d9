/** What real-root.sh found: the state in which an initramfs has left a machine to the real system. */
import type { VirtualMachine } from "../support/virtual-machine.ts";

export class Report {
  /** The command lines of processes other than the first. */
  readonly processes: string[];
  /** Those in /run. */
  readonly files: string[];
  readonly listeners: string[];
  /** Addresses of interfaces other than the loopback one. */
  readonly addresses: string[];
  /** Names in /dev/mapper. */
  readonly disks: string[];
  /** Descriptions of the kernel's keys that processes have made: no keyrings, and nothing of the kernel's own. */
  readonly keys: string[];

  private constructor(text: string) {
    const lines = (kind: string): string[] =>
      [...text.matchAll(new RegExp(`^${kind}: (.*?)\\r?$`, "gm"))].map((found) => found[1]!);
    this.processes = lines("process");
    this.files = lines("file");
    this.listeners = lines("listener");
    this.addresses = lines("address").filter((line) => !/\blo\b/.test(line));
    this.disks = lines("disk").filter((name) => name !== "control");
    this.keys = lines("key").flatMap((line) => / (?:user|logon|big_key|encrypted) +(.*)$/.exec(line)?.slice(1) ?? []);
  }

  /** Waits until the machine has booted its real system and switched itself off. */
  static async of(machine: VirtualMachine): Promise<Report> {
    const text = await machine.shows(/REAL SYSTEM[^]*?^END/m);
    await machine.off();
    return new Report(text);
  }

  /** Whatever of ours, or of a login, is left. */
  get leftovers(): string[] {
    const files = this.files.filter((name) => /postern|ssh|\.sk$|\.pk$|authorized/.test(name));
    return [...this.processes, ...files, ...this.listeners];
  }
}
