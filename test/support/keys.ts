/** Throw-away keys made by ssh-keygen, and OpenSSH's private key file read (PROTOCOL.key; unencrypted ones only). */
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode, Fields } from "./ssh/wire.ts";

export type KeyType = "ed25519" | "ecdsa";

/** A key pair in files `path` and `path.pub`. */
export interface KeyFile {
  path: string;
  /** The line for authorized_keys. */
  line: string;
}

/** Makes a key pair. `ecdsa` means nistp256. */
export function makeKey(path: string, type: KeyType = "ed25519"): KeyFile {
  const size = type === "ecdsa" ? ["-b", "256"] : [];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...size, "-N", "", "-C", "test", "-f", path]);
  return { path, line: readFileSync(`${path}.pub`, "utf8").trim() };
}

/** A key that can sign for a user. */
export interface UserKey {
  algorithm: string;
  /** The public key as on the wire, RFC 4253 section 6.6. */
  blob: Buffer;
  /** The signature as on the wire: algorithm name and its value. */
  sign(message: Uint8Array): Buffer;
}

/** Fields of OpenSSH's private key file after the public part: both check numbers, then the key. */
function readPrivate(path: string): Fields {
  const text = readFileSync(path, "utf8").replace(/-----[^-]+-----/g, "");
  const file = new Fields(Buffer.from(text, "base64"));
  if (file.take(15).toString("latin1") !== "openssh-key-v1\0") throw new Error(`${path}: not an OpenSSH private key`);
  if (file.text() !== "none") throw new Error(`${path}: encrypted`);
  file.string(); // KDF
  file.string(); // its options
  file.uint32(); // number of keys
  file.string(); // public key
  const secret = new Fields(file.string());
  if (secret.uint32() !== secret.uint32()) throw new Error(`${path}: check numbers differ`);
  return secret;
}

/** PKCS #8 around a 32-byte Ed25519 seed, RFC 8410 section 7. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

export function ed25519FromSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" });
}

/** The private key that makeKey left in `path`. */
export function readKey(path: string): UserKey {
  const fields = readPrivate(path);
  const algorithm = fields.text();
  if (algorithm === "ssh-ed25519") {
    const publicKey = fields.string();
    const key = ed25519FromSeed(fields.string().subarray(0, 32));
    return {
      algorithm,
      blob: encode(algorithm, publicKey),
      sign: (message) => encode(algorithm, sign(null, message, key)),
    };
  }
  if (algorithm !== "ecdsa-sha2-nistp256") throw new Error(`${path}: ${algorithm} is not supported`);
  const curve = fields.string();
  const point = fields.string();
  const scalar = Buffer.alloc(32);
  const mpint = fields.string();
  mpint.subarray(-32).copy(scalar, 32 - Math.min(32, mpint.length));
  const key = createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
      d: scalar.toString("base64url"),
    },
  });
  return {
    algorithm,
    blob: encode(algorithm, curve, point),
    sign(message) {
      const rs = sign("sha256", message, { key, dsaEncoding: "ieee-p1363" });
      return encode(
        algorithm,
        Buffer.concat([encode(unsigned(rs.subarray(0, 32))), encode(unsigned(rs.subarray(32)))]),
      );
    },
  };
}

/** The content of an mpint (RFC 4251 section 5) that holds the unsigned number `bytes`. */
export function unsigned(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  const rest = bytes.subarray(start);
  return rest.length > 0 && rest[0]! >= 128 ? Buffer.concat([Buffer.of(0), rest]) : Buffer.from(rest);
}

/** Writes the Ed25519 key in `path` as a key folder of TinySSH: seed and public key, without any header. */
export function writeKeyFolder(path: string, folder: string): void {
  const fields = readPrivate(path);
  fields.string(); // algorithm
  const publicKey = fields.string();
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, "ed25519.pk"), publicKey, { mode: 0o644 });
  writeFileSync(join(folder, ".ed25519.sk"), fields.string(), { mode: 0o600 });
}

/** The Ed25519 public key from its 32 bytes. */
export function ed25519Public(bytes: Uint8Array): KeyObject {
  return createPublicKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(bytes).toString("base64url") },
  });
}
