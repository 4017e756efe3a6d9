/** RFC 4251 section 5 for the test client: written apart from the server's own codec, so that one checks the other. */

/** A `string` of each argument; text is taken as UTF-8. */
export function encode(...values: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(values.flatMap((value) => [uint32(Buffer.byteLength(value)), Buffer.from(value as string)]));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A message: its number, then the fields. Numbers are uint32, booleans a byte, everything else a `string`. */
export function message(number: number, ...fields: (number | boolean | string | Uint8Array)[]): Buffer {
  const parts = fields.map((field) => {
    if (typeof field === "number") return uint32(field);
    if (typeof field === "boolean") return Buffer.of(field ? 1 : 0);
    return encode(field);
  });
  return Buffer.concat([Buffer.of(number), ...parts]);
}

/** Reads fields one after the other; an overrun throws. */
export class Fields {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(count: number): Buffer {
    if (count > this.bytes.length - this.at) throw new RangeError("message is too short");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  text(): string {
    return this.string().toString("latin1");
  }

  names(): string[] {
    const text = this.text();
    return text === "" ? [] : text.split(",");
  }

  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}
