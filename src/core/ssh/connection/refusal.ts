/** Why a channel is not opened, RFC 4254 section 5.1, as far as the request itself tells. */
import { isText } from "../../bytes/text.ts";
import { ChannelOpen } from "../message/connection.ts";
import { PROHIBITED } from "./sessions.ts";

/** SSH_OPEN_UNKNOWN_CHANNEL_TYPE, SSH_OPEN_RESOURCE_SHORTAGE. */
export const UNKNOWN_TYPE: u32 = 3;
export const RESOURCE_SHORTAGE: u32 = 4;

/** Bytes of data in one message that a client must take at least: under that, output would be all headers. */
export const SMALLEST_PACKET: u32 = 32;

/** Channel types that are known, and not served: RFC 4254 sections 6.3 and 7, OpenSSH's PROTOCOL section 2. */
const forwarding: string[] = [
  "forwarded-tcpip",
  "x11",
  "direct-streamlocal@openssh.com",
  "forwarded-streamlocal@openssh.com",
  "auth-agent@openssh.com",
  "tun@openssh.com",
];

export class Refusal {
  reason: u32;
  description: string;

  constructor(reason: u32, description: string) {
    this.reason = reason;
    this.description = description;
  }
}

/** True if the client wants a connection to somewhere else. */
export function isDirect(m: ChannelOpen): bool {
  return isText(m.type, "direct-tcpip");
}

/** Why a channel as in `m` is never opened, or null if it may be. */
export function refusalOf(m: ChannelOpen): Refusal | null {
  for (let i = 0; i < forwarding.length; i++) {
    if (isText(m.type, forwarding[i])) return new Refusal(PROHIBITED, "forwarding is not offered");
  }
  if (!isText(m.type, "session") && !isDirect(m)) return new Refusal(UNKNOWN_TYPE, "unknown channel type");
  if (m.maximumPacket >= SMALLEST_PACKET) return null;
  return new Refusal(PROHIBITED, "the maximum packet size is too small");
}
