/**
 * A client at the other end of a whole Server, in the same process: the steps of a Peer, and sessions that do what the
 * test says. Nothing waits; time is the test's own.
 */
import { generateKeyPairSync, sign } from "node:crypto";
import { Grant } from "../../src/core/ssh/auth/grant.ts";
import type { KeyProof } from "../../src/core/ssh/auth/key-proof.ts";
import { Authority, HostKey } from "../../src/core/ssh/environment.ts";
import { BROKEN, Sessions, Terminal } from "../../src/core/ssh/connection/sessions.ts";
import { Server, ServerOptions } from "../../src/core/ssh/server.ts";
import { unsigned, type UserKey } from "./keys.ts";
import {
  CHANNEL_OPEN,
  CHANNEL_OPEN_CONFIRMATION,
  CHANNEL_REQUEST,
  CHANNEL_SUCCESS,
  GLOBAL_REQUEST,
  SERVICE_ACCEPT,
  SERVICE_REQUEST,
  USERAUTH_REQUEST,
  USERAUTH_SUCCESS,
} from "./ssh/numbers.ts";
import { encode, Fields, message } from "./ssh/wire.ts";
import { Peer } from "./transport-peer.ts";

export function ed25519Key(): UserKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const point = Buffer.from(privateKey.export({ format: "jwk" }).x!, "base64url");
  const algorithm = "ssh-ed25519";
  return {
    algorithm,
    blob: encode(algorithm, point),
    sign: (data) => encode(algorithm, sign(null, data, privateKey)),
  };
}

export function p256Key(): UserKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = privateKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
  const algorithm = "ecdsa-sha2-nistp256";
  return {
    algorithm,
    blob: encode(algorithm, "nistp256", point),
    sign(data) {
      const rs = sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      return encode(algorithm, encode(unsigned(rs.subarray(0, 32)), unsigned(rs.subarray(32))));
    },
  };
}

/** Lets in the users of `users` by their keys, and those of `open` without any proof. */
export class TestAuthority extends Authority {
  readonly users = new Map<string, UserKey[]>();
  readonly open = new Set<string>();
  /** The questions that it was asked. */
  readonly asked: string[] = [];

  admit(proof: KeyProof): Grant | null {
    const name = Buffer.from(proof.user).toString();
    this.asked.push(name);
    const listed = (this.users.get(name) ?? []).some((key) => key.blob.equals(proof.credential.key.blob));
    return listed ? Grant.ofAll(proof.credential.describe()) : null;
  }

  admitWithoutProof(user: Uint8Array): Grant | null {
    return this.open.has(Buffer.from(user).toString()) ? Grant.ofAll("none") : null;
  }
}

/** Sessions without processes. */
export class TestSessions extends Sessions {
  /** All calls but `write`, e.g. `command 0 ls`. */
  readonly calls: string[] = [];
  /** What each session's child was given. */
  readonly input = new Map<number, Buffer>();
  /** How many bytes each session's child takes yet, or BROKEN. Without an entry it takes all. */
  readonly room = new Map<number, number>();
  /** Calls that are refused: forwarding, unless a test has it otherwise. */
  readonly refused = new Set<string>(["connect", "agent"]);
  lastTerminal: Terminal | null = null;

  openTerminal(session: number, terminal: Terminal): boolean {
    this.lastTerminal = terminal;
    return this.note("terminal", session, terminal.name, terminal.columns, terminal.rows);
  }

  resize(session: number, terminal: Terminal): void {
    this.note("resize", session, terminal.columns, terminal.rows, terminal.widthPixels, terminal.heightPixels);
  }

  setEnvironment(session: number, name: Uint8Array, value: Uint8Array): boolean {
    return this.note("environment", session, name, value);
  }

  override forwardAgent(session: number): boolean {
    return this.note("agent", session);
  }

  override connect(channel: number, host: Uint8Array, port: number): boolean {
    return this.note("connect", channel, host, port);
  }

  startShell(session: number): boolean {
    return this.note("shell", session);
  }

  startCommand(session: number, command: Uint8Array): boolean {
    return this.note("command", session, command);
  }

  startSubsystem(session: number, name: Uint8Array): boolean {
    return this.note("subsystem", session, name);
  }

  write(session: number, bytes: Uint8Array): number {
    const room = this.room.get(session) ?? Infinity;
    if (room === BROKEN) return BROKEN;
    const count = Math.min(room, bytes.length);
    this.room.set(session, room - count);
    this.input.set(session, Buffer.concat([this.input.get(session) ?? Buffer.alloc(0), bytes.subarray(0, count)]));
    return count;
  }

  closeInput(session: number): void {
    this.note("closeInput", session);
  }

  closeOutput(session: number): void {
    this.note("closeOutput", session);
  }

  signal(session: number, name: Uint8Array): boolean {
    return this.note("signal", session, name);
  }

  sendBreak(session: number, milliseconds: number): boolean {
    return this.note("break", session, milliseconds);
  }

  close(session: number): void {
    this.note("close", session);
  }

  private note(call: string, ...values: (number | Uint8Array)[]): boolean {
    const words = values.map((value) => (typeof value === "number" ? value : Buffer.from(value).toString("latin1")));
    this.calls.push([call, ...words].join(" "));
    return !this.refused.has(call);
  }
}

export class ServerPeer extends Peer {
  readonly authority = new TestAuthority();
  readonly sessions = new TestSessions();
  readonly serverOptions: ServerOptions;
  readonly server: Server;
  /** What the server has said of its host keys. */
  readonly announcements: Buffer[] = [];

  constructor(
    configure: (options: ServerOptions) => void = () => {},
    moreHostKeys: HostKey[] = [],
    options: ServerOptions = new ServerOptions(),
  ) {
    super();
    this.serverOptions = options;
    configure(this.serverOptions);
    this.server = new Server(
      this.environment,
      [this.hostKey, ...moreHostKeys],
      this.authority,
      this.sessions,
      this.serverOptions,
    );
    Object.assign(this, { transport: this.server["transport"] });
    this.deliver = (bytes) => {
      for (let at = 0; at < bytes.length && !this.server.closed();) {
        const room = this.server.input();
        const count = Math.min(room.length, bytes.length - at);
        if (count === 0) throw new Error("the server takes no input");
        room.set(bytes.subarray(at, at + count));
        this.server.received(count);
        at += count;
      }
    };
  }

  /** The messages that are there, but for announcements of host keys. */
  override take(): Buffer[] {
    return super.take().filter((payload) => {
      const isAnnouncement = payload[0] === GLOBAL_REQUEST && payload.includes("hostkeys-00@openssh.com");
      if (isAnnouncement) this.announcements.push(payload);
      return !isAnnouncement;
    });
  }

  /** To the point where a user may log in. */
  authenticating(): void {
    this.handshake();
    this.send(message(SERVICE_REQUEST, "ssh-userauth"));
    this.takeOne(SERVICE_ACCEPT);
  }

  /** To the point where sessions may be opened. */
  logIn(user = "user"): void {
    this.authenticating();
    this.authority.open.add(user);
    this.send(message(USERAUTH_REQUEST, user, "ssh-connection", "none"));
    this.takeOne(USERAUTH_SUCCESS);
  }

  /** Signs `request`, which ends where the signature would follow, and gives the whole. */
  signed(request: Buffer, key: UserKey, sessionId: Uint8Array = this.sessionId): Buffer {
    return Buffer.concat([request, encode(key.sign(Buffer.concat([encode(sessionId), request])))]);
  }

  /** Sends `payload` and gives what comes back. */
  ask(payload: Buffer): Buffer[] {
    this.send(payload);
    return this.take();
  }

  /** Opens a session; `own` is its number on this side. The server's number. */
  openSession(own = 0, window = 0x200000, maximumPacket = 0x8000): number {
    this.send(message(CHANNEL_OPEN, "session", own, window, maximumPacket));
    const fields = new Fields(this.takeOne(CHANNEL_OPEN_CONFIRMATION).subarray(1));
    if (fields.uint32() !== own) throw new Error("confirmed to another channel");
    return fields.uint32();
  }

  /** A request to a session of which an answer is wanted: true if it was granted. */
  request(session: number, type: string, ...fields: (number | boolean | string | Uint8Array)[]): boolean {
    this.send(message(CHANNEL_REQUEST, session, type, true, ...fields));
    const answers = this.take();
    if (answers.length !== 1) throw new Error(`${answers.length} answers to ${type}`);
    return answers[0]![0] === CHANNEL_SUCCESS;
  }

  /** Opens a session and runs a command in it. */
  run(own = 0, window = 0x200000, maximumPacket = 0x8000): number {
    const session = this.openSession(own, window, maximumPacket);
    if (!this.request(session, "exec", "command")) throw new Error("exec was refused");
    return session;
  }

  /** The child writes `bytes` to `stream`: as many as the server takes in one message. */
  childWrites(session: number, stream: number, bytes: Uint8Array): number {
    const room = this.server.connection.prepareOutput(session, stream);
    const count = Math.min(room.length, bytes.length);
    room.set(bytes.subarray(0, count));
    if (count > 0) this.server.connection.commitOutput(session, stream, count);
    return count;
  }

  /** What the log says about why the connection failed. */
  get failure(): string {
    return this.environment.fatal.join("\n");
  }
}
