/** TPMs in software: swtpm of Debian, one a test, with its state in a folder of its own. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFillSync } from "node:crypto";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";
import { Tpm } from "../../src/core/tpm/tpm.ts";
import { TpmLink } from "../../src/core/tpm/link.ts";
import { until } from "./processes.ts";

export class Swtpm {
  readonly folder = mkdtempSync(join(tmpdir(), "postern-tpm-"));
  readonly socket = join(this.folder, "tpm");
  readonly control = `${this.socket}.ctrl`;
  private child: ChildProcess | undefined;

  /** Powers it on. What it keeps in NV memory stays from one time to the next; the PCRs and what was loaded does not. */
  async start(): Promise<void> {
    const server = `type=unixio,path=${this.socket}`;
    await this.run(["--server", server, "--flags", "not-need-init,startup-clear"], this.socket);
  }

  /** Makes it ready for a virtual machine, which powers it on, and starts it up, by the socket `control`. */
  async startForMachine(): Promise<void> {
    await this.run([], this.control);
  }

  private async run(words: string[], socket: string): Promise<void> {
    const all = ["socket", "--tpm2", "--tpmstate", `dir=${this.folder}`, "--ctrl", `type=unixio,path=${this.control}`];
    const child = spawn("swtpm", [...all, ...words], { stdio: "ignore" });
    this.child = child;
    if (!(await until(() => existsSync(socket) || child.exitCode !== null, 10_000)) || child.exitCode !== null) {
      throw new Error("swtpm does not start");
    }
  }

  /** Powers it off, in whatever it does. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child) return;
    const ended = once(child, "exit");
    if (child.exitCode === null && child.kill("SIGKILL")) await ended;
    for (const path of [this.socket, this.control]) rmSync(path, { force: true });
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What programs are told: tpm2-tools by `TPM2TOOLS_TCTI`, ours by `--tpm`. */
  get name(): string {
    return `swtpm:path=${this.socket}`;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Runs one of the tpm2-tools, in the folder. */
  tool(name: string, ...words: string[]): string {
    const environment = { ...process.env, TPM2TOOLS_TCTI: this.name, TPM2OPENSSL_TCTI: this.name };
    return execFileSync(name, words, {
      cwd: this.folder,
      encoding: "utf8",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** A link to it from here. Only one client is served at a time: it is to be closed before others come. */
  connect(): SwtpmLink {
    return new SwtpmLink(this.socket);
  }
}

/** Runs in a thread: a socket is read while the thread that waits for the answer does nothing else. */
const relay = `
const { workerData } = require("node:worker_threads");
const socket = require("node:net").connect(workerData.path);
const { port, flag } = workerData;
let answer = Buffer.alloc(0);
const say = (bytes) => { port.postMessage(bytes); Atomics.store(flag, 0, 1); Atomics.notify(flag, 0); };
socket.on("error", () => {}).on("close", () => { say(new Uint8Array(0)); port.on("message", () => say(new Uint8Array(0))); });
socket.on("data", (bytes) => {
  answer = Buffer.concat([answer, bytes]);
  if (answer.length < 6 || answer.length < answer.readUInt32BE(2)) return;
  say(new Uint8Array(answer));
  answer = Buffer.alloc(0);
});
port.on("message", (command) => socket.write(command));
`;

/** How long an answer may take, in milliseconds: RSA keys take long. */
const PATIENCE = 60_000;

export class SwtpmLink extends TpmLink {
  /** Every command and response so far. */
  readonly log: { command: Buffer; response: Buffer }[] = [];
  /** What stands in for the TPM, or for what lies between. */
  tamper: (response: Buffer) => Buffer = (response) => response;
  private readonly path: string;
  private worker: Worker | undefined;
  private port: MessagePort | undefined;
  private flag = new Int32Array(new SharedArrayBuffer(4));

  constructor(path: string) {
    super();
    this.path = path;
  }

  get tpm(): Tpm {
    return new Tpm(this);
  }

  transmit(command: Uint8Array): Uint8Array {
    const port = this.open();
    Atomics.store(this.flag, 0, 0);
    port.postMessage(new Uint8Array(command));
    Atomics.wait(this.flag, 0, 0, PATIENCE);
    const answer = receiveMessageOnPort(port);
    const response = this.tamper(Buffer.from((answer?.message ?? new Uint8Array(0)) as Uint8Array));
    this.log.push({ command: Buffer.from(command), response: Buffer.from(response) }); // what is given away is decrypted in place
    return response;
  }

  private open(): MessagePort {
    if (this.port) return this.port;
    const { port1, port2 } = new MessageChannel();
    this.worker = new Worker(relay, {
      eval: true,
      workerData: { path: this.path, port: port2, flag: this.flag },
      transferList: [port2],
    });
    this.worker.unref();
    port1.unref();
    return (this.port = port1);
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
    this.port = undefined;
  }

  pause(milliseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }

  random(bytes: Uint8Array): void {
    randomFillSync(bytes);
  }

  /** The codes of the commands that were sent, but for those that the TPM wanted sent again. */
  codes(): number[] {
    const heard = this.log.filter(({ response }) => response.length < 10 || response.readUInt32BE(6) !== 0x922);
    return heard.map(({ command }) => command.readUInt32BE(6));
  }
}
