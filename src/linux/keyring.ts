/** Keyrings of the kernel, keyrings(7), where programs keep passwords, tickets and keys of file systems. */
import { call } from "./sys.ts";

const KEYCTL_JOIN_SESSION_KEYRING: i32 = 1;
const KEYCTL_LINK: i32 = 8;
/** Names for the keyrings of whoever asks. */
const SESSION_KEYRING: i32 = -3;
const USER_KEYRING: i32 = -4;

/**
 * Gives this process a session keyring of its own, with the user's keyring in it. It would have its parent's otherwise,
 * and so would every other login. A kernel that has no keyrings has none to share.
 */
export function newSessionKeyring(): void {
  if (call(250, 219, KEYCTL_JOIN_SESSION_KEYRING, 0) < 0) return;
  call(250, 219, KEYCTL_LINK, USER_KEYRING, SESSION_KEYRING);
}
