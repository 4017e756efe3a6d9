/** Landlock, landlock(7): this process gives up all access to files and to the network that it hasn't opened yet. */
import { call, whole } from "./sys.ts";
import { close } from "./descriptor.ts";
import { putI64 } from "./layout.ts";

const CREATE_RULESET_VERSION: i32 = 1;
/** All rights to files in version 1: its lower 13 bits. REFER, TRUNCATE and IOCTL_DEV came with 2, 3 and 5. */
const FILES_1: i64 = 0x1fff;
/** Binding and connecting of TCP sockets, since version 4. */
const TCP: i64 = 3;
/** Abstract sockets and signals of processes outside, since version 6. */
const SCOPES: i64 = 3;

/** The version that the kernel has; 0 if it has none, or has it switched off. */
export function landlockVersion(): i32 {
  const version = call(444, 444, 0, 0, CREATE_RULESET_VERSION); // landlock_create_ruleset
  return version < 0 ? 0 : version;
}

/** Denies everything that `version` knows of. The process must have given up new privileges. False if it can't be done. */
export function denyByLandlock(version: i32): bool {
  const ruleset = new Uint8Array(24); // struct landlock_ruleset_attr: files, network, scopes
  let files = FILES_1;
  if (version >= 2) files |= 1 << 13;
  if (version >= 3) files |= 1 << 14;
  if (version >= 5) files |= 1 << 15;
  putI64(ruleset, 0, files);
  if (version >= 4) putI64(ruleset, 8, TCP);
  if (version >= 6) putI64(ruleset, 16, SCOPES);
  const descriptor = call(444, 444, whole(ruleset), ruleset.length, 0);
  const denied = descriptor >= 0 && call(446, 446, descriptor, 0) == 0; // landlock_restrict_self
  close(descriptor);
  return denied;
}
