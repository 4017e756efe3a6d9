/** Keys as they lie in files and on the wire. */
import { copyOf, equal } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { fromPem } from "../../../src/core/pem/pem.ts";
import { Certificate } from "../../../src/core/ssh/key/certificate.ts";
import { Credential } from "../../../src/core/ssh/key/credential.ts";
import { keyPairFault } from "../../../src/core/ssh/key/key-folder.ts";
import { keyKinds } from "../../../src/core/ssh/key/key-kinds.ts";
import { encodePrivateKey, PrivateKeyFile } from "../../../src/core/ssh/key/private-key-file.ts";
import { PrivateKey } from "../../../src/core/ssh/key/private-key.ts";
import { readPublicKeyInfo } from "../../../src/core/ssh/key/pem-key.ts";
import { PlainKeyFile } from "../../../src/core/ssh/key/plain-key-file.ts";
import { PlainPublicKey } from "../../../src/core/ssh/key/plain-key.ts";
import { parsePublicKey } from "../../../src/core/ssh/key/key-types.ts";
import { verifySignature } from "../../../src/core/ssh/key/signature.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** OpenSSH's private key files, in PEM. */
export class PrivateKeys extends Target {
  constructor() {
    super("private-key");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const file = PrivateKeyFile.parse(input);
    out.text(file.fault);
    out.boolean(file.encrypted);
    if (file.fault.length > 0) return;
    const key = file.open(ascii("passphrase"));
    out.text(file.fault);
    out.boolean(file.wrongPassphrase);
    expect((key == null) == file.fault.length > 0, "either a key or a fault");
    if (key == null) return;
    const random = new Uint8Array(20);
    random.fill(5);
    this.reread(key, encodePrivateKey(key, new Uint8Array(0), random, 1));
    this.reread(key, encodePrivateKey(key, ascii("passphrase"), random, 1));
    out.text(key.kind.type);
    out.string(key.secretKey);
    out.string(key.comment);
  }

  private reread(key: PrivateKey, text: Uint8Array): void {
    const file = PrivateKeyFile.parse(text);
    expect(file.fault.length == 0, "what was written can be read");
    const again = file.open(ascii("passphrase"));
    expect(again != null, "what was written can be opened");
    if (again == null) return;
    expect(again.kind == key.kind && equal(again.secretKey, key.secretKey), "it is the same key");
    expect(equal(again.comment, key.comment), "it has the same comment");
  }
}

/** Private keys to be imported, in all forms, in PEM. */
export class PlainKeys extends Target {
  constructor() {
    super("plain-key");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const info = readPublicKeyInfo(fromPem(input).bytes);
    if (info != null) out.text(info.line());
    const file = PlainKeyFile.parse(input);
    out.text(file.fault);
    out.boolean(file.encrypted);
    if (file.fault.length > 0) return;
    const key = file.open(ascii("passphrase"));
    out.text(file.fault);
    expect((key == null) == file.fault.length > 0, "either a key or a fault");
    if (key == null) return;
    const publicKey = key.publicKey;
    const size = publicKey.isRsa ? publicKey.modulus.length >> 1 : publicKey.x.length;
    expect(key.secret.length == size, "the secret has its length");
    const again = PlainPublicKey.parse(publicKey.blob());
    expect(again != null && again.line() == publicKey.line(), "the public key is one");
    out.text(publicKey.line());
    out.string(key.secret);
    out.string(key.comment);
    file.wipe();
  }
}

/** Key folders: the kind in one byte, the public file as a string, the secret file. */
export class KeyFolder extends Target {
  constructor() {
    super("key-folder");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const r = new Reader(input);
    const kind = keyKinds[(r.byte() as i32) % keyKinds.length];
    const publicKey = r.string();
    const secretKey = r.rest();
    const fault = keyPairFault(kind, publicKey, secretKey);
    out.text(fault);
    if (fault.length > 0) return;
    const signature = kind.sign(copyOf(secretKey, 0, secretKey.length), ascii("message"), new Uint8Array(32));
    out.string(signature);
    expect(signature.length == kind.signatureBytes, "a signature has its length");
    const key = parsePublicKey(kind.blob(publicKey));
    expect(key != null, "the public key is one");
    if (key != null) expect(verifySignature(key, kind.signatureBlob(signature), ascii("message")), "it has signed");
  }
}

/** A public key or a certificate, and a signature: each a string. */
export class Credentials extends Target {
  constructor() {
    super("credential");
    this.transparent = true;
  }

  run(input: Uint8Array, out: Writer): void {
    const r = new Reader(input);
    const blob = r.string();
    const signature = r.string();
    const credential = Credential.parse(blob);
    out.boolean(credential != null);
    if (credential == null) return;
    out.text(credential.describe());
    out.boolean(verifySignature(credential.key, signature, ascii("message")));
    expect(equal(credential.blob, blob), "it is what was given");
    expect(parsePublicKey(credential.key.blob) != null, "its key is one");
    const certificate = credential.certificate;
    if (certificate != null) this.show(certificate, out);
  }

  private show(certificate: Certificate, out: Writer): void {
    out.boolean(certificate.isSignedByAuthority());
    out.uint32(certificate.kind);
    out.string(certificate.id);
    for (let i = 0; i < certificate.principals.length; i++) out.string(certificate.principals[i]);
    out.string(certificate.criticalOptions);
    out.string(certificate.extensions);
    out.text(`${certificate.validAfter < certificate.validBefore}`);
  }
}
