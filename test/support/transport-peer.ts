/**
 * The other end of a Transport, in the same process and without waiting: a client that does each step when it is told to,
 * over node:crypto and noble; sntrup761, which neither has, comes from our own kernels.
 */
import { createHash, randomBytes, sign, verify } from "node:crypto";
import { useKernels } from "../../src/core/crypto/kernels.ts";
import { Environment, FATAL, HostKey } from "../../src/core/ssh/environment.ts";
import { TransportOptions } from "../../src/core/ssh/transport/options.ts";
import { Service, Transport } from "../../src/core/ssh/transport/transport.ts";
import { WasmKernels } from "../../src/node/kernels.ts";
import { sntrup761 } from "./kems.ts";
import { ed25519FromSeed, ed25519Public } from "./keys.ts";
import { type Ephemeral, keyExchanges } from "./ssh/key-exchange.ts";
import { DISCONNECT, KEX_ECDH_INIT, KEX_ECDH_REPLY, KEXINIT, NEWKEYS } from "./ssh/numbers.ts";
import { aes256Gcm, chacha20Poly1305, type Flaws, frame, plain, type Protection } from "./ssh/packet.ts";
import { encode, Fields, message, uint32 } from "./ssh/wire.ts";

useKernels(new WasmKernels());

/** A clock that the test turns, and a log that it reads. */
export class TestEnvironment extends Environment {
  time = 0;
  readonly lines: { level: number; message: string }[] = [];
  /** Random bytes that were asked for. */
  drawn: Uint8Array[] = [];

  random(out: Uint8Array): void {
    out.set(randomBytes(out.length));
    this.drawn.push(out);
  }

  now(): number {
    return this.time;
  }

  log(level: number, message: string): void {
    this.lines.push({ level, message });
  }

  /** The lines that say why a connection failed. */
  get fatal(): string[] {
    return this.lines.filter(({ level }) => level === FATAL).map(({ message }) => message);
  }
}

export class TestHostKey extends HostKey {
  private readonly key = ed25519FromSeed(Buffer.alloc(32, 7));
  private readonly point = Buffer.from(this.key.export({ format: "jwk" }).x!, "base64url");
  broken = false;

  algorithm(): string {
    return "ssh-ed25519";
  }

  publicKey(): Uint8Array {
    return encode("ssh-ed25519", this.point);
  }

  sign(hash: Uint8Array): Uint8Array | null {
    return this.broken ? null : encode("ssh-ed25519", sign(null, hash, this.key));
  }
}

/** The layer above the transport: keeps what it is given. */
export class Recorder extends Service {
  readonly messages: Buffer[] = [];
  onMessage: (payload: Buffer) => void = () => {};

  receive(payload: Uint8Array): void {
    const copy = Buffer.from(payload);
    this.messages.push(copy);
    this.onMessage(copy);
  }
}

/** The name-lists of KEXINIT, in wire order. */
export interface Lists {
  kex: string;
  hostKey: string;
  cipherToServer: string;
  cipherToClient: string;
  macToServer: string;
  macToClient: string;
  compressionToServer: string;
  compressionToClient: string;
}

export const STRICT = "kex-strict-c-v00@openssh.com";
const CHACHA = "chacha20-poly1305@openssh.com";
export const AES_GCM = "aes256-gcm@openssh.com";

export function lists(changes: Partial<Lists> = {}): Lists {
  return {
    kex: `curve25519-sha256,ext-info-c,${STRICT}`,
    hostKey: "ssh-ed25519",
    cipherToServer: CHACHA,
    cipherToClient: CHACHA,
    macToServer: "hmac-sha2-256",
    macToClient: "hmac-sha2-256",
    compressionToServer: "none",
    compressionToClient: "none",
    ...changes,
  };
}

export function kexInit(offered: Lists, follows = false): Buffer {
  const names = encode(...Object.values(offered), "", "");
  return Buffer.concat([Buffer.of(KEXINIT), randomBytes(16), names, Buffer.of(follows ? 1 : 0), uint32(0)]);
}

/** A key pair for `method`, which the server knows by this name. */
export function ephemeral(method: string): Ephemeral {
  if (method.startsWith("mlkem768")) return keyExchanges["mlkem768x25519-sha256"](randomBytes);
  const curve = keyExchanges["curve25519-sha256"](randomBytes);
  if (method.startsWith("curve25519")) return curve;
  let pair = null;
  while (pair === null) pair = sntrup761.keypair(randomBytes(761 * 8 + 191));
  const { publicKey, secretKey } = pair;
  return {
    publicKey: Buffer.concat([publicKey, curve.publicKey]),
    agree(answer) {
      const secret = sntrup761.decapsulate(answer.subarray(0, 1039), secretKey);
      // what x25519 agrees on comes as an mpint here, but is hashed as 32 bytes
      const mpint = new Fields(curve.agree(answer.subarray(1039))).string();
      const shared = Buffer.concat([Buffer.alloc(32), mpint]).subarray(-32);
      return encode(createHash("sha512").update(secret).update(shared).digest());
    },
  };
}

const hashOf =
  (method: string) =>
  (...parts: Uint8Array[]): Buffer =>
    createHash(method.includes("sha512") ? "sha512" : "sha256")
      .update(Buffer.concat(parts))
      .digest();

interface Direction {
  protection: Protection;
  sequence: number;
}

export class Peer {
  readonly environment = new TestEnvironment();
  readonly hostKey = new TestHostKey();
  readonly service = new Recorder();
  readonly options = new TransportOptions();
  readonly transport: Transport;
  readonly outgoing: Direction = { protection: plain, sequence: 0 };
  readonly incoming: Direction = { protection: plain, sequence: 0 };
  identification = "SSH-2.0-test";
  serverIdentification = "";
  strict = true;
  sessionId: Buffer = Buffer.alloc(0);
  serverKexInit: Buffer = Buffer.alloc(0);
  private cipherToServer = CHACHA;
  private cipherToClient = CHACHA;
  /** How input reaches the transport: whole, unless a test says otherwise. */
  deliver: (bytes: Uint8Array) => void = (bytes) => this.transport.receive(bytes);
  private clientKexInit: Buffer = Buffer.alloc(0);
  private input: Buffer = Buffer.alloc(0);
  private nextOutgoing: Protection | null = null;
  private nextIncoming: Protection | null = null;

  constructor(configure: (options: TransportOptions) => void = () => {}) {
    configure(this.options);
    this.transport = new Transport(this.environment, [this.hostKey], this.options);
    this.transport.service = this.service;
  }

  seal(payload: Uint8Array, flaws: Flaws = {}): Buffer {
    const { protection, sequence } = this.outgoing;
    this.outgoing.sequence = (sequence + 1) >>> 0;
    return protection.seal(frame(payload, protection, flaws), flaws.sequence ?? sequence);
  }

  send(payload: Uint8Array, flaws: Flaws = {}): void {
    this.deliver(this.seal(payload, flaws));
  }

  /** Takes all output there is, as the socket would, and gives its messages. */
  take(): Buffer[] {
    for (;;) {
      const bytes = Buffer.from(this.transport.output());
      if (bytes.length === 0) break;
      this.input = Buffer.concat([this.input, bytes]);
      this.transport.sent(bytes.length);
    }
    return this.messages();
  }

  /** The one message that is there. */
  takeOne(number: number): Buffer {
    const found = this.take();
    if (found.length !== 1 || found[0]![0] !== number)
      throw new Error(`messages ${found.map((m) => m[0]).join()} instead of ${number}; log: ${this.environment.fatal}`);
    return found[0]!;
  }

  private messages(): Buffer[] {
    const found: Buffer[] = [];
    const { incoming } = this;
    if (this.serverIdentification === "" && this.input.includes("\n")) {
      const end = this.input.indexOf("\n");
      this.serverIdentification = this.input.toString("latin1", 0, end - 1);
      this.input = this.input.subarray(end + 1);
    }
    while (this.input.length >= 4) {
      const length = 4 + incoming.protection.length(this.input.subarray(0, 4), incoming.sequence);
      const packet = incoming.protection.open(
        this.input.subarray(0, length + incoming.protection.tag),
        incoming.sequence,
      );
      if (packet === null) throw new Error("the server sent a packet with a wrong tag");
      this.input = this.input.subarray(length + incoming.protection.tag);
      incoming.sequence = (incoming.sequence + 1) >>> 0;
      const padding = packet[4]!;
      if (padding < 4 || packet.subarray(-padding).some((byte) => byte !== 0)) throw new Error("padding");
      const payload = Buffer.from(packet.subarray(5, packet.length - padding));
      found.push(payload);
      if (payload[0] === KEXINIT) this.serverKexInit = payload;
      if (payload[0] !== NEWKEYS) continue;
      incoming.protection = this.nextIncoming!;
      if (this.strict) incoming.sequence = 0;
    }
    return found;
  }

  /** Sends our identification, and takes what the server has said so far. */
  greet(): void {
    this.deliver(Buffer.from(`${this.identification}\r\n`));
    this.takeOne(KEXINIT);
  }

  /** The payload of our KEXINIT, which the exchange hash remembers. */
  kexInit(offered: Lists, follows = false): Buffer {
    this.clientKexInit = kexInit(offered, follows);
    this.cipherToServer = offered.cipherToServer;
    this.cipherToClient = offered.cipherToClient;
    return this.clientKexInit;
  }

  /** Sends KEX_ECDH_INIT; checks the reply and takes over the keys. Messages behind the server's NEWKEYS are given. */
  agree(method: string): Buffer[] {
    const pair = ephemeral(method);
    this.deliver(this.seal(message(KEX_ECDH_INIT, pair.publicKey)));
    const reply = this.takeReply();
    const fields = new Fields(reply.subarray(1));
    const [hostKey, answer, signature] = [fields.string(), fields.string(), new Fields(fields.string())];
    const hash = hashOf(method);
    const secret = pair.agree(answer);
    const exchange = hash(
      encode(this.identification, this.serverIdentification, this.clientKexInit, this.serverKexInit),
      encode(hostKey, pair.publicKey, answer),
      secret,
    );
    signature.text();
    const key = new Fields(hostKey);
    key.text();
    if (!verify(null, exchange, ed25519Public(key.string()), signature.string())) throw new Error("wrong signature");
    if (this.sessionId.length === 0) this.sessionId = exchange;
    const derive = (letter: string): Buffer => {
      const first = hash(secret, exchange, Buffer.from(letter), this.sessionId);
      return Buffer.concat([first, hash(secret, exchange, first)]).subarray(0, 64);
    };
    const protection = (name: string, letter: string, ivLetter: string): Protection =>
      name === AES_GCM
        ? aes256Gcm(derive(letter).subarray(0, 32), derive(ivLetter).subarray(0, 12))
        : chacha20Poly1305(derive(letter));
    this.nextOutgoing = protection(this.cipherToServer, "C", "A");
    this.nextIncoming = protection(this.cipherToClient, "D", "B");
    const messages = this.take();
    if (messages[0]?.[0] !== NEWKEYS) throw new Error("no NEWKEYS behind the reply");
    return messages.slice(1);
  }

  /** Takes KEX_ECDH_REPLY alone: what is behind it needs keys that it helps to make. */
  private takeReply(): Buffer {
    const bytes = Buffer.from(this.transport.output());
    this.transport.sent(bytes.length);
    const { incoming } = this;
    if (bytes.length < 4) throw new Error(`no reply; log: ${this.environment.fatal}`);
    const length = 4 + incoming.protection.length(bytes.subarray(0, 4), incoming.sequence);
    const packet = incoming.protection.open(bytes.subarray(0, length + incoming.protection.tag), incoming.sequence)!;
    incoming.sequence++;
    this.input = bytes.subarray(length + incoming.protection.tag);
    const payload = Buffer.from(packet.subarray(5, packet.length - packet[4]!));
    if (payload[0] !== KEX_ECDH_REPLY) throw new Error(`message ${payload[0]}; log: ${this.environment.fatal}`);
    return payload;
  }

  /** Sends NEWKEYS and protects by the new keys from then on. */
  newKeys(): void {
    this.send(Buffer.of(NEWKEYS));
    this.outgoing.protection = this.nextOutgoing!;
    if (this.strict) this.outgoing.sequence = 0;
  }

  /** All up to the first keys; gives what the server says behind its NEWKEYS. */
  handshake(method = "curve25519-sha256", offered: Partial<Lists> = {}): Buffer[] {
    this.greet();
    this.send(this.kexInit(lists({ kex: `${method},ext-info-c${this.strict ? `,${STRICT}` : ""}`, ...offered })));
    const behind = this.agree(method);
    this.newKeys();
    return behind;
  }

  /** A key exchange that the server has asked for, or that we ask for. Gives what the server says behind its NEWKEYS. */
  rekey(method = "curve25519-sha256", serverHasAsked = false, offered: Partial<Lists> = {}): Buffer[] {
    this.send(this.kexInit(lists({ kex: method, ...offered })));
    if (!serverHasAsked) this.takeOne(KEXINIT);
    const behind = this.agree(method);
    this.newKeys();
    return behind;
  }

  /** A connection as the layer above sees it after login. */
  connect(method?: string): void {
    this.handshake(method);
    this.transport.authenticated();
  }

  /** The reason and text of the server's DISCONNECT, which must be the last thing that it says. */
  disconnected(): [reason: number, text: string] {
    const last = this.take().at(-1);
    if (!this.transport.closed || last?.[0] !== DISCONNECT) throw new Error("the server has not disconnected");
    const fields = new Fields(last.subarray(1));
    return [fields.uint32(), fields.text()];
  }
}
