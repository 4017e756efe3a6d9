/**
 * The walls around the network process: another user, an empty root, no capabilities, limits, Landlock, seccomp.
 *
 * What the system has none of is found out once, before there is any connection, and the log says so. What it has must
 * stand: a network process around which it can't be built does not begin.
 */
import { ascii, printable } from "../../core/bytes/text.ts";
import { accountNamed } from "../../linux/accounts.ts";
import {
  changeRoot,
  dropBoundingSet,
  dropCapabilities,
  endWithParent,
  hideMemory,
  limitResources,
  nowhere,
  refuseNewPrivileges,
} from "../../linux/confinement.ts";
import { close } from "../../linux/descriptor.ts";
import { denyByLandlock, landlockVersion } from "../../linux/landlock.ts";
import { hasSeccomp, SeccompFilter } from "../../linux/seccomp.ts";
import { becomeUser, effectiveUser } from "../../linux/user.ts";
import { log } from "../log.ts";

const NOBODY: string = "nobody";
/** nobody's number where there is no such name: the kernel's own, for users that it can't represent. */
const OVERFLOW_ID: u32 = 65534;
/** Descriptors of the network process: five of its own, three for each session, one for each forwarded connection. */
const DESCRIPTORS: i32 = 128;

const IPPROTO_TCP: u32 = 6;
const TCP_QUICKACK: u32 = 12;

export class Sandbox {
  /** Root's network process becomes another user. */
  private root: bool;
  private user: u32 = OVERFLOW_ID;
  private group: u32 = OVERFLOW_ID;
  /** A folder for its root, or negative. */
  private folder: i32 = -1;
  private seccomp: bool = hasSeccomp();
  private landlock: i32 = landlockVersion();

  private constructor() {
    this.root = effectiveUser() == 0;
  }

  /** `user`: the name of the network process's user, or empty for nobody. Null, and logged, if there is no such user. */
  static prepare(user: Uint8Array): Sandbox | null {
    const sandbox = new Sandbox();
    if (!sandbox.seccomp) log.warning("sandbox: this kernel has no seccomp filters: done without");
    if (sandbox.landlock == 0) log.info("sandbox: this kernel has no Landlock: done without");
    if (!sandbox.root) return sandbox;
    const found = sandbox.choose(user);
    if (!found || sandbox.user == 0) {
      const fault = found ? "it must be a user without rights" : "there is no such user";
      log.fatal("--network-user " + printable(user) + ": " + fault);
      return null;
    }
    sandbox.folder = nowhere();
    if (sandbox.folder < 0) log.warning("sandbox: no folder for an empty root: done without", sandbox.folder);
    return sandbox;
  }

  /** Gives up what only a network process needs. */
  release(): void {
    close(this.folder);
    this.folder = -1;
  }

  /** In the network process: leaves the file system and the user behind. Empty, or what could not be done. */
  leave(): string {
    if (!this.root) return "";
    if (this.folder >= 0 && !changeRoot(this.folder)) return "an empty root";
    this.release();
    dropBoundingSet();
    return becomeUser(this.user, this.group, []) ? "" : `user ${this.user}`;
  }

  /** Then, once all descriptors are where they should be: gives up the rest. `monitor` is the way to the monitor. */
  close(monitor: i32): string {
    if (!dropCapabilities()) return "no capabilities";
    hideMemory();
    endWithParent();
    limitResources(DESCRIPTORS);
    const unprivileged = refuseNewPrivileges();
    if (this.landlock > 0 && !denyByLandlock(this.landlock)) return "Landlock";
    if (this.seccomp && !(unprivileged && filterFor(monitor).install())) return "seccomp";
    return "";
  }

  private choose(name: Uint8Array): bool {
    const account = accountNamed(name.length > 0 ? name : ascii(NOBODY));
    if (account == null) return name.length == 0;
    this.user = account.user;
    this.group = account.group;
    return true;
  }
}

/** What a network process does: move bytes, wait, ask the monitor, and end. */
function filterFor(monitor: i32): SeccompFilter {
  const filter = new SeccompFilter();
  filter.allow(0, 63); // read
  filter.allow(1, 64); // write
  filter.allow(271, 73); // ppoll
  filter.allow(228, 113); // clock_gettime
  filter.allowWithBoth(54, 208, 1, IPPROTO_TCP, 2, TCP_QUICKACK); // setsockopt
  filter.allowWith(47, 212, 0, monitor as u32); // recvmsg
  filter.allow(318, 278); // getrandom
  filter.allow(3, 57); // close
  filter.allow(48, 210); // shutdown
  filter.allow(231, 94); // exit_group
  filter.allow(219, 128); // restart_syscall
  return filter;
}
