/**
 * One client of the agent: its requests, one after the other, each from its message to its answer. What a request needs
 * meanwhile, a person's word, a proxied agent's, or time, it says by `need`; whoever runs the agent sees to it, and no
 * other client waits for that.
 *
 * Requests are answered as OpenSSH's agent does (draft-miller-ssh-agent, OpenSSH's PROTOCOL.agent), and those of
 * ssh-tpm-add. Other extensions are refused.
 */
import { copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { excerpt, isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { DEBUG, WARNING } from "../environment.ts";
import { encoded } from "../message/message.ts";
import { ADDED, Agent, FOREIGN } from "./agent.ts";
import { BINDING_BYTES, Bindings, BINDINGS_LIMIT } from "./bindings.ts";
import { Constraints } from "./constraints.ts";
import { IdentityList } from "./identity-list.ts";
import * as message from "./message.ts";
import { Question } from "./question.ts";
import { ASKING, DONE, Signing } from "./signing.ts";

/** `answer` is there. */
export const NOTHING: i32 = 0;
/** `question` is to be put to a person, and `answered` to be called; `reconsider` when its turn comes. */
export const PERSON: i32 = 1;
/** `relay` is to be sent to the proxied agent number `proxy`, and `relayed` to be called. */
export const PROXY: i32 = 2;
/** `reconsider` is to be called when the surroundings' clock has reached `time`. */
export const TIME: i32 = 3;

const SESSION_BIND: string = "session-bind@openssh.com";
const TPM_ADD_KEY: string = "tpm-add-key";
const QUERY: string = "query";

export class AgentClient {
  need: i32 = NOTHING;
  answer: Uint8Array = EMPTY;
  question: Question | null = null;
  proxy: i32 = 0;
  /** Messages; the answer to the last is wanted. */
  relay: Uint8Array[] = new Array<Uint8Array>();
  time: f64 = 0;
  private agent: Agent;
  private proxies: i32;
  private name: string;
  private bindings: Bindings = new Bindings();
  /** What was said of the connection, good or bad, for proxied agents to judge by themselves. */
  private bindMessages: Uint8Array[] = new Array<Uint8Array>();
  /** So much was said that it can't be kept: such a connection gets no further than here. */
  private tooMuchSaid: bool = false;
  private request: Uint8Array = EMPTY;
  private signing: Signing | null = null;
  /** What to list, as far as it is known. */
  private listed: IdentityList = new IdentityList();
  /** What becomes of the request if no further proxied agent has a better answer. */
  private sofar: i32 = message.FAILURE;

  /** `name`: who it is, in words; `proxies`: how many proxied agents there are. */
  constructor(agent: Agent, name: string, proxies: i32) {
    this.agent = agent;
    this.name = name;
    this.proxies = proxies;
  }

  /** Takes a request up. It is overwritten when it is done: there may be secrets in it. */
  receive(request: Uint8Array): void {
    this.request = request;
    this.agent.expire();
    const number = request[0] as i32;
    const r = new Reader(request.subarray(1));
    if (number == message.UNLOCK) this.unlock();
    else if (number == message.REQUEST_IDENTITIES && r.ok()) this.list();
    else if (number == message.EXTENSION) this.extension(r);
    else if (this.agent.lock.locked) this.finish(message.FAILURE);
    else if (number == message.SIGN_REQUEST) this.sign(r);
    else if (number == message.ADD_IDENTITY || number == message.ADD_ID_CONSTRAINED) this.add(r);
    else if (number == message.REMOVE_IDENTITY) this.remove(r);
    else if (number == message.REMOVE_ALL_IDENTITIES && r.ok()) this.removeAll();
    else if (number == message.REMOVE_ALL_RSA_IDENTITIES) this.finish(message.SUCCESS); // there never are any
    else if (number == message.LOCK) this.lock(r);
    else if (isForSmartCards(number)) this.passOn(message.FAILURE);
    else this.finish(message.FAILURE);
  }

  /** A person has answered `question`. `words`: what was typed. */
  answered(yes: bool, words: Uint8Array): void {
    const signing = this.signing;
    if (this.need != PERSON || signing == null) return;
    signing.answered(yes && !this.agent.lock.locked, words);
    this.follow(signing);
  }

  /** Looks again at what is needed: a PIN may be known by now, or the time have come. */
  reconsider(): void {
    this.agent.expire();
    const signing = this.signing;
    if (this.need == TIME) this.unlock();
    else if (this.need == PERSON && signing != null) {
      if (this.agent.lock.locked) signing.answered(false, EMPTY);
      else signing.reconsider();
      this.follow(signing);
    }
  }

  /** A proxied agent's answer; EMPTY if there was none. */
  relayed(answer: Uint8Array): void {
    const number = this.request[0] as i32;
    this.proxy++;
    if (number == message.REQUEST_IDENTITIES) {
      this.listed.merge(answer);
    } else if (isToAll(number)) {
      if (isYes(answer)) this.sofar = message.SUCCESS;
      else if (number == message.REMOVE_ALL_IDENTITIES && answer.length > 0) this.sofar = message.FAILURE;
    } else if (isYes(answer)) {
      this.reply(copyOf(answer, 0, answer.length));
      return;
    }
    this.askProxy();
  }

  /** The connection has ended. */
  end(): void {
    this.done();
    this.need = NOTHING;
  }

  private list(): void {
    if (this.agent.lock.locked) {
      this.reply(this.listed.encoded());
      return;
    }
    const identities = this.agent.identities.list;
    for (let i = 0; i < identities.length; i++) {
      if (this.agent.isVisible(identities[i], this.bindings))
        this.listed.add(identities[i].blob, identities[i].comment);
    }
    this.passOn(message.SUCCESS);
  }

  private sign(r: Reader): void {
    const request = message.SignRequest.decode(r);
    if (!r.ok()) {
      this.finish(message.FAILURE);
      return;
    }
    const agent = this.agent;
    const identity = agent.find(request.key, this.bindings);
    if (identity == null) {
      this.passOn(message.FAILURE);
      return;
    }
    const wallClock = agent.host.wallClock();
    const objection = this.bindings.objection(identity.destinations, request.key, request.message, wallClock);
    if (objection.length > 0) {
      this.note(WARNING, "signature with " + excerpt(identity.comment) + " refused: " + objection);
      this.finish(message.FAILURE);
      return;
    }
    const signing = new Signing(identity, request.message, request.flags, this.name, agent.pins, agent.host);
    this.signing = signing;
    signing.proceed();
    this.follow(signing);
  }

  private follow(signing: Signing): void {
    if (signing.state == ASKING) {
      this.question = signing.question;
      this.need = PERSON;
    } else if (signing.state == DONE) {
      const response = new message.SignResponse();
      response.signature = signing.signature;
      this.reply(encoded(response));
    } else {
      this.finish(message.FAILURE);
    }
  }

  private add(r: Reader): void {
    const constrained = (this.request[0] as i32) == message.ADD_ID_CONSTRAINED;
    const outcome = this.agent.addOrdinary(r, constrained, this.bindings);
    if (outcome != FOREIGN) {
      this.finish(outcome == ADDED ? message.SUCCESS : message.FAILURE);
      return;
    }
    if (this.proxies == 0) {
      const type = excerpt(new Reader(this.request.subarray(1)).string());
      this.note(WARNING, "keys of type " + type + " can't be kept here, and there is no proxied agent (-A) to keep it");
    }
    this.passOn(message.FAILURE);
  }

  private remove(r: Reader): void {
    const blob = r.string();
    if (!r.ok()) {
      this.finish(message.FAILURE);
      return;
    }
    const identity = this.agent.identities.find(blob);
    const own = identity != null && this.agent.isVisible(identity, this.bindings);
    if (identity != null && own) this.agent.remove(identity);
    this.passOn(own ? message.SUCCESS : message.FAILURE);
  }

  private removeAll(): void {
    this.agent.removeAll();
    this.passOn(message.SUCCESS);
  }

  private lock(r: Reader): void {
    const passphrase = r.string();
    this.finish(r.ok() && this.agent.lockBy(passphrase) ? message.SUCCESS : message.FAILURE);
  }

  private unlock(): void {
    const r = new Reader(this.request.subarray(1));
    const passphrase = r.string();
    const lock = this.agent.lock;
    const now = this.agent.host.now();
    if (!r.ok() || !lock.locked) {
      this.finish(message.FAILURE);
    } else if (now < lock.opening) {
      this.need = TIME;
      this.time = lock.opening;
    } else if (lock.unlock(passphrase, now)) {
      this.finish(message.SUCCESS);
    } else {
      this.note(WARNING, "wrong passphrase to unlock the agent");
      this.finish(message.FAILURE);
    }
  }

  private extension(r: Reader): void {
    const name = r.string();
    // What is known of the connection counts later, so it is heard while the agent is locked too.
    if (isText(name, SESSION_BIND)) this.bind(r);
    else if (this.agent.lock.locked) this.finish(message.FAILURE);
    else if (isText(name, QUERY)) this.query();
    else if (isText(name, TPM_ADD_KEY)) this.addTpmKey(r);
    else this.finish(message.FAILURE);
  }

  private query(): void {
    const w = new Writer(128);
    w.byte(message.EXTENSION_RESPONSE as u8);
    w.text(QUERY);
    w.text(QUERY);
    w.text(SESSION_BIND);
    w.text(TPM_ADD_KEY);
    this.reply(w.written());
  }

  private bind(r: Reader): void {
    if (this.bindMessages.length >= BINDINGS_LIMIT || this.request.length > BINDING_BYTES) this.tooMuchSaid = true;
    else this.bindMessages.push(copyOf(this.request, 0, this.request.length));
    this.bindings.attempted = true;
    const m = message.SessionBind.decode(r);
    const trouble = r.ok() ? this.bindings.bind(m) : "not well-formed";
    if (trouble.length > 0) this.note(DEBUG, "session not bound: " + trouble);
    this.finish(trouble.length > 0 ? message.FAILURE : message.SUCCESS);
  }

  /** ssh-tpm-add's: a number and a name that are always the same, a key file, a certificate or nothing, constraints. */
  private addTpmKey(r: Reader): void {
    const number = r.byte() as i32;
    const type = r.string();
    const file = r.string();
    const certificate = r.string();
    const constraints = Constraints.decode(r);
    const wellFormed = !r.bad && number == message.ADD_IDENTITY && isText(type, "TPMKEY");
    const own = copyOf(certificate, 0, certificate.length);
    const added = wellFormed && this.agent.addTpmKey(file, own, constraints, this.bindings);
    this.finish(added ? message.SUCCESS : message.EXTENSION_FAILURE);
  }

  /** Has the proxied agents hear the request; without a better answer from there, the status is `sofar`. */
  private passOn(sofar: i32): void {
    this.sofar = sofar;
    this.proxy = 0;
    this.relay = this.bindMessages.concat([this.request]);
    this.askProxy();
  }

  private askProxy(): void {
    if (this.proxy < this.proxies && !this.tooMuchSaid) this.need = PROXY;
    else if ((this.request[0] as i32) == message.REQUEST_IDENTITIES) this.reply(this.listed.encoded());
    else this.finish(this.sofar);
  }

  private finish(status: i32): void {
    const answer = new Uint8Array(1);
    answer[0] = status as u8;
    this.reply(answer);
  }

  private reply(answer: Uint8Array): void {
    this.answer = answer;
    this.done();
    this.need = NOTHING;
  }

  private done(): void {
    const signing = this.signing;
    if (signing != null) signing.wipe();
    this.signing = null;
    this.question = null;
    this.relay = new Array<Uint8Array>();
    this.listed = new IdentityList();
    wipe(this.request);
    this.request = EMPTY;
  }

  private note(level: i32, what: string): void {
    this.agent.host.log(level, what + "; asked by " + this.name);
  }
}

function isForSmartCards(number: i32): bool {
  return (
    number == message.ADD_SMARTCARD_KEY ||
    number == message.REMOVE_SMARTCARD_KEY ||
    number == message.ADD_SMARTCARD_KEY_CONSTRAINED
  );
}

/** What every proxied agent is to do; anything else is done by the first that can. */
function isToAll(number: i32): bool {
  return number == message.REMOVE_IDENTITY || number == message.REMOVE_ALL_IDENTITIES;
}

/** False for the statuses that say no, some of them other implementations'. */
function isYes(answer: Uint8Array): bool {
  if (answer.length == 0) return false;
  const number = answer[0] as i32;
  return number != message.FAILURE && number != message.EXTENSION_FAILURE && number != 30 && number != 102;
}
