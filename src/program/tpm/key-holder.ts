/**
 * A program's access to the TPM: opened when it is needed, kept for a moment, and left as it was found.
 *
 * A TPM without a resource manager is nobody else's while it is open: whatever lies in it then is what a program that was
 * killed has left.
 */
import { copyOf, EMPTY, wipe } from "../../core/bytes/bytes.ts";
import { now } from "../../linux/clock.ts";
import { isFull, NO_ANSWER } from "../../core/tpm/response-code.ts";
import { describe } from "../../core/tpm/response-meaning.ts";
import { TpmKeyFile } from "../../core/tpm/key-file.ts";
import { Tpm } from "../../core/tpm/tpm.ts";
import { flushLeftovers, KeyUse, Workspace } from "../../core/tpm/workspace.ts";
import { LinuxTpmLink } from "./tpm-link.ts";

/** How long it stays open after its last use, in milliseconds: others may wait for it. */
const LINGER: f64 = 1000;

export class KeyHolder {
  readonly link: LinuxTpmLink;
  readonly workspace: Workspace;
  private used: f64 = 0;
  private tidied: bool = false;
  /** The owner's password can be asked for. */
  asksOwner: bool = false;
  /** The one that was given without being asked for; EMPTY for none. */
  givenPassword: Uint8Array = EMPTY;

  constructor(link: LinuxTpmLink) {
    this.link = link;
    this.workspace = new Workspace(new Tpm(link));
  }

  /** `name`: the TPM's, as on the command line; EMPTY for the usual one. */
  static of(name: Uint8Array): KeyHolder {
    return new KeyHolder(LinuxTpmLink.named(name));
  }

  /** Opens the TPM, unless it is; false if it can't be: `describe` says why. */
  ready(): bool {
    this.used = now();
    if (this.link.device.isOpen()) return true;
    if (!this.link.device.open()) return false;
    const given = this.givenPassword;
    if (given.length > 0) this.workspace.ownerPassword = copyOf(given, 0, given.length);
    if (!this.tidied) this.tidy();
    return true;
  }

  /** Flushes what others have left: at the first opening, and when there is no room. True if there could have been something. */
  private tidy(): bool {
    this.tidied = true;
    if (this.link.device.isManaged) return false;
    this.workspace.clear();
    flushLeftovers(this.workspace.tpm);
    return true;
  }

  /** As Workspace.withKey; a TPM that has closed its end since it was last used is opened anew. */
  withKey(file: TpmKeyFile, pin: Uint8Array, use: KeyUse): u32 {
    const wasOpen = this.link.device.isOpen();
    if (!this.ready()) return NO_ANSWER;
    let code = this.workspace.withKey(file, pin, use);
    if (code == NO_ANSWER && wasOpen) {
      this.close();
      if (this.ready()) code = this.workspace.withKey(file, pin, use);
    }
    if (isFull(code) && this.tidy()) code = this.workspace.withKey(file, pin, use);
    if (code == NO_ANSWER) this.close();
    this.used = now();
    return code;
  }

  /** A response code in words for people. */
  describe(code: u32): string {
    const fault = this.link.device.fault;
    return code == NO_ANSWER && fault.length > 0 ? fault : describe(code);
  }

  /** When `rest` is to be called, on the clock of linux/clock.ts; Infinity if it need not. */
  deadline(): f64 {
    return this.link.device.isOpen() ? this.used + LINGER : Infinity;
  }

  /** Closes the TPM if it was not used for a while, and forgets the owner's password. */
  rest(): void {
    if (now() < this.deadline()) return;
    this.close();
    wipe(this.workspace.ownerPassword);
    this.workspace.ownerPassword = EMPTY;
  }

  /** Leaves nothing in the TPM, and leaves it to others. */
  close(): void {
    // The kernel's resource manager flushes what it was given through a descriptor once that is closed.
    if (this.link.device.isOpen() && !this.link.device.isManaged) this.workspace.clear();
    this.workspace.forget();
    this.link.device.close();
  }
}
