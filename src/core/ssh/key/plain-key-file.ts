/**
 * ECDSA and RSA private keys in files, for those who import them: OpenSSH's own form, encrypted or not, and the forms of
 * OpenSSL, which it wrote before (pem-key.ts).
 *
 * Left out on purpose: OpenSSL's encrypted forms, which ssh-keygen turns into its own, and DSA, Ed25519 and keys in
 * security keys, which are refused by name.
 */
import { copyOf, equal, wipe } from "../../bytes/bytes.ts";
import { isTextWithin, printable } from "../../bytes/text.ts";
import { fromPem, Pem } from "../../pem/pem.ts";
import { Reader } from "../../wire/reader.ts";
import { Envelope, NOT_BASE64, TRUNCATED } from "./envelope.ts";
import { ecdsaKey, isEd25519, readEcKey, readPkcs8, readRsaKey, rsaKey } from "./pem-key.ts";
import { PlainPrivateKey, PlainPublicKey } from "./plain-key.ts";

const SUPPORTED: string = "ecdsa-sha2-nistp256, -nistp384, -nistp521 and ssh-rsa of 2048, 3072 or 4096 bits";
const ENCRYPTED: string = "it is encrypted in a form of OpenSSL; rewrite it with: ssh-keygen -p -f FILE";
/** What stands, in a PEM header (RFC 1421), above a key that is encrypted. */
const HEADER: string = "Proc-Type: 4,ENCRYPTED";

export class PlainKeyFile {
  /** What is wrong with it, and what to do; empty if nothing is. `open` says it anew. */
  fault: string = "";
  encrypted: bool = false;
  /** True if `open` failed because the passphrase was wrong, and another may be tried. */
  wrongPassphrase: bool = false;
  /** Of OpenSSH's form. */
  private envelope: Envelope | null = null;
  private publicKey: PlainPublicKey | null = null;
  /** Of the other forms. */
  private key: PlainPrivateKey | null = null;

  /** Reads the whole of a file. Its text isn't needed afterwards. */
  static parse(text: Uint8Array): PlainKeyFile {
    const file = new PlainKeyFile();
    const pem = firstKey(text);
    if (pem.label == "EC PRIVATE KEY" || pem.label == "RSA PRIVATE KEY" || pem.label == "PRIVATE KEY") {
      file.readPem(text, pem);
      wipe(pem.bytes);
    } else if (pem.label == "ENCRYPTED PRIVATE KEY") {
      file.fault = ENCRYPTED;
    } else {
      const envelope = Envelope.parse(text, pem);
      file.envelope = envelope;
      file.encrypted = envelope.encrypted;
      file.fault = envelope.fault.length > 0 ? envelope.fault : file.readPublic(envelope.publicBlob);
    }
    return file;
  }

  private readPem(text: Uint8Array, pem: Pem): void {
    if (pem.bad) {
      this.fault = contains(text, HEADER) ? ENCRYPTED : NOT_BASE64;
      return;
    }
    if (pem.label == "RSA PRIVATE KEY") this.key = readRsaKey(pem.bytes);
    else if (pem.label == "EC PRIVATE KEY") this.key = readEcKey(pem.bytes, 0);
    else this.key = readPkcs8(pem.bytes);
    if (this.key != null) return;
    if (pem.label == "PRIVATE KEY" && isEd25519(pem.bytes)) this.fault = unsupported("ssh-ed25519");
    else this.fault = `damaged, or of a kind that no TPM takes; supported are ${SUPPORTED}`;
  }

  private readPublic(blob: Uint8Array): string {
    const r = new Reader(blob);
    const type = r.string();
    if (r.bad) return TRUNCATED;
    const key = PlainPublicKey.read(r, type);
    if (key == null) return unsupported(printable(type));
    this.publicKey = key;
    return r.ok() ? "" : TRUNCATED;
  }

  /**
   * The key, or null, and then `fault` says why. The passphrase is not looked at if the file isn't encrypted. A form of
   * OpenSSL gives its key away: it is there once.
   */
  open(passphrase: Uint8Array): PlainPrivateKey | null {
    const envelope = this.envelope;
    if (envelope == null) {
      const key = this.key;
      this.key = null;
      return key;
    }
    const plain = envelope.open(passphrase);
    this.wrongPassphrase = envelope.wrongPassphrase;
    this.fault = envelope.fault;
    if (this.fault.length > 0) return null;
    const key = this.readSecret(envelope, plain);
    wipe(plain);
    if (key == null) this.fault = "damaged: the secret part is not that of the public key";
    return key;
  }

  /** PROTOCOL.key, and what sshkey_private_serialize writes of each type. */
  private readSecret(envelope: Envelope, plain: Uint8Array): PlainPrivateKey | null {
    const publicKey = this.publicKey!;
    const r = new Reader(plain);
    const type = r.string();
    let secret: Uint8Array;
    let same: bool;
    if (publicKey.isRsa) {
      same = equal(r.magnitude(), publicKey.modulus);
      r.magnitude(); // the public exponent, the private one, the coefficient
      r.magnitude();
      r.magnitude();
      secret = r.magnitude();
      r.magnitude();
    } else {
      r.string(); // the curve's name
      same = equal(r.string(), publicKey.point());
      secret = r.magnitude();
    }
    const comment = r.string();
    const padding = r.rest();
    if (!r.ok() || !same || printable(type) != publicKey.type() || !envelope.isPadding(padding)) return null;
    const own = copyOf(comment, 0, comment.length);
    return publicKey.isRsa ? rsaKey(publicKey, secret, own) : ecdsaKey(publicKey, secret, own);
  }

  /** Overwrites what the file held; a key that was opened stays. */
  wipe(): void {
    if (this.envelope != null) this.envelope!.wipe();
    if (this.key != null) this.key!.wipe();
  }
}

function unsupported(type: string): string {
  return `its key is of type ${type}, which no TPM takes; supported are ${SUPPORTED}`;
}

/** The first PEM that is not just the parameters that OpenSSL writes above a key of ECDSA. */
function firstKey(text: Uint8Array): Pem {
  const first = fromPem(text);
  return first.label == "EC PARAMETERS" ? fromPem(text.subarray(first.end)) : first;
}

function contains(text: Uint8Array, words: string): bool {
  for (let i = 0; i + words.length <= text.length; i++) if (isTextWithin(text, i, i + words.length, words)) return true;
  return false;
}
