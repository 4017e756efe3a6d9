/** Part 3, 11: sessions; 28: contexts. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Command } from "../command.ts";
import { ALG_AES, ALG_CFB, ALG_SHA256, RH_NULL } from "../constants.ts";
import { Entity } from "../entity.ts";

const SYMMETRIC_BITS: u32 = 128;

/** 11.1. */
export class StartAuthSession extends Command {
  nonce: Uint8Array = EMPTY;
  encryptedSalt: Uint8Array = EMPTY;
  readonly type: u8;
  nonceTpm: Uint8Array = EMPTY;

  constructor(salt: Entity | null, bound: Entity | null, type: u8) {
    const none = Entity.permanent(RH_NULL);
    super(0x176, [salt == null ? none : salt, bound == null ? none : bound], 0);
    this.type = type;
    this.returnsHandle = true;
  }

  override encode(w: Writer): void {
    w.sized(this.nonce);
    w.sized(this.encryptedSalt);
    w.byte(this.type);
    w.uint16(ALG_AES);
    w.uint16(SYMMETRIC_BITS);
    w.uint16(ALG_CFB);
    w.uint16(ALG_SHA256);
  }

  override decode(r: Reader): void {
    this.nonceTpm = r.sized();
  }
}

/** 28.2. The response is a TPMS_CONTEXT, whole. */
export class ContextSave extends Command {
  context: Uint8Array = EMPTY;

  constructor(object: Entity) {
    super(0x162, [object], 0);
  }

  override decode(r: Reader): void {
    this.context = r.rest();
  }
}

/** 28.3. */
export class ContextLoad extends Command {
  readonly context: Uint8Array;

  constructor(context: Uint8Array) {
    super(0x161, [], 0);
    this.context = context;
    this.returnsHandle = true;
  }

  override encode(w: Writer): void {
    w.raw(this.context);
  }
}

/** 28.4. The handle is a parameter. */
export class FlushContext extends Command {
  readonly flushed: u32;

  constructor(handle: u32) {
    super(0x165, [], 0);
    this.flushed = handle;
  }

  override encode(w: Writer): void {
    w.uint32(this.flushed);
  }
}

/** 28.5. Keeps `object` at the handle `persistent`, or, if it is the object there, takes it away. */
export class EvictControl extends Command {
  readonly persistent: u32;

  constructor(hierarchy: Entity, object: Entity, persistent: u32) {
    super(0x120, [hierarchy, object], 1);
    this.persistent = persistent;
  }

  override encode(w: Writer): void {
    w.uint32(this.persistent);
  }
}
