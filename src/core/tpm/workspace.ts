/**
 * What a program has in the TPM while it works: a parent, a session that is salted to it, and the key that was last used.
 * It stays there between two uses, so that the second one costs a single command; and three slots for objects are enough.
 *
 * A parent that answers under another name than the one that a key file, or the first use, says is refused before any
 * secret is shared with it: somebody may sit between. Whatever the TPM has lost, by a reset or a suspend, is made anew.
 */
import { copyOf, EMPTY, equal } from "../bytes/bytes.ts";
import { readHandles } from "./capability.ts";
import { Import, CreatePrimary, Load, ReadPublic } from "./command/object.ts";
import { FlushContext } from "./command/session.ts";
import { POLICY_AUTHORIZE } from "./command/policy.ts";
import {
  HANDLES_LOADED_SESSION,
  HANDLES_PERSISTENT,
  HANDLES_TRANSIENT,
  RH_NULL,
  RH_OWNER,
  SRK_HANDLE,
  USER_WITH_AUTH,
} from "./constants.ts";
import { Entity } from "./entity.ts";
import { IMPORTABLE, PolicyCommand, TpmKeyFile } from "./key-file.ts";
import { Condition, decodeCondition, policyDigest } from "./policy.ts";
import { nameOf, PublicArea } from "./public-area.ts";
import {
  HIERARCHY_AUTH,
  INTEGRITY,
  isLost,
  isWrongAuth,
  kindOf,
  OTHER_PARENT,
  SUCCESS,
  UNKNOWN_POLICY,
  UNSUITABLE,
} from "./response-code.ts";
import { SE_HMAC, SE_POLICY, Session } from "./session.ts";
import { rsaStorageRoot, storageRoot } from "./templates.ts";
import { Tpm } from "./tpm.ts";

/** A key that others are kept under. */
export class Parent {
  entity: Entity;
  area: PublicArea;

  constructor(entity: Entity, area: PublicArea) {
    this.entity = entity;
    this.area = area;
  }

  isPersistent(): bool {
    return this.entity.handle >>> 24 == HANDLES_PERSISTENT;
  }
}

/** What is to be done with a key. */
export abstract class KeyUse {
  /** `key` is loaded, `session` authorizes it; returns the response code. */
  abstract run(tpm: Tpm, key: Entity, session: Session): u32;
}

/** A parent that was used before. */
class Known {
  handle: u32;
  isRsa: bool;
  name: Uint8Array;

  constructor(handle: u32, isRsa: bool, name: Uint8Array) {
    this.handle = handle;
    this.isRsa = isRsa;
    this.name = name;
  }
}

export class Workspace {
  readonly tpm: Tpm;
  /** Of the hierarchies, for who has set a password; it is asked for by nothing but the making of a parent. */
  ownerPassword: Uint8Array = EMPTY;
  parent: Parent | null = null;
  session: Session | null = null;
  private parentHandle: u32 = 0;
  private parentIsRsa: bool = false;
  private key: Entity | null = null;
  /** The private area of the key that is loaded. */
  private keyArea: Uint8Array = EMPTY;
  private known: Known[] = new Array<Known>();
  /** The usual handle was found to have no parent that could serve. */
  private lacksRoot: bool = false;

  constructor(tpm: Tpm) {
    this.tpm = tpm;
  }

  /**
   * Has `use` done with the key of a file and its PIN; if the TPM had lost what was loaded, a second time. Returns the
   * response code.
   */
  withKey(file: TpmKeyFile, pin: Uint8Array, use: KeyUse): u32 {
    let code = this.tryKey(file, pin, use);
    if (isLost(code)) {
      this.clear();
      this.lacksRoot = false;
      code = this.tryKey(file, pin, use);
      if (isLost(code)) this.clear();
    }
    return code;
  }

  private tryKey(file: TpmKeyFile, pin: Uint8Array, use: KeyUse): u32 {
    let code = this.load(file);
    if (code != SUCCESS) return code;
    const key = this.key!;
    key.auth = pin;
    if (file.policy.length == 0 || allowsPin(file)) code = use.run(this.tpm, key, this.session!);
    else code = this.underPolicy(file, key, use);
    key.auth = EMPTY;
    return code;
  }

  /** Loads the key of a file, unless it is there. */
  private load(file: TpmKeyFile): u32 {
    if (this.holds(file)) return SUCCESS;
    this.dropKey();
    const name = file.parentName.length > 0 ? file.parentName : file.provenParent;
    let code = this.open(file.parent, file.rsaParent, name);
    if (code != SUCCESS) return code;
    code = this.loadUnderParent(file);
    if (kindOf(code) == INTEGRITY && file.parent == RH_OWNER && this.parent!.isPersistent()) {
      // The key at the usual handle isn't the one that the hierarchy makes.
      this.clear();
      code = this.openPrimary(file.parent, file.rsaParent, name);
      if (code == SUCCESS) code = this.loadUnderParent(file);
    }
    // The parent has proven in its session that it can open the key: no other can.
    if (code == SUCCESS) file.provenParent = this.parent!.entity.name;
    return code;
  }

  /** True if the key of a file is loaded. Both halves count: the TPM has compared them, and hasn't those of another file. */
  private holds(file: TpmKeyFile): bool {
    const key = this.key;
    return key != null && equal(this.keyArea, file.privateArea) && equal(key.name, nameOf(file.publicArea));
  }

  private loadUnderParent(file: TpmKeyFile): u32 {
    let privateArea = file.privateArea;
    const parent = this.parent!.entity;
    if (file.type == IMPORTABLE) {
      const command = new Import(parent, file.publicArea, file.privateArea, file.secret);
      const code = this.tpm.execute(command, [this.session]);
      if (code != SUCCESS) return code;
      privateArea = command.privateArea;
    }
    const command = new Load(parent, privateArea, file.publicArea);
    const code = this.tpm.execute(command, [this.session]);
    if (code != SUCCESS) return code;
    this.key = new Entity(command.handle, nameOf(file.publicArea));
    this.keyArea = file.privateArea;
    return SUCCESS;
  }

  /** A session under which the key's policy is met, for one command. */
  private underPolicy(file: TpmKeyFile, key: Entity, use: KeyUse): u32 {
    const alternatives = policiesOf(file);
    let code = UNKNOWN_POLICY;
    for (let i = 0; i < alternatives.length; i++) {
      const session = new Session(SE_POLICY);
      code = this.tpm.start(session, this.parent!.entity, this.parent!.area, null);
      if (code != SUCCESS) return code;
      const conditions = alternatives[i].conditions;
      for (let j = 0; j < conditions.length && code == SUCCESS; j++) code = conditions[j].run(this.tpm, session);
      const isMet = code == SUCCESS;
      session.last = true;
      if (isMet) code = use.run(this.tpm, key, session);
      if (code != SUCCESS) this.flush(session.entity.handle);
      session.wipe();
      if (isMet || isLost(code)) return code;
    }
    return code;
  }

  /** Makes the parent ready, with a session. `name`: the one that it must have, or EMPTY. */
  open(handle: u32, isRsa: bool, name: Uint8Array): u32 {
    const parent = this.parent;
    if (parent != null && this.parentHandle == handle && this.parentIsRsa == isRsa) {
      if (name.length == 0 || equal(name, parent.entity.name)) return SUCCESS;
    }
    this.clear();
    if (handle >>> 24 == HANDLES_PERSISTENT) return this.openPersistent(handle, handle, isRsa, name);
    if (handle == RH_OWNER && !isRsa && !this.lacksRoot) {
      const code = this.openPersistent(SRK_HANDLE, handle, isRsa, name);
      if (code == SUCCESS && isLikeStorageRoot(this.parent!.area)) return code;
      this.clear();
      this.lacksRoot = code != OTHER_PARENT; // of this key; that of another it may be
    }
    return this.openPrimary(handle, isRsa, name);
  }

  private openPersistent(at: u32, handle: u32, isRsa: bool, name: Uint8Array): u32 {
    const command = new ReadPublic(at);
    const code = this.tpm.run(command);
    if (code != SUCCESS) return code;
    return this.take(at, handle, isRsa, command.publicArea, name);
  }

  private openPrimary(handle: u32, isRsa: bool, name: Uint8Array): u32 {
    const command = new CreatePrimary(Entity.permanent(handle), isRsa ? rsaStorageRoot() : storageRoot());
    let code = this.makePrimary(command);
    if (code != SUCCESS) return code;
    code = this.take(command.handle, handle, isRsa, command.publicArea, name);
    if (this.parent == null) this.flush(command.handle);
    return code;
  }

  /** Runs a command that makes a primary key, by the hierarchy's password if there is one; HIERARCHY_AUTH if it is wrong. */
  makePrimary(command: CreatePrimary): u32 {
    const code = this.runPrimary(command);
    return isWrongAuth(code) ? HIERARCHY_AUTH : code;
  }

  private runPrimary(command: CreatePrimary): u32 {
    if (this.ownerPassword.length == 0) return this.tpm.execute(command, [null]);
    // Salted by a key that anybody may make: who only listens gets nothing to try passwords on.
    const salt = new CreatePrimary(Entity.permanent(RH_NULL), storageRoot());
    let code = this.tpm.execute(salt, [null]);
    if (code != SUCCESS) return code;
    const proof = new Session(SE_HMAC);
    const area = PublicArea.decode(copyOf(salt.publicArea, 0, salt.publicArea.length));
    code = area == null ? UNSUITABLE : this.tpm.start(proof, new Entity(salt.handle, salt.name), area, null);
    this.flush(salt.handle);
    if (code != SUCCESS) return code;
    proof.last = true;
    command.entities[0].auth = this.ownerPassword;
    code = this.tpm.execute(command, [proof]);
    if (code != SUCCESS) this.flush(proof.entity.handle);
    proof.wipe();
    return code;
  }

  /** Makes what has answered the parent, if it is the right one, and starts a session with it. */
  private take(at: u32, handle: u32, isRsa: bool, bytes: Uint8Array, name: Uint8Array): u32 {
    const area = PublicArea.decode(copyOf(bytes, 0, bytes.length));
    if (area == null || !area.isParent()) return UNSUITABLE;
    const entity = new Entity(at, nameOf(bytes));
    const from = at >>> 24 == HANDLES_PERSISTENT ? at : handle;
    if (!this.isExpected(from, isRsa, entity.name, name)) return OTHER_PARENT;
    const session = new Session(SE_HMAC);
    const code = this.tpm.start(session, entity, area, null);
    if (code != SUCCESS) return code;
    this.parent = new Parent(entity, area);
    this.parentHandle = handle;
    this.parentIsRsa = isRsa;
    this.session = session;
    return SUCCESS;
  }

  /** `name` is what a key file says. Where it says nothing, the first answer counts from then on. */
  private isExpected(handle: u32, isRsa: bool, actual: Uint8Array, name: Uint8Array): bool {
    if (name.length > 0) return equal(name, actual);
    for (let i = 0; i < this.known.length; i++) {
      const known = this.known[i];
      if (known.handle == handle && known.isRsa == isRsa) return equal(known.name, actual);
    }
    this.known.push(new Known(handle, isRsa, actual));
    return true;
  }

  private dropKey(): void {
    if (this.key != null) this.flush(this.key!.handle);
    this.key = null;
    this.keyArea = EMPTY;
  }

  /** Leaves nothing behind in the TPM. */
  clear(): void {
    this.dropKey();
    const session = this.session;
    if (session != null) this.flush(session.entity.handle);
    const parent = this.parent;
    if (parent != null && !parent.isPersistent()) this.flush(parent.entity.handle);
    this.forget();
  }

  /** For who knows that somebody else cleans up. */
  forget(): void {
    this.key = null;
    this.keyArea = EMPTY;
    const session = this.session;
    if (session != null) session.wipe();
    this.session = null;
    this.parent = null;
  }

  /** What a flush answers makes no difference: it is gone, or the TPM is. */
  private flush(handle: u32): void {
    this.tpm.run(new FlushContext(handle));
  }
}

/** Flushes what programs that were killed have left in a TPM that nobody else uses now: one without a resource manager. */
export function flushLeftovers(tpm: Tpm): void {
  const kinds: u32[] = [HANDLES_TRANSIENT, HANDLES_LOADED_SESSION];
  for (let i = 0; i < kinds.length; i++) {
    const handles = readHandles(tpm, kinds[i]);
    for (let j = 0; j < handles.length; j++) tpm.run(new FlushContext(handles[j]));
  }
}

/** True if it is made from the template of the storage root key, whatever from. */
export function isLikeStorageRoot(area: PublicArea): bool {
  const template = storageRoot();
  return (
    area.type == template.type &&
    area.attributes == template.attributes &&
    area.curve == template.curve &&
    area.symmetricBits == template.symmetricBits
  );
}

/** True if the key can be used by its PIN alone, whatever policy it has. */
function allowsPin(file: TpmKeyFile): bool {
  const area = PublicArea.decode(file.publicArea);
  return area != null && (area.attributes & USER_WITH_AUTH) != 0;
}

class Alternative {
  conditions: Condition[];

  constructor(conditions: Condition[]) {
    this.conditions = conditions;
  }
}

/** The ways in which the policy of a file can be met: one, or, where somebody approves of policies, those approved of. */
function policiesOf(file: TpmKeyFile): Alternative[] {
  const alternatives = new Array<Alternative>();
  if (file.policy[0].code != POLICY_AUTHORIZE) {
    addAlternative(alternatives, new Array<PolicyCommand>(), file.policy);
    return alternatives;
  }
  const rest = file.policy.slice(1);
  for (let i = 0; i < file.authPolicies.length; i++) addAlternative(alternatives, file.authPolicies[i].policy, rest);
  return alternatives;
}

/** `approved`: conditions, and in whatever place the approval, which comes last when they are run. Unknown ones make it none. */
function addAlternative(alternatives: Alternative[], approved: PolicyCommand[], rest: PolicyCommand[]): void {
  const commands = new Array<PolicyCommand>();
  for (let i = 0; i < approved.length; i++) if (approved[i].code != POLICY_AUTHORIZE) commands.push(approved[i]);
  for (let i = 0; i < approved.length; i++) if (approved[i].code == POLICY_AUTHORIZE) commands.push(approved[i]);
  const conditions = new Array<Condition>();
  for (let i = 0; i < commands.length + rest.length; i++) {
    const command = i < commands.length ? commands[i] : rest[i - commands.length];
    const condition = decodeCondition(command.code, command.parameters, policyDigest(conditions));
    if (condition == null) return;
    conditions.push(condition);
  }
  alternatives.push(new Alternative(conditions));
}
