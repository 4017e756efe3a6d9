/** What the core needs of its surroundings to talk to a TPM. */
export abstract class TpmLink {
  /** Sends one command and waits for its response; EMPTY if the TPM can't be reached, or no longer. */
  abstract transmit(command: Uint8Array): Uint8Array;

  /** Waits. */
  abstract pause(milliseconds: i32): void;

  /** Fills `bytes` with randomness that isn't the TPM's: nonces and salts must not depend on what they protect against. */
  abstract random(bytes: Uint8Array): void;
}
