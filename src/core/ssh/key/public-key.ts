/**
 * Public keys on the wire (RFC 4253 section 6.6): their types, as a table, and the check that a blob is well-formed.
 * Two of the types are kept by security keys (OpenSSH's PROTOCOL.u2f, "SSH U2F Key formats").
 *
 * A point that isn't on its curve passes here and fails where it is used: signature.ts.
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

const ED25519_KEY: i32 = 32;
/** ML-DSA-44's 1312 bytes, then Ed25519's. */
const MLDSA44_ED25519_KEY: i32 = 1344;
const NISTP256_POINT: i32 = 65;
/** The first byte of a point in uncompressed form, SEC 1 section 2.3.3. */
const UNCOMPRESSED: i32 = 4;

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
  name: string;
  /** Reads the fields behind the name and gives the key itself: EMPTY if it can't be one. */
  private material: (r: Reader) => Uint8Array;
  /** The application follows: a security key keeps the secret half. */
  private inSecurityKey: bool;

  constructor(name: string, material: (r: Reader) => Uint8Array, inSecurityKey: bool = false) {
    this.name = name;
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

/** RFC 8709 section 4. */
function readEd25519(r: Reader): Uint8Array {
  const key = r.string();
  return key.length == ED25519_KEY ? key : EMPTY;
}

function readMldsa44Ed25519(r: Reader): Uint8Array {
  const key = r.string();
  return key.length == MLDSA44_ED25519_KEY ? key : EMPTY;
}

/** RFC 5656 section 3.1; compressed points, which the section leaves open, are left out. */
export function readNistp256(r: Reader): Uint8Array {
  const curve = r.string();
  const point = r.string();
  if (!isText(curve, "nistp256") || point.length != NISTP256_POINT) return EMPTY;
  return (point[0] as i32) == UNCOMPRESSED ? point : EMPTY;
}

/** All that are taken. */
export const keyTypes: KeyType[] = [
  new KeyType(SSH_ED25519, readEd25519),
  new KeyType(SSH_MLDSA44_ED25519, readMldsa44Ed25519),
  new KeyType(ECDSA_NISTP256, readNistp256),
  new KeyType(SK_SSH_ED25519, readEd25519, true),
  new KeyType(SK_ECDSA_NISTP256, readNistp256, true),
];

/** The key in `blob`, or null if it is of a type that isn't known or isn't well-formed. */
export function parsePublicKey(blob: Uint8Array): PublicKey | null {
  const r = new Reader(blob);
  const name = r.string();
  for (let i = 0; i < keyTypes.length; i++) {
    if (!isText(name, keyTypes[i].name)) continue;
    const key = keyTypes[i].read(r, blob);
    return r.ok() ? key : null;
  }
  return null;
}
