/** The checks that hold for every message: one form on the wire, no shorter and no longer one accepted. */
import assert from "node:assert/strict";
import { Reader } from "../../src/core/wire/reader.ts";
import { Writer } from "../../src/core/wire/writer.ts";

interface Encodable {
  encode(w: Writer): void;
}

/**
 * Checks that `m` encodes to `wire`, that this decodes to an equal message, and that `wire` cut short anywhere, or with
 * a byte behind it, does not. `numbered`: `wire` begins with a message number, which `decode` does not read.
 * `open`: bytes at the end of `wire` that are a field without a length of its own, which may be cut or lengthened.
 */
export function checkCodec<M extends Encodable>(
  m: M,
  wire: Uint8Array,
  decode: (r: Reader) => M,
  { numbered = true, open = -1 }: { numbered?: boolean; open?: number } = {},
): void {
  const w = new Writer(1);
  m.encode(w);
  assert.deepEqual(Buffer.from(w.written()), Buffer.from(wire), "encoded");

  const fields = Uint8Array.from(wire.subarray(numbered ? 1 : 0));
  const r = new Reader(fields);
  const decoded = decode(r);
  assert.ok(r.ok(), "not accepted whole");
  assert.deepEqual(normal(decoded), normal(m), "decoded");

  for (let length = 0; length < fields.length - Math.max(open, 0); length++) {
    const cut = new Reader(fields.subarray(0, length));
    decode(cut);
    assert.ok(!cut.ok(), `accepted ${length} of ${fields.length} bytes`);
  }
  if (open >= 0) return;
  const longer = new Reader(Buffer.concat([fields, Buffer.of(0)]));
  decode(longer);
  assert.ok(!longer.ok(), "accepted with a byte behind it");
}

/** The fields, with all byte arrays as the same type. */
function normal(m: object): object {
  return Object.fromEntries(
    Object.entries(m).map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value) : value]),
  );
}
