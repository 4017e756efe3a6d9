/** Sockets of this machine alone, with a path for a name (unix(7)). Results are descriptors or negative errno. */
import { call, whole } from "./sys.ts";
import { close } from "./descriptor.ts";
import { ENAMETOOLONG } from "./errno.ts";
import { putU16 } from "./layout.ts";

export const SOCK_STREAM: i32 = 1;
export const SOCK_DGRAM: i32 = 2;
const SOCK_NONBLOCK: i32 = 0o4000;
const SOCK_CLOEXEC: i32 = 0o2000000;
const AF_UNIX: i32 = 1;

/** Bytes of a path at most: struct sockaddr_un's, but for the NUL behind it. */
export const LOCAL_PATH_LIMIT: i32 = 107;

/** A socket that is connected to the one at `path`, does not wait, and is closed by execve. */
export function connectLocally(path: Uint8Array, type: i32): i32 {
  if (path.length > LOCAL_PATH_LIMIT) return -ENAMETOOLONG;
  const name = new Uint8Array(path.length + 3);
  putU16(name, 0, AF_UNIX);
  name.set(path, 2);
  const socket = call(41, 198, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return socket;
  const error = call(42, 203, socket, whole(name), name.length); // connect
  if (error >= 0) return socket;
  close(socket);
  return error;
}
