/**
 * Which key a certificate is for (OpenSSH's PROTOCOL.certkeys), whatever the type: behind its name and a nonce it has the
 * key's own fields. What it says beside them is the servers' business, and that of the authority.
 */
import { equal } from "../../bytes/bytes.ts";
import { isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";

const SUFFIX: string = "-cert-v01@openssh.com";

/** True if `certificate` is one for the public key `key`, both on the wire. */
export function certifies(certificate: Uint8Array, key: Uint8Array): bool {
  const keyFields = new Reader(key);
  const type = keyFields.string();
  const fields = keyFields.rest();
  const r = new Reader(certificate);
  const name = r.string();
  r.string(); // the nonce
  if (keyFields.bad || r.bad || fields.length == 0) return false;
  const at = type.indexOf(64); // the suffix takes the place of a domain
  const plain = at < 0 ? type : type.subarray(0, at);
  if (name.length != plain.length + SUFFIX.length || !isText(name.subarray(plain.length), SUFFIX)) return false;
  return equal(name.subarray(0, plain.length), plain) && equal(r.raw(fields.length as u32), fields);
}

/** True if `blob` is called a certificate. */
export function isCertificate(blob: Uint8Array): bool {
  const name = new Reader(blob).string();
  return name.length > SUFFIX.length && isText(name.subarray(name.length - SUFFIX.length), SUFFIX);
}
