/**
 * A whole server, led to some phase of the protocol and then told anything: messages, packets, what its children do, and
 * what the time is. Kernels are transparent, so that what is changed in a message arrives.
 *
 * Each input is played twice, whole and byte by byte: the server must answer the same. What it says must be well-formed
 * and within the windows it was given, and what it asks of its sessions must make sense (scripted-sessions.ts).
 *
 * A record of the input: one byte that says what happens, then what it happens with.
 */
import { copyOf, equal } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { CHANNELS_LIMIT, CONNECTED, SESSIONS_LIMIT } from "../../../src/core/ssh/connection/sessions.ts";
import { HostKey } from "../../../src/core/ssh/environment.ts";
import { UserauthRequest } from "../../../src/core/ssh/message/authentication.ts";
import { ChannelOpen, ChannelWindowAdjust } from "../../../src/core/ssh/message/connection.ts";
import { KexEcdhInit } from "../../../src/core/ssh/message/key-exchange.ts";
import { encoded } from "../../../src/core/ssh/message/message.ts";
import * as number from "../../../src/core/ssh/message/number.ts";
import { KexInit, NewKeys, ServiceRequest } from "../../../src/core/ssh/message/transport.ts";
import { Server, ServerOptions } from "../../../src/core/ssh/server.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";
import { Conversation } from "./conversation.ts";
import { ScriptedSessions } from "./scripted-sessions.ts";
import { ScriptedAuthority, ScriptedEnvironment, ScriptedHostKey } from "./scripted-surroundings.ts";

/** What a record's first byte says; the rest of them sends a message too. */
const BYTES: i32 = 1;
const TIME: i32 = 2;
const OUTPUT: i32 = 3;
const OUTPUT_ENDS: i32 = 4;
const EXIT: i32 = 5;
const KILL: i32 = 6;
const ROOM: i32 = 7;
const CONNECTS: i32 = 8;

/** How far a server is led before the input begins. */
export const FRESH: i32 = 0;
export const EXCHANGED: i32 = 1;
export const LOGGED_IN: i32 = 2;

/** Some dozens of messages: byte by byte, more takes too long. */
const LONGEST: i32 = 8192;

/** Bytes that a server may hold: buffers in both directions, and full windows of all channels. */
const MEMORY_BEFORE_LOGIN: i32 = 1 << 20;
const MEMORY_AFTER_LOGIN: i32 = 24 << 20;

/** One server, and the client that it hears. */
class Play {
  server: Server;
  out: Writer;
  private environment: ScriptedEnvironment;
  private sessions: ScriptedSessions;
  private conversation: Conversation = new Conversation();
  /** Bytes given to the server at once. */
  piece: i32 = 0x7fffffff;
  /** What the client sends is sealed: it has sent NEWKEYS. */
  private sealed: bool = false;
  /** Bytes of data that it has allowed the server. */
  private allowed: f64 = 0;

  constructor(rekeyPackets: u32, out: Writer) {
    const options = new ServerOptions();
    options.transport.software = "Fuzzed";
    options.transport.rekeyPackets = rekeyPackets;
    const environment = new ScriptedEnvironment(out);
    const sessions = new ScriptedSessions(out);
    const keys: HostKey[] = [new ScriptedHostKey()];
    this.out = out;
    this.environment = environment;
    this.sessions = sessions;
    this.server = new Server(environment, keys, new ScriptedAuthority(), sessions, options);
  }

  leadTo(phase: i32): void {
    if (phase == FRESH) return;
    this.give(ascii("SSH-2.0-OpenSSH_10.0\r\n"));
    this.send(encoded(kexInit()));
    const init = new KexEcdhInit();
    init.clientPublicKey = ascii("a public key of thirty-two bytes");
    this.send(encoded(init));
    this.send(encoded(new NewKeys()));
    if (phase == EXCHANGED) return;
    const request = new ServiceRequest();
    request.name = ascii("ssh-userauth");
    this.send(encoded(request));
    const login = new UserauthRequest();
    login.user = ascii("open");
    login.service = ascii("ssh-connection");
    login.method = ascii("none");
    this.send(encoded(login));
  }

  /** Lets happen what `record` says. */
  act(record: Uint8Array): void {
    const r = new Reader(record);
    const action = r.byte() as i32;
    if (action == BYTES) {
      this.allowed = Infinity; // there may be messages in them
      this.give(r.rest());
    } else if (action == TIME) {
      this.wait((r.uint32() & 0xffffff) as f64);
    } else if (action >= OUTPUT && action <= CONNECTS) {
      this.behave(action, (r.byte() as i32) % CHANNELS_LIMIT, r);
    } else {
      this.send(r.rest());
    }
    this.take();
  }

  /** Something that a child does. */
  private behave(action: i32, session: i32, r: Reader): void {
    const connection = this.server.connection;
    const detail = r.byte() as i32;
    if (action == OUTPUT) this.write(session, detail & 1, (r.uint32() & 0x3ffff) as i32);
    else if (action == OUTPUT_ENDS) connection.outputEnded(session, detail & 1);
    else if (action == EXIT) connection.exited(session, detail as u32);
    else if (action == CONNECTS) this.connect(session, (detail & 3) as u32);
    else if (action == KILL) connection.killed(session, "TERM", (detail & 1) == 1, "");
    else this.sessions.setRoom(session, detail, r.uint32());
    if (action == ROOM && connection.hasInput(session)) connection.writable(session);
  }

  /** Connecting has ended; or, of no channel that could wait for it, a program wants the client's agent. */
  private connect(channel: i32, outcome: u32): void {
    const connection = this.server.connection;
    const agent = channel < SESSIONS_LIMIT && this.server.user().length > 0 ? connection.openAgent() : -1;
    if (agent >= 0) this.sessions.connected(agent);
    if (channel < SESSIONS_LIMIT) return;
    if (outcome == CONNECTED) this.sessions.connected(channel);
    connection.connected(channel, outcome);
  }

  /** A child writes `count` bytes, as far as it may. */
  private write(session: i32, stream: i32, count: i32): void {
    let left = count;
    while (left > 0 && this.server.connection.wantsOutput(session, stream)) {
      const room = this.server.connection.prepareOutput(session, stream);
      expect(room.length > 0, "there is no room, though output is wanted");
      const length = left < room.length ? left : room.length;
      room.fill(120, 0, length);
      this.server.connection.commitOutput(session, stream, length);
      left -= length;
    }
  }

  private wait(milliseconds: f64): void {
    this.environment.time += milliseconds;
    // Each tick puts the deadline off or ends the connection.
    for (let i = 0; this.server.deadline() <= this.environment.time; i++) {
      expect(i < 16, "the deadline does not move");
      this.server.tick();
    }
  }

  /** Sends a message as a packet. */
  private send(payload: Uint8Array): void {
    if (payload.length == 0) return;
    const r = new Reader(payload.subarray(1));
    if ((payload[0] as i32) == number.CHANNEL_OPEN) this.allowed += ChannelOpen.decode(r).initialWindow as f64;
    if ((payload[0] as i32) == number.CHANNEL_WINDOW_ADJUST) this.allowed += ChannelWindowAdjust.decode(r).bytes as f64;
    const aligned = (this.sealed ? 1 : 5) + payload.length + 4;
    const padding = 4 + ((8 - (aligned & 7)) & 7);
    const w = new Writer(payload.length + 64);
    w.uint32((1 + payload.length + padding) as u32);
    w.byte(padding as u8);
    w.raw(payload);
    w.raw(new Uint8Array(padding + (this.sealed ? 16 : 0)));
    this.give(w.written());
    if ((payload[0] as i32) == number.NEWKEYS) this.sealed = true;
    this.take();
  }

  private give(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.server.closed()) {
      const room = this.server.input();
      expect(room.length > 0, "a server whose output is taken takes input");
      let count = bytes.length - at < room.length ? bytes.length - at : room.length;
      if (count > this.piece) count = this.piece;
      room.set(bytes.subarray(at, at + count));
      at += count;
      this.server.received(count);
    }
  }

  /** Takes the output, in two parts, and looks at it. */
  private take(): void {
    const output = copyOf(this.server.output(), 0, this.server.output().length);
    this.out.raw(output);
    this.server.sent(output.length >> 1);
    this.server.sent(output.length - (output.length >> 1));
    expect(this.server.output().length == 0, "all was taken");
    this.conversation.hear(output);
    expect(this.conversation.data <= this.allowed, "more data than the windows allow");
  }

  /** The client goes away. */
  end(): void {
    if (!this.server.closed()) this.server.ended();
    this.take();
    expect(this.server.closed(), "the end of the stream is the end");
    expect(this.server.deadline() == Infinity, "nothing more is to be done");
    // of one that was opened within a key exchange the client may not have heard
    expect(this.sessions.closed >= this.conversation.opened, "each session that was opened is closed");
    this.out.text(this.server.reason());
    this.out.boolean(this.server.failed());
  }
}

export class Engine extends Target {
  private phase: i32;
  private rekeyPackets: u32;
  /** The last one: what it holds is measured. */
  server: Server | null = null;

  /** `rekeyPackets`: after so many packets the server wants new keys. */
  constructor(name: string, phase: i32, rekeyPackets: u32 = 0x80000000) {
    super(name);
    this.phase = phase;
    this.rekeyPackets = rekeyPackets;
    this.records = true;
    this.transparent = true;
    this.longest = LONGEST;
    this.memoryLimit = phase == LOGGED_IN ? MEMORY_AFTER_LOGIN : MEMORY_BEFORE_LOGIN;
  }

  run(input: Uint8Array, out: Writer): void {
    const whole = this.play(input, 0x7fffffff);
    const bytewise = this.play(input, 1);
    expect(equal(whole, bytewise), "byte by byte is not as whole");
    out.raw(whole);
  }

  private play(input: Uint8Array, piece: i32): Uint8Array {
    const play = new Play(this.rekeyPackets, new Writer(4096));
    this.server = play.server;
    play.leadTo(this.phase);
    play.piece = piece;
    let at = 0;
    while (at + 2 <= input.length && !play.server.closed()) {
      const length = ((input[at] as i32) << 8) | (input[at + 1] as i32);
      const end = at + 2 + length < input.length ? at + 2 + length : input.length;
      play.act(input.subarray(at + 2, end));
      at = end;
    }
    play.end();
    return play.out.written();
  }
}

/** What a client offers that wants what ours offers first. */
function kexInit(): KexInit {
  const m = new KexInit();
  m.cookie = new Uint8Array(KexInit.COOKIE_LENGTH);
  m.kexAlgorithms = ascii("curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com");
  m.hostKeyAlgorithms = ascii("ssh-ed25519");
  m.encryptionToServer = ascii("chacha20-poly1305@openssh.com");
  m.encryptionToClient = m.encryptionToServer;
  m.compressionToServer = ascii("none");
  m.compressionToClient = m.compressionToServer;
  return m;
}
