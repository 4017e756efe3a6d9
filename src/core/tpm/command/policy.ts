/** Part 3, 23: enhanced authorization. What each adds to a session's digest is in policy.ts. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Command } from "../command.ts";
import { Entity } from "../entity.ts";
import { PcrSelection } from "../pcr-selection.ts";

/** Command codes, which are part of the digests. */
export const POLICY_NV: u32 = 0x149;
export const POLICY_SECRET: u32 = 0x151;
export const POLICY_AUTHORIZE: u32 = 0x16a;
export const POLICY_AUTH_VALUE: u32 = 0x16b;
export const POLICY_COMMAND_CODE: u32 = 0x16c;
export const POLICY_OR: u32 = 0x171;
export const POLICY_PASSWORD: u32 = 0x18c;
export const POLICY_PCR: u32 = 0x17f;

/** 23.4. `entity` is to be authorized, for as long as the session lasts. */
export class PolicySecret extends Command {
  readonly reference: Uint8Array;

  constructor(entity: Entity, session: Entity, reference: Uint8Array) {
    super(POLICY_SECRET, [entity, session], 1);
    this.reference = reference;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(EMPTY); // no nonce of the TPM's
    w.sized(EMPTY); // no further limit to one command
    w.sized(this.reference);
    w.uint32(0); // no expiry, and so no ticket
  }

  override decode(r: Reader): void {
    r.sized();
    r.uint16();
    r.uint32();
    r.sized();
  }
}

/** 23.6. */
export class PolicyOr extends Command {
  readonly branches: Uint8Array[];

  constructor(session: Entity, branches: Uint8Array[]) {
    super(POLICY_OR, [session], 0);
    this.branches = branches;
  }

  override encode(w: Writer): void {
    w.uint32(this.branches.length as u32);
    for (let i = 0; i < this.branches.length; i++) w.sized(this.branches[i]);
  }
}

/** 23.7. Without a digest the session is bound to whatever the PCRs hold now. */
export class PolicyPcr extends Command {
  readonly digest: Uint8Array;
  readonly pcrs: PcrSelection;

  constructor(session: Entity, digest: Uint8Array, pcrs: PcrSelection) {
    super(POLICY_PCR, [session], 0);
    this.digest = digest;
    this.pcrs = pcrs;
    this.secretRequest = true;
  }

  override encode(w: Writer): void {
    w.sized(this.digest);
    this.pcrs.encode(w);
  }
}

/** 23.9. `authorizedBy`: the owner, or the index itself. */
export class PolicyNv extends Command {
  readonly operand: Uint8Array;
  readonly offset: u32;
  readonly operation: u32;

  constructor(authorizedBy: Entity, index: Entity, session: Entity, operand: Uint8Array, offset: u32, operation: u32) {
    super(POLICY_NV, [authorizedBy, index, session], 1);
    this.operand = operand;
    this.offset = offset;
    this.operation = operation;
    this.secretRequest = true;
  }

  override encode(w: Writer): void {
    w.sized(this.operand);
    w.uint16(this.offset);
    w.uint16(this.operation);
  }
}

/** 23.11. */
export class PolicyCommandCode extends Command {
  readonly allowed: u32;

  constructor(session: Entity, allowed: u32) {
    super(POLICY_COMMAND_CODE, [session], 0);
    this.allowed = allowed;
  }

  override encode(w: Writer): void {
    w.uint32(this.allowed);
  }
}

/** 23.16. `approved`: the digest so far; `ticket`: a TPMT_TK_VERIFIED, whole. */
export class PolicyAuthorize extends Command {
  readonly approved: Uint8Array;
  readonly reference: Uint8Array;
  readonly keyName: Uint8Array;
  readonly ticket: Uint8Array;

  constructor(session: Entity, approved: Uint8Array, reference: Uint8Array, keyName: Uint8Array, ticket: Uint8Array) {
    super(POLICY_AUTHORIZE, [session], 0);
    this.approved = approved;
    this.reference = reference;
    this.keyName = keyName;
    this.ticket = ticket;
    this.secretRequest = true;
  }

  override encode(w: Writer): void {
    w.sized(this.approved);
    w.sized(this.reference);
    w.sized(this.keyName);
    w.raw(this.ticket);
  }
}

/** 23.17. */
export class PolicyAuthValue extends Command {
  constructor(session: Entity) {
    super(POLICY_AUTH_VALUE, [session], 0);
  }
}

/** 23.19. */
export class PolicyGetDigest extends Command {
  digest: Uint8Array = EMPTY;

  constructor(session: Entity) {
    super(0x189, [session], 0);
    this.secretResponse = true;
  }

  override decode(r: Reader): void {
    this.digest = r.sized();
  }
}

/** 11.2. The session is as new. */
export class PolicyRestart extends Command {
  constructor(session: Entity) {
    super(0x180, [session], 0);
  }
}
