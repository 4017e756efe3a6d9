/**
 * The system's log: records to /dev/log, in the old form that every syslog daemon takes (RFC 3164), as a C library
 * writes them. The time is UTC, as musl's; a daemon replaces it by that of arrival anyway.
 */
import { call, whole } from "./sys.ts";
import { close } from "./descriptor.ts";
import { connectLocally, SOCK_DGRAM } from "./local-socket.ts";
import { timestamp } from "../core/timestamp.ts";
import { wallClock } from "./wall-clock.ts";
import { ascii } from "../core/bytes/text.ts";
import { processId } from "./process.ts";

/** The facility, in its place beside the priority. */
const LOG_DAEMON: i32 = 3 << 3;

const PATH: string = "/dev/log";
const MSG_NOSIGNAL: i32 = 0x4000;
const MSG_DONTWAIT: i32 = 0x40;
const MONTHS: string = "JanFebMarAprMayJunJulAugSepOctNovDec";

export class Syslog {
  private descriptor: i32 = -1;

  /** Sends one record of `priority` from the program `ident`. It is lost if nobody listens, or it is too busy. */
  send(priority: i32, ident: string, message: string): void {
    const record = ascii(`<${LOG_DAEMON | priority}>${when()} ${ident}[${processId()}]: ${message}`);
    if (this.descriptor < 0) this.connect();
    if (this.descriptor < 0 || this.transmit(record)) return;
    // The daemon was started anew: its socket is another one now.
    this.connect();
    if (this.descriptor >= 0) this.transmit(record);
  }

  private transmit(record: Uint8Array): bool {
    return call(44, 206, this.descriptor, whole(record), record.length, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0) >= 0; // sendto
  }

  private connect(): void {
    close(this.descriptor);
    this.descriptor = connectLocally(ascii(PATH), SOCK_DGRAM);
  }
}

/** `Nov  2 23:59:01` */
function when(): string {
  const clock = wallClock();
  const text = timestamp(clock.day, clock.seconds, clock.milliseconds); // 2026-11-02T23:59:01.042Z
  const month = (text.charCodeAt(5) - 48) * 10 + text.charCodeAt(6) - 48;
  const day = text.charCodeAt(8) == 48 ? " " + text.substring(9, 10) : text.substring(8, 10);
  return MONTHS.substring(month * 3 - 3, month * 3) + " " + day + " " + text.substring(11, 19);
}
