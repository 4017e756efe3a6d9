/**
 * Key exchanges of a connection, one after the other: RFC 4253 sections 7 and 9, with strict key exchange (OpenSSH's PROTOCOL
 * section 1.10). Each is negotiated anew; the session id stays that of the first.
 *
 * It begins with whichever KEXINIT is first, ours or the client's; both being under way at once is one exchange. From our
 * KEXINIT to our NEWKEYS the transport holds back what is not the exchange's own. What the client may send is for order.ts
 * to say.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { ascii } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { DEBUG, HostKey } from "../environment.ts";
import { signatureAlgorithms } from "../key/signature.ts";
import { KEY_EXCHANGE_FAILED, PROTOCOL_ERROR } from "../message/disconnect-reason.ts";
import { KexEcdhInit } from "../message/key-exchange.ts";
import { encoded } from "../message/message.ts";
import { METHOD_FIRST, METHOD_LAST } from "../message/number.ts";
import { ExtInfo, KexInit, NewKeys } from "../message/transport.ts";
import { cipherNames } from "./ciphers.ts";
import { Transcript } from "./exchange-hash.ts";
import { agreeOnKeys } from "./key-agreement.ts";
import { keyExchangeMethods } from "./key-exchange-method.ts";
import { Link } from "./link.ts";
import { Agreement, Offer } from "./negotiation.ts";
import { TransportOptions } from "./options.ts";
import { AWAIT_INIT, AWAIT_KEXINIT, AWAIT_NEWKEYS } from "./order.ts";

/** Milliseconds that a rekeying may take: enough for a slow line to carry what was under way. */
const REKEYING_TIME: f64 = 300000;

export class KeyExchange {
  /** What the client's part of the exchange is waited for: see order.ts. */
  stage: i32 = AWAIT_KEXINIT;
  strict: bool = false;
  /** Our KEXINIT was sent, and our NEWKEYS not yet. */
  holding: bool = false;
  /** H of the first exchange; empty before. */
  sessionId: Uint8Array = EMPTY;
  /** K_S of the first exchange; empty before. */
  hostKey: Uint8Array = EMPTY;
  /** V_C and V_S. */
  clientIdentification: Uint8Array = EMPTY;
  serverIdentification: Uint8Array;

  private link: Link;
  private options: TransportOptions;
  private offer: Offer;
  /** When the exchange under way began, or the last one ended. */
  private since: f64 = 0;
  /** The client has guessed wrong: the first packet of its exchange is to be dropped. */
  private dropping: bool = false;
  private serverKexInit: Uint8Array = EMPTY;
  private transcript: Transcript | null = null;
  private agreement: Agreement | null = null;

  constructor(link: Link, serverIdentification: Uint8Array, hostKeys: HostKey[], options: TransportOptions) {
    this.link = link;
    this.serverIdentification = serverIdentification;
    this.options = options;
    const methods = keyExchangeMethods(options.stateOfTheArt, options.postQuantum);
    this.offer = new Offer(methods, hostKeys, cipherNames(options.aesGcm));
  }

  isUnderWay(): bool {
    return this.holding || this.stage != AWAIT_KEXINIT;
  }

  /** Sends our KEXINIT. */
  begin(): void {
    this.holding = true;
    this.since = this.link.environment.now();
    const m = this.offer.kexInit(this.isFirst());
    m.cookie = new Uint8Array(KexInit.COOKIE_LENGTH);
    this.link.environment.random(m.cookie);
    this.serverKexInit = encoded(m);
    this.link.emit(this.serverKexInit);
  }

  takeKexInit(payload: Uint8Array): void {
    const r = new Reader(payload.subarray(1));
    const m = KexInit.decode(r);
    if (!this.link.isWell(r, "KEXINIT")) return;
    const agreement = this.offer.negotiate(m);
    if (agreement.missing.length > 0) {
      const detail = "theirs: " + agreement.theirs + "; ours: " + agreement.ours;
      this.link.fail(KEY_EXCHANGE_FAILED, "no common " + agreement.missing, detail);
      return;
    }
    if (this.isFirst()) this.strict = agreement.strict;
    if (this.isFirst() && this.strict && this.link.incoming.lastSequence() != 0) {
      this.link.fail(PROTOCOL_ERROR, "strict key exchange: a message came before KEXINIT", "");
      return;
    }
    if (!this.holding) this.begin();
    const clientKexInit = copyOf(payload, 0, payload.length);
    this.transcript = new Transcript(
      this.clientIdentification,
      this.serverIdentification,
      clientKexInit,
      this.serverKexInit,
    );
    this.agreement = agreement;
    this.dropping = agreement.wrongGuess;
    this.stage = AWAIT_INIT;
    const chosen = agreement.method!.name + ", host key " + agreement.hostKey!.algorithm();
    this.link.environment.log(DEBUG, "key exchange: " + chosen);
  }

  /** True if the message is the one that followed a wrong guess: it is dropped, and it alone. */
  drops(message: i32): bool {
    if (!this.dropping || message < METHOD_FIRST || message > METHOD_LAST) return false;
    this.dropping = false;
    return true;
  }

  /** Answers by the reply, NEWKEYS and, the first time, EXT_INFO. True if our direction has its new keys. */
  takeInit(r: Reader): bool {
    const m = KexEcdhInit.decode(r);
    if (!this.link.isWell(r, "KEX_ECDH_INIT")) return false;
    const agreement = this.agreement!;
    const environment = this.link.environment;
    const keys = agreeOnKeys(agreement, this.transcript!, m.clientPublicKey, this.sessionId, environment);
    this.transcript = null;
    if (keys.fault.length > 0) {
      this.link.fail(KEY_EXCHANGE_FAILED, keys.fault, "");
      return false;
    }
    const first = this.isFirst();
    if (first) {
      this.sessionId = keys.exchangeHash;
      this.hostKey = keys.reply.hostKey;
    }
    this.link.emitMessage(keys.reply);
    this.link.emitMessage(new NewKeys());
    this.link.outgoing.changeKeys(keys.toClient, this.strict);
    this.link.incoming.awaitKeys(keys.toServer);
    if (first && agreement.extInfo) this.announce();
    this.stage = AWAIT_NEWKEYS;
    this.holding = false;
    return true;
  }

  /** The client's direction gets its new keys, and the exchange is over. True if the message was well. */
  takeNewKeys(r: Reader): bool {
    if (!this.link.isWell(r, "NEWKEYS")) return false;
    this.link.incoming.changeKeys(this.strict);
    this.agreement = null;
    this.stage = AWAIT_KEXINIT;
    this.since = this.link.environment.now();
    return true;
  }

  /** Begins an exchange if the keys have served for so much as they should (RFC 4253 section 9), and none is under way. */
  renewWornKeys(): void {
    if (this.link.closed || this.isUnderWay()) return;
    const incoming = this.link.incoming;
    const outgoing = this.link.outgoing;
    const bytes = this.options.rekeyBytes;
    const packets = this.options.rekeyPackets;
    if (
      incoming.bytes >= bytes ||
      outgoing.bytes >= bytes ||
      incoming.packets >= packets ||
      outgoing.packets >= packets
    ) {
      this.begin();
    }
  }

  /** When `tick` wants to be called; infinity if it needn't be. */
  deadline(): f64 {
    if (this.isUnderWay()) return this.since + REKEYING_TIME;
    // keys that nobody uses do not wear: a client that sleeps is not disturbed
    const unused = this.link.incoming.packets == 0 && this.link.outgoing.packets == 0;
    return unused ? Infinity : this.since + this.options.rekeyMilliseconds;
  }

  tick(): void {
    if (this.link.environment.now() < this.deadline()) return;
    if (!this.isUnderWay()) this.begin();
    else this.link.fail(KEY_EXCHANGE_FAILED, "the client did not finish a key exchange in time", "");
  }

  /** EXT_INFO, right behind our first NEWKEYS: RFC 8308 section 2.4. */
  private announce(): void {
    const m = new ExtInfo();
    m.add(ascii("server-sig-algs"), ascii(signatureAlgorithms()));
    m.add(ascii("publickey-hostbound@openssh.com"), ascii("0"));
    m.add(ascii("ping@openssh.com"), ascii("0"));
    this.link.emitMessage(m);
  }

  private isFirst(): bool {
    return this.sessionId.length == 0;
  }
}
