/** What the log says of a connection as a whole: its beginning and its end. docs/log.md describes all events. */
import { printable } from "../../core/bytes/text.ts";
import { Event } from "../../core/ssh/event.ts";
import { FarewellRequest } from "../../core/ssh/monitor/request.ts";
import { now } from "../../linux/clock.ts";
import { log } from "../log.ts";
import { Peer } from "./peer.ts";

/** The connection begins: from now on all of the process's events name the other side. */
export function reportConnection(peer: Peer): void {
  const event = new Event("connect", "connection from " + peer.remote());
  event.tell("remote", peer.remoteHost).tell("port", peer.remotePort);
  log.event(event.tell("localAddress", peer.localHost).tell("localPort", peer.localPort));
  log.remote = peer.remote();
  log.remoteHost = peer.remoteHost;
  log.remotePort = peer.remotePort;
}

/**
 * The connection is over, after as long as since `began`. `user`: who was logged in; empty if nobody was. `farewell`: the
 * network process's last words; null if it was at fault, as `fault` says.
 */
export function reportEnd(began: f64, user: Uint8Array, farewell: FarewellRequest | null, fault: string): void {
  if (user.length > 0 && farewell != null) {
    const received = farewell.received.text();
    const sent = farewell.sent.text();
    const bytes = new Event("bytes", received + " received, " + sent + " sent");
    log.event(bytes.tell("received", received).tell("sent", sent));
  }
  const seconds = secondsText(now() - began);
  const reason = farewell == null ? fault : printable(farewell.reason);
  const isWell = farewell != null && !farewell.failed;
  const outcome = user.length == 0 ? "authentication failed" : isWell ? "finished" : "failed";
  const event = new Event("disconnect", outcome + " after " + seconds + " s: " + reason);
  event.tell("outcome", outcome).tell("seconds", seconds).tell("reason", reason);
  log.event(user.length > 0 ? event.tell("user", printable(user)) : event);
}

/** `12.034` for 12034 milliseconds. */
function secondsText(milliseconds: f64): string {
  const whole = milliseconds as i64;
  return `${whole / 1000}.` + `${whole % 1000}`.padStart(3, "0");
}
