/** What an agent lists: a public key or a certificate for one, and who signs with it, under which conditions. */
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { Constraints } from "./constraints.ts";
import { Destination } from "./destination.ts";
import { Signer } from "./signer.ts";

/** Identities that an agent has at most. A client asks one after the other of a server that allows a handful. */
export const IDENTITIES_LIMIT: i32 = 256;

export class Identity {
  /** On the wire. */
  blob: Uint8Array;
  comment: Uint8Array = EMPTY;
  signer: Signer;
  confirm: bool = false;
  /** Milliseconds of the surroundings' clock. */
  expiry: f64 = Infinity;
  destinations: Destination[] = new Array<Destination>();
  /** It is listed no more, and must not be used by who still has it at hand. */
  gone: bool = false;

  constructor(blob: Uint8Array, signer: Signer) {
    this.blob = blob;
    this.comment = signer.comment;
    this.signer = signer;
  }

  /** Takes on what it was added with at the time `now`, in place of what was so before. */
  constrain(constraints: Constraints, now: f64): void {
    this.confirm = constraints.confirm;
    this.expiry = constraints.lifetime < 0 ? Infinity : now + constraints.lifetime;
    this.destinations = constraints.destinations;
  }
}

/** All identities, in the order in which they came. */
export class Identities {
  list: Identity[] = new Array<Identity>();

  /** The one with this blob. */
  find(blob: Uint8Array): Identity | null {
    for (let i = 0; i < this.list.length; i++) {
      if (equal(this.list[i].blob, blob)) return this.list[i];
    }
    return null;
  }

  /** Who signs with the public key `key`. */
  signerOf(key: Uint8Array): Signer | null {
    for (let i = 0; i < this.list.length; i++) {
      if (equal(this.list[i].signer.blob, key)) return this.list[i].signer;
    }
    return null;
  }

  /** Has `next` sign wherever `former` did. */
  replace(former: Signer, next: Signer): void {
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].signer == former) this.list[i].signer = next;
    }
  }

  /** False if there are too many. */
  add(identity: Identity): bool {
    if (this.list.length >= IDENTITIES_LIMIT) return false;
    this.list.push(identity);
    return true;
  }

  /** Takes `identity` out. True if nobody needs its signer any more. */
  remove(identity: Identity): bool {
    identity.gone = true;
    const at = this.list.indexOf(identity);
    if (at >= 0) this.list.splice(at, 1);
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].signer == identity.signer) return false;
    }
    return true;
  }

  /** When the next one is to go; Infinity if none is. */
  nextExpiry(): f64 {
    let next = Infinity;
    for (let i = 0; i < this.list.length; i++) next = Math.min(next, this.list[i].expiry);
    return next;
  }
}
