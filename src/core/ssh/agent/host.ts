/** What the agent needs of its surroundings. It reaches no clock, no randomness, no person and no TPM but through these. */
import { FAILED, Signer } from "./signer.ts";

/** Stands for what holds keys, where its password is remembered. */
class Owner extends Signer {
  needsPin(): bool {
    return true;
  }

  sign(_message: Uint8Array, _flags: u32, _pin: Uint8Array, _force: bool): i32 {
    return FAILED;
  }

  wipe(): void {}
}

export abstract class AgentHost {
  readonly owner: Signer = new Owner();

  /** Milliseconds since some fixed moment; never goes backwards, and goes on while the machine sleeps. */
  abstract now(): f64;
  /** Seconds since 1970. */
  abstract wallClock(): f64;
  /** Fills `out` from the system's generator of randomness. */
  abstract random(out: Uint8Array): void;
  /** One line for the log. `level`: WARNING, INFO or DEBUG of environment.ts. */
  abstract log(level: i32, message: string): void;
  /** The key in a TPM key file (`TSS2 PRIVATE KEY`, in PEM); null if it can't be used, and why is logged. */
  abstract openTpmKey(file: Uint8Array): Signer | null;
}
