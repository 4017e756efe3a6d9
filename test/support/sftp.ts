/** A client for SFTP servers on pipes: packets as bytes, so that wrong ones can be sent as well as right ones. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { executable } from "./launchers.ts";
import { encode, Fields, uint32 } from "./ssh/wire.ts";

/** Packet types, draft-ietf-secsh-filexfer-02 section 3. */
export const TYPE = {
  INIT: 1,
  VERSION: 2,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED: 200,
  EXTENDED_REPLY: 201,
} as const;

export const FLAG = { READ: 1, WRITE: 2, APPEND: 4, CREATE: 8, TRUNCATE: 16, EXCLUSIVE: 32 } as const;

export const CODE = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const;

export function uint64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** No attributes. */
export const PLAIN = uint32(0);

export interface Wish {
  size?: bigint | number;
  owner?: [number, number];
  mode?: number;
  /** Last access and change, in seconds. */
  times?: [number, number];
}

/** ATTRS of section 5. */
export function attributes({ size, owner, mode, times }: Wish): Buffer {
  const parts: Buffer[] = [];
  let flags = 0;
  const add = (flag: number, ...bytes: Buffer[]): void => {
    flags |= flag;
    parts.push(...bytes);
  };
  if (size !== undefined) add(1, uint64(size));
  if (owner !== undefined) add(2, ...owner.map(uint32));
  if (mode !== undefined) add(4, uint32(mode));
  if (times !== undefined) add(8, ...times.map(uint32));
  return Buffer.concat([uint32(flags), ...parts]);
}

/** What stands behind a request's id: strings are put down with their lengths, buffers as they are. */
export function fields(...values: (string | Buffer)[]): Buffer {
  return Buffer.concat(values.map((value) => (typeof value === "string" ? encode(value) : value)));
}

export function packet(type: number, id: number, body: Buffer): Buffer {
  const content = Buffer.concat([Buffer.of(type), uint32(id), body]);
  return Buffer.concat([uint32(content.length), content]);
}

export interface Found {
  flags: number;
  size?: bigint;
  owner?: number[];
  mode?: number;
  times?: number[];
}

function readAttributes(r: Fields): Found {
  const found: Found = { flags: r.uint32() };
  if (found.flags & 1) found.size = r.take(8).readBigUInt64BE();
  if (found.flags & 2) found.owner = [r.uint32(), r.uint32()];
  if (found.flags & 4) found.mode = r.uint32();
  if (found.flags & 8) found.times = [r.uint32(), r.uint32()];
  return found;
}

export interface Reply {
  type: number;
  /** Absent in VERSION. */
  id: number;
  code?: number;
  text?: string;
  handle?: Buffer;
  data?: Buffer;
  names?: { name: string; longName: string; attributes: Found }[];
  attributes?: Found;
}

/** Takes an answer apart; one that is too short or too long throws. */
export function parse(content: Buffer): Reply {
  const r = new Fields(content);
  const reply: Reply = { type: r.byte(), id: r.uint32() };
  switch (reply.type) {
    case TYPE.STATUS:
      reply.code = r.uint32();
      reply.text = r.text();
      r.string();
      break;
    case TYPE.HANDLE:
      reply.handle = r.string();
      break;
    case TYPE.DATA:
      reply.data = r.string();
      break;
    case TYPE.NAME:
      reply.names = Array.from({ length: r.uint32() }, () => ({
        name: r.text(),
        longName: r.text(),
        attributes: readAttributes(r),
      }));
      break;
    case TYPE.ATTRS:
      reply.attributes = readAttributes(r);
      break;
    case TYPE.EXTENDED_REPLY:
    case TYPE.VERSION:
      reply.data = r.rest();
      break;
    default:
      throw new Error(`an answer of type ${reply.type}`);
  }
  if (r.rest().length > 0) throw new Error(`bytes behind an answer of type ${reply.type}`);
  return reply;
}

/** The names and versions in the VERSION packet. */
export function extensionsOf(version: Reply): Record<string, string> {
  const r = new Fields(version.data!);
  const found: Record<string, string> = {};
  for (let left = version.data!.length; left > 0;) {
    const [name, value] = [r.text(), r.text()];
    found[name] = value;
    left -= 8 + name.length + value.length;
  }
  return found;
}

/** Our server under its name, in `folder`. */
export function ownSftpServer(folder: string): string {
  const path = join(folder, "sftp-server");
  symlinkSync(executable, path);
  return path;
}

/** A server on pipes. */
export class SftpClient {
  readonly process: ChildProcess;
  errors = "";
  private readonly exit: Promise<unknown[]>;
  private received: Buffer = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => {};
  private nextId = 1;

  constructor(command: string[], folder: string, environment: NodeJS.ProcessEnv = process.env) {
    this.process = spawn(command[0]!, command.slice(1), { cwd: folder, env: environment, stdio: "pipe" });
    this.exit = once(this.process, "exit");
    this.process.stdin!.on("error", () => {}); // a server may end before it has read all
    this.process.stderr!.on("data", (piece) => (this.errors += piece));
    this.process.stdout!.on("data", (piece: Buffer) => {
      this.received = Buffer.concat([this.received, piece]);
      this.wake();
    });
    this.process.stdout!.on("close", () => {
      this.ended = true;
      this.wake();
    });
  }

  /** Says INIT, and returns the server's answer. */
  async init(): Promise<Reply> {
    this.send(Buffer.concat([uint32(5), Buffer.of(TYPE.INIT), uint32(3)]));
    return (await this.receive())!;
  }

  send(bytes: Buffer): void {
    this.process.stdin!.write(bytes);
  }

  /** Sends a request with the next id, and returns that. */
  request(type: number, ...values: (string | Buffer)[]): number {
    this.send(packet(type, this.nextId, fields(...values)));
    return this.nextId++;
  }

  /** The next packet's content; null at the end of the session. */
  async content(): Promise<Buffer | null> {
    for (;;) {
      const length = this.received.length < 4 ? Infinity : this.received.readUInt32BE();
      if (this.received.length >= 4 + length) {
        const content = this.received.subarray(4, 4 + length);
        this.received = this.received.subarray(4 + length);
        return content;
      }
      if (this.ended) return null;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** The next answer; null at the end of the session. */
  async receive(): Promise<Reply | null> {
    const content = await this.content();
    return content === null ? null : parse(content);
  }

  /** A request and its answer, which must be the next. */
  async ask(type: number, ...values: (string | Buffer)[]): Promise<Reply> {
    const id = this.request(type, ...values);
    const reply = await this.receive();
    if (reply === null) throw new Error(`the server ended: ${this.errors}`);
    if (reply.id !== id) throw new Error(`an answer to ${reply.id}, not to ${id}`);
    return reply;
  }

  /** Closes the server's input, and returns its exit status once it has ended; null if a signal ended it. */
  async end(): Promise<number | null> {
    this.process.stdin!.end();
    return (await this.exit)[0] as number | null;
  }

  /** Ends the server at once, whatever it has still to say. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exit;
    this.process.stdin!.destroy();
    this.process.stdout!.destroy();
  }
}
