/**
 * An ordinary key that ssh-add handed over, kept in memory until it is removed: Ed25519 or ECDSA over P-256. Left out on
 * purpose: other types, which proxied agents keep; ML-DSA-44 too, whose means to sign an agent for TPMs is too small for.
 */
import { copyOf, EMPTY, equal, wipe } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { KeyKind, SIGNING_RANDOM_BYTES } from "../key/key-kind.ts";
import { Ed25519 } from "../key/ed25519.ts";
import { Nistp256 } from "../key/nistp256.ts";
import { ECDSA_NISTP256 } from "../key/public-key.ts";
import { certificateType } from "../key/certificate.ts";
import { certifies } from "./certified-key.ts";
import { AgentHost } from "./host.ts";
import { FAILED, SIGNED, Signer } from "./signer.ts";

const kinds: KeyKind[] = [new Ed25519(), new Nistp256()];

export class KeyInMemory extends Signer {
  private kind: KeyKind;
  private secretKey: Uint8Array;
  private host: AgentHost;

  constructor(kind: KeyKind, secretKey: Uint8Array, host: AgentHost) {
    super();
    this.kind = kind;
    this.secretKey = secretKey;
    this.host = host;
    this.blob = kind.blob(kind.publicKey(secretKey));
  }

  needsPin(): bool {
    return false;
  }

  sign(message: Uint8Array, _flags: u32, _pin: Uint8Array, _force: bool): i32 {
    const random = new Uint8Array(SIGNING_RANDOM_BYTES);
    this.host.random(random);
    const value = this.kind.sign(this.secretKey, message, random);
    wipe(random);
    if (value.length == 0) {
      this.fault = "the key is not sound";
      return FAILED;
    }
    this.signature = this.kind.signatureBlob(value);
    return SIGNED;
  }

  wipe(): void {
    wipe(this.secretKey);
  }
}

/** A key to be listed with, once it was read: the public key itself or a certificate for it. */
export class AddedKey {
  blob: Uint8Array;
  signer: KeyInMemory;

  constructor(blob: Uint8Array, signer: KeyInMemory) {
    this.blob = blob;
    this.signer = signer;
  }

  /**
   * What a request to add a key of `kind` has between `type` and the constraints (draft-miller-ssh-agent section 3.2).
   * Null if it is not well-formed, or if the key contradicts itself.
   */
  static read(type: Uint8Array, kind: KeyKind, r: Reader, host: AgentHost): AddedKey | null {
    const certified = !isText(type, kind.type);
    const certificate = certified ? r.string() : EMPTY;
    // A certified key of ECDSA comes without its public half, which is in the certificate.
    const whole = !certified || kind.type != ECDSA_NISTP256;
    const publicKey = whole ? kind.readPublic(r) : EMPTY;
    const secretKey = kind.readSecret(r);
    const comment = r.string();
    if (r.bad || secretKey.length != kind.secretBytes || !kind.isSound(secretKey)) {
      wipe(secretKey);
      return null;
    }
    const signer = new KeyInMemory(kind, secretKey, host);
    signer.comment = copyOf(comment, 0, comment.length);
    const same = !whole || equal(publicKey, kind.publicKey(secretKey));
    if (same && (!certified || certifies(certificate, signer.blob))) {
      return new AddedKey(certified ? copyOf(certificate, 0, certificate.length) : signer.blob, signer);
    }
    signer.wipe();
    return null;
  }
}

/** The kind of keys that a request to add one calls `type`, alone or with a certificate; null if none is kept here. */
export function kindToAdd(type: Uint8Array): KeyKind | null {
  for (let i = 0; i < kinds.length; i++) {
    const name = kinds[i].type;
    if (isText(type, name) || isText(type, certificateType(name))) return kinds[i];
  }
  return null;
}
