/**
 * Public keys on the wire (RFC 4253 section 6.6): what a type of them is, and the check that a blob is well-formed. Two of
 * the types are kept by security keys (OpenSSH's PROTOCOL.u2f, "SSH U2F Key formats"). Which are taken, key-types.ts says.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";

/** RFC 8709. */
export const SSH_ED25519: string = "ssh-ed25519";
/** RFC 5656. */
export const ECDSA_NISTP256: string = "ecdsa-sha2-nistp256";
/** mldsa44-ed25519.ts. */
export const SSH_MLDSA44_ED25519: string = "ssh-mldsa44-ed25519@openssh.com";
/** PROTOCOL.u2f. */
export const SK_SSH_ED25519: string = "sk-ssh-ed25519@openssh.com";
export const SK_ECDSA_NISTP256: string = "sk-ecdsa-sha2-nistp256@openssh.com";

export class PublicKey {
  /** Name of its type. */
  type: string;
  /** The whole key as on the wire: what `parsePublicKey` was given. */
  blob: Uint8Array;
  /** The key itself: 32 bytes of Ed25519, 1344 of both ML-DSA-44 and Ed25519, or a P-256 point in 65. A view into `blob`. */
  material: Uint8Array;
  /** What a security key was told that it is for, e.g. `ssh:`; empty for other keys. A view into `blob`. */
  application: Uint8Array = EMPTY;
  /** A security key keeps it, and says with each signature whether somebody touched it. */
  inSecurityKey: bool = false;

  constructor(type: string, blob: Uint8Array, material: Uint8Array) {
    this.type = type;
    this.blob = blob;
    this.material = material;
  }
}

export class KeyType {
  /** Its name, which is that of its signatures as well. */
  name: string;
  /** Verifies what the string behind the name of a signature holds. */
  verify: (key: PublicKey, signature: Uint8Array, message: Uint8Array) => bool;
  /** Reads the fields behind the name and gives the key itself: EMPTY if it can't be one. */
  private material: (r: Reader) => Uint8Array;
  /** The application follows: a security key keeps the secret half. */
  private inSecurityKey: bool;

  constructor(
    name: string,
    material: (r: Reader) => Uint8Array,
    verify: (key: PublicKey, signature: Uint8Array, message: Uint8Array) => bool,
    inSecurityKey: bool = false,
  ) {
    this.name = name;
    this.verify = verify;
    this.material = material;
    this.inSecurityKey = inSecurityKey;
  }

  /** Reads the fields behind the name, of a key that `blob` holds. Null if it can't be one. */
  read(r: Reader, blob: Uint8Array): PublicKey | null {
    const material = this.material(r);
    if (material.length == 0) return null;
    const key = new PublicKey(this.name, blob, material);
    key.inSecurityKey = this.inSecurityKey;
    if (this.inSecurityKey) key.application = r.string();
    return r.bad ? null : key;
  }
}

/** The key in `blob`, or null if it is of none of `types` or isn't well-formed. */
export function publicKeyOf(types: KeyType[], blob: Uint8Array): PublicKey | null {
  const r = new Reader(blob);
  const name = r.string();
  for (let i = 0; i < types.length; i++) {
    if (!isText(name, types[i].name)) continue;
    const key = types[i].read(r, blob);
    return r.ok() ? key : null;
  }
  return null;
}
