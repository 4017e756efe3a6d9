/**
 * A key of the TPM's as the agent sees it.
 *
 * An RSA signature with SHA-512, which not all TPMs can make, is padded here where the TPM refuses (RFC 8017 section 9.2),
 * and the TPM does the rest: the private operation.
 */
import { copyOf, EMPTY } from "../../core/bytes/bytes.ts";
import { kernels } from "../../core/crypto/kernels.ts";
import {
  FAILED,
  LAST_TRY,
  LOCKED_OUT,
  PASSWORD_WANTED,
  Signer,
  SIGNED,
  WRONG_PIN,
} from "../../core/ssh/agent/signer.ts";
import { PlainPublicKey } from "../../core/ssh/key/plain-key.ts";
import { PT_LOCKOUT_COUNTER, readProperties } from "../../core/tpm/capability.ts";
import { RsaDecrypt, Sign } from "../../core/tpm/command/key.ts";
import {
  ALG_ECDSA,
  ALG_RSASSA,
  ALG_SHA256,
  ALG_SHA384,
  ALG_SHA512,
  DECRYPT,
  digestBytes,
  NO_DA,
} from "../../core/tpm/constants.ts";
import { Entity } from "../../core/tpm/entity.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { PublicArea } from "../../core/tpm/public-area.ts";
import {
  HASH,
  HIERARCHY_AUTH,
  isWrongAuth,
  kindOf,
  LOCKOUT,
  SCHEME,
  SUCCESS,
  VALUE,
} from "../../core/tpm/response-code.ts";
import { Session } from "../../core/tpm/session.ts";
import { Signature } from "../../core/tpm/signature.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { KeyUse } from "../../core/tpm/workspace.ts";
import { KeyHolder } from "./key-holder.ts";
import { signatureBlob, sshKeyOf } from "./ssh-forms.ts";

/** Flags of a sign request: draft-miller-ssh-agent section 3.6.1. */
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/** DigestInfo of SHA-512 up to the digest, RFC 8017 section 9.2, note 1. */
const SHA512_PREFIX: u8[] = [48, 81, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 3, 5, 0, 4, 64];

/** A signature over a digest. */
class Signing extends KeyUse {
  signature: Signature = new Signature();
  private digest: Uint8Array;
  private scheme: u32;
  private hash: u32;

  constructor(digest: Uint8Array, scheme: u32, hash: u32) {
    super();
    this.digest = digest;
    this.scheme = scheme;
    this.hash = hash;
  }

  run(tpm: Tpm, key: Entity, session: Session): u32 {
    const command = new Sign(key, this.digest, this.scheme, this.hash);
    const code = tpm.execute(command, [session]);
    this.signature = command.signature;
    return code;
  }
}

/** The same by the private operation of RSA alone. */
class Exponentiation extends KeyUse {
  signature: Signature = new Signature();
  private encoded: Uint8Array;

  constructor(digest: Uint8Array, bytes: i32) {
    super();
    const encoded = new Uint8Array(bytes);
    encoded.fill(255);
    encoded[0] = 0;
    encoded[1] = 1;
    const info = bytes - digest.length - SHA512_PREFIX.length;
    encoded[info - 1] = 0;
    for (let i = 0; i < SHA512_PREFIX.length; i++) encoded[info + i] = SHA512_PREFIX[i];
    encoded.set(digest, bytes - digest.length);
    this.encoded = encoded;
  }

  run(tpm: Tpm, key: Entity, session: Session): u32 {
    const command = new RsaDecrypt(key, this.encoded);
    const code = tpm.execute(command, [session]);
    this.signature.rsa = command.message;
    return code;
  }
}

export class TpmSigner extends Signer {
  protected holder: KeyHolder;
  private file: TpmKeyFile;
  private area: PublicArea;
  private key: PlainPublicKey;

  protected constructor(holder: KeyHolder, file: TpmKeyFile, area: PublicArea, key: PlainPublicKey) {
    super();
    this.holder = holder;
    this.file = file;
    this.area = area;
    this.key = key;
    this.blob = key.blob();
    this.comment = file.description;
  }

  /** Null if the file has no key that SSH can use. */
  static of(holder: KeyHolder, file: TpmKeyFile): TpmSigner | null {
    if (file.fault.length > 0) return null;
    const area = PublicArea.decode(file.publicArea);
    if (area == null) return null;
    const key = sshKeyOf(area);
    return key == null ? null : new TpmSigner(holder, file, area, key);
  }

  needsPin(): bool {
    return !this.file.emptyAuth;
  }

  sign(message: Uint8Array, flags: u32, pin: Uint8Array, force: bool): i32 {
    const hash = this.hashFor(flags);
    if (hash == 0) return this.fail("RSA signatures with SHA-1 are not made");
    if (!force && this.needsPin() && this.isLastTry()) return LAST_TRY;
    const digest = new Uint8Array(digestBytes(hash));
    if (hash == ALG_SHA256) kernels().sha256(digest, message);
    else if (hash == ALG_SHA384) kernels().sha384(digest, message);
    else kernels().sha512(digest, message);

    const signing = new Signing(digest, this.key.isRsa ? ALG_RSASSA : ALG_ECDSA, hash);
    let code = this.withKey(pin, signing);
    let signature = signing.signature;
    if (this.key.isRsa && hash == ALG_SHA512 && isUnsupported(code) && (this.area.attributes & DECRYPT) != 0) {
      const exponentiation = new Exponentiation(digest, this.key.modulus.length);
      code = this.withKey(pin, exponentiation);
      signature = exponentiation.signature;
    }
    if (code == SUCCESS) {
      this.signature = signatureBlob(this.key, signature, hash == ALG_SHA512 ? "rsa-sha2-512" : "rsa-sha2-256");
      return SIGNED;
    }
    if (code == LOCKOUT) return LOCKED_OUT;
    if (code == HIERARCHY_AUTH && this.holder.asksOwner) return PASSWORD_WANTED;
    return isWrongAuth(code) && this.needsPin() ? WRONG_PIN : this.fail(this.holder.describe(code));
  }

  unlock(password: Uint8Array): void {
    this.holder.workspace.ownerPassword = copyOf(password, 0, password.length);
  }

  /** Has `use` done with the key; returns the response code. */
  protected withKey(pin: Uint8Array, use: KeyUse): u32 {
    return this.holder.withKey(this.file, pin, use);
  }

  private fail(fault: string): i32 {
    this.fault = fault;
    return FAILED;
  }

  /** 0 if it is none that is used any more. */
  private hashFor(flags: u32): u32 {
    if (!this.key.isRsa) return this.key.bits == 256 ? ALG_SHA256 : this.key.bits == 384 ? ALG_SHA384 : ALG_SHA512;
    if ((flags & RSA_SHA2_512) != 0) return ALG_SHA512;
    return (flags & RSA_SHA2_256) != 0 ? ALG_SHA256 : 0;
  }

  /** One more wrong PIN would lock the TPM, for all keys that count. */
  private isLastTry(): bool {
    if ((this.area.attributes & NO_DA) != 0 || !this.holder.ready()) return false;
    const counts = readProperties(this.holder.workspace.tpm, PT_LOCKOUT_COUNTER, 2); // and how many are allowed
    return counts.length == 2 && counts[1] > 0 && counts[0] + 1 == counts[1];
  }

  wipe(): void {
    this.signature = EMPTY;
  }
}

function isUnsupported(code: u32): bool {
  const kind = kindOf(code);
  return kind == SCHEME || kind == HASH || kind == VALUE;
}
