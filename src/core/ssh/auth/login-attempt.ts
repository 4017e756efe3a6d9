/**
 * One attempt to log in by a proof that was found good, and what it is granted: by a line of authorized_keys that lists
 * the key or the certificate's authority, or by an authority that speaks for every user. OpenSSH's rules, sshd(8).
 */
import { equal } from "../../bytes/bytes.ts";
import { excerpt } from "../../bytes/text.ts";
import { Certificate, USER_CERTIFICATE } from "../key/certificate.ts";
import { fingerprint } from "../key/fingerprint.ts";
import { USER_PRESENT, USER_VERIFIED } from "../key/signature.ts";
import { certificateOptions } from "./certificate-options.ts";
import { Grant } from "./grant.ts";
import { parseKeyOptions } from "./key-options.ts";
import { KeyProof } from "./key-proof.ts";
import { LoginOptions, RESTRICTED, WITHOUT_TOUCH, WITHOUT_VERIFICATION } from "./login-options.ts";

const COMMA: u8 = 44;

export class LoginAttempt {
  proof: KeyProof;
  /** The client's, of 4 or 16 bytes; empty if it isn't known. */
  address: Uint8Array;
  /** Seconds since 1970. */
  time: f64;
  /** Why the last thing that was tried grants nothing; empty if it has nothing to do with this attempt. */
  refusal: string = "";

  constructor(proof: KeyProof, address: Uint8Array, time: f64) {
    this.proof = proof;
    this.address = address;
    this.time = time;
  }

  /** By a line that lists the key, or the certificate's authority. `text`: the options in front of it. */
  byLine(text: Uint8Array): Grant | null {
    const options = parseKeyOptions(text);
    const certificate = this.proof.credential.certificate;
    this.refusal = "";
    if (options.error.length > 0) return this.refuse(options.error);
    // An authority's own key is no user's, and a user's key is no authority.
    if (options.isAuthority != (certificate != null)) return null;
    if (options.principals != null && !options.isAuthority) return this.refuse("principals= without cert-authority");
    const refusal = options.refusal(this.address, this.time);
    if (refusal.length > 0) return this.refuse(refusal);
    return certificate == null ? this.grant(options) : this.byCertificate(certificate, options);
  }

  /** By a certificate whose authority speaks for every user. */
  byTrustedAuthority(): Grant | null {
    const certificate = this.proof.credential.certificate;
    const options = new LoginOptions(RESTRICTED | WITHOUT_TOUCH | WITHOUT_VERIFICATION);
    this.refusal = "";
    return certificate == null ? null : this.byCertificate(certificate, options);
  }

  /** `options`: what the authority is limited to. */
  private byCertificate(certificate: Certificate, options: LoginOptions): Grant | null {
    if (!certificate.isSignedByAuthority()) return this.refuse("the certificate has a bad signature");
    if (certificate.kind != USER_CERTIFICATE) return this.refuse("not a user's certificate");
    if (this.time < certificate.validAfter) return this.refuse("the certificate is not yet valid");
    if (this.time >= certificate.validBefore) return this.refuse("the certificate has expired");
    if (!this.speaksFor(certificate, options.principals)) {
      return this.refuse("the certificate does not name a principal that is wanted");
    }
    const certified = certificateOptions(certificate);
    const refusal = certified.refusal(this.address, this.time);
    if (refusal.length > 0) return this.refuse(refusal);
    options.combine(certified);
    return options.error.length > 0 ? this.refuse(options.error) : this.grant(options);
  }

  /** True if one of the certificate's principals is listed, or is the user. It speaks for nobody if it names none. */
  private speaksFor(certificate: Certificate, listed: Uint8Array | null): bool {
    const principals = certificate.principals;
    for (let i = 0; i < principals.length; i++) {
      if (listed == null ? equal(principals[i], this.proof.user) : holds(listed, principals[i])) return true;
    }
    return false;
  }

  private grant(options: LoginOptions): Grant | null {
    const flags = this.proof.flags();
    const credential = this.proof.credential;
    if (credential.key.inSecurityKey) {
      if ((flags & USER_PRESENT) == 0 && !options.permits(WITHOUT_TOUCH)) {
        return this.refuse("the security key was not touched");
      }
      if ((flags & USER_VERIFIED) == 0 && !options.permits(WITHOUT_VERIFICATION)) {
        return this.refuse("the security key did not verify its user");
      }
    }
    const grant = new Grant();
    grant.permissions = options.permissions & RESTRICTED;
    grant.command = options.command;
    grant.destinations = options.destinations;
    grant.credential = credential.describe() + authorityOf(credential.certificate);
    return grant;
  }

  private refuse(why: string): Grant | null {
    this.refusal = why;
    return null;
  }
}

/** Who is behind a certificate, for the log. */
function authorityOf(certificate: Certificate | null): string {
  if (certificate == null) return "";
  const authority = certificate.authority;
  const name = ' ID "' + excerpt(certificate.id) + '" (serial ' + certificate.serialText() + ")";
  return name + " CA " + authority.type + " " + fingerprint(authority.blob);
}

/** True if `word` is one of the words of `list`, with commas between; nothing between two of them is no word. */
function holds(list: Uint8Array, word: Uint8Array): bool {
  let at = 0;
  while (at <= list.length) {
    const comma = list.indexOf(COMMA, at);
    const end = comma < 0 ? list.length : comma;
    if (end > at && equal(list.subarray(at, end), word)) return true;
    at = end + 1;
  }
  return false;
}
