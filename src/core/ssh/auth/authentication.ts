/**
 * The server's side of the authentication protocol, RFC 4252: `publickey`, `publickey-hostbound-v00@openssh.com`
 * (OpenSSH's PROTOCOL, section 3.1), and `none` where the authority permits it.
 *
 * What can be learnt before login is kept small. A key that is asked about without a signature is told to do, whoever is
 * listed: only a good signature leads to a look at the account, and the authority takes as long over an unknown user as
 * over an unlisted key.
 *
 * A client may come with another user name after a failure: RFC 4252 section 5 wants what was gathered under the first
 * one forgotten, and nothing is gathered, for one method alone logs in. OpenSSH ends the connection there.
 *
 * Left out on purpose: passwords, keyboard-interactive, host-based authentication. Banners are another's: banner.ts.
 */
import { copyOf, EMPTY, equal } from "../../bytes/bytes.ts";
import { ascii, excerpt, isText, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Authority, DEBUG, Environment } from "../environment.ts";
import { Event } from "../event.ts";
import { Credential } from "../key/credential.ts";
import { fingerprint } from "../key/fingerprint.ts";
import {
  PublicKeyFields,
  UserauthFailure,
  UserauthPkOk,
  UserauthRequest,
  UserauthSuccess,
} from "../message/authentication.ts";
import { NO_MORE_AUTH_METHODS_AVAILABLE, PROTOCOL_ERROR, SERVICE_NOT_AVAILABLE } from "../message/disconnect-reason.ts";
import { encoded } from "../message/message.ts";
import { SERVICE_REQUEST } from "../message/number.ts";
import { ServiceAccept, ServiceRequest } from "../message/transport.ts";
import { Transport } from "../transport/transport.ts";
import { Grant } from "./grant.ts";
import { CONNECTION, KeyProof, PUBLICKEY, PUBLICKEY_HOSTBOUND } from "./key-proof.ts";

/** Messages from the first SERVICE_REQUEST to a successful login, as in TinySSH; so there are fewer attempts still. */
export const MESSAGES_LIMIT: i32 = 30;
/** Bytes of a user name, as in TinySSH. */
export const USER_LIMIT: i32 = 256;

/** Events, and the reason of a failure that the authority is to answer for. */
export const AUTH_OK: string = "auth-ok";
export const AUTH_FAIL: string = "auth-fail";
export const NOT_AUTHORIZED: string = "not-authorized";
/** The values that a failure's event may have: one named otherwise could pass for another event's in JSON. */
export const REJECTION_VALUES: string[] = ["user", "reason", "key", "fingerprint"];

const USERAUTH: string = "ssh-userauth";

export class Authentication {
  /** The user who has logged in; empty before. */
  user: Uint8Array = EMPTY;
  /** What that user is granted; null before. */
  grant: Grant | null = null;
  /** A user has logged in. */
  done: bool = false;

  private environment: Environment;
  private transport: Transport;
  private authority: Authority;
  private messages: i32 = 0;
  /** The client has asked for ssh-userauth. */
  private begun: bool = false;

  constructor(environment: Environment, transport: Transport, authority: Authority) {
    this.environment = environment;
    this.transport = transport;
    this.authority = authority;
  }

  /** Handles a SERVICE_REQUEST or a USERAUTH_REQUEST: the transport lets no other through, and none once `done`. */
  receive(payload: Uint8Array): void {
    this.messages++;
    if (this.messages > MESSAGES_LIMIT) {
      this.transport.fail(NO_MORE_AUTH_METHODS_AVAILABLE, "too many attempts to log in");
    } else if ((payload[0] as i32) == SERVICE_REQUEST) {
      this.startService(payload);
    } else {
      this.logIn(payload);
    }
  }

  /** RFC 4253 section 10. ssh-connection begins by itself after login (RFC 4252 section 5.1). */
  private startService(payload: Uint8Array): void {
    const r = new Reader(payload.subarray(1));
    const request = ServiceRequest.decode(r);
    if (!r.ok()) {
      this.malformed("SERVICE_REQUEST");
    } else if (!isText(request.name, USERAUTH)) {
      this.transport.fail(SERVICE_NOT_AVAILABLE, "there is no service " + excerpt(request.name) + " before login");
    } else {
      this.begun = true;
      const accept = new ServiceAccept();
      accept.name = ascii(USERAUTH);
      this.transport.send(encoded(accept));
    }
  }

  private logIn(payload: Uint8Array): void {
    const r = new Reader(payload.subarray(1));
    const request = UserauthRequest.decode(r);
    if (!r.ok()) {
      this.malformed("USERAUTH_REQUEST");
    } else if (!this.begun) {
      this.transport.fail(PROTOCOL_ERROR, "USERAUTH_REQUEST before ssh-userauth was asked for");
    } else if (!isText(request.service, CONNECTION)) {
      this.transport.fail(SERVICE_NOT_AVAILABLE, "there is no service " + excerpt(request.service) + " to log in to");
    } else if (!isUserName(request.user)) {
      this.transport.fail(PROTOCOL_ERROR, "the user name is empty, too long, or holds a NUL");
    } else if (isText(request.method, PUBLICKEY)) {
      this.tryKey(request, false);
    } else if (isText(request.method, PUBLICKEY_HOSTBOUND)) {
      this.tryKey(request, true);
    } else if (isText(request.method, "none")) {
      const grant = this.authority.admitWithoutProof(request.user);
      if (grant != null) this.accept(request.user, grant, null);
      else this.ask(request.user);
    } else {
      this.refuse(request.user, "method " + excerpt(request.method), null, "method");
    }
  }

  /** RFC 4252 section 7. */
  private tryKey(request: UserauthRequest, hostBound: bool): void {
    const r = new Reader(request.fields);
    const fields = PublicKeyFields.decode(r, hostBound);
    if (!r.ok()) {
      this.malformed("USERAUTH_REQUEST");
      return;
    }
    const user = request.user;
    const credential = Credential.parse(fields.publicKey);
    if (credential == null || !isText(fields.algorithm, credential.algorithm())) {
      const what = excerpt(fields.algorithm) + " key of a type that isn't taken, or malformed";
      this.refuse(user, what, null, "key-type");
      return;
    }
    if (hostBound && !equal(fields.hostKey, this.transport.hostKey)) {
      this.refuse(user, credential.describe() + " bound to a host key that isn't ours", credential, "host-key");
    } else if (!fields.signed) {
      const ok = new UserauthPkOk();
      ok.algorithm = fields.algorithm;
      ok.publicKey = fields.publicKey;
      this.transport.send(encoded(ok));
    } else {
      this.tryProof(new KeyProof(user, credential, fields.hostKey, fields.signature));
    }
  }

  private tryProof(proof: KeyProof): void {
    const credential = proof.credential;
    if (!proof.isGood(this.transport.sessionId)) {
      this.refuse(proof.user, credential.describe() + " with a bad signature", credential, "signature");
      return;
    }
    const grant = this.authority.admit(proof);
    if (grant != null) this.accept(proof.user, grant, credential);
    else this.refuse(proof.user, credential.describe(), credential, NOT_AUTHORIZED);
  }

  private accept(user: Uint8Array, grant: Grant, credential: Credential | null): void {
    this.environment.event(acceptance(user, grant, credential));
    this.user = copyOf(user, 0, user.length);
    this.grant = grant;
    this.done = true;
    this.transport.send(encoded(new UserauthSuccess()));
    this.transport.authenticated();
  }

  /** `reason`: one word, for machines. */
  private refuse(user: Uint8Array, what: string, credential: Credential | null, reason: string): void {
    this.environment.event(rejection(user, what, credential, reason));
    this.sendFailure();
  }

  /** Clients begin with `none` to hear what there is. */
  private ask(user: Uint8Array): void {
    this.environment.log(DEBUG, "auth: " + printable(user) + ": method none rejected");
    this.sendFailure();
  }

  private sendFailure(): void {
    const failure = new UserauthFailure();
    failure.methods = PUBLICKEY;
    this.transport.send(encoded(failure));
  }

  private malformed(message: string): void {
    this.transport.fail(PROTOCOL_ERROR, "malformed " + message);
  }
}

/** A login, for the log. `credential`: what proved that it was the user; null if nothing had to. */
export function acceptance(user: Uint8Array, grant: Grant, credential: Credential | null): Event {
  const event = new Event(AUTH_OK, printable(user) + ": " + grant.credential + " accepted");
  event.tell("user", printable(user)).tell("credential", grant.credential);
  if (credential != null) tellOf(event, credential);
  return event;
}

/** An attempt to log in that failed, for the log. `what` was rejected, over `reason`: one word. */
export function rejection(user: Uint8Array, what: string, credential: Credential | null, reason: string): Event {
  const event = new Event(AUTH_FAIL, printable(user) + ": " + what + " rejected");
  event.tell("user", printable(user)).tell("reason", reason);
  if (credential != null) tellOf(event, credential);
  return event;
}

function tellOf(event: Event, credential: Credential): void {
  event.tell("key", credential.algorithm()).tell("fingerprint", fingerprint(credential.key.blob));
}

export function isUserName(user: Uint8Array): bool {
  return user.length > 0 && user.length <= USER_LIMIT && user.indexOf(0) < 0;
}
