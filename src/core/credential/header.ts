/**
 * The beginning of a credential, which everybody can read: with what it is encrypted, and what the TPM is to do before it
 * gives its secret out. The layout is systemd's, of version 250 and later (src/shared/creds-util.c): numbers with the lowest
 * byte first, each part filled up to a multiple of eight bytes.
 *
 * More is demanded than systemd does: the sizes that AES-256-GCM has and no others, zeros where nothing is.
 */
import { EMPTY } from "../bytes/bytes.ts";
import { ALG_ECC, ALG_RSA, ALG_SHA256, digestBytes } from "../tpm/constants.ts";
import { DIGEST_BYTES } from "../tpm/key-derivation.ts";
import { PCR_COUNT } from "../tpm/pcr-selection.ts";
import {
  readLittle16,
  readLittle32,
  readLittle64,
  writeLittle16,
  writeLittle32,
  writeLittle64,
} from "../wire/little-endian.ts";
import { Reader } from "../wire/reader.ts";
import { Uint64 } from "../wire/uint64.ts";
import { Writer } from "../wire/writer.ts";
import { CredentialKind, ID_BYTES, kindWithId } from "./kind.ts";

const KEY_BYTES: u32 = 32;
/** AES-GCM is a stream cipher. */
const BLOCK_BYTES: u32 = 1;
export const NONCE_BYTES: i32 = 12;
export const TAG_BYTES: i32 = 16;
/** CREDENTIAL_FIELD_SIZE_MAX of systemd. */
const FIELD_LIMIT: u32 = 16384;

export class CredentialHeader {
  kind: CredentialKind;
  nonce: Uint8Array = new Uint8Array(NONCE_BYTES);
  /** Where a TPM is used: the PCRs whose values it is bound to, and their bank, a TPM_ALG_ID. */
  pcrs: u32 = 0;
  bank: u32 = ALG_SHA256;
  /** Whether its parent is of ALG_ECC or ALG_RSA. */
  parentType: u32 = ALG_ECC;
  /** TPM2B_PRIVATE and TPM2B_PUBLIC; if it was sealed elsewhere, for this TPM, TPM2B_ENCRYPTED_SECRET besides. */
  blob: Uint8Array = EMPTY;
  /** The digest that the policy's session must have in the end. */
  policy: Uint8Array = EMPTY;
  /** Where signed states are allowed: of which PCRs, and the key, a PEM. */
  signedPcrs: u32 = 0;
  publicKey: Uint8Array = EMPTY;

  constructor(kind: CredentialKind) {
    this.kind = kind;
  }

  /** Null if it is damaged, or of no known kind. What it keeps of the reader's bytes are views. */
  static decode(r: Reader): CredentialHeader | null {
    const kind = kindWithId(r.raw(ID_BYTES as u32));
    if (kind == null) return null;
    const header = new CredentialHeader(kind);
    const start = r.left();
    if (readLittle32(r) != KEY_BYTES || readLittle32(r) != BLOCK_BYTES) return null;
    if (readLittle32(r) != (NONCE_BYTES as u32) || readLittle32(r) != (TAG_BYTES as u32)) return null;
    header.nonce = r.raw(NONCE_BYTES as u32);
    readPadding(r, start);
    if (kind.usesTpm) header.readSealed(r);
    if (kind.isSigned) header.readSigned(r);
    return r.bad ? null : header;
  }

  private readSealed(r: Reader): void {
    const start = r.left();
    this.pcrs = readPcrs(r);
    this.bank = readLittle16(r);
    this.parentType = readLittle16(r);
    const blobBytes = readLittle32(r);
    if (readLittle32(r) != (DIGEST_BYTES as u32) || blobBytes > FIELD_LIMIT) r.bad = true;
    if (digestBytes(this.bank) == 0 || (this.parentType != ALG_ECC && this.parentType != ALG_RSA)) r.bad = true;
    this.blob = r.raw(blobBytes);
    this.policy = r.raw(DIGEST_BYTES as u32);
    readPadding(r, start);
  }

  private readSigned(r: Reader): void {
    const start = r.left();
    this.signedPcrs = readPcrs(r);
    const length = readLittle32(r);
    if (this.signedPcrs == 0 || length > FIELD_LIMIT) r.bad = true;
    this.publicKey = r.raw(length);
    readPadding(r, start);
  }

  encode(w: Writer): void {
    w.raw(this.kind.id);
    writeLittle32(w, KEY_BYTES);
    writeLittle32(w, BLOCK_BYTES);
    writeLittle32(w, NONCE_BYTES as u32);
    writeLittle32(w, TAG_BYTES as u32);
    w.raw(this.nonce);
    writePadding(w);
    if (this.kind.usesTpm) {
      writeLittle64(w, new Uint64(0, this.pcrs));
      writeLittle16(w, this.bank);
      writeLittle16(w, this.parentType);
      writeLittle32(w, this.blob.length as u32);
      writeLittle32(w, this.policy.length as u32);
      w.raw(this.blob);
      w.raw(this.policy);
      writePadding(w);
    }
    if (this.kind.isSigned) {
      writeLittle64(w, new Uint64(0, this.signedPcrs));
      writeLittle32(w, this.publicKey.length as u32);
      w.raw(this.publicKey);
      writePadding(w);
    }
  }
}

function readPcrs(r: Reader): u32 {
  const mask = readLittle64(r);
  if (mask.high != 0 || mask.low >>> PCR_COUNT != 0) r.bad = true;
  return mask.low;
}

/** Reads the zeros that fill up a part; before it, `start` bytes were left. */
export function readPadding(r: Reader, start: i32): void {
  while (((start - r.left()) & 7) != 0 && !r.bad) if (r.byte() != 0) r.bad = true;
}

/** All parts begin at multiples of eight. */
export function writePadding(w: Writer): void {
  while ((w.written().length & 7) != 0) w.byte(0);
}
