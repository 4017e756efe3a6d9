/**
 * The socket's place in the file system: taken if nobody listens there, mode 0600 from the first moment, and left empty
 * afterwards, unless somebody else has taken it meanwhile.
 */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { printable } from "../../core/bytes/text.ts";
import { close } from "../../linux/descriptor.ts";
import { EADDRINUSE, ECONNREFUSED, ENOENT } from "../../linux/errno.ts";
import { makeFolders, remove } from "../../linux/file.ts";
import { FileStatus } from "../../linux/file-status.ts";
import { connectLocally, listenLocally, LOCAL_PATH_LIMIT, SOCK_STREAM } from "../../linux/local-socket.ts";
import { parentOf } from "../../linux/path.ts";
import { setUmask } from "../../linux/user.ts";
import { log } from "../log.ts";

/** Connections that wait to be accepted. */
const BACKLOG: i32 = 128;
/** Nobody but the owner. */
const SOCKET_UMASK: i32 = 0o177;
const FOLDER_MODE: i32 = 0o700;

export class AgentPath {
  /** Where connections are accepted; negative if there is no such place, which is logged. */
  listener: i32 = -1;
  path: Uint8Array = EMPTY;
  private device: i64 = 0;
  private inode: i64 = 0;

  /** Takes `path`, and makes the folders above it that are missing. */
  take(path: Uint8Array): bool {
    const unable = "unable to listen at " + printable(path);
    if (path.length > LOCAL_PATH_LIMIT) {
      log.fatal(unable + `: a socket's path has at most ${LOCAL_PATH_LIMIT} bytes`);
      return false;
    }
    let error = makeFolders(parentOf(path), FOLDER_MODE);
    if (error < 0) {
      log.fatal(unable + ": no such folder can be made", error);
      return false;
    }
    this.listener = listenAt(path);
    if (this.listener == -EADDRINUSE) {
      const fault = clear(path);
      if (fault.length > 0) {
        log.fatal(unable + ": " + fault);
        return false;
      }
      this.listener = listenAt(path);
    }
    if (this.listener < 0) {
      log.fatal(unable, this.listener);
      return false;
    }
    const status = new FileStatus();
    error = status.ofPath(path, false);
    if (error < 0) {
      log.fatal(unable, error);
      return false;
    }
    this.path = path;
    this.device = status.device();
    this.inode = status.inode();
    return true;
  }

  /** Removes the socket if it is still ours. */
  leave(): void {
    if (this.path.length > 0 && this.isAt(this.path)) remove(this.path, false);
  }

  /** True if what lies at `path` is our socket. */
  isAt(path: Uint8Array): bool {
    const status = new FileStatus();
    return status.ofPath(path, true) == 0 && status.device() == this.device && status.inode() == this.inode;
  }
}

function listenAt(path: Uint8Array): i32 {
  const before = setUmask(SOCKET_UMASK);
  const listener = listenLocally(path, BACKLOG);
  setUmask(before);
  return listener;
}

/** Removes a socket at `path` on which nobody listens any more. Empty, or why there is something that has to stay. */
function clear(path: Uint8Array): string {
  const status = new FileStatus();
  const found = status.ofPath(path, false);
  if (found == -ENOENT) return "";
  if (found < 0 || !status.isSocket()) return "there is something else than a socket";
  const connection = connectLocally(path, SOCK_STREAM);
  close(connection);
  if (connection == -ECONNREFUSED)
    return remove(path, false) < 0 ? "the socket of an agent that has ended can't be removed" : "";
  return "an agent listens there already; -l PATH chooses another place";
}
