/** Programs for UEFI with the sections of a unified kernel image, and no code: Microsoft's "PE Format". */

const FILE_ALIGNMENT = 512;
const AMD64 = 0x8664;
const HEADERS = 64;

/** `sections`: their contents by their names. */
export function unifiedKernel(sections: Record<string, Uint8Array>): Buffer {
  const entries = Object.entries(sections);
  const padded = (length: number): number => Math.ceil(length / FILE_ALIGNMENT) * FILE_ALIGNMENT;
  const mz = Buffer.alloc(HEADERS);
  mz.write("MZ");
  mz.writeUInt32LE(HEADERS, 60);
  const coff = Buffer.alloc(24);
  coff.write("PE\0\0");
  coff.writeUInt16LE(AMD64, 4);
  coff.writeUInt16LE(entries.length, 6);
  coff.writeUInt16LE(2, 22); // an executable
  let offset = padded(HEADERS + 24 + 40 * entries.length);
  const headers = [mz, coff];
  const contents: Buffer[] = [];
  for (const [name, bytes] of entries) {
    const header = Buffer.alloc(40);
    header.write(name, "latin1");
    for (const [at, value] of [bytes.length, 0x1000, padded(bytes.length), offset].entries()) {
      header.writeUInt32LE(value, 8 + 4 * at);
    }
    headers.push(header);
    contents.push(Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length, 0xee)]));
    offset += padded(bytes.length);
  }
  const start = Buffer.concat(headers);
  return Buffer.concat([start, Buffer.alloc(padded(start.length) - start.length), ...contents]);
}
