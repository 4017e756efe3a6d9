/**
 * One signature by a key of the agent's own: asked for, perhaps confirmed by a person, perhaps after a PIN, which may be
 * wrong. Whatever the holder of the key has against a PIN, the PIN is forgotten.
 */
import { copyOf, EMPTY, wipe } from "../../bytes/bytes.ts";
import { excerpt } from "../../bytes/text.ts";
import { DEBUG, WARNING } from "../environment.ts";
import { fingerprint } from "../key/fingerprint.ts";
import { AgentHost } from "./host.ts";
import { Identity } from "./identity.ts";
import { PinCache } from "./pin-cache.ts";
import { ASK_CONSENT, ASK_PIN, Question } from "./question.ts";
import { LAST_TRY, LOCKED_OUT, PASSWORD_WANTED, SIGNED, WRONG_PIN } from "./signer.ts";

/** How many PINs are tried for one signature. */
export const ATTEMPTS: i32 = 3;

/** What a signing is at. */
export const ASKING: i32 = 0;
export const DONE: i32 = 1;
export const REFUSED: i32 = 2;

export class Signing {
  /** ASKING: `question` is to be put to a person; DONE: `signature` is there; REFUSED: there will be none. */
  state: i32 = REFUSED;
  question: Question | null = null;
  signature: Uint8Array = EMPTY;
  private identity: Identity;
  private message: Uint8Array;
  private flags: u32;
  private client: string;
  private pins: PinCache;
  private host: AgentHost;
  private confirmed: bool = false;
  /** Also if the PIN could be the last. */
  private force: bool = false;
  /** What was typed, until it is known whether it is right. */
  private typed: Uint8Array = EMPTY;
  private attempts: i32 = 0;
  /** The question is for the password of what holds the key. */
  private asksPassword: bool = false;
  /** What it was told. */
  private password: Uint8Array = EMPTY;

  /** `message` must stay as it is; `client`: who asks, in words. */
  constructor(identity: Identity, message: Uint8Array, flags: u32, client: string, pins: PinCache, host: AgentHost) {
    this.identity = identity;
    this.message = message;
    this.flags = flags;
    this.client = client;
    this.pins = pins;
    this.host = host;
    this.confirmed = !identity.confirm;
  }

  /** Goes on as far as it gets without a person. */
  proceed(): void {
    if (!this.confirmed) this.ask(ASK_CONSENT, `Allow use of key ${this.name()}?\nKey fingerprint ${this.mark()}.\n`);
    else this.sign();
  }

  /** Goes on if the question needs no answer any more: the key is gone, or somebody else was asked the same. */
  reconsider(): void {
    const question = this.question;
    if (question == null) return;
    const wanted = this.asksPassword ? this.host.owner : this.identity.signer;
    const known = question.kind == ASK_PIN && this.pins.find(wanted, this.host.now()) != null;
    if (!known && !this.identity.gone) return;
    this.asksPassword = false;
    this.password = EMPTY;
    this.sign();
  }

  /** A person has said yes or no; `words` are what was typed. */
  answered(yes: bool, words: Uint8Array): void {
    const question = this.question;
    if (question == null || this.state != ASKING) return;
    this.question = null;
    if (!yes) {
      this.refuse("it was not allowed");
    } else if (this.asksPassword) {
      this.password = copyOf(words, 0, words.length);
      this.unlock();
    } else if (question.kind == ASK_PIN) {
      // An empty PIN is a dialog that was closed, not worth an attempt.
      this.typed = copyOf(words, 0, words.length);
      if (words.length == 0) this.refuse("no PIN was given");
      else this.sign();
    } else {
      if (this.confirmed) this.force = true;
      this.confirmed = true;
      this.proceed();
    }
  }

  /** Overwrites what was typed. */
  wipe(): void {
    wipe(this.typed);
    wipe(this.password);
    this.typed = EMPTY;
    this.password = EMPTY;
  }

  private sign(): void {
    if (this.identity.gone) {
      this.refuse("it has been removed");
      return;
    }
    const signer = this.identity.signer;
    let pin = this.typed;
    let force = this.force;
    if (signer.needsPin() && pin.length == 0) {
      const kept = this.pins.find(signer, this.host.now());
      if (kept == null) {
        this.askPin("");
        return;
      }
      pin = kept;
      force = true; // it was right before, with this signer: there is nothing to be risked
    }
    const outcome = signer.sign(this.message, this.flags, pin, force);
    if (outcome == PASSWORD_WANTED) {
      this.seekPassword();
      return;
    }
    if (outcome == LAST_TRY) {
      this.askLast();
      return;
    }
    if (outcome == SIGNED) {
      if (this.typed.length > 0) this.pins.keep(signer, this.typed, this.host.now());
      if (this.password.length > 0) this.pins.keep(this.host.owner, this.password, this.host.now());
      this.signature = signer.signature;
      this.finish(DONE);
      this.host.log(DEBUG, "signed with " + this.name() + " " + this.mark() + " for " + this.client);
      return;
    }
    if (outcome == WRONG_PIN || outcome == LOCKED_OUT) this.pins.drop(signer);
    wipe(this.typed);
    this.typed = EMPTY;
    if (outcome != WRONG_PIN) {
      this.refuse(outcome == LOCKED_OUT ? "too many wrong PINs: the TPM takes none for a while" : signer.fault);
      return;
    }
    this.attempts++;
    this.force = false;
    if (this.attempts >= ATTEMPTS || !signer.needsPin()) this.refuse("wrong PIN");
    else this.askPin("Wrong PIN, try again.\n");
  }

  /** Has the password from those that are remembered, or from a person. */
  private seekPassword(): void {
    const owner = this.host.owner;
    const kept = this.password.length == 0 ? this.pins.find(owner, this.host.now()) : null;
    if (kept != null) {
      this.password = copyOf(kept, 0, kept.length);
      this.unlock();
      return;
    }
    this.pins.drop(owner);
    if (this.attempts >= ATTEMPTS) {
      this.refuse("wrong owner password");
      return;
    }
    this.attempts++;
    this.asksPassword = true;
    this.question = new Question(ASK_PIN, "Enter owner password: ");
    this.state = ASKING;
  }

  private unlock(): void {
    this.asksPassword = false;
    this.identity.signer.unlock(this.password);
    this.sign();
  }

  private askPin(before: string): void {
    this.question = new Question(ASK_PIN, before + "Enter passphrase for (" + this.name() + "): ");
    this.state = ASKING;
  }

  private askLast(): void {
    const words =
      "One more wrong PIN would lock the TPM for a while.\nUse the PIN for key " + this.name() + " all the same?\n";
    this.ask(ASK_CONSENT, words);
  }

  private ask(kind: i32, words: string): void {
    this.question = new Question(kind, words + "Requested by " + this.client);
    this.state = ASKING;
  }

  private refuse(why: string): void {
    this.finish(REFUSED);
    this.host.log(WARNING, "no signature with " + this.name() + " " + this.mark() + " for " + this.client + ": " + why);
  }

  private finish(state: i32): void {
    this.wipe();
    this.question = null;
    this.state = state;
  }

  private name(): string {
    return excerpt(this.identity.comment);
  }

  private mark(): string {
    return fingerprint(this.identity.signer.blob);
  }
}
