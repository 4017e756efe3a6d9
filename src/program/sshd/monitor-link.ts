/**
 * The network process's way to the monitor: what the core needs beyond bytes and time is asked for here, and the answer
 * waited for. Between two questions the monitor may say that a child has ended, or that the connection is to end.
 */
import { EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { ascii } from "../../core/bytes/text.ts";
import { Grant } from "../../core/ssh/auth/grant.ts";
import { KeyProof } from "../../core/ssh/auth/key-proof.ts";
import { Authority, Environment, HostKey } from "../../core/ssh/environment.ts";
import { Event } from "../../core/ssh/event.ts";
import { encoded, Message } from "../../core/ssh/message/message.ts";
import { KexInit } from "../../core/ssh/message/transport.ts";
import {
  Admission,
  ADMISSION,
  AGENT_WANTED,
  EXITED,
  KILLED,
  SIGNATURE,
  SignatureAnswer,
  Verdict,
  VERDICT,
} from "../../core/ssh/monitor/answer.ts";
import { LOG_LIMIT } from "../../core/ssh/monitor/monitor.ts";
import {
  EnterRequest,
  EventRequest,
  LogRequest,
  ProveRequest,
  RECORD_LIMIT,
  SignRequest,
  VouchRequest,
} from "../../core/ssh/monitor/request.ts";
import { Exchange } from "../../core/ssh/transport/exchange-hash.ts";
import { Reader } from "../../core/wire/reader.ts";
import { now } from "../../linux/clock.ts";
import { close, write } from "../../linux/descriptor.ts";
import { exit } from "../../linux/process.ts";
import { fillRandom } from "../../linux/random.ts";
import { passedDescriptors, receiveRecord } from "../../linux/record-socket.ts";
import { log } from "../log.ts";
import { FAILURE } from "../program.ts";

/** Programs that may wait for the agent: each holds a descriptor, of which those that a session is about to get need some. */
const WANTING_LIMIT: i32 = 16;

/** What the monitor has said of its own accord. */
class News {
  record: Uint8Array;
  /** What came with it; negative if nothing did. */
  descriptor: i32;

  constructor(record: Uint8Array) {
    const descriptors = passedDescriptors();
    this.record = record;
    this.descriptor = descriptors.length == 1 ? descriptors[0] : -1;
  }
}

export class MonitorLink {
  readonly socket: i32;
  /** What came with the record that `next` gave last; negative if nothing did. */
  descriptor: i32 = -1;
  /** What nobody has looked at yet, and how many programs among it want the agent. */
  private news: News[] = new Array<News>();
  private wanting: i32 = 0;

  constructor(socket: i32) {
    this.socket = socket;
  }

  /** Sends what needs no answer. It may hold a secret, K of a key exchange, and is wiped. */
  tell(message: Message): void {
    const record = encoded(message);
    // Without a monitor there is nothing left to be done, and nobody to be told.
    if (record.length > RECORD_LIMIT || write(this.socket, record, 0, record.length) < 0) exit(FAILURE);
    wipe(record);
  }

  /** Sends a question, and gives what follows the number of the answer, which must be `answer`. */
  ask(message: Message, answer: i32): Reader {
    this.tell(message);
    let record = this.receive();
    while ((record[0] as i32) != answer) {
      this.keep(record);
      record = this.receive();
    }
    return new Reader(record.subarray(1));
  }

  /** Asks for a yes or no. */
  decide(message: Message): bool {
    return Verdict.decode(this.ask(message, VERDICT)).granted;
  }

  /** Waits for something that the monitor says of its own accord. */
  listen(): void {
    this.keep(this.receive());
  }

  /** What the monitor has said of its own accord, the oldest first; EMPTY if there is nothing more. */
  next(): Uint8Array {
    if (this.news.length == 0) return EMPTY;
    const news = this.news.shift();
    if ((news.record[0] as i32) == AGENT_WANTED) this.wanting--;
    this.descriptor = news.descriptor;
    return news.record;
  }

  /** Drops the news of session `number`. */
  forget(number: u32): void {
    const kept = new Array<News>();
    for (let i = 0; i < this.news.length; i++) {
      const record = this.news[i].record;
      const isEnd = (record[0] as i32) == EXITED || (record[0] as i32) == KILLED;
      if (!isEnd || new Reader(record.subarray(1)).uint32() != number) kept.push(this.news[i]);
    }
    this.news = kept;
  }

  private keep(record: Uint8Array): void {
    const news = new News(record);
    if ((record[0] as i32) == AGENT_WANTED) {
      if (this.wanting == WANTING_LIMIT) {
        close(news.descriptor);
        return;
      }
      this.wanting++;
    }
    this.news.push(news);
  }

  private receive(): Uint8Array {
    const record = receiveRecord(this.socket, RECORD_LIMIT, true);
    if (record.length == 0) exit(FAILURE);
    return record;
  }
}

/** The surroundings of the network process's core. */
export class NetworkEnvironment extends Environment {
  private link: MonitorLink;

  constructor(link: MonitorLink) {
    super();
    this.link = link;
  }

  random(out: Uint8Array): void {
    fillRandom(out);
  }

  now(): f64 {
    return now();
  }

  log(level: i32, message: string): void {
    if (!log.writes(level)) return;
    const m = new LogRequest();
    m.level = level;
    m.text = ascii(message.length > LOG_LIMIT ? message.substring(0, LOG_LIMIT) : message);
    this.link.tell(m);
  }

  override event(event: Event): void {
    if (event.words.length <= LOG_LIMIT) this.link.tell(new EventRequest(event));
  }
}

/** The public half of a host key whose secret half is beyond the monitor. */
export class DistantHostKey extends HostKey {
  private link: MonitorLink;
  /** Its place among the monitor's host keys. */
  private index: i32;
  private name: string;
  private blob: Uint8Array;
  private certificate: bool;

  constructor(link: MonitorLink, index: i32, key: HostKey) {
    super();
    this.link = link;
    this.index = index;
    this.name = key.algorithm();
    this.blob = key.publicKey();
    this.certificate = key.isCertificate();
  }

  override isCertificate(): bool {
    return this.certificate;
  }

  algorithm(): string {
    return this.name;
  }

  publicKey(): Uint8Array {
    return this.blob;
  }

  /** The monitor signs nothing that it has not composed. */
  sign(_message: Uint8Array): Uint8Array | null {
    return null;
  }

  signExchange(exchange: Exchange): Uint8Array | null {
    const m = new SignRequest();
    m.clientIdentification = exchange.transcript.clientIdentification;
    m.clientKexInit = exchange.transcript.clientKexInit;
    m.cookie = exchange.transcript.serverKexInit.subarray(1, 1 + KexInit.COOKIE_LENGTH);
    m.clientPublicKey = exchange.clientPublicKey;
    m.serverPublicKey = exchange.serverPublicKey;
    m.encodedSecret = exchange.encodedSecret;
    return this.ask(m);
  }

  override proveOwnership(_sessionId: Uint8Array): Uint8Array | null {
    const m = new VouchRequest();
    m.key = this.index as u32;
    return this.ask(m);
  }

  private ask(m: Message): Uint8Array | null {
    const answer = SignatureAnswer.decode(this.link.ask(m, SIGNATURE));
    return answer.signature.length == 0 ? null : answer.signature;
  }
}

export class DistantAuthority extends Authority {
  private link: MonitorLink;

  constructor(link: MonitorLink) {
    super();
    this.link = link;
  }

  admit(proof: KeyProof): Grant | null {
    const m = new ProveRequest();
    m.user = proof.user;
    m.credential = proof.credential.blob;
    m.hostBound = proof.hostKey.length > 0;
    m.signature = proof.signature;
    return Admission.decode(this.link.ask(m, ADMISSION)).grant;
  }

  admitWithoutProof(user: Uint8Array): Grant | null {
    const m = new EnterRequest();
    m.user = user;
    return Admission.decode(this.link.ask(m, ADMISSION)).grant;
  }
}
