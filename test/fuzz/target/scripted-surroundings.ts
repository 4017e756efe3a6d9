/** What a server or a monitor stands on, so that all that it does follows from the input. */
import { equal } from "../../../src/core/bytes/bytes.ts";
import { ascii } from "../../../src/core/bytes/text.ts";
import { Grant } from "../../../src/core/ssh/auth/grant.ts";
import { KeyProof } from "../../../src/core/ssh/auth/key-proof.ts";
import { Authority, Environment, HostKey } from "../../../src/core/ssh/environment.ts";
import { Writer } from "../../../src/core/wire/writer.ts";

/** Randomness is a count, time is as told, and the log is kept. */
export class ScriptedEnvironment extends Environment {
  time: f64 = 0;
  private drawn: i32 = 0;
  private out: Writer;

  constructor(out: Writer) {
    super();
    this.out = out;
  }

  random(out: Uint8Array): void {
    this.drawn++;
    out.fill((this.drawn & 255) as u8);
  }

  now(): f64 {
    return this.time;
  }

  log(level: i32, message: string): void {
    this.out.byte(level as u8);
    this.out.text(message);
  }
}

export class ScriptedHostKey extends HostKey {
  algorithm(): string {
    return "ssh-ed25519";
  }

  publicKey(): Uint8Array {
    const w = new Writer(64);
    w.text("ssh-ed25519");
    w.string(ascii("a public key of thirty-two bytes"));
    return w.written();
  }

  sign(_exchangeHash: Uint8Array): Uint8Array | null {
    const w = new Writer(96);
    w.text("ssh-ed25519");
    w.string(new Uint8Array(64));
    return w.written();
  }
}

/** Lets in by any key but "nobody", and without one those whose name begins with an `o`. */
export class ScriptedAuthority extends Authority {
  admit(proof: KeyProof): Grant | null {
    return equal(proof.user, ascii("nobody")) ? null : Grant.ofAll(proof.credential.describe());
  }

  admitWithoutProof(user: Uint8Array): Grant | null {
    return user[0] == 111 ? Grant.ofAll("none") : null;
  }
}
