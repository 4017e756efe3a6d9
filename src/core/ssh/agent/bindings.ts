/**
 * What is known of a connection to the agent: the SSH sessions through which it comes, each shown by its host key's
 * signature over the session id (`session-bind@openssh.com`, OpenSSH's PROTOCOL.agent section 1).
 */
import { copyOf, equal } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Credential } from "../key/credential.ts";
import { verifySignature } from "../key/signature.ts";
import { Destination, isHopAllowed } from "./destination.ts";
import { SessionBind } from "./message.ts";

/** Sessions that a connection comes through at most, and bytes of a session id: OpenSSH's. */
export const BINDINGS_LIMIT: i32 = 16;
const SESSION_ID_LIMIT: i32 = 128;
/** Bytes of a binding that are kept: ML-DSA-44's key in a certificate by such a key, and a signature, and as much again. */
export const BINDING_BYTES: i32 = 16384;

const USERAUTH_REQUEST: i32 = 50;

class Binding {
  hostKey: Credential;
  sessionId: Uint8Array;
  forwarded: bool;

  constructor(hostKey: Credential, sessionId: Uint8Array, forwarded: bool) {
    this.hostKey = hostKey;
    this.sessionId = sessionId;
    this.forwarded = forwarded;
  }
}

export class Bindings {
  private list: Binding[] = new Array<Binding>();
  /** Somebody said that the connection is not a local one, be it shown or not. */
  attempted: bool = false;

  /** Takes note of one more session; empty, or why it can't be believed. `m` isn't needed afterwards. */
  bind(m: SessionBind): string {
    const blob = copyOf(m.hostKey, 0, m.hostKey.length);
    const hostKey = Credential.parse(blob);
    if (hostKey == null) return "a host key of a type that can't be checked here";
    const sessionId = m.sessionId;
    if (sessionId.length > SESSION_ID_LIMIT) return "a session id that is too long";
    if (!verifySignature(hostKey.key, m.signature, sessionId)) return "a wrong signature by the host key";
    for (let i = 0; i < this.list.length; i++) {
      const known = this.list[i];
      if (!known.forwarded) return "the connection serves for a login already";
      if (!equal(known.sessionId, sessionId)) continue;
      return equal(known.hostKey.blob, blob) ? "" : "a session id that is known with another host key";
    }
    if (this.list.length >= BINDINGS_LIMIT) return "too many sessions";
    this.list.push(new Binding(hostKey, copyOf(sessionId, 0, sessionId.length), m.forwarded));
    return "";
  }

  /**
   * True if a key may be seen by this connection, and used to log in as `user` where it leads if that isn't null.
   * `now`: seconds since 1970.
   */
  permit(destinations: Destination[], user: Uint8Array | null, now: f64): bool {
    if (destinations.length == 0) return true;
    const list = this.list;
    if (list.length == 0) return !this.attempted;
    let from: Credential | null = null;
    for (let i = 0; i < list.length; i++) {
      const last = i == list.length - 1;
      if (last ? list[i].forwarded && user != null : !list[i].forwarded) return false;
      if (!isHopAllowed(destinations, from, list[i].hostKey, last ? user : null, now)) return false;
      from = list[i].hostKey;
    }
    // What may go to the last host, and nowhere from there, is of no use to whoever is there.
    if (user != null || !list[list.length - 1].forwarded) return true;
    return isHopAllowed(destinations, from, null, null, now);
  }

  /**
   * Why a key with `destinations` may not sign `message`; empty if it may. It must be a login (RFC 4252 section 7) with
   * that key, on the session that was bound last.
   */
  objection(destinations: Destination[], key: Uint8Array, message: Uint8Array, now: f64): string {
    if (destinations.length == 0) return "";
    if (this.list.length == 0) return "the connection is not bound to a session";
    const last = this.list[this.list.length - 1];
    const r = new Reader(message);
    const sessionId = r.string();
    const number = r.byte() as i32;
    const user = r.string();
    const service = r.string();
    const method = r.string();
    const signed = r.boolean();
    r.string(); // the algorithm
    const named = r.string();
    const hostBound = isText(method, "publickey-hostbound-v00@openssh.com");
    const hostKey = hostBound ? r.string() : last.hostKey.blob;
    if (!r.ok() || number != USERAUTH_REQUEST || !signed || !isText(service, "ssh-connection") || !equal(named, key)) {
      return "what is to be signed is no login with that key";
    }
    if (!hostBound && !isText(method, "publickey")) return "what is to be signed is no login with a key";
    if (!this.permit(destinations, user, now)) return "the key may not be used there";
    if (!equal(sessionId, last.sessionId)) return "the login is to another session";
    // Only on the first hop the server may be one that doesn't name its key.
    if (!hostBound && this.list.length > 1) return "the login does not name the host";
    return equal(hostKey, last.hostKey.blob) ? "" : "the login is to another host";
  }
}
