/**
 * The socket by which programs of the user's reach the client's agent: `agent.PID` in a folder of the user's own in /tmp, as
 * OpenSSH has it, under a name that nobody can foresee.
 *
 * The user's process that makes it stays until the monitor is gone, however that came about, and removes it then.
 */
import { toHex } from "../../core/bytes/hex.ts";
import { ascii } from "../../core/bytes/text.ts";
import { EMPTY } from "../../core/bytes/bytes.ts";
import { Account } from "../../linux/accounts.ts";
import { close } from "../../linux/descriptor.ts";
import { makeFolder, remove } from "../../linux/file.ts";
import { listenLocally, LOCAL_PATH_LIMIT, Peer } from "../../linux/local-socket.ts";
import { within } from "../../linux/path.ts";
import { POLLIN, PollSet } from "../../linux/poll.ts";
import { processId } from "../../linux/process.ts";
import { fillRandom } from "../../linux/random.ts";
import { passedDescriptors, receiveRecord, sendRecord } from "../../linux/record-socket.ts";
import { accept } from "../../linux/socket.ts";
import { MONITOR, UserProcess } from "./user-process.ts";

/** How long making it may take, in milliseconds. */
const TIMEOUT: f64 = 5000;
/** Connections that wait to be accepted. */
const BACKLOG: i32 = 64;

export class AgentSocket extends UserProcess {
  /** Where it is. */
  path: Uint8Array = EMPTY;
  /** Where connections to it are accepted. */
  listener: i32 = -1;
  private user: u32;

  private constructor(user: u32) {
    super();
    this.user = user;
  }

  /** Null if it can't be had. */
  static make(account: Account): AgentSocket | null {
    const made = new AgentSocket(account.user);
    if (!made.start(account)) return null;
    const waiting = new PollSet(1);
    waiting.add(made.socket, POLLIN);
    if (waiting.wait(TIMEOUT) > 0) made.path = receiveRecord(made.socket, LOCAL_PATH_LIMIT, true);
    const descriptors = made.path.length > 0 ? passedDescriptors() : [];
    if (descriptors.length == 1) {
      made.listener = descriptors[0];
      return made;
    }
    close(made.socket);
    return null;
  }

  /** The next connection by a program of the user's, or root's; negative if there is none. */
  accept(): i32 {
    const connection = accept(this.listener);
    if (connection < 0) return connection;
    const user = Peer.of(connection).user;
    if (user == this.user || user == 0) return connection;
    close(connection);
    return -1;
  }

  run(): void {
    const random = new Uint8Array(8);
    fillRandom(random);
    const folder = ascii("/tmp/ssh-" + toHex(random));
    if (makeFolder(folder, 0o700) < 0) return;
    const path = within(folder, `agent.${processId()}`);
    const listener = listenLocally(path, BACKLOG);
    if (listener >= 0 && sendRecord(MONITOR, path, [listener]) > 0) {
      close(listener);
      receiveRecord(MONITOR, 0, false); // of which there is none: it ends with the monitor
    }
    remove(path, false);
    remove(folder, true);
  }
}
