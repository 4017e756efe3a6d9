/** What a process can give up for good: capabilities, new privileges, the file system, resources. */
import { call, whole } from "./sys.ts";
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from "./descriptor.ts";
import { makeFolder, open, remove } from "./file.ts";
import { putI64, putU32, terminated } from "./layout.ts";
import { within } from "./path.ts";
import { fillRandom } from "./random.ts";
import { SIGKILL } from "./signals.ts";
import { toHex } from "../core/bytes/hex.ts";
import { ascii } from "../core/bytes/text.ts";

const PR_SET_PDEATHSIG: i32 = 1;
const PR_SET_DUMPABLE: i32 = 4;
const PR_CAPBSET_DROP: i32 = 24;
const PR_SET_NO_NEW_PRIVS: i32 = 38;

const RLIMIT_FSIZE: i32 = 1;
const RLIMIT_CORE: i32 = 4;
const RLIMIT_NPROC: i32 = 6;
const RLIMIT_NOFILE: i32 = 7;

/** _LINUX_CAPABILITY_VERSION_3 */
const CAPABILITY_VERSION: u32 = 0x20080522;
/** More than any kernel has. */
const CAPABILITIES: i32 = 64;

/** Where a folder may be made for a moment. */
const PLACES: string[] = ["/run", "/dev/shm", "/tmp", "/var/tmp", "/"];

function control(option: i32, argument: i64): i32 {
  return call(157, 167, option, argument, 0, 0, 0); // prctl
}

/** No other process of the same user looks into this one, and it leaves no core file. */
export function hideMemory(): void {
  control(PR_SET_DUMPABLE, 0);
}

/** The process gets `signal` when its parent ends. Forgotten when the user changes. */
export function endWithParent(signal: i32 = SIGKILL): void {
  control(PR_SET_PDEATHSIG, signal as i64);
}

/** No execve of this process gains anything: set-user-id and capabilities of files have no effect. Since Linux 3.5. */
export function refuseNewPrivileges(): bool {
  return control(PR_SET_NO_NEW_PRIVS, 1) == 0;
}

/** Takes all capabilities out of the bounding set. For root. */
export function dropBoundingSet(): void {
  for (let i = 0; i < CAPABILITIES && control(PR_CAPBSET_DROP, i as i64) == 0; i++) {}
}

/** Gives up all capabilities, also those that root has. */
export function dropCapabilities(): bool {
  const header = new Uint8Array(8);
  putU32(header, 0, CAPABILITY_VERSION);
  return call(126, 91, whole(header), whole(new Uint8Array(24))) == 0; // capset
}

function limit(resource: i32, value: i64): void {
  const both = new Uint8Array(16);
  putI64(both, 0, value);
  putI64(both, 8, value);
  call(160, 164, resource, whole(both)); // setrlimit
}

/** No processes, no files, no core; and not more than `descriptors` descriptors. */
export function limitResources(descriptors: i32): void {
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, descriptors as i64);
}

/** An empty folder that is in no other, so that nothing can ever be in it. Its descriptor, or negative. */
export function nowhere(): i32 {
  const random = new Uint8Array(8);
  fillRandom(random);
  let folder = -1;
  for (let i = 0; i < PLACES.length && folder < 0; i++) {
    const path = within(ascii(PLACES[i]), ".postern-" + toHex(random));
    folder = makeFolder(path, 0o700);
    if (folder < 0) continue;
    folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    remove(path, true);
  }
  return folder;
}

/** Makes `folder` the root of this process. For root. */
export function changeRoot(folder: i32): bool {
  return call(81, 50, folder) == 0 && call(161, 51, whole(terminated(ascii(".")))) == 0; // fchdir, chroot
}
