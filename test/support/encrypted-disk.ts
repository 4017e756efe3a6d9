/**
 * Images of disks that are encrypted with LUKS2 and have a file system. cryptsetup makes the header; what follows it is
 * encrypted here, in the way of dm-crypt's aes-xts-plain64, because machines that run tests often have no dm-crypt.
 */
import { execFileSync } from "node:child_process";
import { createCipheriv, randomBytes } from "node:crypto";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";

const SECTOR_BYTES = 512;
/** What cryptsetup 2 leaves for header and key slots. */
const HEADER_BYTES = 16 << 20;
const CONTENT_BYTES = 16 << 20;
/** The weakest Argon2 that `postern unlock` takes (luks-limits.ts): in an emulated machine it takes long enough. */
const KEY_DERIVATION = "--pbkdf argon2id --pbkdf-memory 8960 --pbkdf-force-iterations 4 --pbkdf-parallel 1".split(" ");

export interface DiskSettings {
  uuid: string;
  passphrase: string;
  /** Of the file system. */
  label: string;
}

/** Writes the image `path`, with the files of `folder` on it. */
export function writeEncryptedDisk(path: string, folder: string, { uuid, passphrase, label }: DiskSettings): void {
  writeFileSync(path, "");
  truncateSync(path, CONTENT_BYTES);
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-L", label, "-d", folder, path], { env: withSystemFolders() });
  const content = readFileSync(path);

  const key = randomBytes(64);
  const keyFile = `${path}.key`;
  writeFileSync(keyFile, key, { mode: 0o600 });
  truncateSync(path, 0);
  truncateSync(path, HEADER_BYTES + CONTENT_BYTES);
  const cipher = ["--cipher", "aes-xts-plain64", "--key-size", "512", "--sector-size", String(SECTOR_BYTES)];
  const words = ["luksFormat", "-q", "--type", "luks2", "--uuid", uuid, ...cipher, ...KEY_DERIVATION];
  execFileSync("cryptsetup", [...words, "--volume-key-file", keyFile, path, "-"], {
    input: passphrase,
    env: withSystemFolders(),
  });
  rmSync(keyFile);

  const image = readFileSync(path);
  encryptSectors(key, content).copy(image, HEADER_BYTES);
  writeFileSync(path, image);
}

function encryptSectors(key: Buffer, content: Buffer): Buffer {
  const vector = Buffer.alloc(16);
  const sectors: Buffer[] = [];
  for (let at = 0; at < content.length; at += SECTOR_BYTES) {
    vector.writeBigUInt64LE(BigInt(at / SECTOR_BYTES));
    const cipher = createCipheriv("aes-256-xts", key, vector);
    sectors.push(cipher.update(content.subarray(at, at + SECTOR_BYTES)), cipher.final());
  }
  return Buffer.concat(sectors);
}

function withSystemFolders(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
}
