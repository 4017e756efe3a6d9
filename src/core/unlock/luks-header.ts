/**
 * Whether the LUKS header of a disk is one to which a passphrase may be given.
 *
 * LUKS2 ("LUKS2 On-Disk Format Specification" 1.1.2, section 2) has two copies of its header, each with a number that
 * grows with every change and a checksum; cryptsetup goes by the newer one that is whole. Here the first has to be whole,
 * and the second, if it is, has to be as good.
 *
 * On purpose: a disk that gives different answers to those who read it one after the other isn't caught; nor is one that
 * has no header of its own (detached, plain dm-crypt, BitLocker) anything but a fault.
 */
import { copyOf, equal } from "../bytes/bytes.ts";
import { isText, printable } from "../bytes/text.ts";
import { kernels } from "../crypto/kernels.ts";
import { Reader } from "../wire/reader.ts";
import { LUKS1_BYTES, luks1Fault } from "./luks1.ts";
import { metadataFault } from "./luks2-metadata.ts";
import { untilNul } from "./text-field.ts";

/** Bytes of magic and version, and of the header ahead of the JSON. */
const START: i32 = 8;
const BINARY_BYTES: i32 = 4096;
/** Bytes of the whole header with its JSON: powers of two from and to these. */
const LEAST_BYTES: u32 = 16384;
const MOST_BYTES: u32 = 4194304;
const CHECKSUM_AT: i32 = 448;
const CHECKSUM_FIELD: i32 = 64;
const SHA256_BYTES: i32 = 32;

const NO_HEADER: string = "it has no LUKS header";

/** What holds a header. */
export abstract class HeaderSource {
  /** `length` bytes from `offset` on; fewer if there are no more, or they can't be read. */
  abstract read(offset: i32, length: i32): Uint8Array;
}

/** What is wrong with a disk's header, as half a sentence about the disk; empty if nothing is. */
export function headerFault(source: HeaderSource): string {
  const r = new Reader(source.read(0, START));
  const magic = r.raw(6);
  const version = r.uint16();
  if (!r.ok() || !isMagic(magic, "LUKS")) return NO_HEADER;
  if (version == 1) return luks1Fault(source.read(0, LUKS1_BYTES));
  if (version != 2) return `its header is of the unknown version ${version}`;
  const first = new Luks2Header(source, 0);
  if (first.fault.length > 0) return first.fault;
  const fault = metadataFault(first.metadata);
  if (fault.length > 0) return fault;
  const second = new Luks2Header(source, first.size);
  return second.fault.length > 0 ? "" : metadataFault(second.metadata);
}

function isMagic(magic: Uint8Array, letters: string): bool {
  return magic.length == 6 && isText(magic.subarray(0, 4), letters) && magic[4] == 0xba && magic[5] == 0xbe;
}

/** One of the two copies. */
class Luks2Header {
  /** Why it is none, or not whole; empty if it is. */
  fault: string;
  /** Bytes, the JSON's area among them. */
  size: i32 = 0;
  /** The JSON, without the zeros behind it. */
  metadata: Uint8Array = new Uint8Array(0);

  constructor(source: HeaderSource, offset: i32) {
    this.fault = "";
    this.fault = this.read(source, offset);
  }

  private read(source: HeaderSource, offset: i32): string {
    const r = new Reader(source.read(offset, BINARY_BYTES));
    const magic = r.raw(6);
    const version = r.uint16();
    const high = r.uint32();
    const size = r.uint32();
    r.raw(8 + 48); // number of the change, label
    const algorithm = untilNul(r.raw(32));
    r.raw(64 + 40 + 48); // salt, UUID, subsystem
    const ownHigh = r.uint32();
    const own = r.uint32();
    r.rest();
    if (!r.ok() || version != 2 || !isMagic(magic, offset == 0 ? "LUKS" : "SKUL")) return NO_HEADER;
    if (high != 0 || size < LEAST_BYTES || size > MOST_BYTES || (size & (size - 1)) != 0) {
      return "its header is of an impossible size";
    }
    if (ownHigh != 0 || own != (offset as u32)) return "its header is not in its place";
    if (!isText(algorithm, "sha256")) return "its checksum is of an unknown kind: " + printable(algorithm);
    const header = source.read(offset, size as i32);
    if (header.length != (size as i32)) return "its header is cut short";
    if (!isWhole(header)) return "the checksum of its header is wrong";
    const area = header.subarray(BINARY_BYTES);
    const metadata = untilNul(area);
    for (let i = metadata.length; i < area.length; i++) {
      if (area[i] != 0) return "something is hidden behind its metadata";
    }
    this.size = size as i32;
    this.metadata = metadata;
    return "";
  }
}

/** True if the checksum over `header`, with zeros in its own place, is right. */
function isWhole(header: Uint8Array): bool {
  const field = header.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_FIELD);
  const expected = copyOf(field, 0, SHA256_BYTES);
  field.fill(0);
  const sum = new Uint8Array(SHA256_BYTES);
  kernels().sha256(sum, header);
  return equal(sum, expected);
}
