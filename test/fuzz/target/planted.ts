/** A target with something wrong in it: what a fuzzer that works finds within moments. */
import { startsWithText } from "../../../src/core/bytes/text.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

export class Planted extends Target {
  constructor() {
    super("planted");
  }

  run(input: Uint8Array, _out: Writer): void {
    expect(!startsWithText(input, "SSH-2.0-"), "planted");
  }
}
