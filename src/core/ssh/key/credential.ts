/** What a client logs in by: a public key, alone or in a certificate. */
import { Certificate } from "./certificate.ts";
import { fingerprint } from "./fingerprint.ts";
import { parsePublicKey } from "./key-types.ts";
import { PublicKey } from "./public-key.ts";

export class Credential {
  /** As it came. */
  blob: Uint8Array;
  key: PublicKey;
  /** What speaks for the key, or null if it comes alone. */
  certificate: Certificate | null;

  constructor(blob: Uint8Array, key: PublicKey, certificate: Certificate | null) {
    this.blob = blob;
    this.key = key;
    this.certificate = certificate;
  }

  /** Null if `blob` is neither a key nor a certificate of a type that is known. */
  static parse(blob: Uint8Array): Credential | null {
    const key = parsePublicKey(blob);
    if (key != null) return new Credential(blob, key, null);
    const certificate = Certificate.parse(blob);
    return certificate == null ? null : new Credential(blob, certificate.key, certificate);
  }

  /** The name of the algorithm in a request, RFC 4252 section 7. */
  algorithm(): string {
    const certificate = this.certificate;
    return certificate == null ? this.key.type : certificate.type;
  }

  /** The key that has to be listed: the certification authority's, if there is one. */
  listed(): PublicKey {
    const certificate = this.certificate;
    return certificate == null ? this.key : certificate.authority;
  }

  /** Algorithm and fingerprint, for the log. */
  describe(): string {
    return this.algorithm() + " " + fingerprint(this.key.blob);
  }
}
