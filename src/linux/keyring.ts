/** Keyrings of the kernel, keyrings(7), where programs keep passwords, tickets and keys of file systems. */
import { ascii } from "../core/bytes/text.ts";
import { terminated } from "./layout.ts";
import { call, whole } from "./sys.ts";

const KEYCTL_JOIN_SESSION_KEYRING: i32 = 1;
const KEYCTL_LINK: i32 = 8;
const KEYCTL_UNLINK: i32 = 9;
const KEYCTL_SEARCH: i32 = 10;
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

/** Takes the key of the type `user` that is called `name` out of the user's keyring, which destroys it unless others have it. */
export function forgetUserKey(name: string): void {
  const type = whole(terminated(ascii("user")));
  const key = call(250, 219, KEYCTL_SEARCH, USER_KEYRING, type, whole(terminated(ascii(name))), 0);
  if (key > 0) call(250, 219, KEYCTL_UNLINK, key, USER_KEYRING);
}
