/** Certificates and lists of revoked keys made by ssh-keygen, and security keys made of software. */
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { unsigned, type UserKey } from "./keys.ts";
import { encode } from "./ssh/wire.ts";

/** What ssh-keygen is told; the words are its own. */
export interface CertificateOptions {
  id?: string;
  principals?: string;
  /** As `-V` takes it. */
  validity?: string;
  serial?: bigint;
  /** Each as `-O` takes it. */
  options?: string[];
  host?: boolean;
}

/** Certifies the public key in `path.pub` by the authority's private key; leaves and gives `path-cert.pub`. */
export function certify(authority: string, path: string, options: CertificateOptions = {}): string {
  const words = ["-q", "-s", authority, "-I", options.id ?? "test"];
  if (options.host) words.push("-h");
  if (options.principals !== undefined) words.push("-n", options.principals);
  if (options.validity !== undefined) words.push("-V", options.validity);
  if (options.serial !== undefined) words.push("-z", String(options.serial));
  for (const option of options.options ?? []) words.push("-O", option);
  execFileSync("ssh-keygen", [...words, `${path}.pub`], { stdio: ["ignore", "ignore", "pipe"] });
  return `${path}-cert.pub`;
}

/** The blob in a line of a `.pub` file. */
export function blobOf(line: string): Buffer {
  return Buffer.from(line.split(" ")[1]!, "base64");
}

/** A line for authorized_keys. */
export function lineOf(blob: Uint8Array): string {
  const length = Buffer.from(blob).readUInt32BE(0);
  return `${Buffer.from(blob).toString("latin1", 4, 4 + length)} ${Buffer.from(blob).toString("base64")}`;
}

/** The certificate of `blob`, a public key, by the authority in the file. */
export function certificateOf(authority: string, blob: Uint8Array, options: CertificateOptions = {}): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "postern-certificate-"));
  try {
    writeFileSync(join(folder, "key.pub"), `${lineOf(blob)}\n`);
    return blobOf(readFileSync(certify(authority, join(folder, "key"), options), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A list of revoked keys: `specification` as in ssh-keygen(1), KEY REVOCATION LISTS, or keys and certificates. */
export function revocationList(files: Record<string, string>, authority?: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "postern-krl-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const words = ["-k", "-q", "-f", join(folder, "krl")];
    if (authority !== undefined) {
      copyFileSync(`${authority}.pub`, join(folder, "authority.pub"));
      words.push("-s", join(folder, "authority.pub"));
    }
    execFileSync("ssh-keygen", [...words, ...Object.keys(files).map((name) => join(folder, name))]);
    return readFileSync(join(folder, "krl"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const PRESENT = 1;
export const VERIFIED = 4;

/** A security key (PROTOCOL.u2f) without the hardware: `flags` are what it says of its user, and may be changed. */
export interface SecurityKey extends UserKey {
  flags: number;
  counter: number;
}

export function securityKey(type: "ed25519" | "ecdsa", flags = PRESENT, application = "ssh:"): SecurityKey {
  const ed25519 = type === "ed25519";
  const algorithm = ed25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com";
  const { privateKey } = ed25519 ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = privateKey.export({ format: "jwk" });
  const point = Buffer.from(x!, "base64url");
  const blob = ed25519
    ? encode(algorithm, point, application)
    : encode(algorithm, "nistp256", Buffer.concat([Buffer.of(4), point, Buffer.from(y!, "base64url")]), application);
  const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
  return {
    algorithm,
    blob,
    flags,
    counter: 1,
    sign(message) {
      const data = Buffer.alloc(5);
      data[0] = this.flags;
      data.writeUInt32BE(this.counter++, 1);
      const signed = Buffer.concat([sha256(application), data, sha256(message)]);
      if (ed25519) return Buffer.concat([encode(algorithm, sign(null, signed, privateKey)), data]);
      const rs = sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const pair = encode(unsigned(rs.subarray(0, 32)), unsigned(rs.subarray(32)));
      return Buffer.concat([encode(algorithm, pair), data]);
    },
  };
}
