/** One SFTP session: moves bytes between a pair of descriptors and the server. */
import { FileSystem } from "../../core/ssh/sftp/file-system.ts";
import { SftpServer } from "../../core/ssh/sftp/server.ts";
import { read, write } from "../../linux/descriptor.ts";
import { EAGAIN } from "../../linux/errno.ts";
import { PollSet, POLLIN, POLLOUT } from "../../linux/poll.ts";
import { log } from "../log.ts";
import { CONTINUE, FAILURE, Program, SUCCESS } from "../program.ts";

/** Requests handled in one step: what they leave behind is garbage until its end. */
const REQUESTS: i32 = 32;

export class SftpLoop extends Program {
  private server: SftpServer;
  private input: i32;
  private output: i32;
  private waiting: PollSet = new PollSet(1);

  constructor(files: FileSystem, readOnly: bool, input: i32, output: i32) {
    super();
    this.server = new SftpServer(files, readOnly);
    this.input = input;
    this.output = output;
  }

  /**
   * Handles the requests that are there; their answers go out together, when there is no more to handle or no more room.
   * A client that doesn't read its answers has no more requests read.
   */
  step(): i32 {
    const server = this.server;
    let handled = 0;
    while (handled < REQUESTS && server.handle()) handled++;
    if (handled == REQUESTS) return CONTINUE;
    if (!this.send()) return this.finish(FAILURE);
    if (server.fault.length > 0) {
      log.warning("sftp: " + server.fault);
      return this.finish(FAILURE);
    }
    if (server.hasPacket()) return CONTINUE;
    const room = server.input();
    const n = read(this.input, room, 0, room.length);
    if (n == -EAGAIN) this.waitFor(this.input, POLLIN);
    else if (n <= 0) return this.finish(n == 0 ? SUCCESS : FAILURE);
    else server.received(n);
    return CONTINUE;
  }

  /** Sends all that there is. False if nobody takes it. */
  private send(): bool {
    const server = this.server;
    for (let bytes = server.output(); bytes.length > 0; bytes = server.output()) {
      const n = write(this.output, bytes, 0, bytes.length);
      if (n == -EAGAIN) this.waitFor(this.output, POLLOUT);
      else if (n < 0) return false;
      else server.sent(n);
    }
    return true;
  }

  private waitFor(descriptor: i32, event: i32): void {
    this.waiting.clear();
    this.waiting.add(descriptor, event);
    this.waiting.wait(-1);
  }

  private finish(status: i32): i32 {
    this.server.end();
    log.debug("sftp: session ended");
    return status;
  }
}
