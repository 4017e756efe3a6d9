/** Part 3, 12: objects; 13.3: import; 24.1: primary objects. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Command } from "../command.ts";
import { ALG_NULL, RH_NULL } from "../constants.ts";
import { Entity } from "../entity.ts";
import { PublicArea } from "../public-area.ts";

/** What Create and CreatePrimary have in common: a secret with a template in, a public area out. */
abstract class Creation extends Command {
  /** The new object's authorization value. */
  auth: Uint8Array = EMPTY;
  /** What is sealed; EMPTY for a key. */
  data: Uint8Array = EMPTY;
  template: PublicArea;
  /** TPMT_PUBLIC of what was made. */
  publicArea: Uint8Array = EMPTY;

  constructor(code: u32, parent: Entity, template: PublicArea) {
    super(code, [parent], 1);
    this.template = template;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.uint16((4 + this.auth.length + this.data.length) as u32); // TPM2B_SENSITIVE_CREATE, Part 2, 11.1.16
    w.sized(this.auth);
    w.sized(this.data);
    w.sized(this.template.encoded());
    w.sized(EMPTY); // outside information
    w.uint32(0); // no PCRs that creation is to be told of
  }

  /** Creation data, its hash and its ticket: for CertifyCreation, which nothing here uses. */
  protected readCreation(r: Reader): void {
    r.sized();
    r.sized();
    r.uint16();
    r.uint32();
    r.sized();
  }
}

/** 12.1. */
export class Create extends Creation {
  privateArea: Uint8Array = EMPTY;

  constructor(parent: Entity, template: PublicArea) {
    super(0x153, parent, template);
  }

  override decode(r: Reader): void {
    this.privateArea = r.sized();
    this.publicArea = r.sized();
    this.readCreation(r);
  }
}

/** 24.1. */
export class CreatePrimary extends Creation {
  name: Uint8Array = EMPTY;

  constructor(hierarchy: Entity, template: PublicArea) {
    super(0x131, hierarchy, template);
    this.returnsHandle = true;
  }

  override decode(r: Reader): void {
    this.publicArea = r.sized();
    this.readCreation(r);
    this.name = r.sized();
  }
}

/** 12.2. Both areas are without their sizes. */
export class Load extends Command {
  readonly privateArea: Uint8Array;
  readonly publicArea: Uint8Array;
  name: Uint8Array = EMPTY;

  constructor(parent: Entity, privateArea: Uint8Array, publicArea: Uint8Array) {
    super(0x157, [parent], 1);
    this.privateArea = privateArea;
    this.publicArea = publicArea;
    this.secretRequest = true;
    this.secretResponse = true;
    this.returnsHandle = true;
  }

  override encode(w: Writer): void {
    w.sized(this.privateArea);
    w.sized(this.publicArea);
  }

  override decode(r: Reader): void {
    this.name = r.sized();
  }
}

/** 12.3, for a public key alone. */
export class LoadExternal extends Command {
  readonly publicArea: Uint8Array;
  readonly hierarchy: u32;
  name: Uint8Array = EMPTY;

  constructor(publicArea: Uint8Array, hierarchy: u32 = RH_NULL) {
    super(0x167, [], 0);
    this.publicArea = publicArea;
    this.hierarchy = hierarchy;
    this.secretRequest = true;
    this.secretResponse = true;
    this.returnsHandle = true;
  }

  override encode(w: Writer): void {
    w.sized(EMPTY);
    w.sized(this.publicArea);
    w.uint32(this.hierarchy);
  }

  override decode(r: Reader): void {
    this.name = r.sized();
  }
}

/** 12.4. */
export class ReadPublic extends Command {
  publicArea: Uint8Array = EMPTY;
  name: Uint8Array = EMPTY;

  constructor(handle: u32) {
    super(0x173, [Entity.permanent(handle)], 0);
    this.secretResponse = true;
  }

  override decode(r: Reader): void {
    this.publicArea = r.sized();
    this.name = r.sized();
    r.sized(); // the qualified name
  }
}

/** 12.5. A credential that only the TPM with both keys can open. */
export class ActivateCredential extends Command {
  readonly blob: Uint8Array;
  readonly secret: Uint8Array;
  credential: Uint8Array = EMPTY;

  /** `blob`: the content of a TPM2B_ID_OBJECT; `secret`: of a TPM2B_ENCRYPTED_SECRET. */
  constructor(activated: Entity, key: Entity, blob: Uint8Array, secret: Uint8Array) {
    super(0x147, [activated, key], 2);
    this.blob = blob;
    this.secret = secret;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(this.blob);
    w.sized(this.secret);
  }

  override decode(r: Reader): void {
    this.credential = r.sized();
  }
}

/** 12.6. */
export class MakeCredential extends Command {
  readonly credential: Uint8Array;
  readonly objectName: Uint8Array;
  blob: Uint8Array = EMPTY;
  secret: Uint8Array = EMPTY;

  constructor(key: Entity, credential: Uint8Array, objectName: Uint8Array) {
    super(0x168, [key], 0);
    this.credential = credential;
    this.objectName = objectName;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(this.credential);
    w.sized(this.objectName);
  }

  override decode(r: Reader): void {
    this.blob = r.sized();
    this.secret = r.sized();
  }
}

/** 12.7. */
export class Unseal extends Command {
  data: Uint8Array = EMPTY;

  constructor(object: Entity) {
    super(0x15e, [object], 1);
    this.secretResponse = true;
  }

  override decode(r: Reader): void {
    this.data = r.sized();
  }
}

/** 12.8. A new private area with another authorization value; the object that is loaded keeps its own. */
export class ObjectChangeAuth extends Command {
  readonly auth: Uint8Array;
  privateArea: Uint8Array = EMPTY;

  constructor(object: Entity, parent: Entity, auth: Uint8Array) {
    super(0x150, [object, parent], 1);
    this.auth = auth;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(this.auth);
  }

  override decode(r: Reader): void {
    this.privateArea = r.sized();
  }
}

/** 13.3, of what is wrapped for the parent alone, without an inner wrapper. */
export class Import extends Command {
  readonly publicArea: Uint8Array;
  readonly duplicate: Uint8Array;
  readonly seed: Uint8Array;
  privateArea: Uint8Array = EMPTY;

  constructor(parent: Entity, publicArea: Uint8Array, duplicate: Uint8Array, seed: Uint8Array) {
    super(0x156, [parent], 1);
    this.publicArea = publicArea;
    this.duplicate = duplicate;
    this.seed = seed;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(EMPTY); // the inner wrapper's key
    w.sized(this.publicArea);
    w.sized(this.duplicate);
    w.sized(this.seed);
    w.uint16(ALG_NULL); // no inner wrapper
  }

  override decode(r: Reader): void {
    this.privateArea = r.sized();
  }
}
