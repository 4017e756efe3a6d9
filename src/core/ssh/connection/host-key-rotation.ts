/**
 * Tells a client who is logged in all of the server's host keys, and proves that they are the server's, so that it learns
 * a new key before an old one goes: hostkeys-00@openssh.com and hostkeys-prove-00@openssh.com, OpenSSH's PROTOCOL section
 * 2.5. Certificates are not told: whoever goes by them has no need to.
 */
import { EMPTY, equal } from "../../bytes/bytes.ts";
import { ascii } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { HostKey } from "../environment.ts";
import { GlobalRequest } from "../message/connection.ts";
import { encoded } from "../message/message.ts";
import { Transport } from "../transport/transport.ts";

export const PROVE_HOST_KEYS: string = "hostkeys-prove-00@openssh.com";
/** Proofs on one connection: a client asks once for each key that it doesn't know. */
export const PROOFS_LIMIT: i32 = 16;

export class HostKeyRotation {
  private transport: Transport;
  private keys: HostKey[];
  private proofs: i32 = 0;

  constructor(transport: Transport, keys: HostKey[]) {
    this.transport = transport;
    this.keys = keys;
  }

  announce(): void {
    const w = new Writer(2048);
    for (let i = 0; i < this.keys.length; i++) {
      if (!this.keys[i].isCertificate()) w.string(this.keys[i].publicKey());
    }
    const m = new GlobalRequest();
    m.name = ascii("hostkeys-00@openssh.com");
    m.data = w.written();
    this.transport.send(encoded(m));
  }

  /** The signatures by the keys in `wanted`, in that order; EMPTY if there can't be all. */
  prove(wanted: Uint8Array): Uint8Array {
    const r = new Reader(wanted);
    const w = new Writer(4096);
    while (r.left() > 0) {
      const key = this.find(r.string());
      if (key == null || this.proofs >= PROOFS_LIMIT) return EMPTY;
      this.proofs++;
      const proof = key.proveOwnership(this.transport.sessionId);
      if (proof == null) return EMPTY;
      w.string(proof);
    }
    return r.bad ? EMPTY : w.written();
  }

  private find(blob: Uint8Array): HostKey | null {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i];
      if (!key.isCertificate() && equal(key.publicKey(), blob)) return key;
    }
    return null;
  }
}
