/**
 * Policies (TPM 2.0 Part 1, 17.7): conditions, in order, that a session has to meet. Each can be run on the TPM, and
 * computed without one; what comes out is the same digest.
 *
 * In key files a condition is a command's code and parameters, without the handles (draft-bottomley-tpm2-keys): those
 * that such a file can hold are read by `decodeCondition`.
 */
import { copyOf, EMPTY } from "../bytes/bytes.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import {
  POLICY_AUTH_VALUE,
  POLICY_AUTHORIZE,
  POLICY_COMMAND_CODE,
  POLICY_NV,
  POLICY_OR,
  POLICY_PASSWORD,
  POLICY_PCR,
  POLICY_SECRET,
  PolicyAuthorize,
  PolicyAuthValue,
  PolicyCommandCode,
  PolicyNv,
  PolicyOr,
  PolicyPcr,
  PolicySecret,
} from "./command/policy.ts";
import { FlushContext } from "./command/session.ts";
import { LoadExternal } from "./command/object.ts";
import { VerifySignature } from "./command/key.ts";
import { RH_OWNER } from "./constants.ts";
import { Entity } from "./entity.ts";
import { DIGEST_BYTES, sha256 } from "./key-derivation.ts";
import { PcrSelection } from "./pcr-selection.ts";
import { nameOf } from "./public-area.ts";
import { SUCCESS } from "./response-code.ts";
import { SE_HMAC, Session } from "./session.ts";
import { Signature } from "./signature.ts";
import { Tpm } from "./tpm.ts";

/** TPM2_PolicyOR takes from two to eight. */
const BRANCH_LIMIT: u32 = 8;

export abstract class Condition {
  /** The digest after this condition, where it was `before`. */
  abstract extend(before: Uint8Array): Uint8Array;

  /** Has the TPM check it; returns its response code. */
  abstract run(tpm: Tpm, session: Session): u32;
}

/** The digest of a policy that consists of `conditions`. */
export function policyDigest(conditions: Condition[]): Uint8Array {
  let digest: Uint8Array = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < conditions.length; i++) digest = conditions[i].extend(digest);
  return digest;
}

/** Runs them all, up to the first that is not met; returns the response code. */
export function runPolicy(tpm: Tpm, session: Session, conditions: Condition[]): u32 {
  let code = SUCCESS;
  for (let i = 0; i < conditions.length && code == SUCCESS; i++) code = conditions[i].run(tpm, session);
  return code;
}

function extended(before: Uint8Array, code: u32, parts: Uint8Array): Uint8Array {
  const w = new Writer(128);
  w.raw(before);
  w.uint32(code);
  w.raw(parts);
  return sha256(w.written());
}

/** PolicyUpdate of Part 3, 23.2.3: the reference is hashed in a second step. */
function extendedTwice(before: Uint8Array, code: u32, name: Uint8Array, reference: Uint8Array): Uint8Array {
  const w = new Writer(128);
  w.raw(extended(before, code, name));
  w.raw(reference);
  return sha256(w.written());
}

/** The PCRs hold values of which `digest` is the digest. */
export class PcrCondition extends Condition {
  readonly digest: Uint8Array;
  readonly pcrs: PcrSelection;

  constructor(digest: Uint8Array, pcrs: PcrSelection) {
    super();
    this.digest = digest;
    this.pcrs = pcrs;
  }

  extend(before: Uint8Array): Uint8Array {
    const w = new Writer(64);
    this.pcrs.encode(w);
    w.raw(this.digest);
    return extended(before, POLICY_PCR, w.written());
  }

  run(tpm: Tpm, session: Session): u32 {
    return tpm.run(new PolicyPcr(session.entity, this.digest, this.pcrs));
  }
}

/** Whoever uses the object knows its authorization value. */
export class AuthValueCondition extends Condition {
  extend(before: Uint8Array): Uint8Array {
    return extended(before, POLICY_AUTH_VALUE, EMPTY);
  }

  run(tpm: Tpm, session: Session): u32 {
    const code = tpm.run(new PolicyAuthValue(session.entity));
    if (code == SUCCESS) session.wantsAuth = true;
    return code;
  }
}

/** The object is used by one command alone. */
export class CommandCondition extends Condition {
  readonly allowed: u32;

  constructor(allowed: u32) {
    super();
    this.allowed = allowed;
  }

  extend(before: Uint8Array): Uint8Array {
    const w = new Writer(4);
    w.uint32(this.allowed);
    return extended(before, POLICY_COMMAND_CODE, w.written());
  }

  run(tpm: Tpm, session: Session): u32 {
    return tpm.run(new PolicyCommandCode(session.entity, this.allowed));
  }
}

/** The conditions so far amount to one of these digests. */
export class OrCondition extends Condition {
  readonly branches: Uint8Array[];

  constructor(branches: Uint8Array[]) {
    super();
    this.branches = branches;
  }

  extend(_before: Uint8Array): Uint8Array {
    const w = new Writer(256);
    for (let i = 0; i < this.branches.length; i++) w.raw(this.branches[i]);
    return extended(new Uint8Array(DIGEST_BYTES), POLICY_OR, w.written());
  }

  run(tpm: Tpm, session: Session): u32 {
    return tpm.run(new PolicyOr(session.entity, this.branches));
  }
}

/** Whoever runs the policy knows the authorization value of `entity`, such as the endorsement hierarchy's. */
export class SecretCondition extends Condition {
  readonly entity: Entity;
  readonly reference: Uint8Array;

  constructor(entity: Entity, reference: Uint8Array) {
    super();
    this.entity = entity;
    this.reference = reference;
  }

  extend(before: Uint8Array): Uint8Array {
    return extendedTwice(before, POLICY_SECRET, this.entity.name, this.reference);
  }

  run(tpm: Tpm, session: Session): u32 {
    const command = new PolicySecret(this.entity, session.entity, this.reference);
    if (this.entity.auth.length == 0) return tpm.execute(command, [null]);
    const proof = new Session(SE_HMAC);
    let code = tpm.start(proof, null, null, null);
    if (code != SUCCESS) return code;
    proof.last = true;
    code = tpm.execute(command, [proof]);
    if (code != SUCCESS) tpm.run(new FlushContext(proof.entity.handle));
    return code;
  }
}

/** What an NV index holds compares with `operand` as `operation` says (TPM_EO, Part 2, 6.8; 0: is equal). */
export class NvCondition extends Condition {
  readonly index: Entity;
  readonly operand: Uint8Array;
  readonly offset: u32;
  readonly operation: u32;

  constructor(index: Entity, operand: Uint8Array, offset: u32, operation: u32) {
    super();
    this.index = index;
    this.operand = operand;
    this.offset = offset;
    this.operation = operation;
  }

  extend(before: Uint8Array): Uint8Array {
    const w = new Writer(64);
    w.raw(this.operand);
    w.uint16(this.offset);
    w.uint16(this.operation);
    const both = new Writer(80);
    both.raw(sha256(w.written()));
    both.raw(this.index.name);
    return extended(before, POLICY_NV, both.written());
  }

  run(tpm: Tpm, session: Session): u32 {
    const owner = Entity.permanent(RH_OWNER);
    return tpm.execute(new PolicyNv(owner, this.index, session.entity, this.operand, this.offset, this.operation), [
      null,
    ]);
  }
}

/**
 * The owner of a key has signed the digest of the conditions so far: which ones, can change. `approved` is that digest;
 * the key's owner signs what `approvalOf` gives.
 */
export class AuthorizeCondition extends Condition {
  /** TPMT_PUBLIC of the key. */
  readonly key: Uint8Array;
  readonly reference: Uint8Array;
  approved: Uint8Array;
  signature: Signature;

  constructor(key: Uint8Array, reference: Uint8Array, approved: Uint8Array, signature: Signature) {
    super();
    this.key = key;
    this.reference = reference;
    this.approved = approved;
    this.signature = signature;
  }

  extend(_before: Uint8Array): Uint8Array {
    return extendedTwice(new Uint8Array(DIGEST_BYTES), POLICY_AUTHORIZE, nameOf(this.key), this.reference);
  }

  run(tpm: Tpm, session: Session): u32 {
    const load = new LoadExternal(this.key, RH_OWNER); // its tickets are to be the owner's: the null hierarchy's are void
    let code = tpm.run(load);
    if (code != SUCCESS) return code;
    const key = new Entity(load.handle, copyOf(load.name, 0, load.name.length));
    const verify = new VerifySignature(key, approvalOf(this.approved, this.reference), this.signature);
    code = tpm.run(verify);
    tpm.run(new FlushContext(key.handle));
    if (code != SUCCESS) return code;
    return tpm.run(new PolicyAuthorize(session.entity, this.approved, this.reference, key.name, verify.ticket));
  }
}

/** The digest that the owner of a key signs to approve of a policy (Part 3, 23.16.1). */
export function approvalOf(approved: Uint8Array, reference: Uint8Array): Uint8Array {
  const w = new Writer(64);
  w.raw(approved);
  w.raw(reference);
  return sha256(w.written());
}

/** A condition as a key file has it; null if it can't be one of a file's, or is damaged. `before`: the digest so far. */
export function decodeCondition(code: u32, parameters: Uint8Array, before: Uint8Array): Condition | null {
  const r = new Reader(parameters);
  const condition = readCondition(r, code, before);
  return r.ok() ? condition : null;
}

function readCondition(r: Reader, code: u32, before: Uint8Array): Condition | null {
  if (code == POLICY_AUTH_VALUE || code == POLICY_PASSWORD) return new AuthValueCondition();
  if (code == POLICY_COMMAND_CODE) return new CommandCondition(r.uint32());
  if (code == POLICY_PCR) {
    const digest = r.sized();
    return new PcrCondition(digest, PcrSelection.decode(r));
  }
  if (code == POLICY_AUTHORIZE) {
    const key = r.sized();
    const reference = r.sized();
    return new AuthorizeCondition(key, reference, before, Signature.decode(r));
  }
  return code == POLICY_OR ? readOr(r) : null;
}

function readOr(r: Reader): Condition | null {
  const count = r.uint32();
  const branches = new Array<Uint8Array>();
  for (let i: u32 = 0; i < count && i < BRANCH_LIMIT; i++) branches.push(r.sized());
  return count >= 2 && count <= BRANCH_LIMIT ? new OrCondition(branches) : null;
}
