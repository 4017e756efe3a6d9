/**
 * OpenSSH's private key files (envelope.ts) with keys of our own kinds (key-kinds.ts).
 *
 * Left out on purpose: other key types, and the older forms (PKCS#1, PKCS#8, PuTTY's). Each is refused by name, with the
 * ssh-keygen command that helps where there is one.
 */
import { copyOf, EMPTY, equal, wipe } from "../../bytes/bytes.ts";
import { isText, printable } from "../../bytes/text.ts";
import { fromPem } from "../../pem/pem.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { Envelope, TRUNCATED, wrapPrivateKey } from "./envelope.ts";
import { KeyKind } from "./key-kind.ts";
import { ed25519, keyKinds } from "./key-kinds.ts";
import { PrivateKey } from "./private-key.ts";

/** A private key file whose wrapping has been read: what can be known without the passphrase. */
export class PrivateKeyFile {
  /** What is wrong with it, and what to do; empty if nothing is. `open` says it anew. */
  fault: string = "";
  encrypted: bool = false;
  /** True if `open` failed because the passphrase was wrong, and another may be tried. */
  wrongPassphrase: bool = false;
  private envelope: Envelope;
  private kind: KeyKind = ed25519;
  /** From the part that isn't encrypted. */
  private publicKey: Uint8Array = EMPTY;

  private constructor(envelope: Envelope) {
    this.envelope = envelope;
  }

  /** Reads the whole of a file. Its text isn't needed afterwards. */
  static parse(text: Uint8Array): PrivateKeyFile {
    const envelope = Envelope.parse(text, fromPem(text));
    const file = new PrivateKeyFile(envelope);
    file.encrypted = envelope.encrypted;
    file.fault = envelope.fault.length > 0 ? envelope.fault : file.readPublic(envelope.publicBlob);
    return file;
  }

  private readPublic(blob: Uint8Array): string {
    const r = new Reader(blob);
    const type = r.string();
    if (r.bad) return TRUNCATED;
    const kind = kindNamed(type);
    if (kind == null) return `its key is of type ${printable(type)}; only ${kindNames()} keys can be used`;
    this.kind = kind;
    const key = kind.readPublic(r);
    if (!r.ok() || key.length != kind.publicBytes) return "damaged: the public key has a wrong length";
    this.publicKey = copyOf(key, 0, key.length);
    return "";
  }

  /** The key, or null, and then `fault` says why. The passphrase is not looked at if the file isn't encrypted. */
  open(passphrase: Uint8Array): PrivateKey | null {
    const plain = this.envelope.open(passphrase);
    this.wrongPassphrase = this.envelope.wrongPassphrase;
    this.fault = this.envelope.fault;
    if (this.fault.length > 0) return null;
    const key = this.readSecret(plain);
    wipe(plain);
    return key;
  }

  private readSecret(plain: Uint8Array): PrivateKey | null {
    const r = new Reader(plain);
    const kind = this.kind;
    const type = r.string();
    if (!r.bad && !isText(type, kind.type)) return this.refuse(this.otherKey());
    const publicKey = kind.readPublic(r);
    const secretKey = kind.readSecret(r);
    const comment = r.string();
    const padding = r.rest();
    const key = new PrivateKey(kind, secretKey, copyOf(comment, 0, comment.length));
    const fault = r.ok() ? this.faultOf(key, publicKey) : TRUNCATED;
    if (fault.length == 0 && this.envelope.isPadding(padding)) return key;
    key.wipe();
    return this.refuse(fault.length > 0 ? fault : "damaged: wrong padding");
  }

  private faultOf(key: PrivateKey, publicKey: Uint8Array): string {
    if (key.secretKey.length != key.kind.secretBytes) return this.otherKey();
    if (!equal(publicKey, this.publicKey) || !equal(key.publicKey(), this.publicKey)) {
      return "damaged: its public keys differ";
    }
    return key.kind.isSound(key.secretKey) ? "" : "damaged: the public key does not belong to the secret one";
  }

  private otherKey(): string {
    return `damaged: the secret part does not hold an ${this.kind.type} key`;
  }

  private refuse(fault: string): PrivateKey | null {
    this.fault = fault;
    return null;
  }

  wipe(): void {
    this.envelope.wipe();
  }
}

function kindNamed(type: Uint8Array): KeyKind | null {
  for (let i = 0; i < keyKinds.length; i++) if (isText(type, keyKinds[i].type)) return keyKinds[i];
  return null;
}

function kindNames(): string {
  let names = keyKinds[0].type;
  for (let i = 1; i < keyKinds.length; i++) names += " and " + keyKinds[i].type;
  return names;
}

/**
 * The file for `key`, as ssh-keygen would write it; encrypted unless `passphrase` is empty. As secret as the key.
 * `random`: SALT_BYTES + CHECK_BYTES bytes, not to be used for anything else.
 */
export function encodePrivateKey(key: PrivateKey, passphrase: Uint8Array, random: Uint8Array, rounds: u32): Uint8Array {
  const publicKey = key.publicKey();
  const secret = new Writer(256 + publicKey.length + key.comment.length);
  secret.text(key.kind.type);
  key.kind.writePublic(secret, publicKey);
  key.kind.writeSecret(secret, key.secretKey);
  secret.string(key.comment);
  const text = wrapPrivateKey(key.kind.blob(publicKey), secret.written(), passphrase, random, rounds);
  secret.wipe();
  return text;
}
