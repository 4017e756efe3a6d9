/**
 * PINs that were found right, until they are too old, turn out wrong, or make room for others. They lie in memory that the
 * surroundings have given for it, and nowhere else.
 */
import { wipe } from "../../bytes/bytes.ts";
import { Signer } from "./signer.ts";

/** Bytes of a PIN at most: a TPM takes as many as its hash has, which is 64 at most. */
export const PIN_LIMIT: i32 = 128;

class Place {
  memory: Uint8Array;
  signer: Signer | null = null;
  length: i32 = 0;
  /** Milliseconds of the surroundings' clock. */
  expiry: f64 = 0;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  clear(): void {
    wipe(this.memory);
    this.signer = null;
  }
}

export class PinCache {
  private places: Place[] = new Array<Place>();
  private lifetime: f64;
  /** Which place is given away next when all are taken. */
  private next: i32 = 0;

  /** `memory`: PIN_LIMIT bytes for each PIN; none is kept if it is empty. `lifetime`: milliseconds, or Infinity. */
  constructor(memory: Uint8Array, lifetime: f64) {
    this.lifetime = lifetime;
    for (let at = 0; at + PIN_LIMIT <= memory.length; at += PIN_LIMIT) {
      this.places.push(new Place(memory.subarray(at, at + PIN_LIMIT)));
    }
  }

  /** A signer's PIN, a view that is valid until the next call; null if there is none. */
  find(signer: Signer, now: f64): Uint8Array | null {
    this.expire(now);
    const place = this.placeOf(signer);
    return place == null ? null : place.memory.subarray(0, place.length);
  }

  keep(signer: Signer, pin: Uint8Array, now: f64): void {
    this.drop(signer);
    if (this.places.length == 0 || pin.length > PIN_LIMIT) return;
    let place = this.placeOf(null);
    if (place == null) {
      place = this.places[this.next];
      this.next = (this.next + 1) % this.places.length;
      place.clear();
    }
    place.signer = signer;
    place.length = pin.length;
    place.memory.set(pin);
    place.expiry = now + this.lifetime;
  }

  drop(signer: Signer): void {
    const place = this.placeOf(signer);
    if (place != null) place.clear();
  }

  clear(): void {
    for (let i = 0; i < this.places.length; i++) this.places[i].clear();
  }

  expire(now: f64): void {
    for (let i = 0; i < this.places.length; i++) {
      if (this.places[i].signer != null && now >= this.places[i].expiry) this.places[i].clear();
    }
  }

  /** When the next one is too old; Infinity if none will be. */
  nextExpiry(): f64 {
    let next = Infinity;
    for (let i = 0; i < this.places.length; i++) {
      if (this.places[i].signer != null) next = Math.min(next, this.places[i].expiry);
    }
    return next;
  }

  private placeOf(signer: Signer | null): Place | null {
    for (let i = 0; i < this.places.length; i++) {
      if (this.places[i].signer == signer) return this.places[i];
    }
    return null;
  }
}
