/**
 * Unified kernel images: a program for UEFI with a section for each part of what is booted (the UAPI group's specification
 * UKI; Microsoft's "PE Format"). No more is looked for than where sections are in the file.
 */
import { isTextWithin, startsWithText } from "../bytes/text.ts";
import { Reader } from "../wire/reader.ts";
import { readLittle16, readLittle32 } from "../wire/little-endian.ts";

/** Where the place of the PE header is, and what comes between that and the sections' headers. */
const PLACE: u32 = 60;
const SIGNATURE_BYTES: i32 = 4;
const SECTION_BYTES: i32 = 40;
const NAME_BYTES: i32 = 8;

export class Section {
  /** In the file, in bytes. */
  offset: f64;
  length: f64;

  constructor(offset: f64, length: f64) {
    this.offset = offset;
    this.length = length;
  }
}

/** True for the beginning of any program for UEFI. */
export function isUefiProgram(file: Uint8Array): bool {
  return startsWithText(file, "MZ");
}

/** The section `name` of the file that begins with `headers`, all of them; null if there is none, or it has no bytes there. */
export function sectionOf(headers: Uint8Array, name: string): Section | null {
  const r = new Reader(headers);
  r.raw(PLACE);
  const place = readLittle32(r);
  if (place < PLACE + 4) return null;
  r.raw(place - PLACE - 4);
  if (!startsWithText(r.raw(SIGNATURE_BYTES as u32), "PE\0\0")) return null;
  r.raw(2); // the machine
  const count = readLittle16(r);
  r.raw(12);
  const optional = readLittle16(r);
  r.raw(2 + optional);
  for (let i: u32 = 0; i < count && !r.bad; i++) {
    const section = new Reader(r.raw(SECTION_BYTES as u32));
    const title = section.raw(NAME_BYTES as u32);
    const size = readLittle32(section);
    section.raw(4); // where it is in memory
    const raw = readLittle32(section);
    const offset = readLittle32(section);
    const end = title.indexOf(0);
    if (r.bad || offset == 0 || !isTextWithin(title, 0, end < 0 ? title.length : end, name)) continue;
    return new Section(offset as f64, (size < raw ? size : raw) as f64); // what is in the file is filled up
  }
  return null;
}
