/** New keys: what a key is kept under, what it is made of and bound to, and its file. */
import { EMPTY, equal, wipe } from "../../core/bytes/bytes.ts";
import { PlainPrivateKey } from "../../core/ssh/key/plain-key.ts";
import { Create, CreatePrimary, Import } from "../../core/tpm/command/object.ts";
import { FlushContext } from "../../core/tpm/command/session.ts";
import { ALG_ECC, ALG_RSA, NO_DA, RH_NULL, RH_OWNER } from "../../core/tpm/constants.ts";
import { Entity } from "../../core/tpm/entity.ts";
import { IMPORTABLE, LOADABLE, TpmKeyFile } from "../../core/tpm/key-file.ts";
import { encodeSensitive, Protected, wrapForImport } from "../../core/tpm/protection.ts";
import { nameOf, PublicArea } from "../../core/tpm/public-area.ts";
import { NO_ANSWER, SUCCESS } from "../../core/tpm/response-code.ts";
import { storageRoot } from "../../core/tpm/templates.ts";
import { printError } from "../print.ts";
import { handleName } from "../tpm/handle-names.ts";
import { KeyHolder } from "../tpm/key-holder.ts";
import { areaOf } from "../tpm/ssh-forms.ts";
import { KeyPolicy } from "./key-policy.ts";

export class KeyMaker {
  /** Why the last call gave null. */
  fault: string = "";
  readonly holder: KeyHolder;
  private handle: u32;

  /** `handle`: what new keys are kept under: a hierarchy, or a persistent key. */
  constructor(holder: KeyHolder, handle: u32) {
    this.holder = holder;
    this.handle = handle;
  }

  /** A key that the TPM makes from `template`; null if it can't, and then `fault` says why. `pin`: empty for none. */
  create(template: PublicArea, pin: Uint8Array, policy: KeyPolicy | null, comment: Uint8Array): TpmKeyFile | null {
    if (pin.length == 0) template.attributes |= NO_DA; // there is nothing to guess, and a lockout is not to stop it
    if (policy != null) policy.bind(template, pin.length > 0);
    if (!this.open()) return null;
    const workspace = this.holder.workspace;
    const command = new Create(workspace.parent!.entity, template);
    command.auth = pin;
    const code = workspace.tpm.execute(command, [workspace.session]);
    if (code != SUCCESS) return this.fail("unable to make the key: " + this.holder.describe(code));
    const file = this.newFile(command.publicArea, command.privateArea, pin, comment);
    if (policy != null) file.policy = policy.commands;
    return file;
  }

  /** A key from elsewhere, taken into the TPM. */
  take(key: PlainPrivateKey, pin: Uint8Array, comment: Uint8Array): TpmKeyFile | null {
    if (!this.open()) return null;
    const area = newArea(key, pin);
    const wrapped = wrapKey(area, key, pin, this.holder.workspace.parent!.area, this.holder);
    if (wrapped == null) return this.fail("unable to import the key: its parent is of an unsupported kind");
    return this.import(area.encoded(), wrapped.blob, wrapped.seed, pin, comment);
  }

  /** A key that was wrapped for this TPM, in a file. */
  unwrap(wrapped: TpmKeyFile): TpmKeyFile | null {
    this.handle = wrapped.parent;
    if (!this.openParent(wrapped.parent, wrapped.rsaParent, wrapped.parentName)) return null;
    const file = this.import(wrapped.publicArea, wrapped.privateArea, wrapped.secret, EMPTY, wrapped.description);
    if (file == null) return null;
    file.emptyAuth = wrapped.emptyAuth;
    file.policy = wrapped.policy;
    file.authPolicies = wrapped.authPolicies;
    file.parent = wrapped.parent;
    file.rsaParent = wrapped.rsaParent;
    return file;
  }

  private import(
    publicArea: Uint8Array,
    blob: Uint8Array,
    seed: Uint8Array,
    pin: Uint8Array,
    comment: Uint8Array,
  ): TpmKeyFile | null {
    const workspace = this.holder.workspace;
    const command = new Import(workspace.parent!.entity, publicArea, blob, seed);
    const code = workspace.tpm.execute(command, [workspace.session]);
    if (code != SUCCESS) return this.fail("unable to import the key: " + this.holder.describe(code));
    return this.newFile(publicArea, command.privateArea, pin, comment);
  }

  /** The key that a hierarchy always has: what is known of it without anything being stored. */
  primary(hierarchy: u32, template: PublicArea): PublicArea | null {
    if (!this.holder.ready()) return this.failArea(NO_ANSWER);
    const workspace = this.holder.workspace;
    const command = new CreatePrimary(Entity.permanent(hierarchy), template);
    const code = workspace.makePrimary(command);
    if (code != SUCCESS) return this.failArea(code);
    workspace.tpm.run(new FlushContext(command.handle));
    const area = PublicArea.decode(command.publicArea);
    if (area == null) this.fault = "the TPM gives another kind of key than it was asked for";
    return area;
  }

  private failArea(code: u32): PublicArea | null {
    this.fault = "unable to make the hierarchy's key: " + this.holder.describe(code);
    return null;
  }

  private open(): bool {
    return this.openParent(this.handle, false, EMPTY);
  }

  private openParent(handle: u32, isRsa: bool, name: Uint8Array): bool {
    const code = this.holder.ready() ? this.holder.workspace.open(handle, isRsa, name) : NO_ANSWER;
    if (code == SUCCESS) return true;
    this.fault = `unable to use the parent (${handleName(handle)}): ` + this.holder.describe(code);
    return false;
  }

  private newFile(publicArea: Uint8Array, privateArea: Uint8Array, pin: Uint8Array, comment: Uint8Array): TpmKeyFile {
    const file = new TpmKeyFile();
    file.type = LOADABLE;
    file.emptyAuth = pin.length == 0;
    file.description = comment;
    file.describedBefore = true;
    file.parent = this.parentHandle();
    file.parentName = this.holder.workspace.parent!.entity.name;
    file.publicArea = publicArea;
    file.privateArea = privateArea;
    if (this.handle == RH_NULL)
      printError("The key lasts until the TPM is next reset: that is what the null hierarchy is.\n");
    return file;
  }

  /**
   * What the file says of its parent. The persistent key that serves as the owner hierarchy's is not named in it if that
   * hierarchy does make it: other programs then find it as they always do. Otherwise it must be.
   */
  private parentHandle(): u32 {
    const workspace = this.holder.workspace;
    const parent = workspace.parent!;
    if (this.handle != RH_OWNER || !parent.isPersistent()) return this.handle;
    const command = new CreatePrimary(Entity.permanent(RH_OWNER), storageRoot());
    const code = workspace.makePrimary(command);
    const isSame = code == SUCCESS && equal(nameOf(command.publicArea), parent.entity.name);
    if (code == SUCCESS) workspace.tpm.run(new FlushContext(command.handle));
    return isSame ? RH_OWNER : parent.entity.handle;
  }

  private fail(fault: string): TpmKeyFile | null {
    this.fault = fault;
    return null;
  }
}

/** A key's file for another TPM, whose storage root key `root` is; null if that is of an unsupported kind. */
export function wrappedFor(
  root: PublicArea,
  key: PlainPrivateKey,
  pin: Uint8Array,
  comment: Uint8Array,
  parent: u32,
  holder: KeyHolder,
): TpmKeyFile | null {
  const area = newArea(key, pin);
  const wrapped = wrapKey(area, key, pin, root, holder);
  if (wrapped == null) return null;
  const file = new TpmKeyFile();
  file.type = IMPORTABLE;
  file.emptyAuth = pin.length == 0;
  file.description = comment;
  file.parent = parent;
  file.rsaParent = root.type == ALG_RSA;
  file.secret = wrapped.seed;
  file.publicArea = area.encoded();
  file.privateArea = wrapped.blob;
  return file;
}

function newArea(key: PlainPrivateKey, pin: Uint8Array): PublicArea {
  const area = areaOf(key.publicKey);
  if (pin.length == 0) area.attributes |= NO_DA;
  return area;
}

function wrapKey(
  area: PublicArea,
  key: PlainPrivateKey,
  pin: Uint8Array,
  parent: PublicArea,
  holder: KeyHolder,
): Protected | null {
  const sensitive = encodeSensitive(key.publicKey.isRsa ? ALG_RSA : ALG_ECC, pin, key.secret);
  const wrapped = wrapForImport(parent, nameOf(area.encoded()), sensitive, holder.link);
  wipe(sensitive);
  return wrapped;
}
