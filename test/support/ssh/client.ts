/**
 * An SSH client for tests: the transport layer (RFC 4253), step by step.
 *
 * Each step of the protocol is a method, so that a test can stop, repeat, reorder or spoil any of them; `write` puts
 * raw bytes on the wire at any time. Messages are read only when asked for. With a fixed source of random bytes and an
 * Ed25519 key a session is the same each time, byte by byte, and `recording` holds it.
 */
import { createHash, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { COMPOSITE, verifyComposite } from "../composite-key.ts";
import { ed25519Public } from "../keys.ts";
import { keyExchanges, type Ephemeral, type KeyExchangeName } from "./key-exchange.ts";
import { DISCONNECT, KEX_ECDH_INIT, KEX_ECDH_REPLY, KEXINIT, NEWKEYS } from "./numbers.ts";
import { chacha20Poly1305, frame, plain, type Flaws, type Protection } from "./packet.ts";
import { encode, Fields, message, uint32 } from "./wire.ts";

/** The lists of KEXINIT, RFC 4253 section 7.1. */
export interface Proposal {
  keyExchange: string[];
  hostKey: string[];
  cipherToServer: string[];
  cipherToClient: string[];
  macToServer: string[];
  macToClient: string[];
  compressionToServer: string[];
  compressionToClient: string[];
  follows: boolean;
}

const CIPHER = "chacha20-poly1305@openssh.com";

export interface ClientOptions {
  keyExchange?: KeyExchangeName;
  /** False: doesn't ask for strict key exchange. */
  strict?: boolean;
  /** Changes to what KEXINIT proposes. */
  proposal?: Partial<Proposal>;
  identification?: string;
  random?: (count: number) => Buffer;
  /** Milliseconds to wait for a message. */
  patience?: number;
  /** Where to come from: any of 127.0.0.0/8, or `::1`. */
  localAddress?: string;
}

/** One piece of a recorded session, in the order of the wire. */
export interface Piece {
  from: "client" | "server";
  bytes: Buffer;
}

/** The server has closed the connection where a message was due. `reason` is from its DISCONNECT, if it sent one. */
export class Ended extends Error {
  readonly reason: number | null;

  constructor(reason: number | null, text: string) {
    super(`the server closed the connection${text === "" ? "" : `: ${text}`}`);
    this.reason = reason;
  }
}

const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

/** By type of host key, RFC 4253 section 6.6. */
const hostKeyVerifiers: Record<string, (material: Buffer, message: Buffer, value: Buffer) => boolean> = {
  "ssh-ed25519": (material, message, value) => verify(null, message, ed25519Public(material), value),
  [COMPOSITE]: verifyComposite,
};

/** By type of certificate, the type of the key in it. */
const CERTIFIED: Record<string, string> = { "ssh-mldsa44-ed25519-cert-v01@openssh.com": COMPOSITE };

interface Direction {
  protection: Protection;
  sequence: number;
}

export class Client {
  readonly outgoing: Direction = { protection: plain, sequence: 0 };
  readonly incoming: Direction = { protection: plain, sequence: 0 };
  readonly recording: Piece[] = [];
  /** Our port: the server's log names it. */
  readonly port: number;
  /** The server's identification, without its line end. */
  serverIdentification = "";
  sessionId: Buffer = Buffer.alloc(0);
  hostKey: Buffer = Buffer.alloc(0);
  /** K of the last key exchange, as it was encoded. */
  secret: Buffer = Buffer.alloc(0);
  /** What the server proposed in its last KEXINIT. */
  serverProposal: Proposal | null = null;

  /** How many more bytes `write` lets through; the rest is dropped. */
  allowance = Infinity;
  /** Called when the last of them was written. */
  onAllowanceSpent: () => void = () => {};

  private readonly stream: Duplex;
  private readonly options: ClientOptions;
  private readonly random: (count: number) => Buffer;
  private readonly identification: string;
  private input: Buffer = Buffer.alloc(0);
  private inputEnded = false;
  private wake: () => void = () => {};
  /** Messages read while another was awaited. */
  private held: Buffer[] = [];
  private disconnect: Ended | null = null;
  private strict = false;
  private clientKexInit: Buffer = Buffer.alloc(0);
  private serverKexInit: Buffer = Buffer.alloc(0);
  private ephemeral: Ephemeral | null = null;
  private nextOutgoing: Protection | null = null;
  private nextIncoming: Protection | null = null;

  constructor(stream: Duplex, options: ClientOptions = {}, port = 0) {
    this.stream = stream;
    this.options = options;
    this.port = port;
    this.random = options.random ?? randomBytes;
    this.identification = options.identification ?? "SSH-2.0-test";
    stream.on("data", (bytes: Buffer) => {
      this.recording.push({ from: "server", bytes });
      this.input = Buffer.concat([this.input, bytes]);
      this.wake();
    });
    const end = (): void => {
      this.inputEnded = true;
      this.wake();
    };
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", end); // a reset is an end like any other
  }

  static async connect(port: number, options: ClientOptions = {}): Promise<Client> {
    const { localAddress = "127.0.0.1" } = options;
    const host = localAddress.includes(":") ? localAddress : "127.0.0.1";
    const socket = connect({ port, host, localAddress, noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return new Client(socket, options, socket.localPort);
  }

  // Output.

  /** Writes bytes as they are. */
  write(bytes: Uint8Array | string): void {
    const copy = Buffer.from(bytes as Uint8Array).subarray(0, this.allowance);
    this.allowance -= copy.length;
    this.recording.push({ from: "client", bytes: copy });
    if (!this.stream.destroyed && !this.stream.writableEnded) this.stream.write(copy);
    if (this.allowance === 0) this.onAllowanceSpent();
  }

  /** The packet with `payload`, protected by the keys in use; the sequence number advances. */
  seal(payload: Uint8Array, flaws: Flaws = {}): Buffer {
    const { protection, sequence } = this.outgoing;
    this.outgoing.sequence = (sequence + 1) >>> 0;
    return protection.seal(frame(payload, protection, flaws), flaws.sequence ?? sequence);
  }

  send(payload: Uint8Array, flaws: Flaws = {}): void {
    this.write(this.seal(payload, flaws));
  }

  /** Ends our half of the connection. */
  end(): void {
    if (!this.stream.destroyed) this.stream.end();
  }

  /** Drops the connection. */
  destroy(): void {
    this.stream.destroy();
  }

  // Input.

  /** Reads nothing from the connection any more. */
  pause(): void {
    this.stream.pause();
  }

  /** The next message's payload; throws Ended at the end of the connection. */
  async receive(): Promise<Buffer> {
    return this.held.shift() ?? this.read();
  }

  /** The next message with one of these numbers. Others wait for a later call. */
  async expect(...numbers: number[]): Promise<Buffer> {
    const at = this.held.findIndex((payload) => numbers.includes(payload[0]!));
    if (at >= 0) return this.held.splice(at, 1)[0]!;
    for (;;) {
      const payload = await this.read();
      if (numbers.includes(payload[0]!)) return payload;
      this.held.push(payload);
    }
  }

  /** Reads to the end of the connection; the reason of the server's DISCONNECT, or null if there was none. */
  async ended(): Promise<Ended> {
    try {
      for (;;) await this.read();
    } catch (error) {
      if (error instanceof Ended) return error;
      throw error;
    }
  }

  /** Waits for the end of the connection, whatever comes until then. */
  async drain(): Promise<void> {
    while (!this.inputEnded) {
      this.input = Buffer.alloc(0);
      await this.more();
    }
  }

  private async read(): Promise<Buffer> {
    const { incoming } = this;
    const head = await this.peek(4);
    const length = incoming.protection.length(head, incoming.sequence);
    if (length > 1 << 20) throw new Error(`the server sent a packet of ${length} bytes`);
    const sealed = await this.peek(4 + length + incoming.protection.tag);
    const packet = incoming.protection.open(sealed, incoming.sequence);
    if (packet === null) throw new Error("the server sent a packet with a wrong tag");
    this.input = this.input.subarray(sealed.length);
    incoming.sequence = (incoming.sequence + 1) >>> 0;
    const payload = Buffer.from(packet.subarray(5, packet.length - packet[4]!));
    if (payload[0] === NEWKEYS) this.switchIncoming();
    if (payload[0] === DISCONNECT) {
      const fields = new Fields(payload.subarray(1));
      this.disconnect = new Ended(fields.uint32(), fields.text());
    }
    return payload;
  }

  /** The next `count` bytes of input, which stay. */
  private async peek(count: number): Promise<Buffer> {
    while (this.input.length < count) await this.more();
    return this.input.subarray(0, count);
  }

  /** Waits for input. */
  private async more(): Promise<void> {
    if (this.inputEnded) throw this.disconnect ?? new Ended(null, "");
    const patience = this.options.patience ?? 10_000;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`nothing from the server within ${patience} ms`)), patience);
    this.wake = resolve;
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  // Identification, RFC 4253 section 4.2.

  sendIdentification(): void {
    this.write(`${this.identification}\r\n`);
  }

  async receiveIdentification(): Promise<string> {
    while (!this.input.includes("\n")) await this.more();
    const end = this.input.indexOf("\n");
    this.serverIdentification = this.input.toString("latin1", 0, end).replace(/\r$/, "");
    this.input = this.input.subarray(end + 1);
    return this.serverIdentification;
  }

  // Key exchange, RFC 4253 section 7 and 8.

  proposal(): Proposal {
    const first = this.sessionId.length === 0;
    const strict = this.options.strict !== false && first ? ["kex-strict-c-v00@openssh.com"] : [];
    return {
      keyExchange: [this.method(), ...(first ? ["ext-info-c"] : []), ...strict],
      hostKey: ["ssh-ed25519"],
      cipherToServer: [CIPHER],
      cipherToClient: [CIPHER],
      macToServer: ["hmac-sha2-256"],
      macToClient: ["hmac-sha2-256"],
      compressionToServer: ["none"],
      compressionToClient: ["none"],
      follows: false,
      ...this.options.proposal,
    };
  }

  /** The payload of our KEXINIT; making it starts a key exchange. */
  kexInit(): Buffer {
    const { follows, ...lists } = this.proposal();
    const names = Object.values(lists).map((list) => list.join(","));
    this.clientKexInit = Buffer.concat([
      Buffer.of(KEXINIT),
      this.random(16),
      encode(...names, "", ""),
      Buffer.of(follows ? 1 : 0),
      uint32(0),
    ]);
    return this.clientKexInit;
  }

  async receiveKexInit(): Promise<void> {
    this.serverKexInit = await this.expect(KEXINIT);
    const fields = new Fields(this.serverKexInit.subarray(17));
    this.serverProposal = {
      keyExchange: fields.names(),
      hostKey: fields.names(),
      cipherToServer: fields.names(),
      cipherToClient: fields.names(),
      macToServer: fields.names(),
      macToClient: fields.names(),
      compressionToServer: fields.names(),
      compressionToClient: fields.names(),
      follows: (fields.names(), fields.names(), fields.boolean()),
    };
    if (this.sessionId.length === 0)
      this.strict =
        this.options.strict !== false && this.serverProposal.keyExchange.includes("kex-strict-s-v00@openssh.com");
  }

  /** The payload of our KEX_ECDH_INIT, RFC 5656 section 4. */
  ecdhInit(): Buffer {
    this.ephemeral = keyExchanges[this.method()](this.random);
    return message(KEX_ECDH_INIT, this.ephemeral.publicKey);
  }

  /** Takes the server's reply, checks its signature, and derives the keys (RFC 4253 section 7.2). */
  async receiveReply(): Promise<void> {
    const fields = new Fields((await this.expect(KEX_ECDH_REPLY)).subarray(1));
    const hostKey = fields.string();
    const answer = fields.string();
    const signature = new Fields(fields.string());
    const ephemeral = this.ephemeral!;
    const secret = ephemeral.agree(answer);
    const hash = sha256(
      encode(this.identification, this.serverIdentification, this.clientKexInit, this.serverKexInit),
      encode(hostKey, ephemeral.publicKey, answer),
      secret,
    );
    const key = new Fields(hostKey);
    const name = key.text();
    const type = CERTIFIED[name] ?? name;
    if (type !== name) key.string(); // a certificate's nonce; the certificate itself is for the test to judge
    if (signature.text() !== type) throw new Error("the signature is not of the host key's type");
    if (!hostKeyVerifiers[type]!(key.string(), hash, signature.string()))
      throw new Error("the server's signature over the exchange hash is wrong");
    this.hostKey = hostKey;
    this.secret = Buffer.from(secret);
    if (this.sessionId.length === 0) this.sessionId = hash;
    const derive = (letter: string): Buffer => {
      const first = sha256(secret, hash, Buffer.from(letter), this.sessionId);
      return Buffer.concat([first, sha256(secret, hash, first)]);
    };
    this.nextOutgoing = chacha20Poly1305(derive("C"));
    this.nextIncoming = chacha20Poly1305(derive("D"));
  }

  /** Sends NEWKEYS and uses the new keys from then on. */
  sendNewKeys(): void {
    this.send(Buffer.of(NEWKEYS));
    this.outgoing.protection = this.nextOutgoing!;
    if (this.strict) this.outgoing.sequence = 0;
  }

  /** Waits for the server's NEWKEYS; reading it has put its keys to use. */
  async receiveNewKeys(): Promise<void> {
    await this.expect(NEWKEYS);
  }

  private switchIncoming(): void {
    if (this.nextIncoming === null) throw new Error("the server sent NEWKEYS out of order");
    this.incoming.protection = this.nextIncoming;
    this.nextIncoming = null;
    if (this.strict) this.incoming.sequence = 0;
  }

  /** A whole key exchange, the first or another. */
  async exchangeKeys(): Promise<void> {
    this.send(this.kexInit());
    await this.receiveKexInit();
    this.send(this.ecdhInit());
    await this.receiveReply();
    this.sendNewKeys();
    await this.receiveNewKeys();
  }

  /** Everything up to the first keys. */
  async handshake(): Promise<void> {
    this.sendIdentification();
    await this.receiveIdentification();
    await this.exchangeKeys();
  }

  private method(): KeyExchangeName {
    return this.options.keyExchange ?? "curve25519-sha256";
  }
}
