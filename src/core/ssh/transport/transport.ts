/**
 * The transport layer of an SSH server, RFC 4253, without input or output of its own: bytes are handed in and fetched.
 *
 * It identifies itself, agrees on keys, and again each time that either side wants new ones; the layer above notices nothing
 * of that but that messages are held back for a moment. It answers for itself DISCONNECT, IGNORE, DEBUG, UNIMPLEMENTED,
 * EXT_INFO and PING. Compression and ciphers other than those of cipher.ts are left out on purpose.
 *
 * What leaves at once: identification and KEXINIT before the client has said a word; then KEX_ECDH_REPLY, NEWKEYS and
 * EXT_INFO together.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { ascii, excerpt, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import * as level from "../environment.ts";
import { Environment, HostKey } from "../environment.ts";
import { MAC_ERROR, PROTOCOL_ERROR, PROTOCOL_VERSION_NOT_SUPPORTED } from "../message/disconnect-reason.ts";
import { encoded } from "../message/message.ts";
import * as number from "../message/number.ts";
import { Debug, Disconnect, ExtInfo, Ping, Pong, Unimplemented } from "../message/transport.ts";
import { HeldBack } from "./held-back.ts";
import { complaint, identification, isOtherVersion, LINE_LIMIT, withoutReturn } from "./identification.ts";
import { FORGED, MALFORMED, NOTHING, PACKET } from "./incoming.ts";
import { KeyExchange } from "./key-exchange.ts";
import { Link } from "./link.ts";
import { TransportOptions } from "./options.ts";
import * as order from "./order.ts";

/** While so many bytes of output wait, no more input is asked for: a client that does not read is not answered for ever. */
const OUTPUT_LIMIT: i32 = 1048576;
/** Bytes of messages that may be held back while the client lets a key exchange wait. */
const HELD_BACK_LIMIT: i32 = 1048576;
/** Packets and bytes from a client without keys. A key exchange takes 3 packets; TinySSH allows 30. */
const PACKETS_BEFORE_KEYS: u32 = 30;
const BYTES_BEFORE_KEYS: f64 = 65536;
/** Packets from then on until the client is authenticated. */
const PACKETS_BEFORE_AUTHENTICATION: u32 = 100;

/** The layer above the transport: authentication, then connection. */
export abstract class Service {
  /**
   * A message that is not the transport's own, allowed in this phase: SERVICE_REQUEST, USERAUTH_REQUEST, and once
   * `authenticated` was called those of the connection protocol. `payload[0]` is its number. The view is valid
   * during the call.
   */
  abstract receive(payload: Uint8Array): void;
}

export class Transport {
  /** Who receives the messages that are not the transport's own. */
  service: Service | null = null;

  private link: Link;
  private exchange: KeyExchange;
  private heldBack: HeldBack = new HeldBack();
  private phase: i32 = order.UNPROTECTED;

  constructor(environment: Environment, hostKeys: HostKey[], options: TransportOptions) {
    const ours = identification(options.software, options.comment);
    const link = new Link(environment);
    const exchange = new KeyExchange(link, ours, hostKeys, options);
    link.outgoing.line(ours);
    link.outgoing.line(ascii("\r\n"));
    exchange.begin();
    this.link = link;
    this.exchange = exchange;
  }

  /** No more is received or queued; what `output` still holds should be sent. */
  get closed(): bool {
    return this.link.closed;
  }

  /** Closed over a fault, and not by an orderly DISCONNECT of either side. */
  get failed(): bool {
    return this.link.failed;
  }

  /** Why it was closed, for the log. */
  get reason(): string {
    return this.link.reason;
  }

  /** The first exchange hash, which names this connection for good (RFC 4253 section 7.2); empty before. */
  get sessionId(): Uint8Array {
    return this.exchange.sessionId;
  }

  /** The host key blob of the first key exchange, which host-bound user signatures name; empty before. */
  get hostKey(): Uint8Array {
    return this.exchange.hostKey;
  }

  /** The client's identification without its end of line, e.g. `SSH-2.0-OpenSSH_9.9`; empty before it arrived. */
  get clientIdentification(): Uint8Array {
    return this.exchange.clientIdentification;
  }

  /** The free part of the receive buffer, to read into. Empty if no input is wanted: too much output waits, or closed. */
  input(): Uint8Array {
    return this.link.closed || this.pending() > OUTPUT_LIMIT ? EMPTY : this.link.incoming.free();
  }

  /** Says that `count` bytes were read into what `input` gave, and handles every whole packet. */
  received(count: i32): void {
    if (this.link.closed) return;
    this.link.incoming.filledBy(count);
    while (!this.link.closed && this.takeNext()) {}
  }

  /** Takes input from elsewhere than `input`. */
  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.link.closed) {
      const free = this.link.incoming.free();
      const count = free.length < bytes.length - at ? free.length : bytes.length - at;
      free.set(bytes.subarray(at, at + count));
      this.received(count);
      at += count;
    }
  }

  /** Bytes to send: a view, valid until the transport is called again; empty if there are none. */
  output(): Uint8Array {
    return this.link.outgoing.output();
  }

  /** Says that the first `count` bytes of `output` were sent. */
  sent(count: i32): void {
    this.link.outgoing.sent(count);
  }

  /** Bytes in `output`. */
  pending(): i32 {
    return this.link.outgoing.pending();
  }

  /** Queues one message; during a key exchange it is held back, in order. */
  send(payload: Uint8Array): void {
    if (this.link.closed) return;
    if (!this.exchange.holding) {
      this.link.emit(payload);
      this.renewWornKeys();
    } else if (this.heldBack.size() + payload.length > HELD_BACK_LIMIT) {
      this.fail(PROTOCOL_ERROR, "the client lets a key exchange wait and asks for more meanwhile");
    } else {
      this.heldBack.add(payload);
    }
  }

  /** True if no key exchange is under way in our direction, so that `prepare` may be called. */
  ready(): bool {
    return !this.exchange.holding && !this.link.closed;
  }

  /** Room in the output buffer to build a payload of at most `capacity` bytes in place. Only while `ready`. */
  prepare(capacity: i32): Uint8Array {
    if (!this.ready()) throw new Error("not ready for a message");
    return this.link.outgoing.prepare(capacity);
  }

  /** Seals the first `length` bytes of what `prepare` gave as one packet. Afterwards `ready` may have become false. */
  commit(length: i32): void {
    this.link.outgoing.commit(length);
    this.renewWornKeys();
  }

  /** Ends the connection over a fault: DISCONNECT with `reason` (RFC 4253 section 11.1), one line in the log. */
  fail(reason: u32, text: string): void {
    this.link.fail(reason, text, "");
  }

  /** Ends the connection in good order. */
  disconnect(reason: u32, text: string): void {
    this.link.disconnect(reason, text);
  }

  /** To be called once USERAUTH_SUCCESS was sent: the connection protocol may begin, and keys may be renewed. */
  authenticated(): void {
    this.phase = order.CONNECTED;
  }

  /** The moment at which `tick` wants to be called, by the environment's clock; infinity if it needn't be. */
  deadline(): f64 {
    return this.link.closed || this.phase != order.CONNECTED ? Infinity : this.exchange.deadline();
  }

  tick(): void {
    if (!this.link.closed && this.phase == order.CONNECTED) this.exchange.tick();
  }

  /** Handles what comes next in the receive buffer. False if it isn't there yet. */
  private takeNext(): bool {
    const incoming = this.link.incoming;
    const found = this.clientIdentification.length == 0 ? incoming.line(LINE_LIMIT) : incoming.next();
    if (found == NOTHING) return false;
    if (this.clientIdentification.length == 0) this.takeIdentification(found == PACKET, incoming.payload);
    else if (found == FORGED) this.fail(MAC_ERROR, "a packet was corrupted: wrong message authentication code");
    else if (found == MALFORMED) this.fail(PROTOCOL_ERROR, "a packet has an invalid length or padding");
    else if (found != PACKET) this.fail(PROTOCOL_ERROR, "the client has used its keys for too many packets");
    else this.take(incoming.payload);
    return true;
  }

  private takeIdentification(ends: bool, payload: Uint8Array): void {
    if (!ends) {
      this.fail(PROTOCOL_ERROR, "the client's identification is longer than 255 bytes");
      return;
    }
    const line = withoutReturn(payload);
    const wrong = complaint(line);
    if (wrong.length > 0) {
      const reason = isOtherVersion(line) ? PROTOCOL_VERSION_NOT_SUPPORTED : PROTOCOL_ERROR;
      this.link.fail(reason, wrong, excerpt(line));
      return;
    }
    this.exchange.clientIdentification = copyOf(line, 0, line.length);
    this.link.environment.log(level.DEBUG, "client: " + printable(line));
  }

  /** Handles one message, or has it handled. */
  private take(payload: Uint8Array): void {
    const message = payload[0] as i32;
    if (this.isTooMuch()) {
      this.fail(PROTOCOL_ERROR, "too many messages before authentication");
      return;
    }
    if (this.exchange.drops(message)) return;
    const verdict = order.judge(message, this.phase, this.exchange.stage, this.exchange.strict);
    if (this.phase == order.PROTECTED) this.phase = order.AUTHENTICATING;
    if (verdict == order.ALLOWED) this.handle(message, payload);
    else if (verdict == order.UNKNOWN) this.answerUnimplemented();
    else if (verdict == order.REFUSED) this.fail(PROTOCOL_ERROR, `message ${message} is out of order`);
    this.renewWornKeys();
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
        this.exchange.takeKexInit(payload);
        break;
      case number.KEX_ECDH_INIT:
        if (this.exchange.takeInit(new Reader(payload.subarray(1)))) this.release();
        break;
      case number.NEWKEYS:
        if (this.exchange.takeNewKeys(new Reader(payload.subarray(1))) && this.phase == order.UNPROTECTED)
          this.phase = order.PROTECTED;
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
    this.link.close(`the client disconnected (${m.reason}): ${excerpt(m.description)}`);
    this.link.environment.log(level.DEBUG, this.link.reason);
  }

  private handleDebug(r: Reader): void {
    const m = Debug.decode(r);
    if (this.link.isWell(r, "DEBUG")) this.link.environment.log(level.DEBUG, "the client says: " + excerpt(m.message));
  }

  /** We have announced no use for any extension of a client's: RFC 8308 section 2.5 has us ignore what is unknown. */
  private handleExtInfo(r: Reader): void {
    ExtInfo.decode(r);
    this.link.isWell(r, "EXT_INFO");
  }

  private handlePing(r: Reader): void {
    const ping = Ping.decode(r);
    if (!this.link.isWell(r, "PING")) return;
    const pong = new Pong();
    pong.data = ping.data;
    this.send(encoded(pong));
  }

  /** RFC 4253 section 11.4. */
  private answerUnimplemented(): void {
    const m = new Unimplemented();
    m.sequence = this.link.incoming.lastSequence();
    this.send(encoded(m));
  }

  /** Our direction has its keys: what was held back goes out. */
  private release(): void {
    while (this.heldBack.size() > 0) this.link.emit(this.heldBack.take());
  }

  private renewWornKeys(): void {
    if (this.phase == order.CONNECTED) this.exchange.renewWornKeys();
  }

  /** True if a client that is not authenticated has sent more than it needs. */
  private isTooMuch(): bool {
    if (this.phase == order.CONNECTED) return false;
    const incoming = this.link.incoming;
    if (this.phase != order.UNPROTECTED) return incoming.packets > PACKETS_BEFORE_AUTHENTICATION;
    return incoming.packets > PACKETS_BEFORE_KEYS || incoming.bytes > BYTES_BEFORE_KEYS;
  }
}
