/**
 * The transport layer of an SSH server, RFC 4253, without input or output of its own: bytes are handed in and fetched.
 *
 * It identifies itself, agrees on keys, and again each time that either side wants new ones; the layer above notices nothing
 * of that but that messages are held back for a moment. It answers for itself DISCONNECT, IGNORE, DEBUG, UNIMPLEMENTED,
 * EXT_INFO and PING, and tells the client what it understands (RFC 8308). Compression and ciphers other than
 * chacha20-poly1305@openssh.com are left out on purpose.
 *
 * What leaves at once: identification and KEXINIT before the client has said a word; then KEX_ECDH_REPLY, NEWKEYS and
 * EXT_INFO together.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { ascii, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import * as level from "../environment.ts";
import { Environment, HostKey } from "../environment.ts";
import * as reasons from "../message/disconnect-reason.ts";
import { KexEcdhInit } from "../message/key-exchange.ts";
import { encoded } from "../message/message.ts";
import * as number from "../message/number.ts";
import { Debug, Disconnect, ExtInfo, KexInit, NewKeys, Ping, Pong, Unimplemented } from "../message/transport.ts";
import { Cipher } from "./cipher.ts";
import { Transcript } from "./exchange-hash.ts";
import { HeldBack } from "./held-back.ts";
import { complaint, identification, isOtherVersion, LINE_LIMIT, withoutReturn } from "./identification.ts";
import { FORGED, Incoming, MALFORMED, NOTHING, PACKET } from "./incoming.ts";
import { exchangeKeys } from "./key-exchange.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";
import { Agreement, Offer } from "./negotiation.ts";
import { TransportOptions } from "./options.ts";
import * as order from "./order.ts";
import { Outgoing } from "./outgoing.ts";

/** While so many bytes of output wait, no more input is asked for: a client that does not read is not answered for ever. */
const OUTPUT_LIMIT: i32 = 1048576;
/** Bytes of messages that may be held back while the client lets a key exchange wait. */
const HELD_BACK_LIMIT: i32 = 1048576;
/** Packets and bytes from a client without keys. A key exchange takes 3 packets; TinySSH allows 30. */
const PACKETS_BEFORE_KEYS: u32 = 30;
const BYTES_BEFORE_KEYS: f64 = 65536;
/** Packets from then on until the client is authenticated. */
const PACKETS_BEFORE_AUTHENTICATION: u32 = 100;
/** Milliseconds that a rekeying may take: enough for a slow line to carry what was under way. */
const REKEYING_TIME: f64 = 300000;
/** Bytes of a client's own words that a log line shows at most. */
const SHOWN: i32 = 200;

/** The layer above the transport: authentication, then connection. */
export abstract class Service {
  /**
   * A message that is not the transport's own, allowed in this phase: SERVICE_REQUEST, USERAUTH_REQUEST, and once
   * `authenticated` was called those of the connection protocol. `payload[0]` is its number. The view is valid
   * during the call.
   */
  abstract receive(payload: Uint8Array): void;
  /** Messages may be sent again: a key exchange has ended, or output was taken. */
  abstract writable(): void;
}

export class Transport {
  /** Who receives the messages that are not the transport's own. */
  service: Service | null = null;
  /** No more is received or queued; what `output` still holds should be sent. */
  closed: bool = false;
  /** Closed over a fault, and not by an orderly DISCONNECT of either side. */
  failed: bool = false;
  /** Why it was closed, for the log. */
  reason: string = "";
  /** The first exchange hash, which names this connection for good (RFC 4253 section 7.2); empty before. */
  sessionId: Uint8Array = EMPTY;
  /** The host key blob of the first key exchange, which host-bound user signatures name; empty before. */
  hostKey: Uint8Array = EMPTY;
  /** The client's identification without its end of line, e.g. `SSH-2.0-OpenSSH_9.9`; empty before it arrived. */
  clientIdentification: Uint8Array = EMPTY;

  private environment: Environment;
  private options: TransportOptions;
  private offer: Offer;
  private incoming: Incoming = new Incoming();
  private outgoing: Outgoing = new Outgoing();
  private heldBack: HeldBack = new HeldBack();

  private phase: i32 = order.UNPROTECTED;
  private stage: i32 = order.AWAIT_KEXINIT;
  private strict: bool = false;
  /** Our KEXINIT was sent, and our NEWKEYS not yet. */
  private exchanging: bool = false;
  /** The client has guessed wrong: the first packet of its key exchange is to be dropped. */
  private dropping: bool = false;
  /** When the key exchange under way began, or the last one ended. */
  private since: f64 = 0;
  private serverIdentification: Uint8Array;
  private serverKexInit: Uint8Array = EMPTY;
  private transcript: Transcript | null = null;
  private agreement: Agreement | null = null;
  /** Protects what comes after the client's NEWKEYS. */
  private awaited: Cipher | null = null;

  constructor(environment: Environment, hostKeys: HostKey[], options: TransportOptions) {
    this.environment = environment;
    this.options = options;
    this.offer = new Offer(keyExchangeMethods(options.stateOfTheArt, options.postQuantum), hostKeys);
    this.serverIdentification = identification(options.software, options.comment);
    this.outgoing.line(this.serverIdentification);
    this.outgoing.line(ascii("\r\n"));
    this.beginExchange();
  }

  /** The free part of the receive buffer, to read into. Empty if no input is wanted: too much output waits, or closed. */
  input(): Uint8Array {
    return this.closed || this.outgoing.pending() > OUTPUT_LIMIT ? EMPTY : this.incoming.free();
  }

  /** Says that `count` bytes were read into what `input` gave, and handles every whole packet. */
  received(count: i32): void {
    if (this.closed) return;
    this.incoming.filledBy(count);
    while (!this.closed && this.takeNext()) {}
  }

  /** Takes input from elsewhere than `input`. */
  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.closed) {
      const free = this.incoming.free();
      const count = free.length < bytes.length - at ? free.length : bytes.length - at;
      free.set(bytes.subarray(at, at + count));
      this.received(count);
      at += count;
    }
  }

  /** Bytes to send: a view, valid until the transport is called again; empty if there are none. */
  output(): Uint8Array {
    return this.outgoing.output();
  }

  /** Says that the first `count` bytes of `output` were sent. */
  sent(count: i32): void {
    this.outgoing.sent(count);
    this.callWritable();
  }

  /** Bytes in `output`. */
  pending(): i32 {
    return this.outgoing.pending();
  }

  /** Queues one message; during a key exchange it is held back, in order. */
  send(payload: Uint8Array): void {
    if (this.closed) return;
    if (!this.exchanging) {
      this.emit(payload);
      this.renewWornKeys();
    } else if (this.heldBack.size() + payload.length > HELD_BACK_LIMIT) {
      this.fail(reasons.PROTOCOL_ERROR, "the client lets a key exchange wait and asks for more meanwhile");
    } else {
      this.heldBack.add(payload);
    }
  }

  /** True if no key exchange is under way in our direction, so that `prepare` may be called. */
  ready(): bool {
    return !this.exchanging && !this.closed;
  }

  /** Room in the output buffer to build a payload of at most `capacity` bytes in place. Only while `ready`. */
  prepare(capacity: i32): Uint8Array {
    if (!this.ready()) throw new Error("not ready for a message");
    return this.outgoing.prepare(capacity);
  }

  /** Seals the first `length` bytes of what `prepare` gave as one packet. Afterwards `ready` may have become false. */
  commit(length: i32): void {
    this.outgoing.commit(length);
    this.renewWornKeys();
  }

  /** Ends the connection over a fault: DISCONNECT with `reason` (RFC 4253 section 11.1), one line in the log. */
  fail(reason: u32, text: string): void {
    this.failWithDetail(reason, text, "");
  }

  /** Ends the connection in good order. */
  disconnect(reason: u32, text: string): void {
    if (this.closed) return;
    const m = new Disconnect();
    m.reason = reason;
    m.description = ascii(text);
    this.emit(encoded(m));
    this.close(text);
  }

  /** To be called once USERAUTH_SUCCESS was sent: the connection protocol may begin, and keys may be renewed. */
  authenticated(): void {
    this.phase = order.CONNECTED;
  }

  /** The moment at which `tick` wants to be called, by the environment's clock; infinity if it needn't be. */
  deadline(): f64 {
    if (this.closed || this.phase != order.CONNECTED) return Infinity;
    if (this.isExchangeUnderWay()) return this.since + REKEYING_TIME;
    // keys that nobody uses do not wear: a client that sleeps is not disturbed
    const unused = this.incoming.packets == 0 && this.outgoing.packets == 0;
    return unused ? Infinity : this.since + this.options.rekeyMilliseconds;
  }

  tick(): void {
    if (this.environment.now() < this.deadline()) return;
    if (this.isExchangeUnderWay())
      this.fail(reasons.KEY_EXCHANGE_FAILED, "the client did not finish a key exchange in time");
    else this.beginExchange();
  }

  /** Handles what comes next in the receive buffer. False if it isn't there yet. */
  private takeNext(): bool {
    if (this.clientIdentification.length == 0) return this.takeIdentification();
    const found = this.incoming.next();
    if (found == NOTHING) return false;
    if (found == FORGED) this.fail(reasons.MAC_ERROR, "a packet was corrupted: wrong message authentication code");
    else if (found == MALFORMED) this.fail(reasons.PROTOCOL_ERROR, "a packet has an invalid length or padding");
    else if (found != PACKET) this.fail(reasons.PROTOCOL_ERROR, "the client has used its keys for too many packets");
    else this.take(this.incoming.payload);
    return true;
  }

  private takeIdentification(): bool {
    const found = this.incoming.line(LINE_LIMIT);
    if (found == NOTHING) return false;
    if (found != PACKET) {
      this.fail(reasons.PROTOCOL_ERROR, "the client's identification is longer than 255 bytes");
      return true;
    }
    const line = withoutReturn(this.incoming.payload);
    const wrong = complaint(line);
    if (wrong.length > 0) {
      const reason = isOtherVersion(line) ? reasons.PROTOCOL_VERSION_NOT_SUPPORTED : reasons.PROTOCOL_ERROR;
      this.failWithDetail(reason, wrong, shown(line));
      return true;
    }
    this.clientIdentification = copyOf(line, 0, line.length);
    this.environment.log(level.DEBUG, "client: " + printable(line));
    return true;
  }

  /** Handles one message, or has it handled. */
  private take(payload: Uint8Array): void {
    const message = payload[0] as i32;
    if (this.isTooMuch()) {
      this.fail(reasons.PROTOCOL_ERROR, "too many messages before authentication");
      return;
    }
    if (this.dropping && message >= number.METHOD_FIRST && message <= number.METHOD_LAST) {
      this.dropping = false;
      return;
    }
    const verdict = order.judge(message, this.phase, this.stage, this.strict);
    if (this.phase == order.PROTECTED) this.phase = order.AUTHENTICATING;
    if (verdict == order.ALLOWED) {
      this.handle(message, payload);
      this.renewWornKeys();
    } else if (verdict == order.UNKNOWN) {
      this.answerUnimplemented();
    } else if (verdict == order.REFUSED) {
      this.fail(reasons.PROTOCOL_ERROR, "message " + message.toString() + " is out of order");
    }
  }

  private handle(message: i32, payload: Uint8Array): void {
    switch (message) {
      case number.DISCONNECT:
        this.handleDisconnect(new Reader(payload.subarray(1)));
        break;
      // some clients fill IGNORE with bytes that are no string, so its content is not looked at
      case number.IGNORE:
      case number.UNIMPLEMENTED:
        break;
      case number.DEBUG:
        this.handleDebug(new Reader(payload.subarray(1)));
        break;
      case number.EXT_INFO:
        this.handleExtInfo(new Reader(payload.subarray(1)));
        break;
      case number.KEXINIT:
        this.handleKexInit(payload);
        break;
      case number.KEX_ECDH_INIT:
        this.handleKexEcdhInit(new Reader(payload.subarray(1)));
        break;
      case number.NEWKEYS:
        this.handleNewKeys(new Reader(payload.subarray(1)));
        break;
      case number.PING:
        this.handlePing(new Reader(payload.subarray(1)));
        break;
      default:
        this.passOn(payload);
    }
  }

  private passOn(payload: Uint8Array): void {
    const service = this.service;
    if (service != null) service.receive(payload);
    else this.answerUnimplemented();
  }

  private handleDisconnect(r: Reader): void {
    const m = Disconnect.decode(r);
    this.close("the client disconnected (" + m.reason.toString() + "): " + shown(m.description));
  }

  private handleDebug(r: Reader): void {
    const m = Debug.decode(r);
    if (this.isWell(r, "DEBUG")) this.environment.log(level.DEBUG, "the client says: " + shown(m.message));
  }

  /** We have announced no use for any extension of a client's: RFC 8308 section 2.5 has us ignore what is unknown. */
  private handleExtInfo(r: Reader): void {
    ExtInfo.decode(r);
    this.isWell(r, "EXT_INFO");
  }

  private handlePing(r: Reader): void {
    const ping = Ping.decode(r);
    if (!this.isWell(r, "PING")) return;
    const pong = new Pong();
    pong.data = ping.data;
    this.send(encoded(pong));
  }

  /** RFC 4253 section 11.4. */
  private answerUnimplemented(): void {
    const m = new Unimplemented();
    m.sequence = this.incoming.lastSequence();
    this.send(encoded(m));
  }

  /** Sends our KEXINIT: from now on until our NEWKEYS other messages are held back. */
  private beginExchange(): void {
    this.exchanging = true;
    this.since = this.environment.now();
    const m = this.offer.kexInit(this.isFirstExchange());
    m.cookie = new Uint8Array(KexInit.COOKIE_LENGTH);
    this.environment.random(m.cookie);
    this.serverKexInit = encoded(m);
    this.emit(this.serverKexInit);
  }

  private handleKexInit(payload: Uint8Array): void {
    const r = new Reader(payload.subarray(1));
    const m = KexInit.decode(r);
    if (!this.isWell(r, "KEXINIT")) return;
    const agreement = this.offer.negotiate(m);
    if (agreement.missing.length > 0) {
      const detail = "theirs: " + agreement.theirs + "; ours: " + agreement.ours;
      this.failWithDetail(reasons.KEY_EXCHANGE_FAILED, "no common " + agreement.missing, detail);
      return;
    }
    if (this.isFirstExchange()) {
      this.strict = agreement.strict;
      if (this.strict && this.incoming.lastSequence() != 0) {
        this.fail(reasons.PROTOCOL_ERROR, "strict key exchange: a message came before KEXINIT");
        return;
      }
    }
    if (!this.exchanging) this.beginExchange();
    const clientKexInit = copyOf(payload, 0, payload.length);
    this.transcript = new Transcript(
      this.clientIdentification,
      this.serverIdentification,
      clientKexInit,
      this.serverKexInit,
    );
    this.agreement = agreement;
    this.dropping = agreement.wrongGuess;
    this.stage = order.AWAIT_INIT;
    this.environment.log(
      level.DEBUG,
      "key exchange " + agreement.method!.name + ", host key " + agreement.hostKey!.algorithm(),
    );
  }

  private handleKexEcdhInit(r: Reader): void {
    const m = KexEcdhInit.decode(r);
    if (!this.isWell(r, "KEX_ECDH_INIT")) return;
    const agreement = this.agreement!;
    const first = this.isFirstExchange();
    const exchange = exchangeKeys(agreement, this.transcript!, m.clientPublicKey, this.sessionId, this.environment);
    this.transcript = null;
    if (exchange.fault.length > 0) {
      this.fail(reasons.KEY_EXCHANGE_FAILED, exchange.fault);
      return;
    }
    if (first) {
      this.sessionId = exchange.exchangeHash;
      this.hostKey = exchange.reply.hostKey;
    }

    this.emit(encoded(exchange.reply));
    this.emit(encoded(new NewKeys()));
    this.outgoing.protect(exchange.toClient, this.strict);
    this.awaited = exchange.toServer;
    this.stage = order.AWAIT_NEWKEYS;
    if (first && agreement.extInfo) this.announce();
    this.exchanging = false;
    while (this.heldBack.size() > 0) this.emit(this.heldBack.take());
    this.callWritable();
  }

  /** EXT_INFO, right behind our first NEWKEYS: RFC 8308 section 2.4. */
  private announce(): void {
    const m = new ExtInfo();
    m.add(ascii("server-sig-algs"), ascii(this.options.signatureAlgorithms));
    m.add(ascii("publickey-hostbound@openssh.com"), ascii("0"));
    m.add(ascii("ping@openssh.com"), ascii("0"));
    this.emit(encoded(m));
  }

  private handleNewKeys(r: Reader): void {
    if (!this.isWell(r, "NEWKEYS")) return;
    this.incoming.protect(this.awaited!, this.strict);
    this.awaited = null;
    this.agreement = null;
    this.stage = order.AWAIT_KEXINIT;
    this.since = this.environment.now();
    if (this.phase == order.UNPROTECTED) this.phase = order.PROTECTED;
  }

  /** Begins a key exchange if the keys have served long enough (RFC 4253 section 9), and none is under way. */
  private renewWornKeys(): void {
    if (this.phase != order.CONNECTED || this.closed || this.isExchangeUnderWay()) return;
    const bytes = this.options.rekeyBytes;
    const packets = this.options.rekeyPackets;
    if (
      this.incoming.bytes >= bytes ||
      this.outgoing.bytes >= bytes ||
      this.incoming.packets >= packets ||
      this.outgoing.packets >= packets
    ) {
      this.beginExchange();
    }
  }

  private isExchangeUnderWay(): bool {
    return this.exchanging || this.stage != order.AWAIT_KEXINIT;
  }

  private isFirstExchange(): bool {
    return this.sessionId.length == 0;
  }

  /** True if a client that is not authenticated has sent more than it needs. */
  private isTooMuch(): bool {
    if (this.phase == order.CONNECTED) return false;
    if (this.phase != order.UNPROTECTED) return this.incoming.packets > PACKETS_BEFORE_AUTHENTICATION;
    return this.incoming.packets > PACKETS_BEFORE_KEYS || this.incoming.bytes > BYTES_BEFORE_KEYS;
  }

  /** True if the message that `r` has read was whole; else the connection fails. */
  private isWell(r: Reader, name: string): bool {
    if (!r.ok()) this.fail(reasons.PROTOCOL_ERROR, "malformed " + name);
    return r.ok();
  }

  /** Makes a packet, key exchange or not. */
  private emit(payload: Uint8Array): void {
    this.outgoing.prepare(payload.length).set(payload);
    this.outgoing.commit(payload.length);
  }

  private callWritable(): void {
    const service = this.service;
    if (service != null && this.ready()) service.writable();
  }

  /** `fail` with something that is for the log alone. */
  private failWithDetail(reason: u32, text: string, detail: string): void {
    if (this.closed) return;
    this.disconnect(reason, text);
    this.failed = true;
    if (detail.length > 0) this.reason = text + ": " + detail;
    this.environment.log(level.FATAL, this.reason);
  }

  private close(reason: string): void {
    this.closed = true;
    this.reason = reason;
    this.incoming.wipe();
    this.outgoing.wipe();
    const awaited = this.awaited;
    if (awaited != null) awaited.wipe();
  }
}

/** A client's own words, made fit for a log line. */
function shown(text: Uint8Array): string {
  return printable(text.length > SHOWN ? text.subarray(0, SHOWN) : text);
}
