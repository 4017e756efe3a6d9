/**
 * Where a key may be used: `restrict-destination-v00@openssh.com` (OpenSSH's PROTOCOL.agent section 2). Each destination is
 * a hop from one host to another, as a user there; a way of several hops needs one destination for each.
 */
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { matches } from "../../bytes/pattern.ts";
import { Reader } from "../../wire/reader.ts";
import { HOST_CERTIFICATE } from "../key/certificate.ts";
import { Credential } from "../key/credential.ts";

/** Destinations of one key, and host keys of one of their ends, at most: OpenSSH has 1024 of the first. */
export const DESTINATIONS_LIMIT: i32 = 1024;
const HOST_KEYS_LIMIT: i32 = 1024;

/** One end of a hop. Byte arrays are views into what was decoded. */
export class HopEnd {
  /** A pattern of names; empty for any. */
  user: Uint8Array = EMPTY;
  /** Empty where the agent itself runs. */
  host: Uint8Array = EMPTY;
  keys: Uint8Array[] = new Array<Uint8Array>();
  /** For each key: it isn't a host's own, but that of an authority over hosts. */
  authorities: bool[] = new Array<bool>();

  /** `r` may become bad; what the specification reserves must be empty. */
  static decode(r: Reader): HopEnd {
    const end = new HopEnd();
    end.user = r.string();
    end.host = r.string();
    if (r.string().length > 0) r.bad = true;
    while (r.left() > 0 && end.keys.length < HOST_KEYS_LIMIT) {
      end.keys.push(r.string());
      end.authorities.push(r.boolean());
    }
    if (!r.ok()) r.bad = true;
    return end;
  }

  isHere(): bool {
    return this.host.length == 0 && this.keys.length == 0;
  }

  /** True if `hostKey` is one of this end's, or a certificate by one of its authorities. `now`: seconds since 1970. */
  has(hostKey: Credential, now: f64): bool {
    for (let i = 0; i < this.keys.length; i++) {
      if (!equal(hostKey.listed().blob, this.keys[i])) continue;
      const certificate = hostKey.certificate;
      if (certificate == null) {
        if (!this.authorities[i]) return true;
        continue;
      }
      if (!this.authorities[i] || certificate.kind != HOST_CERTIFICATE || certificate.criticalOptions.length > 0)
        continue;
      if (now < certificate.validAfter || now >= certificate.validBefore || !certificate.isSignedByAuthority())
        continue;
      for (let k = 0; k < certificate.principals.length; k++) {
        if (equal(this.host, certificate.principals[k])) return true;
      }
    }
    return false;
  }
}

export class Destination {
  from: HopEnd;
  to: HopEnd;

  constructor(from: HopEnd, to: HopEnd) {
    this.from = from;
    this.to = to;
  }

  /** All destinations of a key; `r` is bad if they aren't well-formed, or of no use. */
  static decodeAll(r: Reader): Destination[] {
    const all = new Array<Destination>();
    while (r.left() > 0 && all.length < DESTINATIONS_LIMIT) {
      const fields = new Reader(r.string());
      const from = new Reader(fields.string());
      const to = new Reader(fields.string());
      const reserved = fields.string();
      const destination = new Destination(HopEnd.decode(from), HopEnd.decode(to));
      if (from.bad || to.bad || !fields.ok() || reserved.length > 0 || !destination.makesSense()) r.bad = true;
      all.push(destination);
    }
    if (!r.ok() || all.length == 0) r.bad = true;
    return all;
  }

  /** From here, or from hosts; to hosts. */
  private makesSense(): bool {
    const from = this.from;
    const to = this.to;
    if (from.user.length > 0 || (from.host.length == 0) != (from.keys.length == 0)) return false;
    return to.host.length > 0 && to.keys.length > 0;
  }

  /**
   * True if the key may go from a host, or from here if that is null, to another, or to any if that is null, and there
   * log in as `user`; as anybody if that is null.
   */
  allows(from: Credential | null, to: Credential | null, user: Uint8Array | null, now: f64): bool {
    if (from == null ? !this.from.isHere() : !this.from.has(from, now)) return false;
    if (to != null && !this.to.has(to, now)) return false;
    return user == null || this.to.user.length == 0 || matches(user, this.to.user);
  }
}

/** True if one of `destinations` allows the hop. */
export function isHopAllowed(
  destinations: Destination[],
  from: Credential | null,
  to: Credential | null,
  user: Uint8Array | null,
  now: f64,
): bool {
  for (let i = 0; i < destinations.length; i++) {
    if (destinations[i].allows(from, to, user, now)) return true;
  }
  return false;
}
