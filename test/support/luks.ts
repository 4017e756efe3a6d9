/** LUKS headers as the format's specifications have them, sound unless a test changes them. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const MAGIC = Buffer.of(0xba, 0xbe);
const JSON_AT = 4096;

/** Metadata with one key slot for a passphrase. */
export function metadata(): any {
  return {
    keyslots: {
      "0": {
        type: "luks2",
        key_size: 64,
        af: { type: "luks1", stripes: 4000, hash: "sha256" },
        area: { type: "raw", offset: "32768", size: "258048", encryption: "aes-xts-plain64", key_size: 64 },
        kdf: { type: "argon2id", time: 4, memory: 1048576, cpus: 4, salt: "c2FsdA==" },
      },
    },
    tokens: {},
    segments: {
      "0": {
        type: "crypt",
        offset: "16777216",
        size: "dynamic",
        iv_tweak: "0",
        encryption: "aes-xts-plain64",
        sector_size: 512,
      },
    },
    digests: {
      "0": {
        type: "pbkdf2",
        keyslots: ["0"],
        segments: ["0"],
        hash: "sha256",
        iterations: 150000,
        salt: "c2FsdA==",
        digest: "c2FsdA==",
      },
    },
    config: { json_size: "12288", keyslots_size: "16744448" },
  };
}

/** One copy of a LUKS2 header. `second`: the one behind the other. */
export function luks2Copy(json: string, second = false, size = 16384): Buffer {
  const header = Buffer.alloc(size);
  header.write(second ? "SKUL" : "LUKS", "latin1");
  MAGIC.copy(header, 4);
  header.writeUInt16BE(2, 6);
  header.writeBigUInt64BE(BigInt(size), 8);
  header.writeBigUInt64BE(3n, 16);
  header.write("sha256", 72);
  header.write("11111111-2222-3333-4444-555555555555", 168);
  header.writeBigUInt64BE(second ? BigInt(size) : 0n, 256);
  header.write(json, JSON_AT);
  return checked(header);
}

/** Sets the checksum of a LUKS2 header right. */
export function checked(header: Buffer): Buffer {
  header.fill(0, 448, 512);
  createHash("sha256").update(header).digest().copy(header, 448);
  return header;
}

/** Both copies. */
export function luks2(json: unknown): Buffer {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return Buffer.concat([luks2Copy(text), luks2Copy(text, true)]);
}

export function luks1(cipher = "aes", mode = "xts-plain64", iterations = 500000): Buffer {
  const header = Buffer.alloc(592);
  header.write("LUKS", "latin1");
  MAGIC.copy(header, 4);
  header.writeUInt16BE(1, 6);
  header.write(cipher, 8);
  header.write(mode, 40);
  header.write("sha256", 72);
  header.writeUInt32BE(4096, 104);
  header.writeUInt32BE(64, 108);
  header.writeUInt32BE(100000, 164);
  for (let slot = 0; slot < 8; slot++) header.writeUInt32BE(0x0000dead, 208 + 48 * slot);
  header.writeUInt32BE(0x00ac71f3, 208);
  header.writeUInt32BE(iterations, 212);
  return header;
}

/** Changes the metadata in both copies of a LUKS2 image's header, checksums included. */
export function retouch(path: string, change: (json: any) => void): void {
  const image = readFileSync(path);
  const size = Number(image.readBigUInt64BE(8));
  for (const start of [0, size]) {
    const header = image.subarray(start, start + size);
    const area = header.subarray(JSON_AT);
    const json = JSON.parse(area.subarray(0, area.indexOf(0)).toString());
    change(json);
    area.fill(0);
    area.write(JSON.stringify(json));
    checked(header);
  }
  writeFileSync(path, image);
}
