/**
 * One TPM: sends commands with their authorizations and checks what comes back (TPM 2.0 Part 1, 16 to 19).
 *
 * A response whose HMAC is wrong is none. The answers RETRY, YIELDED and TESTING are met by sending again.
 */
import { concat, copyOf, EMPTY, equal, wipe } from "../bytes/bytes.ts";
import { Reader } from "../wire/reader.ts";
import { putUint32, Writer } from "../wire/writer.ts";
import { Command } from "./command.ts";
import { StartAuthSession } from "./command/session.ts";
import { Entity } from "./entity.ts";
import { deriveKey, DIGEST_BYTES, sha256 } from "./key-derivation.ts";
import { TpmLink } from "./link.ts";
import { PublicArea } from "./public-area.ts";
import { GARBLED, NO_ANSWER, RETRY, SUCCESS, TESTING, UNSUITABLE, YIELDED } from "./response-code.ts";
import { shareSecret, SharedSecret } from "./secret-sharing.ts";
import { CONTINUE_SESSION, DECRYPT_REQUEST, ENCRYPT_RESPONSE, NONCE_BYTES, Session } from "./session.ts";

/** TPM_ST, Part 2, 6.9. */
const NO_SESSIONS: u32 = 0x8001;
const SESSIONS: u32 = 0x8002;
/** TPM_RS_PW, Part 2, 7.4. */
const PASSWORD: u32 = 0x40000009;

const HEADER_BYTES: i32 = 10;
/** What a TPM sends at most: TPM2_MAX_RESPONSE_SIZE of the PC client's profile. */
export const RESPONSE_LIMIT: i32 = 4096;

/** Pauses before a command is sent again, in milliseconds: doubled each time, until they are as long as this. */
const FIRST_PAUSE: i32 = 1;
const LAST_PAUSE: i32 = 2048;

/** Sessions in the order in which a command has them; null is the empty password. */
export type Sessions = Array<Session | null>;

export class Tpm {
  readonly link: TpmLink;
  /** Commands that were sent, but for those sent again. */
  count: i32 = 0;

  constructor(link: TpmLink) {
    this.link = link;
  }

  /** Runs a command that needs no authorization, and hides nothing. */
  run(command: Command): u32 {
    return this.execute(command, []);
  }

  /**
   * Runs a command. The first sessions authorize its entities; further ones protect it only. The first that isn't the
   * empty password encrypts whatever the command can have encrypted (so it never has to vouch for another one that does).
   * Returns the response code.
   */
  execute(command: Command, sessions: Sessions): u32 {
    const w = new Writer(256);
    command.encode(w);
    const parameters = copyOf(w.written(), 0, w.written().length);
    w.wipe();
    const cipher = firstOf(sessions);
    for (let i = 0; i < sessions.length; i++) {
      const session = sessions[i];
      if (session != null) this.link.random(session.nonceCaller);
    }
    if (cipher >= 0 && command.secretRequest) {
      const session = sessions[cipher]!;
      const secret = parameters.subarray(2, 2 + (new Reader(parameters).uint16() as i32));
      session.crypt(authorized(command, cipher), secret, session.nonceCaller, session.nonceTpm, true);
    }
    const request = encodeRequest(command, sessions, cipher, parameters);
    const response = this.transmit(request);
    wipe(parameters);
    return decodeResponse(command, sessions, cipher, response);
  }

  private transmit(request: Uint8Array): Uint8Array {
    this.count++;
    let response = this.link.transmit(request);
    for (let pause = FIRST_PAUSE; pause <= LAST_PAUSE && isBusy(response); pause *= 2) {
      this.link.pause(pause);
      response = this.link.transmit(request);
    }
    return response;
  }

  /**
   * Starts a session. `salt`: the key that its secret is encrypted to, with its public area; null for one that anybody
   * who listens can compute. `bound`: what it is bound to, or null. On success `session` can be used.
   */
  start(session: Session, salt: Entity | null, area: PublicArea | null, bound: Entity | null): u32 {
    let shared: SharedSecret | null = null;
    if (salt != null && area != null) {
      shared = shareSecret(area, "SECRET", this.link);
      if (shared == null) return UNSUITABLE;
    }
    this.link.random(session.nonceCaller);
    const command = new StartAuthSession(salt, bound, session.type);
    command.nonce = session.nonceCaller;
    if (shared != null) command.encryptedSalt = shared.encrypted;
    const code = this.run(command);
    if (code == SUCCESS) {
      session.entity = Entity.permanent(command.handle);
      session.nonceTpm = copyOf(command.nonceTpm, 0, command.nonceTpm.length);
      session.bound = bound;
      const auth = bound == null ? EMPTY : bound.auth;
      const secret = concat(auth, shared == null ? EMPTY : shared.secret);
      if (secret.length > 0) {
        session.key = deriveKey(secret, "ATH", session.nonceTpm, session.nonceCaller, DIGEST_BYTES);
      }
      wipe(secret);
    }
    if (shared != null) wipe(shared.secret);
    return code;
  }
}

/** Which session encrypts: the first that isn't the empty password; -1 if there is none. */
function firstOf(sessions: Sessions): i32 {
  for (let i = 0; i < sessions.length; i++) if (sessions[i] != null) return i;
  return -1;
}

/** What the session at place `index` authorizes; null if it only protects. */
function authorized(command: Command, index: i32): Entity | null {
  return index < command.authorizations ? command.entities[index] : null;
}

/** TPMA_SESSION of the session at place `index`. */
function attributesOf(command: Command, session: Session, encrypts: bool): u32 {
  let attributes: u32 = session.last ? 0 : CONTINUE_SESSION;
  if (encrypts && command.secretRequest) attributes |= DECRYPT_REQUEST;
  if (encrypts && command.secretResponse) attributes |= ENCRYPT_RESPONSE;
  return attributes;
}

function encodeRequest(command: Command, sessions: Sessions, cipher: i32, parameters: Uint8Array): Uint8Array {
  const hashed = new Writer(256);
  hashed.uint32(command.code);
  for (let i = 0; i < command.entities.length; i++) hashed.raw(command.entities[i].name);
  hashed.raw(parameters);
  const hash = sha256(hashed.written());

  const w = new Writer(HEADER_BYTES + 128 + parameters.length);
  w.uint16(sessions.length > 0 ? SESSIONS : NO_SESSIONS);
  w.uint32(0);
  w.uint32(command.code);
  for (let i = 0; i < command.entities.length; i++) w.uint32(command.entities[i].handle);
  if (sessions.length > 0) {
    const area = new Writer(128);
    for (let i = 0; i < sessions.length; i++) writeAuthorization(area, command, sessions, i, cipher, hash);
    w.uint32(area.written().length as u32);
    w.raw(area.written());
  }
  w.raw(parameters);
  putUint32(w.written(), 2, w.written().length as u32);
  return w.written();
}

/** TPMS_AUTH_COMMAND, Part 2, 10.13.2. */
function writeAuthorization(
  w: Writer,
  command: Command,
  sessions: Sessions,
  index: i32,
  cipher: i32,
  hash: Uint8Array,
): void {
  const session = sessions[index];
  if (session == null) {
    w.uint32(PASSWORD);
    w.sized(EMPTY);
    w.byte(CONTINUE_SESSION as u8);
    w.sized(EMPTY);
    return;
  }
  const attributes = attributesOf(command, session, index == cipher);
  const hmac = session.hmac(authorized(command, index), hash, session.nonceCaller, session.nonceTpm, attributes);
  w.uint32(session.entity.handle);
  w.sized(session.nonceCaller);
  w.byte(attributes as u8);
  w.sized(hmac);
}

function isBusy(response: Uint8Array): bool {
  if (response.length != HEADER_BYTES) return false;
  const code = new Reader(response.subarray(6)).uint32();
  return code == RETRY || code == YIELDED || code == TESTING;
}

function decodeResponse(command: Command, sessions: Sessions, cipher: i32, response: Uint8Array): u32 {
  if (response.length == 0) return NO_ANSWER;
  const r = new Reader(response);
  const tag = r.uint16();
  const size = r.uint32();
  const code = r.uint32();
  if (r.bad || size != (response.length as u32)) return GARBLED;
  if (code != SUCCESS) return code;
  if (tag != (sessions.length > 0 ? SESSIONS : NO_SESSIONS)) return GARBLED;
  if (command.returnsHandle) command.handle = r.uint32();
  const parameters = sessions.length > 0 ? r.raw(r.uint32()) : r.rest();
  if (!readAuthorizations(r, command, sessions, parameters)) return GARBLED;
  if (cipher >= 0 && command.secretResponse) {
    const secret = new Reader(parameters).sized();
    const session = sessions[cipher]!;
    session.crypt(authorized(command, cipher), secret, session.nonceTpm, session.nonceCaller, false);
  }
  const content = new Reader(parameters);
  command.decode(content);
  return content.ok() ? SUCCESS : GARBLED;
}

/** Checks the response's HMACs (TPMS_AUTH_RESPONSE, Part 2, 10.13.3) and takes the TPM's new nonces. */
function readAuthorizations(r: Reader, command: Command, sessions: Sessions, parameters: Uint8Array): bool {
  const hashed = new Writer(16 + parameters.length);
  hashed.uint32(SUCCESS);
  hashed.uint32(command.code);
  hashed.raw(parameters);
  const hash = sha256(hashed.written());
  for (let i = 0; i < sessions.length; i++) {
    const nonce = r.sized();
    const attributes = r.byte() as u32;
    const hmac = r.sized();
    const session = sessions[i];
    if (r.bad) return false;
    if (session == null) continue;
    const expected = session.hmac(authorized(command, i), hash, nonce, session.nonceCaller, attributes);
    if (nonce.length < NONCE_BYTES || !equal(expected, hmac)) return false;
    session.nonceTpm = copyOf(nonce, 0, nonce.length);
  }
  return r.ok();
}
