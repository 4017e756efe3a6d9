/**
 * The monitor of one connection: it holds what the network process must not have, does for it the few things that need
 * it, and trusts nothing that it is told. Sans I/O, like the rest of the core.
 *
 * - It signs one exchange hash before login, and after it only as many as it is asked for, each composed here: from its
 *   own identification, its own KEXINIT but for the cookie, its own host key, and what the network process says of the rest.
 *   The first is the session id. After login a few proofs for clients that learn new host keys, composed here as well.
 * - It checks a user's signature itself, over that session id, counts the attempts, and takes one login.
 * - It keeps sessions for the user who logged in and for nobody else, within the limits that hold for clients.
 *
 * A request that no network process in its right mind would make is a `fault`, and nothing is done from then on.
 */
import { copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { printable, startsWithText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import {
  acceptance,
  AUTH_FAIL,
  isUserName,
  MESSAGES_LIMIT,
  NOT_AUTHORIZED,
  rejection,
  REJECTION_VALUES,
} from "../auth/authentication.ts";
import { Grant } from "../auth/grant.ts";
import { KeyProof } from "../auth/key-proof.ts";
import { PROOFS_LIMIT } from "../connection/host-key-rotation.ts";
import { holdsNul, isTerminalName, isVariable, VARIABLE_BYTES, VARIABLES } from "../connection/session-requests.ts";
import {
  CHANNELS_LIMIT,
  CONNECTED,
  HOST_LIMIT,
  PROHIBITED,
  SessionKeeper,
  SESSIONS_LIMIT,
} from "../connection/sessions.ts";
import { Authority, DEBUG, Environment, FATAL, HostKey, INFO } from "../environment.ts";
import { Credential } from "../key/credential.ts";
import { encoded, Message } from "../message/message.ts";
import { KEXINIT } from "../message/number.ts";
import { KexInit } from "../message/transport.ts";
import { cipherNames } from "../transport/ciphers.ts";
import { Exchange, Transcript } from "../transport/exchange-hash.ts";
import { identification, LINE_LIMIT } from "../transport/identification.ts";
import { keyExchangeMethods } from "../transport/key-exchange-method.ts";
import { Offer } from "../transport/negotiation.ts";
import { TransportOptions } from "../transport/options.ts";
import * as answers from "./answer.ts";
import * as requests from "./request.ts";

/** Bytes of one line for the log. */
export const LOG_LIMIT: i32 = 2048;
const NO_SESSION: i32 = -1;
const LARGEST_PORT: u32 = 65535;

/** The way to the network process. */
export abstract class Outlet {
  /** Sends a message; if `channel` is one, with the descriptors of its streams. */
  abstract send(message: Uint8Array, channel: i32): void;
}

/** What is known of one session. */
class Slot {
  terminal: bool = false;
  started: bool = false;
  variables: i32 = 0;
  variableBytes: i32 = 0;
}

export class Monitor {
  /** The user who has logged in; empty before. */
  user: Uint8Array = EMPTY;
  /** What that user is granted; null before. */
  grant: Grant | null = null;
  /** How the network process broke the rules; empty if it hasn't. */
  fault: string = "";
  /** Attempts to log in that were refused, here or, as the network process says, there. */
  refusals: i32 = 0;
  /** The network process's last words; null before. */
  farewell: requests.FarewellRequest | null = null;

  private environment: Environment;
  private authority: Authority;
  private sessions: SessionKeeper;
  private outlet: Outlet;
  private offer: Offer;
  private identification: Uint8Array;
  /** H of the first exchange, and its host key; empty before. */
  private sessionId: Uint8Array = EMPTY;
  private hostKey: Uint8Array = EMPTY;
  private attempts: i32 = 0;
  private proofs: i32 = 0;
  private slots: Array<Slot | null> = [];
  /** 1 for each channel for which a connection is being made. */
  private connecting: Uint8Array = new Uint8Array(CHANNELS_LIMIT);

  constructor(
    environment: Environment,
    hostKeys: HostKey[],
    authority: Authority,
    sessions: SessionKeeper,
    options: TransportOptions,
    outlet: Outlet,
  ) {
    this.environment = environment;
    this.authority = authority;
    this.sessions = sessions;
    this.outlet = outlet;
    const methods = keyExchangeMethods(options.stateOfTheArt, options.postQuantum);
    this.offer = new Offer(methods, hostKeys, cipherNames(options.aesGcm));
    this.identification = identification(options.software, options.comment);
    for (let i = 0; i < SESSIONS_LIMIT; i++) this.slots.push(null);
  }

  /** Does what one record asks for. It may hold a secret, and is wiped. */
  receive(record: Uint8Array): void {
    if (this.fault.length == 0) this.handle(new Reader(record));
    wipe(record);
  }

  /** A session's child has ended: with `status`, or by `signal` if that isn't 0. */
  ended(session: i32, status: i32, signal: i32, dumpedCore: bool): void {
    if (signal == 0) {
      const m = new answers.Exited();
      m.session = session as u32;
      m.status = status as u32;
      this.send(m);
    } else {
      const m = new answers.Killed();
      m.session = session as u32;
      m.signal = signal as u32;
      m.dumpedCore = dumpedCore;
      this.send(m);
    }
  }

  /** Connecting for a channel has ended: as in `Connection.connected`. */
  connected(channel: i32, outcome: u32): void {
    const m = new answers.Connected();
    m.channel = channel as u32;
    m.outcome = outcome;
    this.connecting[channel] = 0;
    this.outlet.send(encoded(m), outcome == CONNECTED ? channel : NO_SESSION);
  }

  /** A program of the user's wants the client's agent. What channel it will have is not known yet: the first stands for it. */
  agentWanted(): void {
    this.outlet.send(encoded(new answers.AgentWanted()), SESSIONS_LIMIT);
  }

  /** The connection is to end. */
  finish(): void {
    this.send(new answers.Finish());
  }

  /** The network process is gone: closes every session. */
  end(): void {
    for (let i = 0; i < this.slots.length; i++) this.release(i);
  }

  private handle(r: Reader): void {
    const number = r.byte() as i32;
    switch (number) {
      case requests.LOG:
        this.log(r);
        break;
      case requests.EVENT:
        this.event(r);
        break;
      case requests.FAREWELL:
        this.takeLeave(r);
        break;
      case requests.SIGN:
        this.sign(r);
        break;
      case requests.PROVE:
        this.prove(r);
        break;
      case requests.ENTER:
        this.enter(r);
        break;
      default:
        if (this.user.length == 0) this.fail(`request ${number} before login`);
        else this.handleSession(number, r);
    }
  }

  private handleSession(number: i32, r: Reader): void {
    switch (number) {
      case requests.VOUCH:
        this.vouch(r);
        break;
      case requests.TERMINAL:
        this.openTerminal(r);
        break;
      case requests.RESIZE:
        this.resize(r);
        break;
      case requests.VARIABLE:
        this.setVariable(r);
        break;
      case requests.AGENT:
        this.forwardAgent(r);
        break;
      case requests.CONNECT:
        this.connect(r);
        break;
      case requests.START:
        this.start(r);
        break;
      case requests.SIGNAL:
        this.signal(r);
        break;
      case requests.BREAK:
        this.sendBreak(r);
        break;
      case requests.CLOSE:
        this.close(r);
        break;
      default:
        this.fail(`unknown request ${number}`);
    }
  }

  /** Events are lines of the level INFO, and nothing else may be: it could pass for any event, of any client's. */
  private log(r: Reader): void {
    const m = requests.LogRequest.decode(r);
    const isLevel = m.level >= FATAL && m.level <= DEBUG && m.level != INFO;
    if (!this.isWell(r, isLevel && m.text.length <= LOG_LIMIT, "LOG")) return;
    this.environment.log(m.level, printable(m.text));
  }

  /** Of what was decided here the network process has nothing to say: it was said. */
  private event(r: Reader): void {
    const event = requests.EventRequest.decode(r).event;
    if (!this.isWell(r, event.words.length <= LOG_LIMIT, "EVENT")) return;
    if (event.name != AUTH_FAIL || event.value("reason") == NOT_AUTHORIZED) return;
    for (let i = 0; i < event.names.length; i++) {
      if (!this.isWell(r, REJECTION_VALUES.includes(event.names[i]), "EVENT")) return;
    }
    this.refusals++;
    this.environment.event(event);
  }

  private takeLeave(r: Reader): void {
    const m = requests.FarewellRequest.decode(r);
    if (this.isWell(r, m.reason.length <= LOG_LIMIT, "FAREWELL")) this.farewell = m;
  }

  private sign(r: Reader): void {
    const m = requests.SignRequest.decode(r);
    const first = this.sessionId.length == 0;
    if (!this.isWell(r, m.cookie.length == KexInit.COOKIE_LENGTH, "SIGN")) return;
    if (!first && this.user.length == 0) {
      this.fail("a second signature before login");
      return;
    }
    const theirs = this.clientKexInit(m);
    const agreement = this.offer.negotiate(theirs);
    if (this.fault.length > 0 || agreement.missing.length > 0) {
      this.fail("a signature where there is no agreement");
      return;
    }
    const ours = this.offer.kexInit(first);
    ours.cookie = m.cookie;
    const transcript = new Transcript(m.clientIdentification, this.identification, m.clientKexInit, encoded(ours));
    const key = agreement.hostKey!;
    const method = agreement.method!;
    const blob = key.publicKey();
    const exchange = new Exchange(method, transcript, blob, m.clientPublicKey, m.serverPublicKey, m.encodedSecret);
    if (first) {
      this.sessionId = exchange.hash;
      this.hostKey = blob;
    }
    this.answerBySignature(key.sign(exchange.hash));
  }

  /** Signs that one of the host keys is this server's, for the session that was begun with another. */
  private vouch(r: Reader): void {
    const m = requests.VouchRequest.decode(r);
    const keys = this.offer.hostKeys;
    const known = m.key < (keys.length as u32) && !keys[m.key as i32].isCertificate();
    if (!this.isWell(r, known && this.proofs < PROOFS_LIMIT, "VOUCH")) return;
    this.proofs++;
    this.answerBySignature(keys[m.key as i32].proveOwnership(this.sessionId));
  }

  private answerBySignature(signature: Uint8Array | null): void {
    const answer = new answers.SignatureAnswer();
    if (signature != null) answer.signature = signature;
    this.send(answer);
  }

  /** The client's KEXINIT of a request, if it and the identification can be what they should. */
  private clientKexInit(m: requests.SignRequest): KexInit {
    const payload = m.clientKexInit;
    const r = new Reader(payload);
    const number = r.byte() as i32;
    const theirs = KexInit.decode(r);
    const line = m.clientIdentification;
    const identified = line.length < LINE_LIMIT && startsWithText(line, "SSH-2.0-");
    if (number != KEXINIT || !r.ok() || !identified) this.fail("a signature over something else than a key exchange");
    return theirs;
  }

  private prove(r: Reader): void {
    const m = requests.ProveRequest.decode(r);
    if (!this.isAttempt(r, m.user)) return;
    const credential = Credential.parse(m.credential);
    let grant: Grant | null = null;
    if (credential != null) {
      const proof = new KeyProof(m.user, credential, m.hostBound ? this.hostKey : EMPTY, m.signature);
      if (proof.isGood(this.sessionId)) grant = this.authority.admit(proof);
    }
    this.admit(m.user, grant, credential);
  }

  private enter(r: Reader): void {
    const m = requests.EnterRequest.decode(r);
    if (!this.isAttempt(r, m.user)) return;
    this.admit(m.user, this.authority.admitWithoutProof(m.user), null);
  }

  /** True if a login may be tried now. */
  private isAttempt(r: Reader, user: Uint8Array): bool {
    this.attempts++;
    if (!this.isWell(r, isUserName(user), "login")) return false;
    if (this.sessionId.length == 0) this.fail("a login before the key exchange");
    else if (this.user.length > 0) this.fail("a second login");
    else if (this.attempts > MESSAGES_LIMIT) this.fail("too many attempts to log in");
    return this.fault.length == 0;
  }

  /** Answers an attempt. Where connections may be forwarded to is nothing that the network process needs to know. */
  private admit(user: Uint8Array, grant: Grant | null, credential: Credential | null): void {
    const answer = new answers.Admission();
    if (grant != null) {
      this.environment.event(acceptance(user, grant, credential));
      this.user = copyOf(user, 0, user.length);
      this.grant = grant;
      const told = new Grant();
      told.permissions = grant.permissions;
      told.command = grant.command;
      told.credential = grant.credential;
      answer.grant = told;
    } else if (credential != null) {
      this.refusals++;
      this.environment.event(rejection(user, credential.describe(), credential, NOT_AUTHORIZED));
    }
    this.send(answer);
  }

  private openTerminal(r: Reader): void {
    const m = requests.TerminalRequest.decode(r, false);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null && isTerminalName(m.terminal.name), "TERMINAL")) return;
    const terminal = m.terminal;
    terminal.name = copyOf(terminal.name, 0, terminal.name.length);
    const granted = !slot!.started && !slot!.terminal && this.sessions.openTerminal(m.session as i32, terminal);
    if (granted) slot!.terminal = true;
    this.decide(granted);
  }

  private resize(r: Reader): void {
    const m = requests.TerminalRequest.decode(r, true);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null && slot.terminal, "RESIZE")) return;
    this.sessions.resize(m.session as i32, m.terminal);
  }

  private setVariable(r: Reader): void {
    const m = requests.VariableRequest.decode(r);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null && isVariable(m.name, m.value), "VARIABLE")) return;
    const bytes = m.name.length + m.value.length;
    const room = slot!.variables < VARIABLES && bytes <= VARIABLE_BYTES - slot!.variableBytes;
    const granted = !slot!.started && room && this.sessions.setEnvironment(m.session as i32, m.name, m.value);
    if (granted) {
      slot!.variables++;
      slot!.variableBytes += bytes;
    }
    this.decide(granted);
  }

  private forwardAgent(r: Reader): void {
    const m = requests.AgentRequest.decode(r);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null && !slot.started, "AGENT")) return;
    this.decide(this.sessions.forwardAgent(m.session as i32));
  }

  private connect(r: Reader): void {
    const m = requests.ConnectRequest.decode(r);
    const isChannel = m.channel >= (SESSIONS_LIMIT as u32) && m.channel < (CHANNELS_LIMIT as u32);
    const isFree = isChannel && this.connecting[m.channel as i32] == 0;
    const isPlace = m.host.length > 0 && m.host.length <= HOST_LIMIT && m.port > 0 && m.port <= LARGEST_PORT;
    if (!this.isWell(r, isFree && isPlace, "CONNECT")) return;
    const channel = m.channel as i32;
    this.connecting[channel] = 1;
    if (!this.sessions.connect(channel, copyOf(m.host, 0, m.host.length), m.port)) this.connected(channel, PROHIBITED);
  }

  private start(r: Reader): void {
    const m = requests.StartRequest.decode(r);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null && !slot.started && !holdsNul(m.argument), "START")) return;
    const session = m.session as i32;
    let granted: bool = false;
    if (m.what == requests.SHELL) granted = this.sessions.startShell(session);
    else if (m.what == requests.COMMAND) granted = this.sessions.startCommand(session, m.argument);
    else if (m.what == requests.SUBSYSTEM) granted = this.sessions.startSubsystem(session, m.argument);
    slot!.started = granted;
    this.decide(granted, granted ? session : NO_SESSION);
  }

  private signal(r: Reader): void {
    const m = requests.SignalRequest.decode(r);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null, "SIGNAL")) return;
    this.decide(slot!.started && this.sessions.signal(m.session as i32, m.name));
  }

  private sendBreak(r: Reader): void {
    const m = requests.BreakRequest.decode(r);
    const slot = this.slotOf(m.session);
    if (!this.isWell(r, slot != null, "BREAK")) return;
    this.decide(slot!.started && this.sessions.sendBreak(m.session as i32, m.milliseconds));
  }

  private close(r: Reader): void {
    const m = requests.CloseRequest.decode(r);
    if (this.isWell(r, m.session < (SESSIONS_LIMIT as u32), "CLOSE")) this.release(m.session as i32);
  }

  private release(session: i32): void {
    if (this.slots[session] == null) return;
    this.slots[session] = null;
    this.sessions.close(session);
  }

  /** The session of that number, made when it is first spoken of; null if there can't be one. */
  private slotOf(session: u32): Slot | null {
    if (session >= (SESSIONS_LIMIT as u32)) return null;
    const known = this.slots[session as i32];
    if (known != null) return known;
    const made = new Slot();
    this.slots[session as i32] = made;
    return made;
  }

  private decide(granted: bool, session: i32 = NO_SESSION): void {
    const m = new answers.Verdict();
    m.granted = granted;
    this.outlet.send(encoded(m), session);
  }

  private send(message: Message): void {
    this.outlet.send(encoded(message), NO_SESSION);
  }

  /** True if the request was whole, and `plausible`. */
  private isWell(r: Reader, plausible: bool, name: string): bool {
    if (!r.ok() || !plausible) this.fail("a request that cannot be: " + name);
    return this.fault.length == 0;
  }

  private fail(what: string): void {
    if (this.fault.length == 0) this.fault = what;
  }
}
