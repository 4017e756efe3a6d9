/** What a server says, packet by packet, over kernels that hide nothing: it must be well-formed to the last byte. */
import { concat, EMPTY } from "../../../src/core/bytes/bytes.ts";
import { ChannelData, ChannelExtendedData } from "../../../src/core/ssh/message/connection.ts";
import * as number from "../../../src/core/ssh/message/number.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect } from "../target.ts";
import { checkMessage } from "./messages.ts";

const TAG: i32 = 16;

export class Conversation {
  /** Sessions that were opened. */
  opened: i32 = 0;
  /** Bytes of data that have come. */
  data: f64 = 0;
  private rest: Uint8Array = EMPTY;
  private identified: bool = false;
  private sealed: bool = false;
  private over: bool = false;
  private scratch: Writer = new Writer(1024);

  hear(bytes: Uint8Array): void {
    this.rest = concat(this.rest, bytes);
    if (!this.identified) {
      const feed = this.rest.indexOf(10);
      expect(feed > 0 && this.rest[feed - 1] == 13, "the identification is a line");
      this.rest = this.rest.subarray(feed + 1);
      this.identified = true;
    }
    while (this.rest.length > 0) this.hearPacket();
  }

  /** Output comes in whole packets. */
  private hearPacket(): void {
    const r = new Reader(this.rest);
    const length = r.uint32() as i32;
    const padding = r.byte() as i32;
    const whole = 4 + length + (this.sealed ? TAG : 0);
    expect(this.rest.length >= whole, "a packet is whole");
    expect(padding >= 4 && padding < length - 1, "padding is as it should be");
    expect(((this.sealed ? length : 4 + length) & 7) == 0, "a packet is aligned");
    const payload = this.rest.subarray(5, 4 + length - padding);
    for (let i = 5 + payload.length; i < whole; i++) expect(this.rest[i] == 0, "padding is zero");
    this.rest = this.rest.subarray(whole);
    this.hearMessage(payload);
  }

  private hearMessage(payload: Uint8Array): void {
    expect(!this.over, "nothing follows a DISCONNECT");
    const message = payload[0] as i32;
    if (message == number.NEWKEYS) {
      expect(payload.length == 1, "NEWKEYS is its number alone");
      this.sealed = true;
      return;
    }
    this.scratch.reset();
    expect(checkMessage(payload, this.scratch), "a message is well-formed");
    const r = new Reader(payload.subarray(1));
    if (message == number.DISCONNECT) this.over = true;
    else if (message == number.CHANNEL_OPEN_CONFIRMATION) this.opened++;
    else if (message == number.CHANNEL_DATA) this.data += ChannelData.decode(r).data.length as f64;
    else if (message == number.CHANNEL_EXTENDED_DATA) this.data += ChannelExtendedData.decode(r).data.length as f64;
  }
}
