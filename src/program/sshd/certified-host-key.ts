/**
 * A host key once more, under a certificate (PROTOCOL.certkeys): clients that trust its authority need not know the key.
 */
import { printable } from "../../core/bytes/text.ts";
import { equal } from "../../core/bytes/bytes.ts";
import { HostKey } from "../../core/ssh/environment.ts";
import { Certificate, HOST_CERTIFICATE } from "../../core/ssh/key/certificate.ts";
import { wallClock } from "../../linux/wall-clock.ts";
import { log } from "../log.ts";
import { lineIn } from "./public-key-line.ts";

export class CertifiedHostKey extends HostKey {
  private key: HostKey;
  private type: string;
  private blob: Uint8Array;

  constructor(key: HostKey, certificate: Certificate, blob: Uint8Array) {
    super();
    this.key = key;
    this.type = certificate.type;
    this.blob = blob;
  }

  algorithm(): string {
    return this.type;
  }

  publicKey(): Uint8Array {
    return this.blob;
  }

  override isCertificate(): bool {
    return true;
  }

  sign(message: Uint8Array): Uint8Array | null {
    return this.key.sign(message);
  }
}

/**
 * Adds the certificate in the file `path`, if there is one, to host keys of which it must be for one from the place `first`
 * on. False, and logged, if it is of no use. One that has expired is logged and left out: a server must not go because a
 * day has passed.
 */
export function addCertificate(keys: HostKey[], first: i32, path: Uint8Array): bool {
  const blob = lineIn(path);
  if (blob == null) return false;
  if (blob.length == 0) return true;
  const unable = "unable to use certificate in file " + printable(path) + ": ";
  const certificate = Certificate.parse(blob);
  if (certificate == null) {
    log.fatal(unable + "it is malformed, or of a type that is not known here");
    return false;
  }
  let at = first;
  while (at < keys.length && !equal(keys[at].publicKey(), certificate.key.blob)) at++;
  let fault = "";
  if (certificate.kind != HOST_CERTIFICATE) fault = "it is a user's, not a host's";
  else if (at == keys.length) fault = "it is not for the key beside it";
  else if (!certificate.isSignedByAuthority()) fault = "its authority's signature is wrong";
  if (fault.length > 0) log.fatal(unable + fault);
  else if (wallClock().time() >= certificate.validBefore) log.warning(unable + "it has expired");
  else keys.push(new CertifiedHostKey(keys[at], certificate, blob));
  return fault.length == 0;
}
