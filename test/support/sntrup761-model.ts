/**
 * Streamlined NTRU Prime 761 (NIST round 3) written straight from its specification, as an oracle: plain numbers,
 * divisions and branches, nothing constant in time, nothing shared with the kernel.
 */
import { createHash } from "node:crypto";

const p = 761;
const q = 4591;
const w = 286;

const mod = (x: number, m: number): number => ((x % m) + m) % m;
/** The representative nearest to 0. */
const centered = (x: number, m: number): number => mod(x + (m - 1) / 2, m) - (m - 1) / 2;

/** In Z[x] / (x^p - x - 1), coefficients modulo m. */
function product(f: number[], g: number[], m: number): number[] {
  const all = Array.from({ length: 2 * p }, () => 0);
  for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) all[i + j]! += f[i]! * g[j]!;
  for (let i = 2 * p - 2; i >= p; i--) {
    all[i - p]! += all[i]!;
    all[i - p + 1]! += all[i]!;
  }
  return all.slice(0, p).map((x) => centered(x, m));
}

function encode(r: number[], m: number[]): number[] {
  const out: number[] = [];
  if (r.length === 1) {
    let [value, bound] = [r[0]!, m[0]!];
    for (; bound > 1; bound = Math.ceil(bound / 256), value = Math.floor(value / 256)) out.push(value % 256);
    return out;
  }
  const r2: number[] = [];
  const m2: number[] = [];
  for (let i = 0; i + 1 < r.length; i += 2) {
    let value = r[i]! + r[i + 1]! * m[i]!;
    let bound = m[i]! * m[i + 1]!;
    for (; bound >= 16384; bound = Math.ceil(bound / 256), value = Math.floor(value / 256)) out.push(value % 256);
    r2.push(value);
    m2.push(bound);
  }
  if (r.length % 2 === 1) {
    r2.push(r.at(-1)!);
    m2.push(m.at(-1)!);
  }
  return [...out, ...encode(r2, m2)];
}

function decode(s: number[], m: number[]): number[] {
  if (m.length === 1) {
    let value = 0;
    let scale = 1;
    for (let bound = m[0]!; bound > 1; bound = Math.ceil(bound / 256), scale *= 256) value += s.shift()! * scale;
    return [value % m[0]!];
  }
  const bottoms: [value: number, scale: number][] = [];
  const m2: number[] = [];
  for (let i = 0; i + 1 < m.length; i += 2) {
    let bound = m[i]! * m[i + 1]!;
    let value = 0;
    let scale = 1;
    for (; bound >= 16384; bound = Math.ceil(bound / 256), scale *= 256) value += s.shift()! * scale;
    bottoms.push([value, scale]);
    m2.push(bound);
  }
  if (m.length % 2 === 1) m2.push(m.at(-1)!);
  const r2 = decode(s, m2);
  const r: number[] = [];
  for (const [i, [bottom, scale]] of bottoms.entries()) {
    const value = bottom + scale * r2[i]!;
    r.push(value % m[2 * i]!, Math.floor(value / m[2 * i]!) % m[2 * i + 1]!);
  }
  if (m.length % 2 === 1) r.push(r2.at(-1)!);
  return r;
}

const all = (bound: number): number[] => Array.from({ length: p }, () => bound);

function encodeSmall(f: number[]): Uint8Array {
  const out = new Uint8Array(Math.ceil(p / 4));
  for (const [i, x] of f.entries()) out[i >> 2]! += (x + 1) * 4 ** (i & 3);
  return out;
}

const decodeSmall = (bytes: Uint8Array): number[] => all(0).map((_, i) => ((bytes[i >> 2]! >> (2 * (i & 3))) & 3) - 1);

function hash(prefix: number, ...parts: Uint8Array[]): Uint8Array {
  return createHash("sha512")
    .update(Buffer.concat([Uint8Array.of(prefix), ...parts]))
    .digest()
    .subarray(0, 32);
}

function shortFrom(random: Uint8Array): number[] {
  const words = all(0).map((_, i) => {
    const word = Buffer.from(random).readUInt32LE(4 * i);
    return i < w ? word - (word % 2) : word - (word % 4) + 1;
  });
  return words.toSorted((a, b) => a - b).map((word) => (word % 4) - 1);
}

function hide(r: number[], publicKey: Uint8Array): Uint8Array {
  const h = decode([...publicKey], all(q)).map((x) => x - (q - 1) / 2);
  const rounded = product(h, r, q).map((x) => Math.round((x + (q - 1) / 2) / 3));
  const confirmation = hash(2, hash(3, encodeSmall(r)), hash(4, publicKey));
  return Buffer.concat([Buffer.from(encode(rounded, all((q + 2) / 3))), confirmation]);
}

export function modelEncapsulate(
  publicKey: Uint8Array,
  random: Uint8Array,
): [ciphertext: Uint8Array, secret: Uint8Array] {
  const r = shortFrom(random);
  const ciphertext = hide(r, publicKey);
  return [ciphertext, hash(1, hash(3, encodeSmall(r)), ciphertext)];
}

export function modelDecapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const f = decodeSmall(secretKey.subarray(0, 191));
  const inverse = decodeSmall(secretKey.subarray(191, 382));
  const publicKey = secretKey.subarray(382, 1540);
  const rho = secretKey.subarray(1540, 1731);
  const c = decode([...ciphertext.subarray(0, 1007)], all((q + 2) / 3)).map((x) => 3 * x - (q - 1) / 2);
  const e = product(c, f, q).map((x) => centered(centered(3 * x, q), 3));
  let r = product(e, inverse, 3);
  if (r.filter((x) => x !== 0).length !== w) r = all(0).map((_, i) => (i < w ? 1 : 0));
  const accepted = Buffer.from(hide(r, publicKey)).equals(ciphertext);
  return hash(accepted ? 1 : 0, hash(3, accepted ? encodeSmall(r) : rho), ciphertext);
}
