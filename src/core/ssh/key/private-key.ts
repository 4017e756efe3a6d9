/** A private key of one of our own kinds, wherever it comes from. */
import { wipe } from "../../bytes/bytes.ts";
import { KeyKind } from "./key-kind.ts";

/** A pair with its comment. */
export class PrivateKey {
  kind: KeyKind;
  secretKey: Uint8Array;
  comment: Uint8Array;

  constructor(kind: KeyKind, secretKey: Uint8Array, comment: Uint8Array) {
    this.kind = kind;
    this.secretKey = secretKey;
    this.comment = comment;
  }

  publicKey(): Uint8Array {
    return this.kind.publicKey(this.secretKey);
  }

  wipe(): void {
    wipe(this.secretKey);
  }
}
