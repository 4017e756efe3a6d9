/**
 * A list of keys that are good no more: lines of public keys as in authorized_keys, or OpenSSH's binary list (krl.ts).
 *
 * It is read strictly. What can't be read might have been the one key that mattered, so whoever asks must take no key at
 * all then: `error` says why.
 */
import { equal } from "../../bytes/bytes.ts";
import { isKrl, Krl } from "./krl.ts";
import { Certificate } from "./certificate.ts";
import { Credential } from "./credential.ts";
import { KeyLines } from "./key-lines.ts";

export class RevokedKeys {
  /** What is wrong with the list; empty if nothing is. */
  error: string = "";
  private file: Uint8Array;

  constructor(file: Uint8Array) {
    this.file = file;
  }

  /** True if the key, the certificate or its authority is on the list; or if something is wrong with that. */
  revokes(credential: Credential): bool {
    if (!isKrl(this.file)) return this.isListed(credential);
    const list = new Krl(credential);
    list.read(this.file);
    this.error = list.error;
    return list.revoked || list.error.length > 0;
  }

  private isListed(credential: Credential): bool {
    const lines = new KeyLines(this.file);
    let found = false;
    while (lines.next()) {
      const blob = lines.blob();
      if (blob == null) {
        this.error = `line ${lines.number} is not a public key`;
        return true;
      }
      if (isSame(blob, credential)) found = true;
    }
    if (lines.failed) this.error = `line ${lines.number} is too long`;
    return found || lines.failed;
  }
}

/** True if `blob` is the key, or the authority's; a certificate in the list stands for the key in it. */
function isSame(blob: Uint8Array, credential: Credential): bool {
  const certificate = Certificate.parse(blob);
  const key = certificate == null ? blob : certificate.key.blob;
  return equal(key, credential.key.blob) || equal(key, credential.listed().blob);
}
