/** Part 3, 10: self test; 16: randomness; 22: PCRs; 25: lockout; 29: clocks; 30: capabilities; 31: NV memory. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Uint64 } from "../../wire/uint64.ts";
import { Writer } from "../../wire/writer.ts";
import { Command } from "../command.ts";
import { ALG_NULL, ALG_RSA, ALG_SHA256 } from "../constants.ts";
import { Entity } from "../entity.ts";
import { PcrSelection } from "../pcr-selection.ts";

/** 9.3, as a firmware does it; the kernel does it where the firmware has not. */
export class Startup extends Command {
  constructor() {
    super(0x144, [], 0);
  }

  override encode(w: Writer): void {
    w.uint16(0); // TPM_SU_CLEAR
  }
}

/** 10.2. */
export class SelfTest extends Command {
  constructor() {
    super(0x143, [], 0);
  }

  override encode(w: Writer): void {
    w.byte(1); // all of it
  }
}

/** 16.1. The TPM may give fewer bytes. */
export class GetRandom extends Command {
  readonly wanted: u32;
  bytes: Uint8Array = EMPTY;

  constructor(wanted: u32) {
    super(0x17b, [], 0);
    this.wanted = wanted;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.uint16(this.wanted);
  }

  override decode(r: Reader): void {
    this.bytes = r.sized();
  }
}

/** 22.2: adds a SHA-256 digest to a PCR of that bank. */
export class PcrExtend extends Command {
  readonly digest: Uint8Array;

  constructor(pcr: u32, digest: Uint8Array) {
    super(0x182, [Entity.permanent(pcr)], 1);
    this.digest = digest;
  }

  override encode(w: Writer): void {
    w.uint32(1);
    w.uint16(ALG_SHA256);
    w.raw(this.digest);
  }
}

/** 22.4. The TPM reads at most eight at a time, and says which. */
export class PcrRead extends Command {
  readonly wanted: PcrSelection;
  selection: PcrSelection;
  digests: Uint8Array[] = new Array<Uint8Array>();

  constructor(wanted: PcrSelection) {
    super(0x17e, [], 0);
    this.wanted = wanted;
    this.selection = wanted;
  }

  override encode(w: Writer): void {
    this.wanted.encode(w);
  }

  override decode(r: Reader): void {
    r.uint32(); // how often PCRs have changed
    this.selection = PcrSelection.decode(r);
    const count = r.uint32();
    for (let i: u32 = 0; i < count && !r.bad; i++) this.digests.push(r.sized());
  }
}

/** 25.3: how many wrong authorizations lead to a lockout, and in how many seconds one is forgiven. */
export class DictionaryAttackParameters extends Command {
  readonly most: u32;
  readonly recoverySeconds: u32;
  readonly lockoutRecoverySeconds: u32;

  constructor(lockout: Entity, most: u32, recoverySeconds: u32, lockoutRecoverySeconds: u32) {
    super(0x13a, [lockout], 1);
    this.most = most;
    this.recoverySeconds = recoverySeconds;
    this.lockoutRecoverySeconds = lockoutRecoverySeconds;
  }

  override encode(w: Writer): void {
    w.uint32(this.most);
    w.uint32(this.recoverySeconds);
    w.uint32(this.lockoutRecoverySeconds);
  }
}

/** 25.2. */
export class DictionaryAttackLockReset extends Command {
  constructor(lockout: Entity) {
    super(0x139, [lockout], 1);
  }
}

/** TPMS_CLOCK_INFO, Part 2, 10.11.1. */
export class ClockInfo {
  /** Milliseconds that the TPM has been powered. */
  clock: Uint64 = new Uint64();
  resetCount: u32 = 0;
  restartCount: u32 = 0;
  /** The clock has never been as far before. */
  safe: bool = false;

  static decode(r: Reader): ClockInfo {
    const info = new ClockInfo();
    info.clock = Uint64.decode(r);
    info.resetCount = r.uint32();
    info.restartCount = r.uint32();
    info.safe = r.boolean();
    return info;
  }
}

/** 29.1. */
export class ReadClock extends Command {
  /** Milliseconds since the last reset. */
  time: Uint64 = new Uint64();
  info: ClockInfo = new ClockInfo();

  constructor() {
    super(0x181, [], 0);
  }

  override decode(r: Reader): void {
    this.time = Uint64.decode(r);
    this.info = ClockInfo.decode(r);
  }
}

/** 30.2. The content of the answer depends on `capability`, so whoever asks reads it. */
export class GetCapability extends Command {
  readonly capability: u32;
  readonly property: u32;
  readonly count: u32;
  more: bool = false;
  /** Behind the capability's number. */
  data: Uint8Array = EMPTY;

  constructor(capability: u32, property: u32, count: u32) {
    super(0x17a, [], 0);
    this.capability = capability;
    this.property = property;
    this.count = count;
  }

  override encode(w: Writer): void {
    w.uint32(this.capability);
    w.uint32(this.property);
    w.uint32(this.count);
  }

  override decode(r: Reader): void {
    this.more = r.boolean();
    if (r.uint32() != this.capability) r.bad = true;
    this.data = r.rest();
  }
}

/** 30.3, of RSA: whether there are keys of that size. */
export class TestRsaParameters extends Command {
  readonly bits: u32;

  constructor(bits: u32) {
    super(0x18a, [], 0);
    this.bits = bits;
  }

  override encode(w: Writer): void {
    w.uint16(ALG_RSA);
    w.uint16(ALG_NULL); // no symmetric algorithm: a key that signs
    w.uint16(ALG_NULL); // any scheme
    w.uint16(this.bits);
    w.uint32(0); // the usual exponent
  }
}

/** 31.6. An index's public area, TPMS_NV_PUBLIC, and its name. */
export class NvReadPublic extends Command {
  publicArea: Uint8Array = EMPTY;
  name: Uint8Array = EMPTY;

  constructor(index: u32) {
    super(0x169, [Entity.permanent(index)], 0);
    this.secretResponse = true;
  }

  override decode(r: Reader): void {
    this.publicArea = r.sized();
    this.name = r.sized();
  }

  /** Bytes that the index holds (Part 2, 13.5: the last field). */
  dataBytes(): u32 {
    const at = this.publicArea.length - 2;
    return at < 0 ? 0 : new Reader(this.publicArea.subarray(at)).uint16();
  }
}

/** 31.13. `authorizedBy`: the owner, or the index itself. */
export class NvRead extends Command {
  readonly size: u32;
  readonly offset: u32;
  data: Uint8Array = EMPTY;

  constructor(authorizedBy: Entity, index: Entity, size: u32, offset: u32) {
    super(0x14e, [authorizedBy, index], 1);
    this.size = size;
    this.offset = offset;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.uint16(this.size);
    w.uint16(this.offset);
  }

  override decode(r: Reader): void {
    this.data = r.sized();
  }
}
