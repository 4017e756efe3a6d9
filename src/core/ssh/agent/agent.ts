/**
 * The agent itself: its identities, the PINs that it remembers, its lock. Clients talk to it by way of `AgentClient`; the
 * program adds keys and passes the time.
 */
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { excerpt } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { WARNING } from "../environment.ts";
import { Bindings } from "./bindings.ts";
import { certifies } from "./certified-key.ts";
import { Constraints } from "./constraints.ts";
import { AgentHost } from "./host.ts";
import { Identities, Identity, IDENTITIES_LIMIT } from "./identity.ts";
import { AddedKey, kindToAdd } from "./key-in-memory.ts";
import { Lock, LOCK_SALT_BYTES } from "./lock.ts";
import { PinCache } from "./pin-cache.ts";
import { Signer } from "./signer.ts";

/** What becomes of a key that a client wants to add. */
export const ADDED: i32 = 0;
export const NOT_ADDED: i32 = 1;
/** It is of a type that isn't kept here. */
export const FOREIGN: i32 = 2;

const REPLACEMENT: string = "it is there already, and may not be replaced from where this came from";
/** Who has brought no more than a copy of the file must not come to use the TPM by it, nor lift what the key is under. */
const FROM_AFAR: string = "it is the file of a key in this machine's TPM, and came from another machine";

export class Agent {
  host: AgentHost;
  pins: PinCache;
  identities: Identities = new Identities();
  lock: Lock = new Lock();

  constructor(host: AgentHost, pins: PinCache) {
    this.host = host;
    this.pins = pins;
  }

  /**
   * Lists the key of `signer`, and a certificate for it unless that is empty. False, and logged, if that can't be; what
   * is not listed at all is wiped.
   */
  add(signer: Signer, certificate: Uint8Array, constraints: Constraints): bool {
    if (certificate.length > 0 && !certifies(certificate, signer.blob)) {
      signer.wipe();
      return this.refuse(signer.comment, "the certificate is for another key");
    }
    if (!this.adopt(signer.blob, signer, constraints)) return false;
    return certificate.length == 0 || this.adopt(certificate, signer, constraints);
  }

  /** Lists `blob`, the key of `signer` or a certificate for it. Who signed with that key before is let go. */
  private adopt(blob: Uint8Array, signer: Signer, constraints: Constraints): bool {
    const former = this.identities.signerOf(signer.blob);
    if (former != null && former != signer) {
      this.identities.replace(former, signer);
      this.letGo(former);
    }
    let identity = this.identities.find(blob);
    if (identity == null) {
      identity = new Identity(blob, signer);
      if (!this.identities.add(identity)) {
        if (this.identities.signerOf(signer.blob) == null) signer.wipe();
        return this.refuse(signer.comment, `there are ${IDENTITIES_LIMIT} already`);
      }
    }
    identity.comment = signer.comment;
    identity.constrain(constraints, this.host.now());
    return true;
  }

  /** Adds the ordinary key that follows in a request, behind its number. ADDED, NOT_ADDED, or FOREIGN. */
  addOrdinary(r: Reader, constrained: bool, client: Bindings): i32 {
    const type = r.string();
    const kind = kindToAdd(type);
    if (kind == null) return r.bad ? NOT_ADDED : FOREIGN;
    const key = AddedKey.read(type, kind, r, this.host);
    if (key == null) {
      this.refuse(type, "it is not well-formed, or contradicts itself");
      return NOT_ADDED;
    }
    let fault = constrained || r.ok() ? "" : "something follows it";
    const constraints = Constraints.decode(r);
    if (constraints.fault.length > 0) fault = constraints.fault;
    if (fault.length == 0 && !this.mayChange(key.signer.blob, client)) fault = REPLACEMENT;
    if (fault.length > 0) {
      this.refuse(key.signer.comment, fault);
      key.signer.wipe();
      return NOT_ADDED;
    }
    return this.adopt(key.blob, key.signer, constraints) ? ADDED : NOT_ADDED;
  }

  /** Adds the key in a TPM key file. */
  addTpmKey(file: Uint8Array, certificate: Uint8Array, constraints: Constraints, client: Bindings): bool {
    if (constraints.fault.length > 0) return this.refuse(EMPTY, constraints.fault);
    if (client.attempted) return this.refuse(EMPTY, FROM_AFAR);
    const signer = this.host.openTpmKey(file);
    if (signer == null) return false;
    if (this.mayChange(signer.blob, client)) return this.add(signer, certificate, constraints);
    this.refuse(signer.comment, REPLACEMENT);
    signer.wipe();
    return false;
  }

  /** True if a client may see `identity`. */
  isVisible(identity: Identity, client: Bindings): bool {
    return client.permit(identity.destinations, null, this.host.wallClock());
  }

  /** The identity that a client means by a public key or a certificate; null if it has no such one. */
  find(blob: Uint8Array, client: Bindings): Identity | null {
    this.expire();
    let identity = this.identities.find(blob);
    // Whoever has a certificate in a file may ask for the key that it is for.
    const list = this.identities.list;
    for (let i = 0; i < list.length && identity == null; i++) {
      if (equal(list[i].blob, list[i].signer.blob) && certifies(blob, list[i].blob)) identity = list[i];
    }
    return identity != null && this.isVisible(identity, client) ? identity : null;
  }

  remove(identity: Identity): void {
    if (this.identities.remove(identity)) this.letGo(identity.signer);
  }

  removeAll(): void {
    const list = this.identities.list;
    while (list.length > 0) this.remove(list[list.length - 1]);
    this.pins.clear();
  }

  /** What is too old goes. */
  expire(): void {
    const now = this.host.now();
    this.pins.expire(now);
    const list = this.identities.list;
    for (let i = list.length - 1; i >= 0; i--) {
      if (now >= list[i].expiry) this.remove(list[i]);
    }
  }

  /** When `expire` is to be called next; Infinity if there is no need. */
  nextExpiry(): f64 {
    return Math.min(this.identities.nextExpiry(), this.pins.nextExpiry());
  }

  /** Locks with a passphrase; false if it is locked already. PINs are forgotten. */
  lockBy(passphrase: Uint8Array): bool {
    if (this.lock.locked) return false;
    const salt = new Uint8Array(LOCK_SALT_BYTES);
    this.host.random(salt);
    this.lock.lock(passphrase, salt);
    this.pins.clear();
    return true;
  }

  /** A key that a client doesn't see it can't replace either. */
  private mayChange(key: Uint8Array, client: Bindings): bool {
    const list = this.identities.list;
    for (let i = 0; i < list.length; i++) {
      if (equal(list[i].signer.blob, key) && !this.isVisible(list[i], client)) return false;
    }
    return true;
  }

  private letGo(signer: Signer): void {
    this.pins.drop(signer);
    signer.wipe();
  }

  private refuse(comment: Uint8Array, why: string): bool {
    this.host.log(WARNING, "key " + excerpt(comment) + " not added: " + why);
    return false;
  }
}
