/**
 * Public keys and certificates in one line, as `ssh-keygen -l` and `ssh-add -l` show them: bits, fingerprint, comment, and
 * what they are. A certificate has the fingerprint of its key. A type that isn't known is shown by its name.
 */
import { copyOf, EMPTY } from "../../bytes/bytes.ts";
import { isText, printable } from "../../bytes/text.ts";
import { Reader } from "../../wire/reader.ts";
import { Writer } from "../../wire/writer.ts";
import { certificateType } from "./certificate.ts";
import { fingerprint } from "./fingerprint.ts";
import { bitsOf, SSH_RSA } from "./plain-key.ts";
import { SK_ECDSA_NISTP256, SK_SSH_ED25519, SSH_ED25519, SSH_MLDSA44_ED25519 } from "./public-key.ts";

class Shape {
  /** Of the type. */
  name: string;
  label: string;
  /** How large such a key is; an RSA key says so itself. */
  bits: i32;
  /** How many fields there are behind the name. */
  fields: i32;

  constructor(name: string, label: string, bits: i32, fields: i32) {
    this.name = name;
    this.label = label;
    this.bits = bits;
    this.fields = fields;
  }
}

const shapes: Shape[] = [
  new Shape(SSH_ED25519, "ED25519", 256, 1),
  new Shape("ecdsa-sha2-nistp256", "ECDSA", 256, 2),
  new Shape("ecdsa-sha2-nistp384", "ECDSA", 384, 2),
  new Shape("ecdsa-sha2-nistp521", "ECDSA", 521, 2),
  new Shape(SSH_RSA, "RSA", 0, 2),
  new Shape(SK_SSH_ED25519, "ED25519-SK", 256, 2),
  new Shape(SK_ECDSA_NISTP256, "ECDSA-SK", 256, 3),
  new Shape(SSH_MLDSA44_ED25519, "MLDSA44-ED25519", 256, 1),
];

/** `256 SHA256:... comment (ECDSA)`, without a line end. */
export function describeBlob(blob: Uint8Array, comment: Uint8Array): string {
  const r = new Reader(blob);
  const name = r.string();
  let label = printable(name);
  let bits = 0;
  let key = blob;
  for (let i = 0; i < shapes.length; i++) {
    const shape = shapes[i];
    const certified = isText(name, certificateType(shape.name));
    if (!certified && !isText(name, shape.name)) continue;
    if (certified) r.string(); // the nonce
    const fields = keyFields(r, blob, shape.fields);
    label = certified ? shape.label + "-CERT" : shape.label;
    bits = shape.name == SSH_RSA ? modulusBits(fields) : shape.bits;
    if (certified) key = keyOf(shape.name, fields);
  }
  const called = comment.length > 0 ? printable(comment) : "no comment";
  return `${bits} ${fingerprint(key)} ${called} (${label})`;
}

/** The next `count` fields of `blob`, of which `r` is a reader. */
function keyFields(r: Reader, blob: Uint8Array, count: i32): Uint8Array {
  const start = blob.length - r.left();
  for (let i = 0; i < count; i++) r.string();
  return r.bad ? EMPTY : blob.subarray(start, blob.length - r.left());
}

function modulusBits(fields: Uint8Array): i32 {
  const r = new Reader(fields);
  r.string(); // the exponent
  return bitsOf(r.magnitude());
}

function keyOf(type: string, fields: Uint8Array): Uint8Array {
  const w = new Writer(64 + fields.length);
  w.text(type);
  w.raw(fields);
  return copyOf(w.written(), 0, w.written().length);
}
