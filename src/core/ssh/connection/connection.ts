import { EMPTY } from "../../bytes/bytes.ts";
import { Environment } from "../environment.ts";
import { Transport } from "../transport/transport.ts";
import { Sessions } from "./sessions.ts";

export class Connection {
  constructor(_environment: Environment, _transport: Transport, _sessions: Sessions) {}
  /** Handles a message of the connection protocol. */
  receive(_payload: Uint8Array): void {}

  /** True if the child's stream should be read now: `prepareOutput` would have room. */
  wantsOutput(_session: i32, _stream: i32): bool {
    return false;
  }
  /** The room for output of `stream` (OUTPUT, ERRORS) in the packet to come; empty if none may be sent now. */
  prepareOutput(_session: i32, _stream: i32): Uint8Array {
    return EMPTY;
  }
  /** Sends the first `count` bytes of what `prepareOutput` gave just before. If nothing was read, don't call it. */
  commitOutput(_session: i32, _stream: i32, _count: i32): void {}
  /** The child's stream is at its end. A session with a terminal has no ERRORS. */
  outputEnded(_session: i32, _stream: i32): void {}
  /** True if input waits for the child to take more. */
  hasInput(_session: i32): bool {
    return false;
  }
  /** The child's input can take more. */
  writable(_session: i32): void {}
  /** The child has ended with `status`. */
  exited(_session: i32, _status: u32): void {}
  /** The child was ended by a signal, e.g. `TERM`. */
  killed(_session: i32, _signal: string, _coreDumped: bool, _message: string): void {}

  /** True while a session is open. */
  busy(): bool {
    return false;
  }
  sendKeepalive(): void {}
  /** The connection is over: closes every session. */
  end(): void {}
}
