/**
 * The crypto kernels in Node: the same AssemblyScript as in the native build, run as WebAssembly.
 *
 * `loadKernels` is the raw form, with pointers into linear memory; `WasmKernels` is the core's front over it. The
 * module is compiled when its sources have changed and kept under build/, so that later runs start at once.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, compileToWasm, root } from "../native/build.ts";
import { Kernels, useKernels } from "../core/crypto/kernels.ts";

/** An address in linear memory, or a number of bytes there. */
type usize = number;
/** WebAssembly knows no booleans: 0 is false. */
type bool = number;

/** What src/kernel/exports.ts exports; `out` comes first, and lengths are those that the kernels' files name. */
export interface KernelExports {
  memory: WebAssembly.Memory;

  sha256(out: usize, message: usize, length: usize): void;
  sha384(out: usize, message: usize, length: usize): void;
  sha512(out: usize, message: usize, length: usize): void;
  SHA512_STATE: WebAssembly.Global;
  sha512Init(state: usize): void;
  sha512Update(state: usize, message: usize, length: usize): void;
  sha512Final(state: usize, out: usize): void;
  hmacSha256(out: usize, key: usize, keyLength: usize, message: usize, length: usize): void;
  hmacSha512(out: usize, key: usize, keyLength: usize, message: usize, length: usize): void;

  chacha20(data: usize, length: usize, key: usize, nonce: usize, counter: bigint): void;
  chacha20Simd(data: usize, length: usize, key: usize, nonce: usize, counter: bigint): void;
  poly1305(out: usize, message: usize, length: usize, key: usize): void;
  seal(packet: usize, length: usize, key: usize, sequence: number): void;
  open(packet: usize, length: usize, key: usize, sequence: number): bool;
  packetLength(packet: usize, key: usize, sequence: number): number;

  x25519(out: usize, scalar: usize, point: usize): void;
  ed25519PublicKey(out: usize, seed: usize): void;
  ed25519Sign(out: usize, message: usize, length: usize, secretKey: usize): void;
  ed25519Verify(signature: usize, message: usize, length: usize, publicKey: usize): bool;
  p256Sign(signature: usize, hash: usize, scalar: usize, extra: usize, extraLength: usize): bool;
  p256Verify(signature: usize, hash: usize, publicKey: usize): bool;
  p256Ecdh(out: usize, scalar: usize, publicKey: usize): bool;
  p256PublicKey(out: usize, scalar: usize): bool;
  rsaOaepSha256(
    out: usize,
    modulus: usize,
    modulusLength: usize,
    exponent: number,
    message: usize,
    length: usize,
    label: usize,
    labelLength: usize,
    seed: usize,
  ): bool;

  sha3_256(out: usize, message: usize, length: usize): void;
  sha3_512(out: usize, message: usize, length: usize): void;
  shake128(out: usize, outLength: usize, message: usize, length: usize): void;
  shake256(out: usize, outLength: usize, message: usize, length: usize): void;
  SPONGE: WebAssembly.Global;
  spongeStart(sponge: usize, rate: number): void;
  absorb(sponge: usize, message: usize, length: usize): void;
  finish(sponge: usize, suffix: number): void;
  squeeze(sponge: usize, out: usize, length: usize): void;
  sntrup761Keypair(publicKey: usize, secretKey: usize, random: usize): bool;
  sntrup761Encapsulate(ciphertext: usize, secret: usize, publicKey: usize, random: usize): void;
  sntrup761Decapsulate(secret: usize, ciphertext: usize, secretKey: usize): void;
  mlkem768Keypair(encapsulationKey: usize, decapsulationKey: usize, seed: usize): void;
  mlkem768Encapsulate(ciphertext: usize, secret: usize, encapsulationKey: usize, random: usize): bool;
  mlkem768Decapsulate(secret: usize, ciphertext: usize, decapsulationKey: usize): bool;

  mldsa44PublicKey(out: usize, seed: usize): void;
  mldsa44SecretKey(out: usize, seed: usize): void;
  mldsa44Sign(
    signature: usize,
    message: usize,
    length: usize,
    context: usize,
    contextLength: usize,
    seed: usize,
    random: usize,
  ): void;
  mldsa44SignEncoded(signature: usize, representative: usize, secretKey: usize, random: usize): bool;
  mldsa44Verify(
    signature: usize,
    message: usize,
    length: usize,
    context: usize,
    contextLength: usize,
    publicKey: usize,
  ): bool;

  aes128CfbEncrypt(data: usize, length: usize, key: usize, iv: usize): void;
  aes128CfbDecrypt(data: usize, length: usize, key: usize, iv: usize): void;
  aes256Ctr(buffer: usize, length: usize, key: usize, counter: usize): void;
  aes256GcmSeal(data: usize, length: usize, associated: usize, key: usize, nonce: usize): void;
  aes256GcmOpen(data: usize, length: usize, associated: usize, key: usize, nonce: usize): bool;
  bcryptPbkdf(
    out: usize,
    outLength: usize,
    passphrase: usize,
    passphraseLength: usize,
    salt: usize,
    saltLength: usize,
    rounds: number,
  ): void;
}

const PAGE = 65536;
const ALIGNMENT = 16;

/** The kernels and the memory behind the pointers that they take. */
export class LoadedKernels {
  readonly exports: KernelExports;
  private readonly start: usize;
  private next: usize;

  constructor(wasm: WebAssembly.Module) {
    this.exports = new WebAssembly.Instance(wasm, {}).exports as unknown as KernelExports;
    // The kernels allocate nothing, so whatever is grown behind their static memory is ours.
    this.start = this.exports.memory.buffer.byteLength;
    this.next = this.start;
  }

  /** `length` bytes of zeros, aligned, that stay taken until `release`. */
  reserve(length: number): usize {
    const pointer = this.next;
    this.next += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    const missing = this.next - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
    return pointer;
  }

  /** A copy of `bytes` in linear memory. */
  place(bytes: Uint8Array): usize {
    const pointer = this.reserve(bytes.length);
    new Uint8Array(this.exports.memory.buffer, pointer, bytes.length).set(bytes);
    return pointer;
  }

  /** A copy of `length` bytes of linear memory. */
  read(pointer: usize, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer, pointer, length).slice();
  }

  /** Wipes and gives back all that was reserved. */
  release(): void {
    new Uint8Array(this.exports.memory.buffer, this.start, this.next - this.start).fill(0);
    this.next = this.start;
  }
}

/** The kernels as WebAssembly, each time with a memory of its own. */
export function loadKernels(architecture: Architecture = "x86_64"): LoadedKernels {
  return new LoadedKernels(new WebAssembly.Module(readFileSync(kernelModule(architecture))));
}

/** The path of the compiled kernels; compiles them if their sources are newer than any that was. */
export function kernelModule(architecture: Architecture = "x86_64"): string {
  const hash = createHash("sha256").update(architecture);
  const folder = join(root, "src/kernel");
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  for (const name of names.toSorted()) hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)));
  hash.update(readFileSync(join(root, "src/native/build.ts")));
  hash.update(readFileSync(join(root, "node_modules/assemblyscript/package.json")));
  const build = join(root, "build/kernels");
  const path = join(build, `${hash.digest("hex").slice(0, 32)}.wasm`);
  mkdirSync(build, { recursive: true });
  if (!existsSync(path)) {
    // Under a name of its own first: tests that run at the same time must never see half a module.
    const unfinished = `${path}.${process.pid}`;
    compileToWasm("src/kernel/exports.ts", unfinished, architecture);
    renameSync(unfinished, path);
  }
  return path;
}

/** `bytes`, if there are exactly `length` of them: as strict as the native front. */
function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError("a kernel's operand has the wrong length");
  return bytes;
}

/** The core's front over the kernels as WebAssembly: each call copies its operands in and its results out. */
export class WasmKernels extends Kernels {
  private readonly k: LoadedKernels = loadKernels();

  sha256(out: Uint8Array, message: Uint8Array): void {
    const to = this.k.reserve(32);
    this.k.exports.sha256(to, this.k.place(message), message.length);
    this.finish(exactly(out, 32), to, 32);
  }

  sha384(out: Uint8Array, message: Uint8Array): void {
    const to = this.k.reserve(48);
    this.k.exports.sha384(to, this.k.place(message), message.length);
    this.finish(exactly(out, 48), to, 48);
  }

  sha512(out: Uint8Array, message: Uint8Array): void {
    const to = this.k.reserve(64);
    this.k.exports.sha512(to, this.k.place(message), message.length);
    this.finish(exactly(out, 64), to, 64);
  }

  seal(buffer: Uint8Array, offset: number, length: number, key: Uint8Array, sequence: number): void {
    const packet = this.k.reserve(length + 16);
    this.view(packet, length).set(buffer.subarray(offset, offset + length));
    this.k.exports.seal(packet, length, this.place(key, 64), sequence);
    this.finish(buffer.subarray(offset), packet, length + 16);
  }

  open(buffer: Uint8Array, offset: number, length: number, key: Uint8Array, sequence: number): boolean {
    const packet = this.k.place(buffer.subarray(offset, offset + length + 16));
    const good = this.k.exports.open(packet, length, this.place(key, 64), sequence) !== 0;
    this.finish(buffer.subarray(offset), packet, length);
    return good;
  }

  packetLength(buffer: Uint8Array, offset: number, key: Uint8Array, sequence: number): number {
    const packet = this.k.place(buffer.subarray(offset, offset + 4));
    const length = this.k.exports.packetLength(packet, this.place(key, 64), sequence) >>> 0;
    this.k.release();
    return length;
  }

  x25519(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): void {
    const to = this.k.reserve(32);
    this.k.exports.x25519(to, this.place(scalar, 32), this.place(point, 32));
    this.finish(exactly(out, 32), to, 32);
  }

  ed25519PublicKey(out: Uint8Array, seed: Uint8Array): void {
    const to = this.k.reserve(32);
    this.k.exports.ed25519PublicKey(to, this.place(seed, 32));
    this.finish(exactly(out, 32), to, 32);
  }

  ed25519Sign(out: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void {
    const to = this.k.reserve(64);
    this.k.exports.ed25519Sign(to, this.k.place(message), message.length, this.place(secretKey, 64));
    this.finish(exactly(out, 64), to, 64);
  }

  ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    const from = this.place(signature, 64);
    const good =
      this.k.exports.ed25519Verify(from, this.k.place(message), message.length, this.place(publicKey, 32)) !== 0;
    this.k.release();
    return good;
  }

  p256PublicKey(out: Uint8Array, scalar: Uint8Array): boolean {
    const to = this.k.reserve(65);
    const good = this.k.exports.p256PublicKey(to, this.place(scalar, 32)) !== 0;
    this.finish(exactly(out, 65), to, 65);
    return good;
  }

  p256Sign(out: Uint8Array, hash: Uint8Array, scalar: Uint8Array, random: Uint8Array): boolean {
    const to = this.k.reserve(64);
    const [key, extra] = [this.place(scalar, 32), this.place(random, 32)];
    const good = this.k.exports.p256Sign(to, this.place(hash, 32), key, extra, random.length) !== 0;
    this.finish(exactly(out, 64), to, 64);
    return good;
  }

  p256Verify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): boolean {
    const from = this.place(signature, 64);
    const good = this.k.exports.p256Verify(from, this.place(hash, 32), this.place(publicKey, 65)) !== 0;
    this.k.release();
    return good;
  }

  p256SharedSecret(out: Uint8Array, scalar: Uint8Array, point: Uint8Array): boolean {
    const to = this.k.reserve(32);
    const good = this.k.exports.p256Ecdh(to, this.place(scalar, 32), this.place(point, 65)) !== 0;
    this.finish(exactly(out, 32), to, 32);
    return good;
  }

  rsaOaepSha256(
    out: Uint8Array,
    modulus: Uint8Array,
    exponent: number,
    message: Uint8Array,
    label: Uint8Array,
    seed: Uint8Array,
  ): boolean {
    const size = modulus.length;
    const to = this.k.place(exactly(out, size));
    const [text, name, from] = [this.k.place(message), this.k.place(label), this.place(seed, 32)];
    const key = this.k.place(modulus);
    const run = this.k.exports.rsaOaepSha256;
    const good = run(to, key, size, exponent, text, message.length, name, label.length, from) !== 0;
    this.finish(out, to, size);
    return good;
  }

  sntrup761Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, random: Uint8Array): void {
    const to = this.k.reserve(1039);
    const shared = this.k.reserve(32);
    this.k.exports.sntrup761Encapsulate(to, shared, this.place(publicKey, 1158), this.place(random, 3044));
    exactly(ciphertext, 1039).set(this.view(to, 1039));
    this.finish(exactly(secret, 32), shared, 32);
  }

  mlkem768Encapsulate(ciphertext: Uint8Array, secret: Uint8Array, publicKey: Uint8Array, random: Uint8Array): boolean {
    const to = this.k.reserve(1088);
    const shared = this.k.reserve(32);
    const good =
      this.k.exports.mlkem768Encapsulate(to, shared, this.place(publicKey, 1184), this.place(random, 32)) !== 0;
    exactly(ciphertext, 1088).set(this.view(to, 1088));
    this.finish(exactly(secret, 32), shared, 32);
    return good;
  }

  mldsa44PublicKey(out: Uint8Array, seed: Uint8Array): void {
    const to = this.k.reserve(1312);
    this.k.exports.mldsa44PublicKey(to, this.place(seed, 32));
    this.finish(exactly(out, 1312), to, 1312);
  }

  mldsa44Sign(out: Uint8Array, message: Uint8Array, context: Uint8Array, seed: Uint8Array, random: Uint8Array): void {
    const to = this.k.reserve(2420);
    const [text, label] = [this.k.place(message), this.k.place(context)];
    const [key, hedge] = [this.place(seed, 32), this.place(random, 32)];
    this.k.exports.mldsa44Sign(to, text, message.length, label, context.length, key, hedge);
    this.finish(exactly(out, 2420), to, 2420);
  }

  mldsa44Verify(signature: Uint8Array, message: Uint8Array, context: Uint8Array, publicKey: Uint8Array): boolean {
    const [from, text] = [this.place(signature, 2420), this.k.place(message)];
    const [label, key] = [this.k.place(context), this.place(publicKey, 1312)];
    const good = this.k.exports.mldsa44Verify(from, text, message.length, label, context.length, key) !== 0;
    this.k.release();
    return good;
  }

  aes128CfbEncrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
    const data = this.k.place(buffer);
    this.k.exports.aes128CfbEncrypt(data, buffer.length, this.place(key, 16), this.place(iv, 16));
    this.finish(buffer, data, buffer.length);
  }

  aes128CfbDecrypt(buffer: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
    const data = this.k.place(buffer);
    this.k.exports.aes128CfbDecrypt(data, buffer.length, this.place(key, 16), this.place(iv, 16));
    this.finish(buffer, data, buffer.length);
  }

  aes256Ctr(buffer: Uint8Array, key: Uint8Array, counter: Uint8Array): void {
    const data = this.k.place(buffer);
    this.k.exports.aes256Ctr(data, buffer.length, this.place(key, 32), this.place(counter, 16));
    this.finish(buffer, data, buffer.length);
  }

  aes256GcmSeal(
    buffer: Uint8Array,
    offset: number,
    length: number,
    associated: number,
    key: Uint8Array,
    nonce: Uint8Array,
  ): void {
    const data = this.k.reserve(length + 16);
    this.view(data, length).set(buffer.subarray(offset, offset + length));
    this.k.exports.aes256GcmSeal(data, length, associated, this.place(key, 32), this.place(nonce, 12));
    this.finish(buffer.subarray(offset), data, length + 16);
  }

  aes256GcmOpen(
    buffer: Uint8Array,
    offset: number,
    length: number,
    associated: number,
    key: Uint8Array,
    nonce: Uint8Array,
  ): boolean {
    const data = this.k.place(buffer.subarray(offset, offset + length + 16));
    const good =
      this.k.exports.aes256GcmOpen(data, length, associated, this.place(key, 32), this.place(nonce, 12)) !== 0;
    this.finish(buffer.subarray(offset), data, length);
    return good;
  }

  bcryptPbkdf(out: Uint8Array, passphrase: Uint8Array, salt: Uint8Array, rounds: number): void {
    const to = this.k.reserve(out.length);
    const from = this.k.place(passphrase);
    this.k.exports.bcryptPbkdf(to, out.length, from, passphrase.length, this.k.place(salt), salt.length, rounds);
    this.finish(out, to, out.length);
  }

  private place(bytes: Uint8Array, length: number): usize {
    return this.k.place(exactly(bytes, length));
  }

  private view(pointer: usize, length: number): Uint8Array {
    return new Uint8Array(this.k.exports.memory.buffer, pointer, length);
  }

  /** Copies a result out and wipes what the call left behind. */
  private finish(out: Uint8Array, pointer: usize, length: number): void {
    out.set(this.view(pointer, length));
    this.k.release();
  }
}

/** Makes the core use the WebAssembly kernels. */
export function installKernels(): void {
  useKernels(new WasmKernels());
}
