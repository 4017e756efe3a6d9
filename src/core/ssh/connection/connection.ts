/**
 * The server's side of the connection protocol, RFC 4254: channels and global requests. The surroundings decide what is
 * forwarded, if anything.
 *
 * Left out on purpose: forwarding of X11, of Unix sockets, and from here to the client (section 7.1), for whoever has it can
 * be called by anybody here. Whoever asks for it is refused, and goes on.
 */
import { EMPTY } from "../../bytes/bytes.ts";
import { ascii, excerpt, isText } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Uint64 } from "../../wire/uint64.ts";
import { Writer } from "../../wire/writer.ts";
import { DEBUG, Environment } from "../environment.ts";
import { ExitSignalRequest, ExitStatusRequest } from "../message/channel-request.ts";
import * as messages from "../message/connection.ts";
import { PROTOCOL_ERROR } from "../message/disconnect-reason.ts";
import { encoded } from "../message/message.ts";
import * as number from "../message/number.ts";
import { Transport } from "../transport/transport.ts";
import { HostKeyRotation, PROVE_HOST_KEYS } from "./host-key-rotation.ts";
import { Channel } from "./channel.ts";
import { ForwardedChannel } from "./forwarded-channel.ts";
import { FORWARDING } from "./features.ts";
import { isDirect, Refusal, refusalOf, RESOURCE_SHORTAGE, SMALLEST_PACKET } from "./refusal.ts";
import { SessionChannel } from "./session-channel.ts";
import { GRANTED, MALFORMED } from "./session-requests.ts";
import {
  CHANNELS_LIMIT,
  CONNECT_FAILED,
  CONNECTED,
  HOST_LIMIT,
  PROHIBITED,
  SESSIONS_LIMIT,
  Sessions,
} from "./sessions.ts";

const LARGEST_PORT: u32 = 65535;
/** Bytes waiting to be sent above which children's output is left where it is. */
const OUTPUT_LIMIT: i32 = 131072;

export class Connection {
  /** Bytes of channels' data that came from the client, and that went there. */
  received: Uint64 = new Uint64();
  sent: Uint64 = new Uint64();
  private environment: Environment;
  private transport: Transport;
  private sessions: Sessions;
  private hostKeys: HostKeyRotation;
  /** By our number. A number is free again when both sides have sent CLOSE, and the target has what was sent before. */
  private channels: Array<Channel | null> = [];
  /** The client has promised to open no more sessions (no-more-sessions@openssh.com), and is held to it. */
  private sealed: bool = false;

  constructor(environment: Environment, transport: Transport, sessions: Sessions, hostKeys: HostKeyRotation) {
    this.environment = environment;
    this.transport = transport;
    this.sessions = sessions;
    this.hostKeys = hostKeys;
    for (let i = 0; i < CHANNELS_LIMIT; i++) this.channels.push(null);
  }

  /** True if the child's stream should be read now: `prepareOutput` has room. */
  wantsOutput(session: i32, stream: i32): bool {
    const channel = this.channels[session];
    return channel != null && this.mayPrepare() && channel.outputRoom(stream) > 0;
  }

  /** Room for output of `stream` (OUTPUT, ERRORS), to read into; empty if none may be sent now. */
  prepareOutput(session: i32, stream: i32): Uint8Array {
    const channel = this.channels[session];
    return channel == null || !this.mayPrepare() ? EMPTY : channel.prepareOutput(stream);
  }

  /** Sends the first `count` (at least 1) bytes of what `prepareOutput` gave in the call right before. */
  commitOutput(session: i32, stream: i32, count: i32): void {
    const channel = this.channels[session];
    if (channel == null) return;
    channel.commitOutput(stream, count);
    this.sent.add(count);
  }

  /** The child's stream has ended. A session with a terminal has no ERRORS. */
  outputEnded(session: i32, stream: i32): void {
    const channel = this.channels[session];
    if (channel != null) channel.endOutput(stream);
  }

  /** True if bytes wait for the child to take them. */
  hasInput(session: i32): bool {
    const channel = this.channels[session];
    return channel != null && channel.hasInput();
  }

  /** The child's input takes bytes again. */
  writable(session: i32): void {
    const channel = this.channels[session];
    if (channel == null) return;
    channel.writeInput();
    this.release(channel);
  }

  /** The child has ended, with `status`. */
  exited(session: i32, status: u32): void {
    const channel = this.channels[session];
    if (channel == null) return;
    const m = new ExitStatusRequest();
    m.status = status;
    const w = new Writer(4);
    m.encode(w);
    channel.end("exit-status", w.written());
  }

  /** A signal, e.g. `TERM`, has ended the child. */
  killed(session: i32, signal: string, coreDumped: bool, message: string): void {
    const channel = this.channels[session];
    if (channel == null) return;
    const m = new ExitSignalRequest();
    m.name = ascii(signal);
    m.coreDumped = coreDumped;
    m.message = ascii(message);
    const w = new Writer(64);
    m.encode(w);
    channel.end("exit-signal", w.written());
  }

  /** Connecting for a channel has ended: CONNECTED, PROHIBITED or CONNECT_FAILED. */
  connected(number: i32, outcome: u32): void {
    const channel = this.channels[number];
    if (channel == null || !channel.opened || channel.started) return;
    if (outcome == CONNECTED) {
      channel.confirm();
      channel.start();
      return;
    }
    this.channels[number] = null;
    const words = outcome == PROHIBITED ? "forwarding is not permitted" : "unable to connect";
    this.refuse(channel.peer, new Refusal(outcome, words));
  }

  /** Asks the client for a channel to its agent, for a socket. Its number, or -1 if there are too many. */
  openAgent(): i32 {
    const free = this.channels.indexOf(null, SESSIONS_LIMIT);
    if (free < 0 || this.transport.closed) return -1;
    const channel = new ForwardedChannel(free, this.transport, this.sessions);
    this.channels[free] = channel;
    channel.askForAgent();
    return free;
  }

  /** True while a session runs, or may yet be started. */
  busy(): bool {
    for (let i = 0; i < this.channels.length; i++) {
      const channel = this.channels[i];
      if (channel != null && !channel.closed && !channel.left) return true;
    }
    return false;
  }

  /** Asks the client for a sign of life: whatever it answers is one. */
  sendKeepalive(): void {
    const m = new messages.GlobalRequest();
    m.name = ascii("keepalive@openssh.com");
    m.wantReply = true;
    this.transport.send(encoded(m));
  }

  /** The connection is over: closes every session. */
  end(): void {
    for (let i = 0; i < this.channels.length; i++) {
      const channel = this.channels[i];
      this.channels[i] = null;
      if (channel != null) channel.abandon();
    }
  }

  /** Handles a message of the connection protocol. */
  receive(payload: Uint8Array): void {
    const r = new Reader(payload.subarray(1));
    switch (payload[0] as i32) {
      case number.CHANNEL_DATA:
        this.handleData(r);
        break;
      case number.CHANNEL_WINDOW_ADJUST:
        this.handleWindowAdjust(r);
        break;
      case number.CHANNEL_EXTENDED_DATA:
        this.handleExtendedData(r);
        break;
      case number.CHANNEL_REQUEST:
        this.handleRequest(r);
        break;
      case number.CHANNEL_OPEN:
        this.handleOpen(r);
        break;
      case number.CHANNEL_EOF:
        this.handleEof(r);
        break;
      case number.CHANNEL_CLOSE:
        this.handleClose(r);
        break;
      case number.GLOBAL_REQUEST:
        this.handleGlobalRequest(r);
        break;
      case number.CHANNEL_OPEN_CONFIRMATION:
        this.handleConfirmation(r);
        break;
      case number.CHANNEL_OPEN_FAILURE:
        this.handleOpenFailure(r);
        break;
      // Answers to keepalives, whose arrival is what matters.
      case number.REQUEST_SUCCESS:
      case number.REQUEST_FAILURE:
        break;
      default:
        // We ask nothing of channels, so nothing can be answered.
        this.fail(`message ${payload[0]} answers nothing that was asked`);
    }
  }

  private handleData(r: Reader): void {
    const m = messages.ChannelData.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel == null) return;
    this.received.add(m.data.length);
    channel.receiveData(m.data);
  }

  private handleExtendedData(r: Reader): void {
    const m = messages.ChannelExtendedData.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel != null) channel.receiveExtendedData(m.data);
  }

  private handleWindowAdjust(r: Reader): void {
    const m = messages.ChannelWindowAdjust.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel != null) channel.receiveWindowAdjust(m.bytes);
  }

  private handleEof(r: Reader): void {
    const m = messages.ChannelEof.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel != null) channel.receiveEof();
  }

  private handleClose(r: Reader): void {
    const m = messages.ChannelClose.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel == null) return;
    channel.receiveClose();
    this.release(channel);
  }

  /** Its number is free again if nothing is left of it. */
  private release(channel: Channel): void {
    if (channel.left && channel.closed) this.channels[channel.number] = null;
  }

  private handleRequest(r: Reader): void {
    const m = messages.ChannelRequest.decode(r);
    const channel = this.recipient(r, m.recipient);
    if (channel == null || channel.closed) return;
    const session = `session ${channel.number}: `;
    const outcome = channel.perform(m.type, m.data);
    if (outcome == MALFORMED) {
      this.fail(session + "malformed request " + excerpt(m.type));
      return;
    }
    const granted = outcome == GRANTED;
    this.environment.log(DEBUG, session + excerpt(m.type) + argument(m) + (granted ? " accepted" : " refused"));
    if (m.wantReply) channel.answer(granted);
    if (granted && isStart(m.type)) channel.start();
  }

  private handleOpen(r: Reader): void {
    const m = messages.ChannelOpen.decode(r);
    if (!r.ok()) {
      this.fail("malformed CHANNEL_OPEN");
      return;
    }
    const refusal = refusalOf(m);
    if (refusal != null) this.refuseOpen(m, refusal);
    else if (isDirect(m)) this.openForwarded(m);
    else this.openSession(m);
  }

  private openSession(m: messages.ChannelOpen): void {
    const free = this.channels.indexOf(null);
    if (m.data.length > 0) this.fail("malformed CHANNEL_OPEN");
    else if (this.sealed) this.refuseOpen(m, new Refusal(PROHIBITED, "no more sessions were to be opened"));
    else if (free < 0 || free >= SESSIONS_LIMIT)
      this.refuseOpen(m, new Refusal(RESOURCE_SHORTAGE, "too many sessions"));
    else this.open(m, new SessionChannel(free, this.transport, this.sessions)).confirm();
  }

  /** RFC 4254 section 7.2. */
  private openForwarded(m: messages.ChannelOpen): void {
    if (!FORWARDING) {
      this.refuseOpen(m, new Refusal(PROHIBITED, "forwarding is not offered"));
      return;
    }
    const r = new Reader(m.data);
    const host = r.string();
    const port = r.uint32();
    r.string(); // who wants it, as the client says
    r.uint32();
    const free = this.channels.indexOf(null, SESSIONS_LIMIT);
    const isPlace = host.length > 0 && host.length <= HOST_LIMIT && port > 0 && port <= LARGEST_PORT;
    if (!r.ok()) this.fail("malformed CHANNEL_OPEN");
    else if (!isPlace) this.refuseOpen(m, new Refusal(CONNECT_FAILED, "no such address"));
    else if (free < 0) this.refuseOpen(m, new Refusal(RESOURCE_SHORTAGE, "too many connections"));
    else {
      this.open(m, new ForwardedChannel(free, this.transport, this.sessions));
      if (!this.sessions.connect(free, host, port)) this.connected(free, PROHIBITED);
    }
  }

  private open(m: messages.ChannelOpen, channel: Channel): Channel {
    channel.open(m.sender, m.initialWindow, m.maximumPacket);
    this.channels[channel.number] = channel;
    return channel;
  }

  private handleConfirmation(r: Reader): void {
    const m = messages.ChannelOpenConfirmation.decode(r);
    const channel = this.asked(r, m.recipient);
    if (channel == null) return;
    channel.open(m.sender, m.initialWindow, m.maximumPacket);
    channel.start();
    if (m.maximumPacket < SMALLEST_PACKET) channel.close();
  }

  private handleOpenFailure(r: Reader): void {
    const m = messages.ChannelOpenFailure.decode(r);
    const channel = this.asked(r, m.recipient);
    if (channel == null) return;
    this.channels[channel.number] = null;
    channel.abandon();
  }

  private refuseOpen(m: messages.ChannelOpen, refusal: Refusal): void {
    this.environment.log(DEBUG, "channel of type " + excerpt(m.type) + " refused: " + refusal.description);
    this.refuse(m.sender, refusal);
  }

  private refuse(peer: u32, refusal: Refusal): void {
    const failure = new messages.ChannelOpenFailure();
    failure.recipient = peer;
    failure.reason = refusal.reason;
    failure.description = ascii(refusal.description);
    this.transport.send(encoded(failure));
  }

  private handleGlobalRequest(r: Reader): void {
    const m = messages.GlobalRequest.decode(r);
    if (!r.ok()) {
      this.fail("malformed GLOBAL_REQUEST");
      return;
    }
    const sealing = isText(m.name, "no-more-sessions@openssh.com");
    if (sealing) this.sealed = true;
    const answer = new messages.RequestSuccess();
    if (m.wantReply && isText(m.name, PROVE_HOST_KEYS)) answer.data = this.hostKeys.prove(m.data);
    const granted = sealing || answer.data.length > 0;
    this.environment.log(DEBUG, "global request " + excerpt(m.name) + (granted ? " accepted" : " refused"));
    if (!m.wantReply) return;
    this.transport.send(granted ? encoded(answer) : encoded(new messages.RequestFailure()));
  }

  /** The channel that a message read by `r` is for. Null, and the connection fails, if either is wrong. */
  private recipient(r: Reader, recipient: u32): Channel | null {
    const channel = this.channelOf(r, recipient);
    const isThere = channel != null && channel.opened && !channel.left;
    const isOpen = isThere && (channel!.started || channel!.number < SESSIONS_LIMIT);
    if (r.ok() && !isOpen) this.fail(`a message to channel ${recipient}, which is not open`);
    return isOpen ? channel : null;
  }

  /** The channel that the client was asked to open. Null, and the connection fails, if it wasn't. */
  private asked(r: Reader, recipient: u32): Channel | null {
    const channel = this.channelOf(r, recipient);
    const isAsked = channel != null && !channel.opened;
    if (r.ok() && !isAsked) this.fail(`an answer about channel ${recipient}, which was not asked for`);
    return isAsked ? channel : null;
  }

  private channelOf(r: Reader, number: u32): Channel | null {
    if (!r.ok()) this.fail("malformed message to a channel");
    return r.ok() && number < (CHANNELS_LIMIT as u32) ? this.channels[number as i32] : null;
  }

  private mayPrepare(): bool {
    return this.transport.ready() && this.transport.pending() < OUTPUT_LIMIT;
  }

  private fail(text: string): void {
    this.transport.fail(PROTOCOL_ERROR, text);
  }
}

function isStart(type: Uint8Array): bool {
  return isText(type, "shell") || isText(type, "exec") || isText(type, "subsystem");
}

/** The command or the subsystem of a request that names one, for the log. */
function argument(m: messages.ChannelRequest): string {
  if (!isText(m.type, "exec") && !isText(m.type, "subsystem")) return "";
  return " " + excerpt(m.data.subarray(4));
}
