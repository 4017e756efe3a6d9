/**
 * The kinds of keys that are made, held in key folders and signed with here: their names, sizes and files, and what can
 * be done with the secret half. `keyKinds` (key-kinds.ts) is the list of them.
 */
import { toBase64 } from "../../bytes/base64.ts";
import { copyOf } from "../../bytes/bytes.ts";
import { printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";

/** Bytes of randomness that a signature may take. */
export const SIGNING_RANDOM_BYTES: i32 = 32;

export abstract class KeyKind {
  /** Name of the type on the wire, and of its signatures. */
  type: string;
  /** What ssh-keygen calls it, e.g. `ED25519`. */
  label: string;
  /** What its files in a key folder are named by, and the two of them, in TinySSH's manner: for all, and for the owner. */
  file: string;
  publicFile: string;
  secretFile: string;
  publicBytes: i32;
  secretBytes: i32;
  signatureBytes: i32;
  /** Random bytes that a new key is made of. */
  seedBytes: i32;

  constructor(
    type: string,
    label: string,
    file: string,
    publicBytes: i32,
    secretBytes: i32,
    signatureBytes: i32,
    seedBytes: i32,
  ) {
    this.type = type;
    this.label = label;
    this.file = file;
    this.publicFile = file + ".pk";
    this.secretFile = "." + file + ".sk";
    this.publicBytes = publicBytes;
    this.secretBytes = secretBytes;
    this.signatureBytes = signatureBytes;
    this.seedBytes = seedBytes;
  }

  /** The secret key that `seed` stands for, an array of its own. */
  abstract fromSeed(seed: Uint8Array): Uint8Array;
  /** The public half of a secret key: computed, or as it is written there. */
  abstract publicKey(secretKey: Uint8Array): Uint8Array;
  /** False if a secret key contradicts itself: nothing may be signed with such a one. */
  abstract isSound(secretKey: Uint8Array): bool;
  /** A signature's value. `random`: SIGNING_RANDOM_BYTES, which not every kind makes use of. */
  abstract sign(secretKey: Uint8Array, message: Uint8Array, random: Uint8Array): Uint8Array;

  /** A public key as on the wire, RFC 4253 section 6.6. */
  blob(publicKey: Uint8Array): Uint8Array {
    const w = new Writer(64 + publicKey.length);
    w.text(this.type);
    this.writePublic(w, publicKey);
    return copyOf(w.written(), 0, w.written().length);
  }

  /** A signature as on the wire, RFC 4253 section 6.6. */
  signatureBlob(value: Uint8Array): Uint8Array {
    const w = new Writer(64 + value.length);
    w.text(this.type);
    w.string(value);
    return copyOf(w.written(), 0, w.written().length);
  }

  /** The fields of a public key behind the name. What is read may be of any length: EMPTY if it can't be a key. */
  readPublic(r: Reader): Uint8Array {
    return r.string();
  }

  writePublic(w: Writer, publicKey: Uint8Array): void {
    w.string(publicKey);
  }

  /** What follows these in OpenSSH's private key files. What is read may be of any length, and is an array of its own. */
  readSecret(r: Reader): Uint8Array {
    const secretKey = r.string();
    return copyOf(secretKey, 0, secretKey.length);
  }

  writeSecret(w: Writer, secretKey: Uint8Array): void {
    w.string(secretKey);
  }

  /** A public key as in authorized_keys and `.pub` files, without comment and line end. */
  line(publicKey: Uint8Array): string {
    return this.type + " " + printable(toBase64(this.blob(publicKey)));
  }
}
