/**
 * The binary packet protocol, in the clear and encrypted by a key that the fuzzer knows: here the kernels are real.
 *
 * A record: how to send it, then bytes or a payload. What is sealed as it should be must be opened, what is changed by one
 * bit must not, and the buffer gives room at all times.
 */
import { equal } from "../../../src/core/bytes/bytes.ts";
import { Cipher, KeySource } from "../../../src/core/ssh/transport/cipher.ts";
import { cipherNames, newCipher } from "../../../src/core/ssh/transport/ciphers.ts";
import { FORGED, Incoming, NOTHING, PACKET } from "../../../src/core/ssh/transport/incoming.ts";
import { Outgoing } from "../../../src/core/ssh/transport/outgoing.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** What a record's first byte, by its lowest bits, says. */
const RAW: i32 = 1;
const FORGED_BIT: i32 = 2;
const NEW_KEYS: i32 = 3;
/** Bytes of a payload that must be taken: RFC 4253 section 6.1. */
const LONGEST: i32 = 32768;

/** The same keys for both directions, out of one byte, which says which cipher it is too. */
class OneByte extends KeySource {
  private byte: i32;

  constructor(byte: i32) {
    super();
    this.byte = byte;
  }

  key(length: i32): Uint8Array {
    return new Uint8Array(length).fill(this.byte as u8);
  }

  initialIv(length: i32): Uint8Array {
    return new Uint8Array(length).fill(this.byte as u8);
  }

  cipher(): Cipher {
    const names = cipherNames(true);
    return newCipher(names[this.byte % names.length], this);
  }
}

export class Framing extends Target {
  private incoming: Incoming = new Incoming();
  private outgoing: Outgoing = new Outgoing();
  private encrypted: bool = false;
  /** Nothing can follow: a packet was refused, or what was sent is no packet of ours. */
  private over: bool = false;

  constructor() {
    super("framing");
    this.records = true;
  }

  run(input: Uint8Array, out: Writer): void {
    this.incoming = new Incoming();
    this.outgoing = new Outgoing();
    this.encrypted = false;
    this.over = false;
    let at = 0;
    while (at + 2 < input.length && !this.over) {
      const length = ((input[at] as i32) << 8) | (input[at + 1] as i32);
      const end = at + 2 + length < input.length ? at + 2 + length : input.length;
      this.act((input[at + 2] as i32) & 3, input.subarray(at + 3 < end ? at + 3 : end, end), out);
      at = end;
    }
  }

  private act(how: i32, bytes: Uint8Array, out: Writer): void {
    if (how == NEW_KEYS) {
      const byte = bytes.length > 0 ? (bytes[0] as i32) : 0;
      const source = new OneByte(byte);
      const restart = (byte & 2) != 0;
      this.encrypted = true;
      this.incoming.awaitKeys(source.cipher());
      this.incoming.changeKeys(restart);
      this.outgoing.changeKeys(source.cipher(), restart);
    } else if (how == RAW) {
      this.give(bytes);
      this.over = true;
      this.drain(out);
    } else if (bytes.length > 0 && bytes.length <= LONGEST) {
      this.sendPacket(bytes, how == FORGED_BIT, out);
    }
  }

  private sendPacket(payload: Uint8Array, forged: bool, out: Writer): void {
    this.outgoing.prepare(payload.length).set(payload);
    this.outgoing.commit(payload.length);
    const packet = this.outgoing.output();
    const bit = payload[0] as i32;
    if (forged) packet[4 + (bit % (packet.length - 4))] ^= 1;
    this.give(packet);
    this.outgoing.sent(packet.length);
    const found = this.incoming.next();
    out.byte(found as u8);
    if (forged) {
      this.over = true;
      expect(!this.encrypted || found == FORGED, "a change goes unnoticed");
      return;
    }
    expect(found == PACKET && equal(this.incoming.payload, payload), "what was sent arrives");
    expect(this.incoming.available() == 0, "and nothing more");
  }

  /** Takes all packets that there are. */
  private drain(out: Writer): void {
    let found = PACKET;
    while (found == PACKET) {
      found = this.incoming.next();
      out.byte(found as u8);
      if (found != PACKET) continue;
      expect(this.incoming.payload.length > 0, "a packet carries something");
      out.string(this.incoming.payload);
    }
    expect(found == NOTHING || this.incoming.available() > 0, "what is refused is there");
  }

  private give(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const room = this.incoming.free();
      expect(room.length > 0, "there is always room");
      const count = bytes.length - at < room.length ? bytes.length - at : room.length;
      room.set(bytes.subarray(at, at + count));
      this.incoming.filledBy(count);
      at += count;
    }
  }
}
