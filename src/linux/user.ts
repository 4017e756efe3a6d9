/** Whose rights this process has, and giving them up for good. */
import { address, call, whole } from "./sys.ts";
import { putU32, u32At } from "./layout.ts";

/** Groups that one user can be in: NGROUPS_MAX. */
export const GROUPS_LIMIT: i32 = 65536;

/** Set-user-id and set-group-id stand for "leave it as it is" if they are this, so nobody can have it. */
export const NO_ID: u32 = 0xffffffff;

export function effectiveUser(): u32 {
  return call(107, 175) as u32;
}

export function effectiveGroup(): u32 {
  return call(108, 177) as u32;
}

/** Permissions that new files of this process don't get. Returns those of before. */
export function setUmask(mask: i32): i32 {
  return call(95, 166, mask);
}

/** True if all three identities that `result` was filled with are `id`. */
function allThree(result: Uint8Array, id: u32): bool {
  return u32At(result, 0) == id && u32At(result, 4) == id && u32At(result, 8) == id;
}

/** True if real, effective and saved user and group are these, and the supplementary groups as well. */
function isNow(user: u32, group: u32, groups: u32[]): bool {
  const ids = new Uint8Array(12);
  if (call(118, 148, address(ids, 0, 4), address(ids, 4, 4), address(ids, 8, 4)) < 0) return false; // getresuid
  if (!allThree(ids, user)) return false;
  if (call(120, 150, address(ids, 0, 4), address(ids, 4, 4), address(ids, 8, 4)) < 0) return false; // getresgid
  if (!allThree(ids, group)) return false;
  const list = new Uint8Array((groups.length + 1) * 4);
  if (call(115, 158, groups.length + 1, whole(list)) != groups.length) return false; // getgroups
  for (let i = 0; i < groups.length; i++) {
    if (!groups.includes(u32At(list, i * 4))) return false;
  }
  return true;
}

/**
 * Becomes a user, with exactly these supplementary groups, none of them twice, and checks afterwards that it was done.
 * Only root may. False if it failed: the process must end then, for it may have half of either's rights.
 */
export function becomeUser(user: u32, group: u32, groups: u32[]): bool {
  if (user == NO_ID || group == NO_ID || groups.length > GROUPS_LIMIT) return false;
  const list = new Uint8Array(groups.length * 4 + 4);
  for (let i = 0; i < groups.length; i++) putU32(list, i * 4, groups[i]);
  if (call(116, 159, groups.length, whole(list)) < 0) return false; // setgroups
  if (call(119, 149, group, group, group) < 0) return false; // setresgid
  if (call(117, 147, user, user, user) < 0) return false; // setresuid
  return isNow(user, group, groups);
}
