/**
 * An SFTP server, version 3 of the protocol (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions, without any I/O of
 * its own: bytes from the client go in, bytes to it come out, files are reached through a FileSystem.
 *
 * Requests are answered one at a time, in their order. Its memory is two buffers of fixed size: what a client reads goes
 * from the file straight into the output, what it writes goes straight from the input to the file.
 *
 * What is not a request with an id ends the session, for nothing could be answered. A request whose fields are wrong is
 * answered BAD_MESSAGE, and the session goes on: where the next one begins is known.
 */
import { Reader } from "../../wire/reader.ts";
import { extensionPairs } from "./extensions.ts";
import { FileSystem } from "./file-system.ts";
import { LENGTH_FIELD, PACKET_LIMIT } from "./limits.ts";
import * as number from "./message/number.ts";
import { Init, Version } from "./message/session.ts";
import { perform } from "./requests.ts";
import { ANSWERED, SftpSession } from "./session.ts";

/** Bytes of a packet's type and id: the least that a packet can be. */
const PACKET_HEADER: i32 = 5;
/** Room for two packets of the largest size: one is dealt with while the next one arrives. */
const BUFFER_BYTES: i32 = 2 * (LENGTH_FIELD + PACKET_LIMIT);

export class SftpServer {
  /** Why the session can't go on; empty while it can. */
  fault: string = "";
  private session: SftpSession;
  private buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  private start: i32 = 0;
  private filled: i32 = 0;
  private begun: bool = false;

  constructor(files: FileSystem, readOnly: bool) {
    this.session = new SftpSession(files, readOnly);
  }

  /** The free part of the input buffer, to read into. Not empty unless a whole packet waits to be handled. */
  input(): Uint8Array {
    if (this.start == this.filled || this.start > BUFFER_BYTES >> 1) {
      this.buffer.copyWithin(0, this.start, this.filled);
      this.filled -= this.start;
      this.start = 0;
    }
    return this.buffer.subarray(this.filled);
  }

  /** So many bytes are in it. */
  received(count: i32): void {
    this.filled += count;
  }

  /** True if a whole packet waits to be handled, or what can't become one. */
  hasPacket(): bool {
    const waiting = this.filled - this.start;
    if (this.fault.length > 0 || waiting < LENGTH_FIELD) return false;
    const length = this.packetLength();
    return length > PACKET_LIMIT || length <= waiting - LENGTH_FIELD;
  }

  /** Handles one packet. False if there is none, or no room for its answer. */
  handle(): bool {
    if (!this.hasPacket() || !this.session.hasRoom()) return false;
    const length = this.packetLength();
    if (length > PACKET_LIMIT || length < PACKET_HEADER) {
      this.fault = "a packet of a length that can't be";
      return false;
    }
    const packet = this.start + LENGTH_FIELD;
    this.start = packet + length;
    this.receive(this.buffer.subarray(packet, this.start));
    return true;
  }

  /** Bytes to send, a view; empty if there are none. */
  output(): Uint8Array {
    return this.session.output();
  }

  /** So many of them were. */
  sent(count: i32): void {
    this.session.sent(count);
  }

  /** The client has gone: closes what it has open. */
  end(): void {
    this.session.closeAll();
  }

  /** What the length field says; PACKET_LIMIT + 1 for all that is more. */
  private packetLength(): i32 {
    const length = new Reader(this.buffer.subarray(this.start, this.start + LENGTH_FIELD)).uint32();
    return length > (PACKET_LIMIT as u32) ? PACKET_LIMIT + 1 : (length as i32);
  }

  private receive(packet: Uint8Array): void {
    const type = packet[0] as i32;
    const fields = new Reader(packet.subarray(1));
    if (type == number.INIT && !this.begun) {
      this.begin(fields);
    } else if (type == number.INIT || !this.begun) {
      this.fault = this.begun ? "INIT twice" : "a request before INIT";
    } else {
      this.session.id = new Reader(packet.subarray(1, PACKET_HEADER)).uint32();
      const result = perform(this.session, type, fields);
      if (result != ANSWERED) this.session.answerStatus(result);
    }
  }

  /** Says which version is spoken, whatever the client hopes for: what follows is the client's decision. */
  private begin(fields: Reader): void {
    Init.decode(fields);
    this.begun = true;
    const version = new Version();
    version.extensions = extensionPairs(this.session.readOnly);
    this.session.answer(version);
  }
}
