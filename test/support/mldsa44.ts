/** ML-DSA-44 in WebAssembly, over byte arrays. */
import { loadKernels } from "../../src/node/kernels.ts";

const k = loadKernels();

export const PUBLIC_KEY = 1312;
export const SECRET_KEY = 2560;
export const SIGNATURE = 2420;
/** What makes a signature deterministic. */
export const NO_RANDOM = new Uint8Array(32);
const NO_CONTEXT = new Uint8Array(0);

export const mldsa44 = {
  publicKey(seed: Uint8Array): Uint8Array {
    const out = k.reserve(PUBLIC_KEY);
    k.exports.mldsa44PublicKey(out, k.place(seed));
    const key = k.read(out, PUBLIC_KEY);
    k.release();
    return key;
  },

  secretKey(seed: Uint8Array): Uint8Array {
    const out = k.reserve(SECRET_KEY);
    k.exports.mldsa44SecretKey(out, k.place(seed));
    const key = k.read(out, SECRET_KEY);
    k.release();
    return key;
  },

  sign(
    message: Uint8Array,
    seed: Uint8Array,
    context: Uint8Array = NO_CONTEXT,
    random: Uint8Array = NO_RANDOM,
  ): Uint8Array {
    const out = k.reserve(SIGNATURE);
    const [text, label, key, hedge] = [k.place(message), k.place(context), k.place(seed), k.place(random)];
    k.exports.mldsa44Sign(out, text, message.length, label, context.length, key, hedge);
    const signature = k.read(out, SIGNATURE);
    k.release();
    return signature;
  },

  /** `null` if the key is refused. */
  signEncoded(representative: Uint8Array, secretKey: Uint8Array, random: Uint8Array = NO_RANDOM): Uint8Array | null {
    const out = k.reserve(SIGNATURE);
    const [mu, key, hedge] = [k.place(representative), k.place(secretKey), k.place(random)];
    const good = k.exports.mldsa44SignEncoded(out, mu, key, hedge) !== 0;
    const signature = k.read(out, SIGNATURE);
    k.release();
    return good ? signature : null;
  },

  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, context: Uint8Array = NO_CONTEXT): boolean {
    const [from, text, label, key] = [k.place(signature), k.place(message), k.place(context), k.place(publicKey)];
    const good = k.exports.mldsa44Verify(from, text, message.length, label, context.length, key) !== 0;
    k.release();
    return good;
  },
};
