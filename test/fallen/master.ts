/** The attacker who holds the strings of a fallen network process (entry.ts), and what is needed to deceive a monitor. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Grant } from "../../src/core/ssh/auth/grant.ts";
import { HostKey } from "../../src/core/ssh/environment.ts";
import { encoded, type Message } from "../../src/core/ssh/message/message.ts";
import {
  Admission,
  ADMISSION,
  SIGNATURE,
  SignatureAnswer,
  Verdict,
  VERDICT,
} from "../../src/core/ssh/monitor/answer.ts";
import * as requests from "../../src/core/ssh/monitor/request.ts";
import { cipherNames } from "../../src/core/ssh/transport/ciphers.ts";
import { keyExchangeMethods } from "../../src/core/ssh/transport/key-exchange-method.ts";
import { Offer } from "../../src/core/ssh/transport/negotiation.ts";
import { TransportOptions } from "../../src/core/ssh/transport/options.ts";
import { identification } from "../../src/core/ssh/transport/identification.ts";
import { Reader } from "../../src/core/wire/reader.ts";
import type { UserKey } from "../support/keys.ts";
import { USERAUTH_REQUEST } from "../support/ssh/numbers.ts";
import { encode, message } from "../support/ssh/wire.ts";

const TELL = 0;
const HEAR = 1;
const CALL = 2;
const FLOOD = 3;
const PATIENCE = 20_000;

/** What the monitor said, and the descriptors that came with it. */
export interface News {
  descriptors: number[];
  record: Buffer;
}

/** The puppet is dead: this was its end. */
export class Fallen extends Error {}

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

export class Master {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    socket.on("error", () => {});
    socket.on("close", () => (this.ended = true));
  }

  static async connect(port: number): Promise<Master> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Master(socket);
  }

  get port(): number {
    return this.socket.localPort!;
  }

  /** Sends a record to the monitor; how many bytes were sent, or a negative errno. */
  async tell(record: Message | Uint8Array): Promise<number> {
    const bytes = record instanceof Uint8Array ? record : encoded(record);
    return Number((await this.order(TELL, bytes)).readBigInt64LE());
  }

  /** Has a record sent to the monitor again and again, as fast as can be. */
  flood(record: Message): void {
    this.send(FLOOD, encoded(record));
  }

  /** The monitor's next record; null if there is none within so many milliseconds. Of length 0: the end. */
  async hear(milliseconds = 5000): Promise<News | null> {
    const answer = await this.order(HEAR, uint32(milliseconds));
    if (answer.length === 0) return null;
    const descriptors = Array.from({ length: answer[0]! }, (_, i) => answer.readUInt32LE(1 + 4 * i));
    return { descriptors, record: answer.subarray(1 + 4 * descriptors.length) };
  }

  /** A system call: its result, and the buffers among the arguments as it left them. */
  async call(number: number, ...values: (number | Uint8Array)[]): Promise<{ result: number; buffers: Buffer[] }> {
    const six = [...values, 0, 0, 0, 0, 0, 0].slice(0, 6);
    const parts = six.map((value) =>
      typeof value === "number"
        ? Buffer.concat([Buffer.of(0), int64(BigInt(value))])
        : Buffer.concat([Buffer.of(1), uint32(value.length), value]),
    );
    const answer = await this.order(CALL, uint32(number), ...parts);
    const buffers: Buffer[] = [];
    let at = 8;
    for (const value of values) {
      if (typeof value === "number") continue;
      buffers.push(answer.subarray(at, at + value.length));
      at += value.length;
    }
    return { result: Number(answer.readBigInt64LE()), buffers };
  }

  /** Tells the monitor something, and hears its answer; null once the puppet or the monitor is gone. */
  async ask(record: Message | Uint8Array): Promise<News | null> {
    try {
      await this.tell(record);
      const news = await this.hear();
      return news === null || news.record.length === 0 ? null : news;
    } catch (error) {
      if (error instanceof Fallen) return null;
      throw error;
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private send(what: number, ...parts: Uint8Array[]): void {
    const body = Buffer.concat([Buffer.of(what), ...parts]);
    this.socket.write(Buffer.concat([uint32(body.length), body]));
  }

  private async order(what: number, ...parts: Uint8Array[]): Promise<Buffer> {
    this.send(what, ...parts);
    const header = await this.take(4);
    return this.take(header.readUInt32LE());
  }

  private async take(length: number): Promise<Buffer> {
    const signal = AbortSignal.timeout(PATIENCE);
    while (this.received.length < length) {
      if (this.ended) throw new Fallen("the puppet is dead");
      const more = [once(this.socket, "data", { signal }), once(this.socket, "close", { signal })];
      await Promise.race(more).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ECONNRESET") throw error;
        this.ended = true;
      });
    }
    const bytes = this.received.subarray(0, length);
    this.received = this.received.subarray(length);
    return bytes;
  }
}

class PublicHostKey extends HostKey {
  private readonly blob: Buffer;

  constructor(blob: Buffer) {
    super();
    this.blob = blob;
  }

  algorithm(): string {
    return "ssh-ed25519";
  }

  publicKey(): Buffer {
    return this.blob;
  }

  sign(): null {
    return null;
  }
}

/** A key exchange that never took place, as a fallen network process may tell of it. */
export class InventedExchange {
  readonly request = new requests.SignRequest();
  private readonly hostKey: Buffer;

  constructor(hostKey: Buffer) {
    this.hostKey = hostKey;
    const m = this.request;
    const kexInit = new Offer(
      keyExchangeMethods(true, false),
      [new PublicHostKey(hostKey)],
      cipherNames(false),
    ).kexInit(false);
    kexInit.cookie = randomBytes(16);
    m.clientIdentification = Buffer.from("SSH-2.0-Invented");
    m.clientKexInit = encoded(kexInit);
    m.cookie = randomBytes(16);
    m.clientPublicKey = randomBytes(32);
    m.serverPublicKey = randomBytes(32);
    m.encodedSecret = encode(Buffer.concat([Buffer.of(1), randomBytes(31)]));
  }

  /** H. `comment`: of the server's identification, which the log tells. */
  hash(comment: string, first = true): Buffer {
    const m = this.request;
    const ours = new Offer(
      keyExchangeMethods(true, true),
      [new PublicHostKey(this.hostKey)],
      cipherNames(false),
    ).kexInit(first);
    ours.cookie = m.cookie;
    const server = identification(new TransportOptions().software, comment);
    const strings = [m.clientIdentification, server, m.clientKexInit, encoded(ours), this.hostKey];
    const text = Buffer.concat([encode(...strings, m.clientPublicKey, m.serverPublicKey), m.encodedSecret]);
    return createHash("sha256").update(text).digest();
  }
}

/** A login by `key`, signed for that session. */
export function login(user: string, key: UserKey, sessionId: Uint8Array): requests.ProveRequest {
  const m = new requests.ProveRequest();
  m.user = Buffer.from(user);
  m.credential = key.blob;
  const signed = message(USERAUTH_REQUEST, user, "ssh-connection", "publickey", true, key.algorithm, key.blob);
  m.signature = key.sign(Buffer.concat([encode(sessionId), signed]));
  return m;
}

/** The signature that the monitor gave; empty if none. Null if it said something else. */
export function signatureIn(news: News | null): Buffer | null {
  if (news === null || news.record[0] !== SIGNATURE) return null;
  return Buffer.from(SignatureAnswer.decode(new Reader(news.record.subarray(1))).signature);
}

/** What the monitor has granted; null if it refused, or said something else. */
export function grantIn(news: News | null): Grant | null {
  if (news === null || news.record[0] !== ADMISSION) return null;
  return Admission.decode(new Reader(news.record.subarray(1))).grant;
}

/** The monitor's yes or no; null if it said something else. */
export function verdictIn(news: News | null): boolean | null {
  if (news === null || news.record[0] !== VERDICT) return null;
  return Verdict.decode(new Reader(news.record.subarray(1))).granted;
}
