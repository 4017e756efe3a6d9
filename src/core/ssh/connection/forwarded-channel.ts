/**
 * A forwarded channel: its target is a socket, either one that was connected for the client (direct-tcpip, RFC 4254 section
 * 7.2), or one by which a program here wants to reach the client's agent (auth-agent@openssh.com).
 *
 * Each direction ends for itself, and the channel with the second: who has no more to say may still listen. What a client
 * sent ahead of its CLOSE still reaches the target (RFC 4254 section 5.3 recommends it): a client closes as soon as both of
 * its own directions have ended, however slow the target is.
 */
import { ascii } from "../../bytes/text.ts";
import { ChannelOpen } from "../message/connection.ts";
import { Transport } from "../transport/transport.ts";
import { Channel, MAXIMUM_PACKET } from "./channel.ts";
import { REFUSED } from "./session-requests.ts";
import { Sessions } from "./sessions.ts";

/** Bytes that a client may send ahead: less than to a session, for there may be many more of these. */
const WINDOW: i32 = 256 << 10;

export class ForwardedChannel extends Channel {
  private ended: bool = false;

  constructor(number: i32, transport: Transport, sessions: Sessions) {
    super(number, transport, sessions, WINDOW);
    this.errorsOpen = false;
  }

  /** Asks the client for a channel to its agent. */
  askForAgent(): void {
    const m = new ChannelOpen();
    m.type = ascii("auth-agent@openssh.com");
    m.sender = this.number as u32;
    m.initialWindow = WINDOW as u32;
    m.maximumPacket = MAXIMUM_PACKET as u32;
    this.send(m);
  }

  /** There is nothing to ask of a socket. */
  perform(_type: Uint8Array, _data: Uint8Array): i32 {
    return REFUSED;
  }

  /** While the target has something to take yet, the channel is closed for the client alone. */
  override receiveClose(): void {
    if (!this.hasInput()) {
      super.receiveClose();
      return;
    }
    this.sendClose();
    this.left = true;
    this.inputEnded = true;
    this.outputOpen = false;
    this.ended = true;
  }

  protected finish(): void {
    if (!this.outputOpen && !this.ended) {
      this.ended = true;
      this.sendEof();
    }
    if (this.ended && this.inputClosed) this.close();
  }
}
