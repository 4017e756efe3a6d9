/**
 * What the SSH core needs of its surroundings. It reaches no clock, no randomness and no file but through these.
 */
import { Writer } from "../wire/writer.ts";
import { Grant } from "./auth/grant.ts";
import { KeyProof } from "./auth/key-proof.ts";
import { Event } from "./event.ts";
import { Exchange } from "./transport/exchange-hash.ts";

/** Log levels, TinySSH's; the host knows which of them the chosen verbosity lets through. */
export const FATAL: i32 = 1;
export const WARNING: i32 = 2;
export const INFO: i32 = 3;
export const DEBUG: i32 = 4;

export abstract class Environment {
  /** Fills `out` from the system's generator of randomness. */
  abstract random(out: Uint8Array): void;
  /** Milliseconds since some fixed moment; never goes backwards. */
  abstract now(): f64;
  /** One line for the log. */
  abstract log(level: i32, message: string): void;

  /** One event for the log. Where there is nothing but lines, it is one. */
  event(event: Event): void {
    this.log(INFO, event.name + ": " + event.words);
  }
}

/** A host key: its public half and the means to sign with the secret one, wherever that is held. */
export abstract class HostKey {
  /** Name of the signature algorithm as negotiated, e.g. `ssh-ed25519`. */
  abstract algorithm(): string;
  /** The public key as in RFC 4253 section 6.6: algorithm name and key material. */
  abstract publicKey(): Uint8Array;
  /** Signature blob over `message` (RFC 4253 section 6.6), or null if the key can't be used; the host logs why. */
  abstract sign(message: Uint8Array): Uint8Array | null;

  /** True if it is a certificate over a key, by which that key is offered once more. */
  isCertificate(): bool {
    return false;
  }

  /** Signs the hash of `exchange`. Whoever must not believe in a hash that he is told is asked in this way. */
  signExchange(exchange: Exchange): Uint8Array | null {
    return this.sign(exchange.hash);
  }

  /** Signs what shows a client that this key is the server's too: OpenSSH's PROTOCOL section 2.5. */
  proveOwnership(sessionId: Uint8Array): Uint8Array | null {
    const w = new Writer(256);
    w.text("hostkeys-prove-00@openssh.com");
    w.string(sessionId);
    w.string(this.publicKey());
    return this.sign(w.written());
  }
}

/** Who may log in, and what to do. */
export abstract class Authority {
  /**
   * What a proof that was found good is granted, or null. Whoever must not believe that it was good checks it himself.
   * A "no" takes as long for a user who does not exist as for a key that isn't listed.
   */
  abstract admit(proof: KeyProof): Grant | null;
  /** What `user` is granted without any proof, by `tinysshnoneauthd`; or null. */
  abstract admitWithoutProof(user: Uint8Array): Grant | null;
}
