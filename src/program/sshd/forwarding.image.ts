/** Nothing is forwarded in an initramfs: the monitor refuses all of it, and the log says so. */
import { EMPTY } from "../../core/bytes/bytes.ts";
import { Grant } from "../../core/ssh/auth/grant.ts";
import { Monitor } from "../../core/ssh/monitor/monitor.ts";
import { Account } from "../../linux/accounts.ts";
import { PollSet } from "../../linux/poll.ts";
import { log } from "../log.ts";
import { SshdOptions } from "./options.ts";

const REFUSED: string = "forwarding: refused: this build is without it";

export class Forwarding {
  passing: i32 = -1;

  constructor(_options: SshdOptions) {}

  connect(_account: Account, _grant: Grant, _channel: i32, _host: Uint8Array, _port: u32): bool {
    log.info(REFUSED);
    return false;
  }

  agentPath(_account: Account, _grant: Grant): Uint8Array {
    log.info(REFUSED);
    return EMPTY;
  }

  waitFor(_set: PollSet): void {}

  serve(_set: PollSet, _monitor: Monitor): void {}

  handedOver(): void {}
}
