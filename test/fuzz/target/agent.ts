/** What an agent is told and answers: a stream, taken in pieces as large as its first byte says. */
import { copyOf, equal } from "../../../src/core/bytes/bytes.ts";
import { framedBytes, IncomingFrame } from "../../../src/core/ssh/agent/frame.ts";
import * as agent from "../../../src/core/ssh/agent/message.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { Codec, expect, Target } from "../target.ts";

const codecs: Codec[] = [
  new Codec(agent.SIGN_REQUEST, "", (r: Reader, w: Writer) => agent.SignRequest.decode(r).encode(w)),
  new Codec(agent.SIGN_RESPONSE, "", (r: Reader, w: Writer) => agent.SignResponse.decode(r).encode(w)),
  new Codec(agent.IDENTITIES_ANSWER, "", (r: Reader, w: Writer) => agent.IdentitiesAnswer.decode(r).encode(w)),
];

export class AgentMessages extends Target {
  constructor() {
    super("agent");
  }

  run(input: Uint8Array, out: Writer): void {
    let at = 1;
    while (at < input.length) {
      const frame = new IncomingFrame();
      at = this.take(frame, input, at);
      const message = frame.message();
      out.boolean(frame.bad);
      expect(at >= input.length || frame.bad || message.length > 0, "whole, bad, or all is taken");
      if (message.length == 0) return;
      const again = framedBytes(message);
      expect(equal(again, input.subarray(at - again.length, at)), "it travels as it came");
      for (let i = 0; i < codecs.length; i++) {
        if (codecs[i].number == (message[0] as i32)) codecs[i].check(message.subarray(1), out);
      }
    }
  }

  /** Where the bytes begin that the frame doesn't take. */
  private take(frame: IncomingFrame, input: Uint8Array, start: i32): i32 {
    const piece = ((input[0] as i32) & 63) + 1;
    let at = start;
    let room = frame.room();
    while (room.length > 0 && at < input.length) {
      const left = input.length - at < piece ? input.length - at : piece;
      const count = left < room.length ? left : room.length;
      room.set(copyOf(input, at, count));
      frame.took(count);
      at += count;
      room = frame.room();
    }
    return at;
  }
}
