/** A disk that waits for its passphrase, whoever asks for it, and what has become of it. */
import { EMPTY, equal } from "../../core/bytes/bytes.ts";
import { EACCES, EPERM, errorText } from "../../linux/errno.ts";
import { baseName } from "../../linux/path.ts";
import { Passphrase } from "./passphrase.ts";

/** Nobody has answered. */
export const WAITS: i32 = 0;
/** It was answered, and what comes of it is to be seen. */
export const ANSWERED: i32 = 1;
export const OPEN: i32 = 2;
/** The passphrase was wrong, and another one is wanted. */
export const WRONG: i32 = 3;
/** It did not open, and nobody asks for another passphrase: as a rule the last one was wrong, too. */
export const GIVEN_UP: i32 = 4;
/** Nobody was answered, because of the disk's header. */
export const REFUSED: i32 = 5;
export const FAILED: i32 = 6;
export const TIMED_OUT: i32 = 7;

/** The states' names, in that order. */
export const STATES: string[] = ["waits", "answered", "open", "wrong", "wrong", "refused", "failed", "timeout"];

export abstract class Disk {
  /** Who asks. */
  asker: string = "";
  /** What it will be called when it is open. */
  name: Uint8Array = EMPTY;
  /** Its path, as it is asked for; a ZFS dataset's is its name. */
  device: Uint8Array = EMPTY;
  /** Tells one request for its passphrase from the next. */
  ticket: Uint8Array = EMPTY;
  /** True if an answer was wrong already. */
  again: bool = false;
  state: i32 = WAITS;
  /** Its header has been looked at. */
  isChecked: bool = false;
  /** Nobody has to ask: the answer opens it, or doesn't, at once. */
  isDirect: bool = false;
  /** What there is to say about the state; empty if nothing. */
  reason: string = "";

  /** What is wrong with its header; empty if nothing is. */
  abstract headerFault(): string;

  /** Gives the passphrase to whoever asks; the state says what came of it. It stays WAITS if nobody was there. */
  abstract answer(passphrase: Passphrase): void;

  abstract isOpen(): bool;

  /** True if nobody is going to ask for this one any more. `waiting`: those that are asked for now. */
  abstract isGivenUp(waiting: Disk[]): bool;

  /** The passphrase could not be handed over, with the negative errno `error`. If nobody is there, somebody may be soon. */
  protected notDelivered(error: i32): void {
    if (error != -EACCES && error != -EPERM) return;
    this.state = FAILED;
    this.reason = "whoever asks can't be answered (" + errorText(-error) + ")";
  }

  /** True if `other` is the same disk. */
  is(other: Disk): bool {
    return equal(this.name, other.name) && equal(this.device, other.device);
  }

  /** True if `request`, of this very disk, is the one that it is known by. */
  isAskedBy(request: Disk): bool {
    return equal(this.ticket, request.ticket);
  }

  /** True if a person means this one by `name`. */
  isCalled(name: Uint8Array): bool {
    return equal(name, this.name) || equal(name, this.device) || equal(name, baseName(this.device));
  }
}

/** The one of `disks` that is the same as `disk`, or null. */
export function findDisk(disks: Disk[], disk: Disk): Disk | null {
  for (let i = 0; i < disks.length; i++) {
    if (disks[i].is(disk)) return disks[i];
  }
  return null;
}
