/** Part 3, 14: what asymmetric keys do; 18: attestation; 20: signatures. */
import { EMPTY } from "../../bytes/bytes.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Command } from "../command.ts";
import { ALG_NULL, RH_NULL } from "../constants.ts";
import { Entity } from "../entity.ts";
import { PcrSelection } from "../pcr-selection.ts";
import { Signature } from "../signature.ts";

/** TPM_ST_HASHCHECK, Part 2, 6.9. */
const HASH_CHECK: u32 = 0x8024;

/** TPMT_SIG_SCHEME, Part 2, 11.2.1.5. */
function writeScheme(w: Writer, scheme: u32, hash: u32): void {
  w.uint16(scheme);
  if (scheme != ALG_NULL) w.uint16(hash);
}

/** 14.3: the private operation of RSA, without padding: `data` is of the modulus' length. */
export class RsaDecrypt extends Command {
  readonly ciphertext: Uint8Array;
  message: Uint8Array = EMPTY;

  constructor(key: Entity, ciphertext: Uint8Array) {
    super(0x159, [key], 1);
    this.ciphertext = ciphertext;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(this.ciphertext);
    w.uint16(ALG_NULL);
    w.sized(EMPTY);
  }

  override decode(r: Reader): void {
    this.message = r.sized();
  }
}

/** 14.5: the point that a key shares with `x`, `y`. */
export class EcdhZgen extends Command {
  x: Uint8Array;
  y: Uint8Array;

  constructor(key: Entity, x: Uint8Array, y: Uint8Array) {
    super(0x154, [key], 1);
    this.x = x;
    this.y = y;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.uint16((4 + this.x.length + this.y.length) as u32);
    w.sized(this.x);
    w.sized(this.y);
  }

  override decode(r: Reader): void {
    const point = new Reader(r.sized());
    this.x = point.sized();
    this.y = point.sized();
    if (!point.ok()) r.bad = true;
  }
}

/** 20.2: of a digest that was not made by the TPM. */
export class Sign extends Command {
  readonly digest: Uint8Array;
  readonly scheme: u32;
  readonly hash: u32;
  signature: Signature = new Signature();

  constructor(key: Entity, digest: Uint8Array, scheme: u32, hash: u32) {
    super(0x15d, [key], 1);
    this.digest = digest;
    this.scheme = scheme;
    this.hash = hash;
    this.secretRequest = true;
  }

  override encode(w: Writer): void {
    w.sized(this.digest);
    writeScheme(w, this.scheme, this.hash);
    w.uint16(HASH_CHECK);
    w.uint32(RH_NULL);
    w.sized(EMPTY);
  }

  override decode(r: Reader): void {
    this.signature = Signature.decode(r);
  }
}

/** 20.1. What comes back is a ticket that the TPM believes later: its TPMT_TK_VERIFIED, whole. */
export class VerifySignature extends Command {
  readonly digest: Uint8Array;
  readonly signature: Signature;
  ticket: Uint8Array = EMPTY;

  constructor(key: Entity, digest: Uint8Array, signature: Signature) {
    super(0x177, [key], 0);
    this.digest = digest;
    this.signature = signature;
    this.secretRequest = true;
  }

  override encode(w: Writer): void {
    w.sized(this.digest);
    this.signature.encode(w);
  }

  override decode(r: Reader): void {
    this.ticket = r.rest();
  }
}

/** What Quote, Certify and GetTime answer: a statement (TPMS_ATTEST, see attestation.ts), and the signature over it. */
abstract class Attest extends Command {
  readonly nonce: Uint8Array;
  readonly scheme: u32;
  readonly hash: u32;
  statement: Uint8Array = EMPTY;
  signature: Signature = new Signature();

  constructor(code: u32, entities: Entity[], nonce: Uint8Array, scheme: u32, hash: u32) {
    super(code, entities, entities.length);
    this.nonce = nonce;
    this.scheme = scheme;
    this.hash = hash;
    this.secretRequest = true;
    this.secretResponse = true;
  }

  override encode(w: Writer): void {
    w.sized(this.nonce);
    writeScheme(w, this.scheme, this.hash);
  }

  override decode(r: Reader): void {
    this.statement = r.sized();
    this.signature = Signature.decode(r);
  }
}

/** 18.2: of `object`, by `key`. */
export class Certify extends Attest {
  constructor(object: Entity, key: Entity, nonce: Uint8Array, scheme: u32, hash: u32) {
    super(0x148, [object, key], nonce, scheme, hash);
  }
}

/** 18.7: of the clocks. The endorsement hierarchy has to allow it, for resets of the machine could be told by it. */
export class GetTime extends Attest {
  constructor(endorsement: Entity, key: Entity, nonce: Uint8Array, scheme: u32, hash: u32) {
    super(0x14c, [endorsement, key], nonce, scheme, hash);
  }
}

/** 18.4: of PCRs. */
export class Quote extends Attest {
  readonly pcrs: PcrSelection;

  constructor(key: Entity, nonce: Uint8Array, scheme: u32, hash: u32, pcrs: PcrSelection) {
    super(0x158, [key], nonce, scheme, hash);
    this.pcrs = pcrs;
  }

  override encode(w: Writer): void {
    super.encode(w);
    this.pcrs.encode(w);
  }
}
