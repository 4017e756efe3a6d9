/** The curve kernels in WebAssembly, over byte arrays, and node:crypto's keys as the raw bytes that they take. */
import { type KeyObject, createPrivateKey, createPublicKey } from "node:crypto";
import { loadKernels } from "../../src/node/kernels.ts";

const k = loadKernels();

/** Calls a kernel that writes `length` bytes. */
function written(length: number, run: (out: number) => unknown): Uint8Array {
  const out = k.reserve(length);
  run(out);
  const bytes = k.read(out, length);
  k.release();
  return bytes;
}

/** Calls a kernel that says yes or no. */
function said(run: () => number): boolean {
  const answer = run() !== 0;
  k.release();
  return answer;
}

export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return written(32, (out) => k.exports.x25519(out, k.place(scalar), k.place(point)));
}

export const ed25519 = {
  publicKey(seed: Uint8Array): Uint8Array {
    return written(32, (out) => k.exports.ed25519PublicKey(out, k.place(seed)));
  },
  /** `secretKey`: seed, then public key. */
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
    return written(64, (out) => k.exports.ed25519Sign(out, k.place(message), message.length, k.place(secretKey)));
  },
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    return said(() =>
      k.exports.ed25519Verify(k.place(signature), k.place(message), message.length, k.place(publicKey)),
    );
  },
};

/** `null` is a refusal. */
export const p256 = {
  publicKey(scalar: Uint8Array): Uint8Array | null {
    let good = 0;
    const key = written(65, (out) => (good = k.exports.p256PublicKey(out, k.place(scalar))));
    return good ? key : null;
  },
  sign(hash: Uint8Array, scalar: Uint8Array, extra: Uint8Array = new Uint8Array(0)): Uint8Array | null {
    let good = 0;
    const [h, key, further] = [k.place(hash), k.place(scalar), k.place(extra)];
    const signature = written(64, (out) => (good = k.exports.p256Sign(out, h, key, further, extra.length)));
    return good ? signature : null;
  },
  sharedSecret(scalar: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
    let good = 0;
    const secret = written(32, (out) => (good = k.exports.p256Ecdh(out, k.place(scalar), k.place(publicKey))));
    return good ? secret : null;
  },
  verify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): boolean {
    return said(() => k.exports.p256Verify(k.place(signature), k.place(hash), k.place(publicKey)));
  },
};

/** A number's bytes: 32 of them, little-endian or big-endian. */
export function littleEndian(number: bigint): Uint8Array {
  return bigEndian(number).toReversed();
}

export function bigEndian(number: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(64, "0"), "hex"));
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
}

/** What stands before the 32 bytes of a key in node:crypto's DER forms. */
const DER = {
  ed25519: { privateKey: "302e020100300506032b657004220420", publicKey: "302a300506032b6570032100" },
  x25519: { privateKey: "302e020100300506032b656e04220420", publicKey: "302a300506032b656e032100" },
};

export function nodePrivateKey(curve: "ed25519" | "x25519", bytes: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(DER[curve].privateKey, "hex"), bytes]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

export function nodePublicKey(curve: "ed25519" | "x25519", bytes: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(DER[curve].publicKey, "hex"), bytes]);
  return createPublicKey({ key, format: "der", type: "spki" });
}
