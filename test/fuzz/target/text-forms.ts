/** What is written as text: base64, PEM, lists of names, and numbers of any length. */
import { fromBase64, toBase64 } from "../../../src/core/bytes/base64.ts";
import { concat, equal } from "../../../src/core/bytes/bytes.ts";
import { ascii, printable } from "../../../src/core/bytes/text.ts";
import { fromPem, toPem } from "../../../src/core/pem/pem.ts";
import { encodeAsMpint } from "../../../src/core/ssh/transport/key-exchange-method.ts";
import { firstCommon, holdsName, startsWithName } from "../../../src/core/wire/name-list.ts";
import { Reader } from "../../../src/core/wire/reader.ts";
import { Writer } from "../../../src/core/wire/writer.ts";
import { expect, Target } from "../target.ts";

export class Base64 extends Target {
  constructor() {
    super("base64");
  }

  run(input: Uint8Array, out: Writer): void {
    const bytes = fromBase64(input);
    out.boolean(bytes != null);
    if (bytes != null) {
      expect(equal(toBase64(bytes), input), "there is one form for each byte string");
      out.raw(bytes);
    }
    const back = fromBase64(toBase64(input));
    expect(back != null && equal(back, input), "what was encoded comes back");
  }
}

export class PemText extends Target {
  constructor() {
    super("pem");
  }

  run(input: Uint8Array, out: Writer): void {
    const pem = fromPem(input);
    out.text(pem.label);
    out.boolean(pem.bad);
    out.string(pem.bytes);
    if (pem.label.length == 0 || pem.bad) {
      expect(pem.bytes.length == 0, "bytes of a bad file");
      return;
    }
    const again = fromPem(toPem(pem.label, pem.bytes, 64));
    expect(again.label == pem.label && !again.bad && equal(again.bytes, pem.bytes), "what was written is read again");
  }
}

/** The list up to the first line feed; behind it, a name on each line. */
export class NameList extends Target {
  constructor() {
    super("name-list");
  }

  run(input: Uint8Array, out: Writer): void {
    const lines = printableLines(input);
    const list = ascii(lines[0]);
    const names = lines.slice(1);
    const listed = lines[0].length == 0 ? new Array<string>() : lines[0].split(",");
    for (let i = 0; i < names.length; i++) {
      expect(holdsName(list, names[i]) == listed.includes(names[i]), "held or not");
      const first = listed.length > 0 && listed[0] == names[i];
      expect(startsWithName(list, names[i]) == first, "the first or not");
    }
    let common = -1;
    for (let i = 0; i < listed.length && common < 0; i++) common = names.indexOf(listed[i]);
    expect(firstCommon(list, names) == common, "the first that both have");
    out.uint32(common >>> 0);
  }
}

function printableLines(input: Uint8Array): string[] {
  const lines = new Array<string>();
  let at = 0;
  while (at <= input.length) {
    const feed = input.indexOf(10, at);
    const end = feed < 0 ? input.length : feed;
    lines.push(printable(input.subarray(at, end)));
    at = end + 1;
  }
  return lines;
}

/** Magnitudes of mpints: the input is the content of one. */
export class Mpint extends Target {
  constructor() {
    super("mpint");
  }

  run(input: Uint8Array, out: Writer): void {
    const w = new Writer(64);
    w.string(input);
    const r = new Reader(w.written());
    const magnitude = r.magnitude();
    out.boolean(r.ok());
    if (!r.ok()) return;
    expect(magnitude.length == 0 || magnitude[0] != 0, "no leading zeros");
    expect(equal(encodeAsMpint(magnitude), w.written()), "there is one form for each number");
    const zeros = concat(new Uint8Array(3), magnitude);
    expect(equal(encodeAsMpint(zeros), w.written()), "zeros in front change nothing");
    out.raw(magnitude);
  }
}
