/** Sockets of this machine alone, with a path for a name (unix(7)). Results are descriptors or negative errno. */
import { call, whole } from "./sys.ts";
import { close } from "./descriptor.ts";
import { ENAMETOOLONG } from "./errno.ts";
import { i32At, putU16, putU32, u32At } from "./layout.ts";
import { NO_ID } from "./user.ts";

export const SOCK_STREAM: i32 = 1;
export const SOCK_DGRAM: i32 = 2;
const SOCK_NONBLOCK: i32 = 0o4000;
const SOCK_CLOEXEC: i32 = 0o2000000;
const AF_UNIX: i32 = 1;
const SOL_SOCKET: i32 = 1;
const SO_PEERCRED: i32 = 17;

/** Bytes of a path at most: struct sockaddr_un's, but for the NUL behind it. */
export const LOCAL_PATH_LIMIT: i32 = 107;

/** A socket that is connected to the one at `path`, does not wait, and is closed by execve. */
export function connectLocally(path: Uint8Array, type: i32): i32 {
  return withName(path, type, 42, 203, 0); // connect
}

/** A socket that listens at `path`, which must not exist yet, does not wait, and is closed by execve. */
export function listenLocally(path: Uint8Array, backlog: i32): i32 {
  return withName(path, SOCK_STREAM, 49, 200, backlog); // bind
}

/** A socket of which the system call with these numbers was told the path; it listens if it is to hold a `backlog`. */
function withName(path: Uint8Array, type: i32, x86_64: i32, aarch64: i32, backlog: i32): i32 {
  if (path.length > LOCAL_PATH_LIMIT) return -ENAMETOOLONG;
  const name = new Uint8Array(path.length + 3);
  putU16(name, 0, AF_UNIX);
  name.set(path, 2);
  const socket = call(41, 198, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return socket;
  let error = call(x86_64, aarch64, socket, whole(name), name.length);
  if (error >= 0 && backlog > 0) error = call(50, 201, socket, backlog); // listen
  if (error >= 0) return socket;
  close(socket);
  return error;
}

/** Who had the other end of a connection when it was made. */
export class Peer {
  /** 0 if it isn't known, or can't be seen from here. */
  process: i32 = 0;
  /** NO_ID if it isn't known. */
  user: u32 = NO_ID;

  static of(socket: i32): Peer {
    const peer = new Peer();
    const credentials = new Uint8Array(12); // struct ucred: process, user, group
    const length = new Uint8Array(4);
    putU32(length, 0, 12);
    if (call(55, 209, socket, SOL_SOCKET, SO_PEERCRED, whole(credentials), whole(length)) < 0) return peer; // getsockopt
    peer.process = i32At(credentials, 0);
    peer.user = u32At(credentials, 4);
    return peer;
  }
}
