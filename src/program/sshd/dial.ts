/** A connection for the client to somewhere else, made by a process of the user's: it ends with the connection, or without. */
import { excerpt } from "../../core/bytes/text.ts";
import { Event } from "../../core/ssh/event.ts";
import { endWithParent } from "../../linux/confinement.ts";
import { close } from "../../linux/descriptor.ts";
import { errorText } from "../../linux/errno.ts";
import { addressesOf } from "../../linux/host-addresses.ts";
import { i32At, putU32 } from "../../linux/layout.ts";
import { passedDescriptors, receiveRecord, sendRecord } from "../../linux/record-socket.ts";
import { connectWithin, prepareConnection } from "../../linux/socket.ts";
import { log } from "../log.ts";
import { MONITOR, UserProcess } from "./user-process.ts";

/** How long each of a host's addresses may take to answer, in milliseconds. */
const CONNECT_TIMEOUT: f64 = 20000;

export class Dial extends UserProcess {
  /** The channel that it is for. */
  channel: i32;
  /** Its place in the set that is waited for. */
  index: i32 = -1;
  private host: Uint8Array;
  private port: i32;

  constructor(channel: i32, host: Uint8Array, port: i32) {
    super();
    this.channel = channel;
    this.host = host;
    this.port = port;
  }

  /** Tries all addresses in turn, and sends the connection, or the last error; 0 if there are no addresses. */
  run(): void {
    endWithParent();
    const addresses = addressesOf(this.host, this.port);
    const error = new Uint8Array(4);
    for (let i = 0; i < addresses.length; i++) {
      const connection = connectWithin(addresses[i], CONNECT_TIMEOUT);
      if (connection >= 0) {
        prepareConnection(connection);
        sendRecord(MONITOR, error, [connection]);
        return;
      }
      putU32(error, 0, -connection as u32);
    }
    sendRecord(MONITOR, error, []);
  }

  /** Once there is an answer: the connection; negative, and logged, if there is none. */
  take(): i32 {
    const answer = receiveRecord(this.socket, 4, true);
    const descriptors = answer.length > 0 ? passedDescriptors() : [];
    const error = answer.length == 4 ? i32At(answer, 0) : 0;
    close(this.socket);
    if (descriptors.length == 1) this.report("connected", "");
    else this.report("failed", error == 0 ? "no such host" : errorText(error));
    return descriptors.length == 1 ? descriptors[0] : -1;
  }

  /** `reason`: empty if there is none. */
  report(outcome: string, reason: string): void {
    reportForwarding(excerpt(this.host) + `:${this.port}`, outcome, reason);
  }
}

/** Tells the log of something forwarded, or not. */
export function reportForwarding(to: string, outcome: string, reason: string): void {
  const event = new Event("forward", "to " + to + ": " + outcome + (reason.length > 0 ? ": " + reason : ""));
  event.tell("to", to).tell("outcome", outcome);
  log.event(reason.length > 0 ? event.tell("reason", reason) : event);
}
