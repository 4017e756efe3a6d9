/** Numbers with the lowest byte first, which formats have that were made on x86. */
import { Reader } from "./reader.ts";
import { Uint64 } from "./uint64.ts";
import { Writer } from "./writer.ts";

export function readLittle16(r: Reader): u32 {
  const low = r.byte() as u32;
  return low | ((r.byte() as u32) << 8);
}

export function readLittle32(r: Reader): u32 {
  const low = readLittle16(r);
  return (low | (readLittle16(r) << 16)) >>> 0;
}

export function readLittle64(r: Reader): Uint64 {
  const low = readLittle32(r);
  return new Uint64(readLittle32(r), low);
}

export function writeLittle16(w: Writer, value: u32): void {
  w.byte((value & 255) as u8);
  w.byte(((value >>> 8) & 255) as u8);
}

export function writeLittle32(w: Writer, value: u32): void {
  writeLittle16(w, value & 0xffff);
  writeLittle16(w, value >>> 16);
}

export function writeLittle64(w: Writer, value: Uint64): void {
  writeLittle32(w, value.low);
  writeLittle32(w, value.high);
}
