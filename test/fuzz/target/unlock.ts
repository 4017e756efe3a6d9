/** What disks say of themselves, and what asks for their passphrases. */
import { copyOf } from "../../../src/core/bytes/bytes.ts";
import { kernels } from "../../../src/core/crypto/kernels.ts";
import { AskRequest, unescaped } from "../../../src/core/unlock/ask-request.ts";
import { parseJson } from "../../../src/core/json/json.ts";
import { headerFault, HeaderSource } from "../../../src/core/unlock/luks-header.ts";
import { metadataFault } from "../../../src/core/unlock/luks2-metadata.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

/** Bytes of the header ahead of its JSON, and where the checksum is in it. */
const BINARY_BYTES: i32 = 4096;
const CHECKSUM_AT: i32 = 448;

/** A disk that begins with the input, and has zeros behind it. Where a whole header is read, its checksum is right. */
class FuzzedDisk extends HeaderSource {
  private input: Uint8Array;

  constructor(input: Uint8Array) {
    super();
    this.input = input;
  }

  read(offset: i32, length: i32): Uint8Array {
    expect(offset >= 0 && length >= 0 && length <= 4194304, "what is read is bounded");
    const bytes = new Uint8Array(length);
    if (offset < this.input.length) {
      const end = this.input.length - offset < length ? this.input.length : offset + length;
      bytes.set(this.input.subarray(offset, end));
    }
    if (length > BINARY_BYTES) {
      bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + 64);
      const sum = new Uint8Array(32);
      kernels().sha256(sum, bytes);
      bytes.set(sum, CHECKSUM_AT);
    }
    return bytes;
  }
}

export class LuksHeaders extends Target {
  constructor() {
    super("luks-header");
    this.memoryLimit = 33554432; // two headers of the largest size
  }

  run(input: Uint8Array, out: Writer): void {
    const fault = headerFault(new FuzzedDisk(input));
    out.text(fault);
    const again = headerFault(new FuzzedDisk(copyOf(input, 0, input.length)));
    expect(again == fault, "the same header is as good the second time");
  }
}

export class LuksMetadata extends Target {
  constructor() {
    super("luks-metadata");
  }

  run(input: Uint8Array, out: Writer): void {
    const fault = metadataFault(input);
    out.text(fault);
    expect(fault.length > 0 || parseJson(input) != null, "what is sound can be read");
  }
}

export class AskRequests extends Target {
  constructor() {
    super("ask-request");
  }

  run(input: Uint8Array, out: Writer): void {
    expect(unescaped(input).length <= input.length, "escapes only shrink");
    const request = AskRequest.parse(input);
    out.boolean(request != null);
    if (request == null) return;
    expect(request.socket[0] == 47 && request.process >= 0 && request.notAfter >= 0, "what a request is");
    out.string(request.socket);
    out.string(request.device());
    out.string(request.dataset());
    out.string(request.volume());
    out.boolean(request.acceptCached);
  }
}
