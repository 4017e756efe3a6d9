/**
 * A process that does something for the monitor with the user's rights, and can pass descriptors back: what the user may not
 * reach can't be reached through us.
 */
import { Account } from "../../linux/accounts.ts";
import { close, closeFrom, closeOnExec, duplicateTo, STDERR } from "../../linux/descriptor.ts";
import { EMFILE } from "../../linux/errno.ts";
import { exit, fork } from "../../linux/process.ts";
import { RecordSockets } from "../../linux/record-socket.ts";
import { log } from "../log.ts";
import { takeRights } from "./authority.ts";

/** The way to the monitor, in the process. */
export const MONITOR: i32 = STDERR + 1;

export abstract class UserProcess {
  /** The way to the process, in the monitor; at its end when the process is. */
  socket: i32 = -1;

  /** Does the work, in the new process. */
  abstract run(): void;

  /** False, and logged, if there is no process to be had. */
  start(account: Account): bool {
    const sockets = RecordSockets.open();
    const pid = sockets == null ? -EMFILE : fork();
    if (pid == 0) {
      duplicateTo(sockets!.far, MONITOR);
      closeOnExec(MONITOR);
      closeFrom(MONITOR + 1);
      if (takeRights(account)) this.run();
      exit(0);
    }
    if (pid < 0) log.warning("unable to start a process for forwarding", pid);
    if (sockets == null) return false;
    close(sockets.far);
    if (pid < 0) close(sockets.near);
    else this.socket = sockets.near;
    return pid > 0;
  }
}
